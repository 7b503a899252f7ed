"""Universes on a real database: the SQL of a filter finds whom its words mean."""

import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.condition import (
    Answered,
    BadUniverse,
    Between,
    Condition,
    Contacted,
    Every,
    Field,
    Group,
    InUniverse,
    Is,
    Known,
    Reach,
    Sample,
    Starts,
    Turnout,
    Voted,
    VotedIn,
    Within,
)
from app.domain.condition_json import read
from app.domain.name import fold
from app.domain.touch import AttemptState, TouchState
from app.domain.universe import Universe
from app.services import universes as service
from app.store.engine import Sessions
from app.store.messages import Consent, DeadAddress, OptOut
from app.store.people import AuditEntry
from app.store.saved_universes import SavedUniverse
from app.store.universe_sql import Asking, where
from app.store.universes import (
    UniverseCount,
    add_targets,
    choices,
    count_universe,
    extra_columns,
    overlap,
    questions,
    resolve,
    sample_of,
)
from app.store.voters import Answer, Election, Voter
from tests import factories
from tests.conditions import (
    ANSWERS,
    CITIES,
    DAYS,
    LAST_NAMES,
    PARTIES,
    QUESTIONS,
    RESULTS,
    WARDS,
    conditions,
)
from tests.factories import NOON, POLLING_DAY

ASKING = Asking(POLLING_DAY, NOON)
HELD = {
    "nc": [("2024-11-05", "general"), ("2022-11-08", "general"), ("2020-03-03", "primary")],
    "oh": [("2024-11-05", "general"), ("2020-11-03", "general"), ("2018-11-06", "general")],
    "nowhere": [],
}
"""The elections that each source of voters is known to have votes for, the latest first."""


@dataclass
class Person:
    """A voter as the test made them, with all that is known."""

    row: Voter
    household: int = 0
    consented: bool = False
    barred: set[Channel] = field(default_factory=set)
    answers: dict[str, str] = field(default_factory=dict)
    attempts: list[tuple[Channel, str, datetime]] = field(default_factory=list)


@pytest.fixture
def people(sessions: Sessions) -> list[Person]:
    """Forty voters of three sources with a little of everything, the same in every run."""
    draw = random.Random(5)
    with sessions.begin() as session:
        made = factories.campaign(session)
        for source, held in HELD.items():
            for day, kind in held:
                day_ = date.fromisoformat(day)
                session.add(Election(source=source, day=day_, kind=kind))
        rows = [_voter(session, number, draw) for number in range(1, 41)]
        factories.targets(session, made, rows)
        found = [Person(row, rows_of(rows, row)) for row in rows]
        for person in found:
            _contact(session, made, person, draw)
        _bystanders(session)
    return found


def rows_of(rows: list[Voter], row: Voter) -> int:
    return sum(other.household_id == row.household_id for other in rows)


def _voter(session: Session, number: int, draw: random.Random) -> Voter:
    last = draw.choice(LAST_NAMES)
    ward = draw.choice(WARDS)
    phone2 = draw.choice((None, f"+1919777{number:04}"))
    return factories.voters(
        session,
        1,
        number,
        source=draw.choice(list(HELD)),
        last_name=last,
        last_key=fold(last),
        first_key=fold("Luz"),
        party=draw.choice(PARTIES),
        city=draw.choice(CITIES),
        birth_year=draw.choice((None, 1940, 1991, 2008)),
        phone=draw.choice((None, f"+1919555{number:04}")),
        phone_kind=draw.choice(("mobile", "landline", "")),
        phone2=phone2,
        phone2_kind="landline" if phone2 else "",
        email=draw.choice((None, f"v{number}@example.org")),
        votes=sorted(draw.sample(DAYS, draw.randint(0, 5))),
        turnout=draw.choice((None, 0.0, 0.25, 0.5, 0.875, 1.0)),
        registered_on=draw.choice((None, date(2026, 10, 1), date(2010, 5, 5), date(1999, 1, 1))),
        extra=draw.choice(({}, {"Ward": ward}, {"Ward": ward, "Dog": "yes"})),
        household_id=number - number % 3 + 1 if number < 30 else None,
    )[0]


