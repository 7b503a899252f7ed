"""The figures: each with unit, range and source; what is typed becomes a value or says why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.figure import DEFAULTS, FIGURES, BadFigure, Figure, in_force, in_words, read_value


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.name)
def test_every_figure_says_what_it_is_and_where_it_is_from(figure: Figure) -> None:
    assert figure.label
    assert figure.unit
    assert figure.topic
    assert figure.source
    assert figure.lowest < figure.highest
    assert figure.lowest <= figure.value <= figure.highest
    assert figure.whole <= figure.value.is_integer()
    assert read_value(figure, in_words(figure.value)) == figure.value


def test_what_is_set_goes_before_what_is_learned_and_that_before_the_default() -> None:
    found = in_force({"contact_1": 20.0, "opt_out": 2.0}, {"contact_1": 25.0})
    assert found["contact_1"] == 25
    assert found["opt_out"] == 2
    assert found["call"] == DEFAULTS["call"]


@given(st.dictionaries(st.sampled_from([*FIGURES, "gone"]), st.floats(allow_nan=False)))
def test_a_figure_is_never_beyond_its_range(stored: dict[str, float]) -> None:
    found = in_force(stored, {})
    assert found.keys() == FIGURES.keys()
    assert all(FIGURES[name].lowest <= found[name] <= FIGURES[name].highest for name in found)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("20", 20), (" 20.5 % ", 20.5), ("20,5", 20.5), ("2e1", 20), ("20\u00a0%", 20)],
    ids=["plain", "with its sign", "with a comma", "in powers", "with a hard blank"],
)
def test_a_value_is_read_as_people_write_it(typed: str, value: float) -> None:
    assert read_value(FIGURES["contact_1"], typed) == value


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("contact_1", "", "Write a number, such as 27.5"),
        ("contact_1", "many", "Write a number"),
        ("contact_1", "nan", "Write a number"),
        ("contact_1", "inf", "Write a number"),
        ("contact_1", "1,2,3", "Write a number"),
        ("contact_1", "91", "from 1 to 90"),
        ("contact_1", "0.5", "from 1 to 90"),
        ("texts_per_hour", "-1", "from 10 to 3,000"),
        ("spacing_call", "1.5", "whole"),
        ("floor_per_hour", "11", "from 12 to 600"),
    ],
)
def test_what_cannot_be_says_what_can(name: str, typed: str, words: str) -> None:
    with pytest.raises(BadFigure, match=words):
        read_value(FIGURES[name], typed)
