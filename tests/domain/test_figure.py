"""The figures: each with unit, range and source; what is typed becomes a value or says why not."""

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app
from app.domain.figure import DEFAULTS, FIGURES, BadFigure, Figure, in_force, in_words, read_value
from app.domain.model import Model, Salience


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
        ("dials_per_hour", "-1", "from 5 to 200"),
        ("spacing_call", "1.5", "whole"),
        ("floor_per_hour", "11", "from 12 to 600"),
    ],
)
def test_what_cannot_be_says_what_can(name: str, typed: str, words: str) -> None:
    with pytest.raises(BadFigure, match=words):
        read_value(FIGURES[name], typed)


HALF = {"asks_plan": 50.0, "warm_share": 50.0}
"""So that both kinds of conversation and of text count."""
NOT_OF_THE_PLAN = {"replies"}
"""Tells how much the inbox will hold, and says so on the page."""


@pytest.mark.parametrize("name", sorted(FIGURES.keys() - NOT_OF_THE_PLAN))
def test_every_figure_has_an_effect(name: str) -> None:
    """Another value makes another model, in a part that something asks for."""
    figure = FIGURES[name]
    other = figure.lowest if figure.value != figure.lowest else figure.highest
    differs = [
        field.name
        for salience in Salience
        for field in fields(Model)
        if _part(field.name, HALF | {name: other}, salience) != _part(field.name, HALF, salience)
    ]
    assert differs
    folders = (Path(app.__file__).parent / floor for floor in ("domain", "services", "store"))
    asked = "".join(
        path.read_text(encoding="utf-8")
        for folder in folders
        for path in folder.glob("*.py")
        if path.name != "model.py"
    )
    assert any(f"model.{part}" in asked for part in differs), differs


def _part(name: str, figures: dict[str, float], salience: Salience) -> str:
    return repr(getattr(Model.of(figures, salience.value), name))
