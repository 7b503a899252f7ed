"""Universes: filters that say something sensible, kept as data."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.condition import (
    DEEPEST,
    FIELDS,
    MOST,
    BadUniverse,
    Condition,
    Group,
    InUniverse,
    names_in,
    renamed,
)
from app.domain.condition_json import read, read_text, write
from app.domain.universe import Universe
from tests.conditions import conditions

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


@settings(derandomize=True, deadline=None)
@given(conditions)
def test_a_filter_is_read_back_from_its_json(condition: Condition) -> None:
    said = write(condition)
    assert read(json.loads(json.dumps(said))) == condition
    assert Universe.from_json({"filter": said}).condition == condition
    assert Universe.from_json(Universe(filter=condition).to_json()).filter == condition


def test_a_filter_stands_beside_the_simple_conditions_or_alone() -> None:
    party, age = {"field": "party", "is": ["DEM"]}, {"field": "age", "to": 30}
    flat = Universe.from_json({"parties": ["dem"], "max_age": 30})
    assert flat.condition == read({"all": [party, age]})
    assert Universe.from_json({"parties": ["dem"], **age}).condition == flat.condition
    assert Universe.from_json({"all": [party, age]}).condition == flat.condition
    assert Universe.from_json({"name": "Young"}).condition == InUniverse("Young")
    assert Universe().condition is Universe.from_json({}).condition is None


def _nested(depth: int) -> dict[str, Any]:
    return {"all": [_nested(depth - 1)]} if depth else {"reach": ["call"]}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"field": "shoe_size", "is": ["44"]}, "there is no field 'shoe_size'; there are party"),
        ({"field": ["party"]}, "there is no field"),
        ({"field": "party", "is": "DEM"}, r"party is a list; write \['DEM'\]"),
        ({"field": "party", "is": []}, "choose at least one party"),
        ({"field": "party", "is": [7]}, "party is text in quotes, not 7"),
        ({"field": "party", "is": ["D\x00"]}, "printable"),
        ({"field": "party", "from": 3}, "party cannot be asked with from; use is, known"),
        ({"field": "party"}, "say one thing of party"),
        ({"field": "city", "is": ["A"], "starts": ["B"]}, "say one thing of city"),
        ({"field": "age", "from": 40, "to": 30}, "age from 40 to 30 holds nobody"),
        ({"field": "age", "from": 12}, "an age of 12 is not a voter's"),
        ({"field": "age", "from": "18"}, "age, from is a whole number"),
        ({"field": "age", "from": True}, "age, from is a whole number"),
        ({"field": "age", "from": None}, "say from where or up to where age goes"),
        ({"field": "registered_on", "from": "2022-13-01"}, "a day like 2022-11-08"),
        ({"field": "registered_on", "within_days": 0}, "a number from 1 to"),
        ({"field": "email", "known": "yes"}, "true or false"),
        ({"field": "name", "starts": [""]}, "write what name starts with"),
        ({"extra": {"is": ["x"]}}, "the name of the column"),
        ({"extra": {"name": "Ward", "from": float("nan")}}, "is a number"),
        ({"voted": {}}, "say from where"),
        ({"voted": {"at_least": 5, "of_last": 4}}, "nobody voted in 5 of 4"),
        ({"voted": {"at_least": 3, "at_most": 2}}, "holds nobody"),
        ({"voted": {"at_least": 1, "kind": "presidential"}}, "kind is one of general"),
        ({"voted": {"in": "2022", "of_last": 2}}, "voted in does not know of_last"),
        ({"voted": {"in": "last year"}}, "a year like 2022 or a day like 2022-11-08"),
        ({"voted": {"in": "2022-02-30"}}, "a year like 2022 or a day like 2022-11-08"),
        ({"turnout": {"from": 30}}, "a number from 0 to 1"),
        ({"turnout": 0.3}, "turnout is an object"),
        ({"reach": ["fax"]}, "reach is one of call, text, email"),
        ({"reach": []}, "choose at least one reach"),
        ({"answer": {"is": ["Yes"]}}, "the question is text"),
        ({"contact": {"result": ["bored"]}}, "result is one of"),
        ({"contact": {"none": True, "at_least": 2}}, "not with both"),
        ({"universe": " "}, "the name of a universe is missing"),
        ({"sample": {"seed": 1}}, "say the share"),
        ({"sample": {"share": 0}}, "a number from 0 to 1"),
        ({"sample": {"share": 1.5}}, "a number from 0 to 1"),
        ({"sample": {"share": 1e-99}}, "a number from 0 to 1"),
        ({"all": []}, "this group is empty"),
        ({"all": {"reach": ["call"]}}, "all is a list"),
        ({"all": [{"reach": ["call"]}], "any": []}, "says all, any"),
        ({"reach": ["call"], "party": ["DEM"]}, "party cannot stand beside reach"),
        ({"all": ["DEM"]}, "a condition is an object"),
        ({"party": ["DEM"]}, "names party; it says one of all, any"),
        (_nested(DEEPEST + 1), f"{DEEPEST} deep at most"),
        ({"any": [{"reach": ["call"]}] * MOST}, f"at most {MOST} conditions"),
        ([], "a condition is an object"),
    ],
)
def test_a_condition_without_sense_is_refused_with_the_remedy(said: Any, words: str) -> None:
    with pytest.raises(BadUniverse, match=words):
        read(said)


def test_a_refusal_leads_to_its_condition() -> None:
    fine, wrong = {"reach": ["call"]}, {"field": "age", "from": 3}
    with pytest.raises(BadUniverse) as refused:
        read({"all": [fine, {"any": [fine, fine, {"not": wrong}]}]})
    assert refused.value.path == (1, 2, 0)


def test_the_deepest_and_the_largest_filter_are_read() -> None:
    assert read(_nested(DEEPEST)) is not None
    assert read({"any": [{"reach": ["call"]}] * (MOST - 1)}) is not None


@pytest.mark.parametrize("written", ["", "{", "[" * 100_000, "nonsense", "9" * 10_000])
def test_what_is_no_json_is_refused_in_words(written: str) -> None:
    with pytest.raises(BadUniverse, match="this is no JSON"):
        read_text(written)


hostile = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("all", "not", "field", "is", "from", "voted", "in", "extra", "name"))
            | st.sampled_from(list(FIELDS)),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(hostile)
def test_any_json_is_read_or_refused(said: Any) -> None:
    with contextlib.suppress(BadUniverse):
        assert Universe.from_json(said).to_json() is not None


def test_a_reference_follows_the_name_of_its_universe() -> None:
    whole = read({"all": [{"universe": "A"}, {"not": {"universe": "B"}}]})
    assert isinstance(whole, Group)
    assert names_in(whole) == {"A", "B"}
    assert names_in(renamed(whole, "B", "C")) == {"A", "C"}