def _contact(session: Session, made: Any, person: Person, draw: random.Random) -> None:
    row = person.row
    if row.phone and draw.random() < 0.6:
        person.consented = True
        session.add(
            Consent(
                address=row.phone,
                channel="text",
                basis="form",
                source="t",
                given_on=date(2026, 1, 1),
            )
        )
    for channel, address in (
        (Channel.CALL, row.phone),
        (Channel.TEXT, row.phone),
        (Channel.EMAIL, row.email),
    ):
        if address and draw.random() < 0.3:
            person.barred.add(channel)
            bar = draw.choice(
                (
                    OptOut(
                        address=address, channel=channel.value, source="reply", opted_out_at=NOON
                    ),
                    DeadAddress(address=address, channel=channel.value, reason="x", found_at=NOON),
                )
            )
            session.add(bar)
    for question in QUESTIONS:
        if draw.random() < 0.4:
            answer = person.answers[question] = draw.choice(ANSWERS)
            session.add(
                Answer(
                    voter_id=row.id,
                    question=question,
                    answer=answer,
                    source="list",
                    answered_on=date(2026, 10, 1),
                )
            )
    for _ in range(draw.choice((0, 0, 1, 3))):
        channel, result = draw.choice(list(Channel)), draw.choice(RESULTS)
        at = NOON - timedelta(days=draw.choice((0.5, 3, 20)))
        touch = factories.calls(
            session, made, [row], channel=channel, state=TouchState.DONE, address="x"
        )[0]
        state = AttemptState.DELIVERED if result == "delivered" else AttemptState.DONE
        told = "" if result == "delivered" else result
        factories.attempt(session, touch, state=state, disposition=told, attempted_at=at)
        factories.attempt(session, touch, state=AttemptState.ABSENT, attempted_at=NOON)
        person.attempts.append((channel, result, at))


def _consent(address: str, channel: Channel) -> Consent:
    said = {"basis": "form", "source": "list", "given_on": date(2026, 1, 1)}
    return Consent(address=address, channel=channel.value, **said)


def _bystanders(session: Session) -> None:
    """A double and a withdrawn voter, who are in no universe, not even in the opposite of one."""
    factories.voters(session, 1, 90, merged_into=1, household_id=1)
    factories.voters(session, 1, 91, status="confidential", household_id=1)


def holds(condition: Condition, person: Person) -> bool | None:
    """What the condition's words mean, in plain Python."""
    row = person.row
    match condition:
        case Group(Every.ALL, of):
            return all(holds(one, person) for one in of)
        case Group(Every.ANY, of):
            return any(holds(one, person) for one in of)
        case Group(Every.NONE, of):
            return not any(holds(one, person) for one in of)
        case Is(Field("phone_kind"), values):
            phones = ((row.phone, row.phone_kind), (row.phone2, row.phone2_kind))
            return any(number and (kind or "unknown") in values for number, kind in phones)
        case Is(Field("city"), values):
            return row.city.lower() in {one.lower() for one in values}
        case Is(of, values):
            return (row.extra.get(of.name, "") if of.extra else getattr(row, of.name)) in values
        case Starts(Field("name"), values):
            starts = tuple(one for one in map(fold, values) if one)
            return bool(starts) and f"{row.last_key}|".startswith(starts)
        case Starts(Field("city"), values):
            return row.city.lower().startswith(tuple(one.lower() for one in values))
        case Between(Field("household_size"), low, high):
            return _in(person.household, low, high)
        case Between(Field("age"), low, high):
            return row.birth_year is not None and _in(2026 - row.birth_year, low, high)
        case Between(Field("Ward"), low, high):
            ward = row.extra.get("Ward", "")
            return ward.isdigit() and _in(int(ward), low, high)
        case Between(Field("registered_on"), low, high):
            return row.registered_on is not None and _in(row.registered_on, low, high)
        case Within(_, days):
            since = NOON.date() - timedelta(days=days)
            return row.registered_on is not None and _in(row.registered_on, since, NOON.date())
        case Known(of, known):
            name = "birth_year" if of.name == "age" else of.name
            value = row.extra.get(of.name) if of.extra else getattr(row, name)
            return bool(value) is known
        case Voted(least, most, last, kind):
            if last is None and not kind:
                return _in(len(row.votes), least, most)
            days = [day for day, one in HELD[row.source] if kind in ("", one)][:last]
            return bool(days) and _in(len(set(days) & set(row.votes)), least, most)
        case VotedIn(when, kind):
            days = [day for day, one in HELD[row.source] if one == kind] if kind else row.votes
            return any(day.startswith(when) for day in set(days) & set(row.votes))
        case Turnout(low, high):
            return row.turnout is not None and _in(row.turnout, _real(low), _real(high))
        case Reach(channels):
            return any(_reached(one, person) for one in channels)
        case Answered(question, answers):
            given = person.answers.get(question)
            return given is not None and (not answers or given in answers)
        case Contacted(channel, results, days, least, none):
            tried = [
                1
                for one, result, at in person.attempts
                if channel in (None, one)
                and (
                    not results
                    or result in results
                    or (result != "delivered" and "done" in results)
                )
                and (days is None or at > NOON - timedelta(days=days))
            ]
            return not tried if none else len(tried) >= least
    raise AssertionError(condition)


