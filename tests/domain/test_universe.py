"""Universes: filters that say something sensible, kept as data."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.universe import BadUniverse, Universe

codes = st.lists(st.sampled_from(("DEM", "REP", "UNA", "LIB")), max_size=3).map(tuple)
states = st.lists(st.sampled_from(("NC", "OH", "NJ")), max_size=3).map(tuple)
universes = st.builds(
    Universe,
    parties=codes,
    min_age=st.none() | st.integers(16, 60),
    max_age=st.none() | st.integers(60, 120),
    min_votes=st.integers(0, 9),
    states=states,
)


@settings(derandomize=True, deadline=None)
@given(universes)
def test_a_universe_is_read_back_from_its_json(universe: Universe) -> None:
    assert Universe.from_json(universe.to_json()) == universe


@pytest.mark.parametrize(
    ("universe", "written"),
    [
        (Universe(), {}),
        (Universe(parties=("DEM",), min_votes=2), {"parties": ["DEM"], "min_votes": 2}),
        (Universe(min_age=18, max_age=29), {"min_age": 18, "max_age": 29}),
        (Universe(states=("NC",)), {"states": ["NC"]}),
    ],
)
def test_what_asks_nothing_is_not_written(universe: Universe, written: dict[str, Any]) -> None:
    assert universe.to_json() == written


def test_codes_are_written_in_capitals() -> None:
    found = Universe.from_json({"parties": ["dem", "Una"], "states": ["nc"]})
    assert found == Universe(parties=("DEM", "UNA"), states=("NC",))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"party": ["DEM"]}, "no condition is called party"),
        ({"min_age": 40, "max_age": 30}, "swap the ages"),
        ({"min_age": 15}, "use 16 to 120"),
        ({"max_age": 121}, "use 16 to 120"),
        ({"min_age": 0}, "use 16 to 120"),
        ({"min_votes": -1}, "cannot be negative"),
        ({"parties": "DEM"}, "parties is a list"),  # not the parties D, E and M
        ({"states": "NC"}, "states is a list"),
        ({"min_age": "18"}, "min_age is a whole number"),
        ({"max_age": 29.5}, "max_age is a whole number"),
        ({"min_votes": True}, "min_votes is a whole number"),
    ],
)
def test_a_filter_without_sense_is_refused_with_the_remedy(
    data: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadUniverse, match=words):
        Universe.from_json(data)


def test_ages_at_the_limits_are_voters() -> None:
    assert Universe(min_age=16, max_age=120).to_json() == {"min_age": 16, "max_age": 120}
    assert Universe(min_age=30, max_age=30).min_age == 30
