"""A filter finds those whom its words mean; samples, overlaps, and who comes first."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.condition import (
    Condition,
    Every,
    Field,
    Group,
    Is,
    Reach,
    Sample,
    Voted,
)
from app.domain.condition_json import read
from app.domain.universe import Universe
from app.store.engine import Sessions
from app.store.universes import (
    UniverseCount,
    add_targets,
    choices,
    count_universe,
    extra_columns,
    overlap,
    questions,
    sample_of,
)
from tests import factories
from tests.conditions import (
    CITIES,
    DAYS,
    WARDS,
    conditions,
)
from tests.store.universes.meaning import _reached, holds
from tests.store.universes.people import ASKING, Person, consent_of, ids


def _drawn(condition: Condition) -> bool:
    """Whether chance has a part in it, which the words do not tell."""
    if isinstance(condition, Group):
        return any(_drawn(one) for one in condition.of)
    return isinstance(condition, Sample)


@settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(conditions)
def test_a_filter_finds_those_whom_its_words_mean(
    people: list[Person], session: Session, condition: Condition
) -> None:
    session.rollback()  # whatever the last example left
    everybody = {person.row.id for person in people}
    found, others = ids(session, condition), ids(session, Group(Every.NONE, (condition,)))
    assert found | others == everybody
    assert not found & others
    if not _drawn(condition):
        assert found == {person.row.id for person in people if holds(condition, person)}
    voters = count_universe(session, condition, ASKING).voters
    assert voters == len(found)


def test_everybody_on_file_is_counted_by_channel(people: list[Person], session: Session) -> None:
    by = {channel: sum(_reached(channel, one) for one in people) for channel in Channel}
    counted = count_universe(session, None, ASKING)
    assert counted == UniverseCount(40, by[Channel.CALL], by[Channel.TEXT], by[Channel.EMAIL])
    for channel, number in by.items():
        assert len(ids(session, Reach((channel,)))) == number > 0


def test_where_the_law_wants_it_email_needs_a_consent_too(
    people: list[Person], session: Session, sessions: Sessions
) -> None:
    british = replace(ASKING, country="GB")
    assert count_universe(session, None, british).mailable == 0
    person = next(one for one in people if _reached(Channel.EMAIL, one))
    with sessions.begin() as other:
        other.add(consent_of(str(person.row.email), Channel.EMAIL))
    session.rollback()
    assert count_universe(session, None, british).mailable == 1
    assert ids(session, Reach((Channel.EMAIL,)), british) == {person.row.id}


def test_a_sample_is_the_same_each_time_and_a_larger_one_holds_a_smaller(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        factories.voters(session, 500)
        tenth, half = ids(session, Sample(0.1, 7)), ids(session, Sample(0.5, 7))
        assert tenth == ids(session, Sample(0.1, 7)) < half
        assert 25 < len(tenth) < 80
        assert 200 < len(half) < 300
        assert tenth != ids(session, Sample(0.1, 8))
        assert len(ids(session, Sample(1, 7))) == 500


def test_the_last_elections_are_those_before_the_day_asked(
    people: list[Person], session: Session
) -> None:
    last = Voted(at_least=1, of_last=1)
    earlier = replace(ASKING, day=date(2024, 11, 5))
    assert ids(session, last, earlier) == {
        one.row.id
        for one in people
        if {"nc": "2022-11-08", "oh": "2020-11-03"}.get(one.row.source, "-") in one.row.votes
    }


@pytest.mark.parametrize(
    "said",
    [
        {"field": "city", "is": ["'; DROP TABLE voters; --", "\\", "%", ":day"]},
        {"field": "city", "starts": ["\\", "%' OR 1=1 --"]},
        {"extra": {"name": "') OR TRUE --", "is": ["x"]}},
        {"answer": {"question": "' OR ''='", "is": [":u0"]}},
    ],
)
def test_words_of_a_filter_never_become_sql(
    people: list[Person], session: Session, said: dict[str, Any]
) -> None:
    assert ids(session, read(said)) == set()


def test_the_overlap_is_what_two_universes_share(people: list[Person], session: Session) -> None:
    three = [Is(Field("party"), ("DEM",)), Reach((Channel.CALL,)), Voted(at_least=9)]
    found = [ids(session, one) for one in three]
    assert overlap(session, three, ASKING) == [[len(a & b) for b in found] for a in found]
    assert found[0] & found[1]


def test_the_builder_offers_what_is_on_file(people: list[Person], session: Session) -> None:
    offered = dict(choices(session, "party"))
    assert sum(offered.values()) == 40
    assert offered["DEM"] == sum(one.row.party == "DEM" for one in people)
    assert set(dict(choices(session, "", "Ward"))) == set(WARDS)
    assert extra_columns(session) == ["Dog", "Ward"]
    assert questions(session) == {"Plan": ["No", "Yes"], "Support": ["No", "Yes"]}
    with pytest.raises(KeyError):
        choices(session, "email")


def test_a_sample_of_people_shows_initials_and_a_city(
    people: list[Person], session: Session
) -> None:
    shown = sample_of(session, None, ASKING)
    assert len(shown) == 5
    assert all(len(initials) == 2 and city in CITIES for initials, city in shown)


@pytest.mark.parametrize(
    ("salience", "order"),
    [("low", [3, 4, 1, 5, 2, 6]), ("middle", [4, 1, 5, 3, 2, 6]), ("high", [1, 5, 4, 3, 2, 6])],
    ids=["low", "middle", "high"],
)
def test_targets_who_gain_most_from_a_contact_come_first(
    sessions: Sessions, salience: str, order: list[int]
) -> None:
    chances = (0.5, 0.0, 1.0, 0.75, None, None)
    with sessions.begin() as session:
        made = factories.campaign(session)
        for number, turnout in enumerate(chances, 1):
            votes = list(DAYS[:3]) if number == 5 else []
            factories.voters(session, 1, number, turnout=turnout, votes=votes)
        factories.voters(session, 1, 80, merged_into=1)
        assert add_targets(session, made.id, Universe(), ASKING, salience=salience) == 6
        rows = session.execute(text("SELECT voter_id, value FROM targets ORDER BY 2 DESC, 1"))
        values = {row.voter_id: row.value for row in rows}
        assert list(values) == order
        assert values[1] == values[5]  # three votes of six are as a chance of one half
        assert values[2] == values[6]
