"""Doubles become one and can be parted again; nothing that was wished or done is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.double import changes, gained, given_back
from app.services.merge import Merged, MergeRefused, merge, preview, unmerge
from app.services.strike import strike_ids, strike_voters
from app.store.ballots import MailBallot
from app.store.campaigns import Campaign
from app.store.conversations import Conversation
from app.store.engine import Sessions
from app.store.every_table import metadata
from app.store.polling_day import Problem, Ride
from app.store.sheets import Sheet, SheetLine
from app.store.touches import Target, Touch
from app.store.voter_tables import COPIED, JOINED, LEFT, MOVED
from app.store.voters import Answer, Voter
from tests import factories
from tests.factories import NOON, POLLING_DAY


@pytest.fixture
def people(sessions: Sessions) -> Campaign:
    """A campaign that calls voters 1 and 2, who are one person, and 3, who lives with 2."""
    with sessions.begin() as session:
        made = factories.campaign(session)
        whom = [
            *factories.voters(session, 1, 1, phone=None, email=None, votes=["2020-11-03"]),
            *factories.voters(session, 1, 2, middle_name="María", votes=["2022-11-08"]),
            *factories.voters(session, 1, 3, household_id=2),
        ]
        factories.targets(session, made, whom)
        factories.calls(session, made, whom[1:2])
    return made


def join(sessions: Sessions, kept: int = 1, gone: int = 2) -> Merged:
    return merge(sessions, kept, gone, by=None, at=NOON)


def part(sessions: Sessions, merge_id: int) -> None:
    unmerge(sessions, merge_id, by=None, at=NOON)


def rows(session: Session, table: str) -> list[Any]:
    """A whole table, as JSON has it."""
    return list(session.scalars(text(f"SELECT to_jsonb(t) FROM {table} t ORDER BY 1")))


def everything(sessions: Sessions) -> dict[str, list[Any]]:
    tables = ("voters", "targets", "ballots", "opt_outs", *COPIED, *MOVED)
    with sessions() as session:
        return {table: rows(session, table) for table in tables}


def scalar(sessions: Sessions, query: str) -> Any:
    with sessions() as session:
        return session.scalar(text(query))


def change(sessions: Sessions, statement: str) -> None:
    with sessions.begin() as session:
        session.execute(text(statement))


def test_the_kept_one_takes_over_what_it_lacks(sessions: Sessions, people: Campaign) -> None:
    done = join(sessions)
    with sessions() as session:
        kept, gone = session.get_one(Voter, 1), session.get_one(Voter, 2)
    assert (kept.phone, kept.email) == ("+19195550002", "voter2@example.org")
    assert (kept.middle_name, kept.first_name) == ("María", "Luz")
    assert kept.votes == ["2020-11-03", "2022-11-08"]
    assert (gone.merged_into, gone.phone) == (1, "+19195550002")
    assert done.canceled == 1
    assert set(done.gained) == {"middle_name", "email", "phone", "votes"}


def test_what_was_pending_for_the_other_is_canceled_and_it_is_in_no_list(
    sessions: Sessions, people: Campaign
) -> None:
    join(sessions)
    assert scalar(sessions, "SELECT state || ': ' || reason FROM touches") == "canceled: merged"
    assert scalar(sessions, "SELECT out FROM targets WHERE voter_id = 2") == "merged"
    assert scalar(sessions, "SELECT out FROM targets WHERE voter_id = 1") == ""


@pytest.fixture
def open_matters(sessions: Sessions, people: Campaign) -> None:
    """What waits for voter 2: a ride, a problem, a conversation, a line of a sheet; beside them a
    conversation with somebody else, whom nobody merges."""
    with sessions.begin() as session:
        of = {"campaign_id": people.id, "voter_id": 2}
        at = {"created_at": NOON}
        session.add(Ride(**of, **at, name="Luz", changed_at=NOON))
        session.add(Problem(**of, **at, kind="long_line", said=""))
        touch = session.scalars(select(Touch)).one()
        factories.attempt(session, touch)
        for address, whose in ((touch.address, 2), ("+19195550003", 3)):
            session.add(Conversation(campaign_id=people.id, address=address, voter_id=whose,
                                     our_address="+19195550100", waits_since=NOON))  # fmt: skip
        sheet = Sheet(campaign_id=people.id, kind="calls", code="ABCD", **at)
        session.add(sheet)
        session.flush()
        session.add(SheetLine(sheet_id=sheet.id, line=1, voter_id=2))


def whose(sessions: Sessions) -> dict[str, list[int]]:
    """Table → the voters that its rows name."""
    with sessions() as session:
        return {
            table: sorted(session.scalars(text(f"SELECT voter_id FROM {table}"))) for table in MOVED
        }


def test_what_waits_for_the_other_waits_for_the_kept_one(
    sessions: Sessions, open_matters: None
) -> None:
    before = whose(sessions)
    assert before == {table: [2] for table in MOVED} | {"conversations": [2, 3]}
    done = join(sessions)
    assert whose(sessions) == {table: [1] for table in MOVED} | {"conversations": [1, 3]}
    part(sessions, done.merge_id)
    assert whose(sessions) == before


def test_a_double_who_says_they_voted_has_voted_as_the_kept_one(
    sessions: Sessions, people: Campaign
) -> None:
    join(sessions)
    with sessions.begin() as session:
        strike_voters(session, POLLING_DAY, [2, 1], by=None, source="text", at=NOON)
    assert scalar(sessions, "SELECT array_agg(voter_id) FROM ballots") == [1]


def test_a_merge_knows_every_table_that_names_a_voter() -> None:
    naming = {
        table.name
        for table in metadata().tables.values()
        for column in table.columns
        if column.name == "voter_id"
        or any(key.column.table.name in ("voters", "targets") for key in column.foreign_keys)
    }
    assert naming == {*COPIED, *MOVED, *JOINED, *LEFT}
    assert len(naming) == sum(map(len, (COPIED, MOVED, JOINED, LEFT)))


def test_homes_that_a_phone_ties_become_one(sessions: Sessions, people: Campaign) -> None:
    join(sessions)
    for table in ("voters", "targets"):
        assert scalar(sessions, f"SELECT count(DISTINCT household_id) FROM {table}") == 1


def test_homes_stay_apart_where_no_phone_comes_along(sessions: Sessions, people: Campaign) -> None:
    change(sessions, "UPDATE voters SET phone = '+19195550002' WHERE id = 1")
    join(sessions)
    homes = "SELECT array_agg(household_id ORDER BY id) FROM voters"
    assert scalar(sessions, homes) == [1, 1, 2]


def test_who_voted_under_the_other_id_has_voted(sessions: Sessions, people: Campaign) -> None:
    with sessions.begin() as session:
        strike_voters(session, POLLING_DAY, [2], by=None, source="file", at=NOON)
    join(sessions)
    assert scalar(sessions, "SELECT count(*) FROM ballots WHERE voter_id = 1") == 1
    assert scalar(sessions, "SELECT voted_at IS NOT NULL FROM targets WHERE voter_id = 1")


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("out", "'refused'", "refused"),
        ("out", "'no longer registered'", ""),
        ("no_calls", "'do not call'", "do not call"),
        ("no_calls", "'bad number'", ""),  # said of the number, which is dead by itself
        ("calls", "3", 3),
    ],
)
def test_refusals_and_attempts_count_for_the_person(
    sessions: Sessions, people: Campaign, column: str, value: str, expected: object
) -> None:
    change(sessions, f"UPDATE targets SET {column} = {value} WHERE voter_id = 2")
    join(sessions)
    assert scalar(sessions, f"SELECT {column} FROM targets WHERE voter_id = 1") == expected


@pytest.mark.parametrize("channel", ["call", "text", "email"])
def test_the_longer_of_two_waits_counts(sessions: Sessions, people: Campaign, channel: str) -> None:
    for voter, hours in ((1, 2), (2, 5)):
        change(
            sessions,
            f"UPDATE targets SET next_{channel}_at = '2026-10-29 0{hours}:00Z' "
            f"WHERE voter_id = {voter}",
        )
    join(sessions)
    hour = f"SELECT extract(hour FROM next_{channel}_at AT TIME ZONE 'UTC') FROM targets"
    assert scalar(sessions, f"{hour} WHERE voter_id = 1") == 5


def test_the_kept_one_stands_in_where_a_campaign_worked_on_the_other_alone(
    sessions: Sessions, people: Campaign
) -> None:
    before = everything(sessions)["voters"]
    change(sessions, "DELETE FROM targets WHERE voter_id = 1")
    done = join(sessions)
    assert scalar(sessions, "SELECT out FROM targets WHERE voter_id = 1") == ""
    with sessions.begin() as session:
        called = factories.calls(session, people, [session.get_one(Voter, 1)])[0]
        factories.attempt(session, called, disposition="canvassed")
    part(sessions, done.merge_id)
    assert everything(sessions)["voters"] == before
    assert scalar(sessions, "SELECT out FROM targets WHERE voter_id = 1") == "merged"
    assert scalar(sessions, "SELECT count(*) FROM attempts") == 1


@pytest.mark.parametrize(
    ("kept", "gone", "prepare", "words"),
    [
        (1, 1, "", "the same voter twice"),
        (1, 9, "", "no voter 9"),
        (1, 2, "UPDATE voters SET merged_into = 3 WHERE id = 2", "merged into voter 3 already"),
        (1, 2, "UPDATE voters SET merged_into = 3 WHERE id = 1", "merged into voter 3 already"),
        (1, 2, "UPDATE voters SET status = 'confidential' WHERE id = 2", "confidential by law"),
        (1, 2, "UPDATE voters SET status = 'removed' WHERE id = 1", "keep the other one"),
    ],
)
def test_a_merge_that_cannot_be_is_refused(
    sessions: Sessions, people: Campaign, kept: int, gone: int, prepare: str, words: str
) -> None:
    if prepare:
        change(sessions, prepare)
    before = everything(sessions)
    with pytest.raises(MergeRefused, match=words):
        join(sessions, kept, gone)
    assert everything(sessions) == before


def test_the_preview_says_what_the_merge_then_does(sessions: Sessions, people: Campaign) -> None:
    with sessions() as session:
        seen = preview(session, 1, 2)
    done = join(sessions)
    assert seen.canceled == done.canceled
    assert {name for name in seen.gained if not name.endswith("_kind")} == set(done.gained)


def test_undoing_waits_for_later_merges_of_the_two(sessions: Sessions, people: Campaign) -> None:
    first = join(sessions, 2, 3)
    second = join(sessions, 1, 2)
    assert scalar(sessions, "SELECT array_agg(merged_into ORDER BY id) FROM voters") == [None, 1, 1]
    with pytest.raises(MergeRefused, match=f"undo merge {second.merge_id} first"):
        part(sessions, first.merge_id)
    part(sessions, second.merge_id)
    part(sessions, first.merge_id)
    assert scalar(sessions, "SELECT count(merged_into) FROM voters") == 0
    with pytest.raises(MergeRefused, match="undone before"):
        part(sessions, first.merge_id)


def test_what_a_file_said_since_then_outlives_the_undoing(
    sessions: Sessions, people: Campaign
) -> None:
    done = join(sessions)
    change(sessions, "UPDATE voters SET email = 'new@example.org' WHERE id = 1")
    change(sessions, "UPDATE voters SET votes = votes || ARRAY['2024-11-05'] WHERE id = 1")
    change(sessions, "UPDATE targets SET calls = calls + 2 WHERE voter_id = 1")
    change(sessions, "UPDATE voters SET status = 'removed' WHERE id = 2")
    part(sessions, done.merge_id)
    with sessions() as session:
        kept, target = session.get_one(Voter, 1), session.get_one(Target, (people.id, 1))
        other = session.get_one(Target, (people.id, 2))
    assert (kept.email, kept.phone) == ("new@example.org", None)
    assert kept.votes == ["2020-11-03", "2024-11-05"]
    assert target.calls == 2
    assert other.out == "no longer registered"


def test_merges_and_ballots_at_once_end_without_a_deadlock(
    sessions: Sessions, people: Campaign
) -> None:
    with sessions.begin() as session:
        factories.targets(session, people, factories.voters(session, 12, 10))

    def strike(first: int) -> None:
        strike_ids(sessions, POLLING_DAY, [f"AA{n:06}" for n in range(21, first, -1)],
                   by=None, source="file", at=NOON)  # fmt: skip

    with ThreadPoolExecutor(6) as threads:
        done = [threads.submit(strike, first) for first in (9, 12, 15)]
        done += [threads.submit(join, sessions, n, n + 1) for n in range(4, 15, 2)]
        done += [threads.submit(join, sessions, n + 1, n) for n in range(4, 15, 2)]
        errors = [each.exception() for each in done]
    kept = [each for each in errors if each is not None]
    assert all(isinstance(each, MergeRefused) for each in kept), kept
    assert len(kept) == 6  # of two that would merge one into the other, one is late
    assert scalar(sessions, "SELECT count(merged_into) FROM voters") == 6


PHONES = st.sampled_from([None, "+19195550101", "+19195550102", "+19195550103", "+19195550104"])
VOTES = st.lists(st.sampled_from(["2018-11-06", "2020-11-03", "2022-11-08"]), unique=True)
FACTS = st.fixed_dictionaries(
    {
        "phone": PHONES,
        "phone2": PHONES,
        "phone3": PHONES,
        "email": st.sampled_from([None, "a@example.org", "b@example.org"]),
        "votes": VOTES,
        "birth_year": st.sampled_from([None, 1961, 1988]),
        "party": st.sampled_from(["", "DEM"]),
        "turnout": st.sampled_from([None, 0.1, 0.7]),
        "registered_on": st.sampled_from([None, date(2012, 2, 29)]),
        "extra": st.dictionaries(st.sampled_from("abc"), st.text("xyz", max_size=2)),
        "household_id": st.sampled_from([None, 1, 2, 3]),
    }
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(kept=FACTS, gone=FACTS, voted=st.booleans(), swap=st.booleans())
def test_parting_makes_everything_as_it_was(
    sessions: Sessions, kept: Any, gone: Any, voted: bool, swap: bool
) -> None:
    with sessions.begin() as session:
        for table in ("campaigns", "voters"):
            session.execute(text(f"DELETE FROM {table}"))
        made = factories.campaign(session)
        one, two = (Voter(**{**_voter(n), **facts}) for n, facts in ((1, kept), (2, gone)))
        third = Voter(**_voter(3), household_id=2)
        session.add_all([one, two, third])
        session.flush()
        targets = [Target(campaign_id=made.id, voter_id=v.id, household_id=v.household_id or v.id,
                          place="NC:", calls=v.id % 3, next_call_at=NOON + timedelta(hours=v.id))
                   for v in (one, two, third)]  # fmt: skip
        session.add_all(targets)
        session.flush()
        factories.calls(session, made, [two], address="+19195550101", household_id=two.id)
        day = {"polling_day": POLLING_DAY, "stage_on": POLLING_DAY, "recorded_at": NOON}
        session.add(MailBallot(voter_id=two.id, stage="sent", **day))
        answer = {"answer": "yes", "source": "call", "answered_on": POLLING_DAY}
        session.add(Answer(voter_id=two.id, question="Will you vote?", **answer))
        if voted:
            strike_voters(session, POLLING_DAY, [two.id], by=None, source="file", at=NOON)
        ids = (two.id, one.id) if swap else (one.id, two.id)
    before = everything(sessions)
    done = join(sessions, *ids)
    assert everything(sessions) != before
    part(sessions, done.merge_id)
    assert everything(sessions) == before
    assert scalar(sessions, "SELECT count(*) FROM touches WHERE state = 'ready'") == (
        0 if voted or not swap else 1
    )


def _voter(number: int) -> dict[str, Any]:
    return {
        "source": "nc",
        "source_id": f"AA{number}",
        "first_name": "Luz",
        "last_name": "Vega",
        "state": "NC",
        "imported_at": NOON,
    }


ROWS = FACTS.map(
    lambda facts: {
        **dict.fromkeys(("middle_name", "suffix", "gender"), ""),
        **dict.fromkeys(("phone_kind", "phone2_kind", "phone3_kind"), ""),
        **facts,
    }
)


@given(kept=ROWS, gone=ROWS)
def test_nothing_the_kept_one_has_is_lost(kept: Any, gone: Any) -> None:
    after = {**kept, **gained(kept, gone)}
    for name, value in kept.items():
        if name in ("votes", "extra"):
            continue
        assert after[name] == value or value in (None, ""), name
    assert {*after["votes"]} == {*kept["votes"], *gone["votes"]}
    assert kept["extra"].items() <= after["extra"].items()
    assert {**after, **given_back(after, changes(kept, after))} == kept
