"""Rates learned from tallies: drawn toward the default, rounded, and only from enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.disposition import CONTACTS, Disposition
from app.domain.figure import DEFAULTS, FIGURES
from app.domain.rate import (
    AGAIN,
    BAD_NUMBERS,
    FEWEST,
    FEWEST_AN_HOUR,
    Learned,
    Tally,
    learn_all,
    pace_of,
    rounded,
    steady,
)

LEARNED = sorted(name for name, figure in FIGURES.items() if figure.weight)

tallies = st.dictionaries(
    st.sampled_from(LEARNED),
    st.integers(0, 3000).flatmap(
        lambda seen: st.integers(0, seen).map(lambda hits: Tally(hits, seen))
    ),
)


def value(name: str, **counted: tuple[int, int]) -> float | None:
    found = steady(learn_all({key: Tally(*pair) for key, pair in counted.items()}), {}).get(name)
    return None if found is None else found.value


@pytest.mark.parametrize(
    ("exact", "kept"),
    [(27.46, 27), (0.0312, 0.031), (1.049, 1.0), (0, 0), (-3.33, -3.3), (155, 160)],
)
def test_two_significant_digits_are_kept(exact: float, kept: float) -> None:
    assert rounded(exact) == kept


def test_the_worked_case_of_the_docs() -> None:
    # 800 first dials reached 160, where the default has 27.5 % as of 200 dials.
    assert value("contact_1", contact_1=(160, 800)) == 22
    assert value("show_rate", show_rate=(30, 40)) == 69


def test_a_few_observations_teach_nothing() -> None:
    assert value("opt_out", opt_out=(FEWEST - 1, FEWEST - 1)) is None
    assert value("opt_out", opt_out=(FEWEST, FEWEST)) == 5.8
    assert value("dials_per_hour", dials_per_hour=(3600, FEWEST - 1)) is None
    assert learn_all({}) == {}


def test_a_pass_with_few_dials_follows_the_level_of_the_others() -> None:
    half = {"contact_1": (138, 1000)}  # half of the default
    level = value("contact_1", **half)
    assert level is not None
    assert 13.75 < level < 20
    third = value("contact_3", **half)
    assert third is not None
    assert third / DEFAULTS["contact_3"] == pytest.approx(0.6, abs=0.06)
    own = value("contact_3", **half, contact_3=(400, 1000))
    assert own is not None
    assert own > 30


def test_an_hour_is_compared_with_the_others_once_it_has_enough_dials() -> None:
    few = FEWEST_AN_HOUR - 1
    assert value("answer_18", answer_18=(few, few), answer_09=(0, 2000)) is None
    found = value("answer_18", answer_18=(800, 2000), answer_09=(400, 2000))
    assert found == 1.3  # 1.33 times the average, drawn toward 1.11
    assert value("answer_18", answer_18=(0, 2000)) is None  # nobody was reached at all


def test_dials_an_hour_come_from_the_time_between_them() -> None:
    assert value("dials_per_hour", dials_per_hour=(36_000, 400)) == 38
    assert pace_of(Tally(), 25.0) == pytest.approx(25)
    assert pace_of(Tally(36_000, 400), 20.0) == pytest.approx(500 / 15)


def test_every_result_of_a_call_is_reached_dropped_or_tried_again() -> None:
    dropped = set(Disposition) - CONTACTS - AGAIN
    assert dropped >= BAD_NUMBERS
    assert dropped == {
        Disposition.WRONG_NUMBER,
        Disposition.DISCONNECTED,
        Disposition.DECEASED,
        Disposition.MOVED,
    }
    assert not CONTACTS & AGAIN


@pytest.mark.parametrize(
    ("exact", "before", "kept"),
    [(27.6, 27, 27), (27.9, 27, 28), (26.3, 27, 27), (26.1, 27, 26), (27.6, None, 28), (0, 3, 0)],
)
def test_a_kept_figure_stays_until_it_is_clearly_left(
    exact: float, before: float | None, kept: float
) -> None:
    was = {} if before is None else {"bad_number": float(before)}
    assert steady({"bad_number": Learned(exact, 99)}, was)["bad_number"] == Learned(kept, 99)


@given(tallies)
def test_what_is_learned_is_a_figure_within_its_range(counted: dict[str, Tally]) -> None:
    for name, found in steady(learn_all(counted), {}).items():
        assert FIGURES[name].lowest <= found.value <= FIGURES[name].highest
        assert found.seen >= FEWEST


@given(
    st.sampled_from(["opt_out", "replies", "delivered", "bad_number", "again_2", "show_rate"]),
    st.integers(FEWEST, 5000),
)
def test_more_hits_never_lower_a_share(name: str, seen: int) -> None:
    found = [learn_all({name: Tally(seen * part // 10, seen)})[name].value for part in range(11)]
    assert found == sorted(found)