def _real(value: float | None) -> float | None:
    """As PostgreSQL's real has it: the bounds that Hypothesis draws are finer."""
    return None if value is None else struct.unpack("f", struct.pack("f", value))[0]


def _in(value: Any, low: Any, high: Any) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _reached(channel: Channel, person: Person) -> bool:
    row = person.row
    if channel in person.barred:
        return False
    if channel is Channel.EMAIL:
        return row.email is not None
    texts = person.consented and row.phone_kind != "landline"
    return row.phone is not None and (channel is Channel.CALL or texts)


def ids(session: Session, condition: Condition | None, asking: Asking = ASKING) -> set[int]:
    found = where(session, resolve(session, condition), asking)
    return set(session.scalars(text(f"SELECT v.id FROM voters v WHERE {found.sql}"), found.binds))


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    with sessions() as session:
        yield session


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
        other.add(_consent(str(person.row.email), Channel.EMAIL))
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


Save = Callable[..., int]


@pytest.fixture
def save(sessions: Sessions) -> Save:
    def save(name: str, data: dict[str, Any], universe_id: int | None = None) -> int:
        return service.save(sessions, name, data, now=NOON, universe_id=universe_id)

    return save


def test_a_universe_stands_for_its_filter_in_others(
    people: list[Person], save: Save, session: Session
) -> None:
    save("Democrats", {"parties": ["dem"]})
    save("Callable Democrats", {"all": [{"universe": "Democrats"}, {"reach": ["call"]}]})
    both = ids(session, InUniverse("Callable Democrats"))
    assert both == ids(session, Is(Field("party"), ("DEM",))) & ids(session, Reach((Channel.CALL,)))
    others = ids(session, read({"not": {"universe": "Callable Democrats"}}))
    assert len(others) == 40 - len(both)


def test_a_new_name_is_followed_by_what_refers_to_it(save: Save, session: Session) -> None:
    first = save("A", {"reach": ["call"]})
    save("B", {"not": {"universe": "A"}})
    save("  New   A ", {"reach": ["text"]}, first)
    found = {one.name: one.words for one in service.listed(session)}
    assert found == {"B": "Not in “New A”", "New A": "With a phone that may be texted"}
    assert session.query(AuditEntry).count() == 3


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("", {"reach": ["call"]}, "give the universe a name"),
        ("x" * 81, {"reach": ["call"]}, "give the universe a name"),
        ("A", {"reach": ["call"]}, "there is a universe of this name already"),
        ("C", {}, "add a condition"),
        ("C", {"reach": ["fax"]}, "reach is one of"),
        ("C", {"universe": "Z"}, "there is no universe called “Z”; there are “A”, “B”"),
        ("C", {"all": [{"reach": ["call"]}, {"universe": "C"}]}, "cannot refer to itself: C → C"),
    ],
)
def test_a_universe_without_sense_is_not_saved(
    save: Save, session: Session, name: str, data: dict[str, Any], words: str
) -> None:
    save("A", {"reach": ["call"]})
    save("B", {"universe": "A"})
    with pytest.raises(BadUniverse, match=words):
        save(name, data)
    assert {one.name for one in service.listed(session)} == {"A", "B"}


def test_a_universe_that_leads_back_to_itself_is_not_saved(save: Save, session: Session) -> None:
    first = save("A", {"reach": ["call"]})
    save("B", {"not": {"universe": "A"}})
    with pytest.raises(BadUniverse, match="A → B → A"):
        save("A", {"any": [{"reach": ["call"]}, {"universe": "B"}]}, first)
    assert service.by_name(session, "A").condition == Reach((Channel.CALL,))


def test_universes_of_universes_stay_small_enough_to_ask(save: Save) -> None:
    save("0", {"reach": ["call"]})
    for number in range(1, 4):
        save(str(number), {"any": [{"universe": str(number - 1)}] * 4})
    with pytest.raises(BadUniverse, match="make it simpler"):
        save("4", {"any": [{"universe": "3"}] * 4})


def test_a_universe_that_others_refer_to_stays(
    save: Save, sessions: Sessions, session: Session
) -> None:
    first = save("A", {"reach": ["call"]})
    second = save("B", {"not": {"universe": "A"}})
    with pytest.raises(BadUniverse, match="“A” is part of “B”"):
        service.delete(sessions, first, now=NOON)
    assert service.delete(sessions, second, now=NOON) == "B"
    assert service.delete(sessions, first, now=NOON) == "A"
    assert session.query(SavedUniverse).count() == 0
    with pytest.raises(service.NoUniverse):
        service.delete(sessions, first, now=NOON)
