"""Sheets on paper: calls held as by a caller, results entered once, mistakes told and undone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from app.domain.sheet import (
    CALL_LETTERS,
    CODE_LENGTH,
    DOOR_LETTERS,
    SIGNS,
    Kind,
    Typed,
    Unread,
    read_typed,
)
from app.domain.touch import AttemptState
from app.services.claim import NoCall, next_call
from app.services.paper import NewSheet, SheetRefused, make_sheet
from app.services.paper_entry import Entered, enter
from app.services.settle import sweep
from app.store.engine import Sessions
from app.store.people import User
from app.store.sheets import Sheet, SheetLine
from app.store.touches import Attempt
from tests import factories
from tests.factories import NOON
from tests.scene import column

AT: dict[str, Any] = {"now": NOON, "wall": NOON}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("K7RM 3 v", [("K7RM", 3, "v")]),
        ("k7rm 3V\n\n  4 n ", [("K7RM", 3, "v"), ("K7RM", 4, "n")]),
        ("K7RM.12.t\nA3C4 1 -", [("K7RM", 12, "t"), ("A3C4", 1, "-")]),
        ("3 v", [None]),
        ("K7RM v\nK7RM 3 vv\nhello", [None, None, None]),
        ("K7RM 3 v\nhm\n4 n", [("K7RM", 3, "v"), None, ("K7RM", 4, "n")]),
        ("", []),
    ],
)
def test_lines_are_read_as_they_are_typed(
    text: str, read: list[tuple[str, int, str] | None]
) -> None:
    found = [
        None if isinstance(one, Unread) else (one.code, one.line, one.letter)
        for one in read_typed(text)
    ]
    assert found == read


@given(
    st.text(SIGNS, min_size=CODE_LENGTH, max_size=CODE_LENGTH),
    st.integers(1, 120),
    st.sampled_from([*CALL_LETTERS, *DOOR_LETTERS]),
)
def test_whatever_is_printed_can_be_typed(code: str, line: int, letter: str) -> None:
    said = f"{code.lower()} {line} {letter.upper()}"
    assert read_typed(said) == [Typed(said, code, line, letter)]


@pytest.fixture
def organizer(sessions: Sessions) -> User:
    """Who makes sheets, of a campaign with four calls that are ready."""
    with sessions.begin() as session:
        factories.call_list(session, 4)
    return factories.person(sessions, "organizer", 1)


def _sheet(sessions: Sessions, by: User, lines: int = 3, **facts: Any) -> Sheet:
    asked = NewSheet(facts.pop("kind", Kind.CALLS), lines, **facts)
    made = make_sheet(sessions, 1, asked, by=by.id, **AT)
    with sessions() as session:
        return session.get_one(Sheet, made)


def _enter(sessions: Sessions, by: User, said: str, **at: Any) -> list[Entered]:
    return enter(sessions, 1, read_typed(said), by=by.id, **{**AT, **at})


def _codes(found: list[Entered]) -> list[str]:
    return [one.code for one in found]


def test_nobody_else_is_given_a_call_of_a_sheet_until_its_time_is_over(
    sessions: Sessions, organizer: User
) -> None:
    _sheet(sessions, organizer, hold_for=timedelta(hours=2))
    caller = factories.person(sessions, "volunteer", 1)
    held = set(column(sessions, "SELECT voter_id FROM sheet_lines"))
    first = next_call(sessions, 1, caller.id, **AT)
    assert not isinstance(first, NoCall)
    assert first.voter_id not in held
    assert len(held) == 3
    sweep(sessions, NOON + timedelta(hours=1, minutes=59))
    ready = "SELECT voter_id FROM touches WHERE state = 'ready'"
    assert held.isdisjoint(column(sessions, ready))
    sweep(sessions, NOON + timedelta(hours=2, seconds=1))
    assert held <= set(column(sessions, ready))


def test_a_fast_clock_ends_the_sheet_at_the_time_that_it_says(
    sessions: Sessions, organizer: User
) -> None:
    asked = NewSheet(Kind.CALLS, 1, hold_for=timedelta(hours=1))
    make_sheet(sessions, 1, asked, by=organizer.id, speed=60.0, **AT)
    (lease,) = column(sessions, "SELECT lease_until FROM touches WHERE state = 'claimed'")
    assert lease == NOON + timedelta(minutes=1)


def test_what_is_entered_is_a_call_as_the_call_screen_records_it(
    sessions: Sessions, organizer: User
) -> None:
    sheet = _sheet(sessions, organizer)
    found = _enter(sessions, organizer, f"{sheet.code} 1 t\n2 v\n3 n")
    assert _codes(found) == ["saved"] * 3
    with sessions() as session:
        told = session.scalars(select(Attempt).order_by(Attempt.voter_id)).all()
        assert sorted(one.disposition for one in told) == ["already_voted", "canvassed", "not_home"]
        assert {(one.user_id, one.state) for one in told} == {(organizer.id, AttemptState.DONE)}
    assert column(sessions, "SELECT DISTINCT state FROM touches WHERE claimed_by <> ''") == ["done"]
    assert column(sessions, "SELECT count(*) FROM ballots") == [1]
    assert column(sessions, "SELECT count(*) FROM targets WHERE calls = 1") == [3]


def test_entered_twice_counts_once_and_another_result_is_told(
    sessions: Sessions, organizer: User
) -> None:
    sheet = _sheet(sessions, organizer)
    said = f"{sheet.code} 1 t\n1 t\n1 n"
    assert _codes(_enter(sessions, organizer, said)) == ["saved", "already", "other"]
    assert _codes(_enter(sessions, organizer, said)) == ["already", "already", "other"]
    assert column(sessions, "SELECT disposition FROM attempts") == ["canvassed"]


def test_a_line_whose_letter_was_written_before_a_crash_is_recorded_when_entered_again(
    sessions: Sessions, organizer: User
) -> None:
    sheet = _sheet(sessions, organizer)
    with sessions.begin() as session:  # the letter is there, the attempt is not
        session.get_one(SheetLine, (sheet.id, 1)).result = "t"
    assert _codes(_enter(sessions, organizer, f"{sheet.code} 1 t")) == ["saved"]
    assert column(sessions, "SELECT disposition FROM attempts") == ["canvassed"]


def test_a_mistake_is_taken_back_within_seconds_and_the_line_entered_anew(
    sessions: Sessions, organizer: User
) -> None:
    sheet = _sheet(sessions, organizer)
    said = f"{sheet.code} 1 -\n1 t\n1 -\n1 n"
    assert _codes(_enter(sessions, organizer, said)) == ["nothing", "saved", "undone", "saved"]
    live = "SELECT disposition FROM attempts WHERE state = 'done'"
    assert column(sessions, live) == ["not_home"]
    late = NOON + timedelta(minutes=5)
    again = _enter(sessions, organizer, f"{sheet.code} 1 -", now=late, wall=late)
    assert _codes(again) == ["late"]
    assert column(sessions, live) == ["not_home"]


def test_a_result_counts_though_the_sheet_had_lost_the_call(
    sessions: Sessions, organizer: User
) -> None:
    sheet = _sheet(sessions, organizer, lines=1)
    after = NOON + timedelta(hours=4)
    sweep(sessions, after)
    assert _codes(_enter(sessions, organizer, f"{sheet.code} 1 m", now=after, wall=after)) == [
        "saved"
    ]
    with sessions() as session:
        line = session.get_one(SheetLine, (sheet.id, 1))
    state = "SELECT state FROM touches WHERE id = :id"
    assert column(sessions, state, id=line.touch_id) == ["done"]


@pytest.mark.parametrize(
    ("said", "code"),
    [("AAAA 1 t", "sheet"), ("{code} 9 t", "line"), ("{code} 1 q", "letter"), ("hm", "unread")],
)
def test_what_makes_no_sense_is_told_and_stops_no_other_line(
    sessions: Sessions, organizer: User, said: str, code: str
) -> None:
    sheet = _sheet(sessions, organizer)
    found = _enter(sessions, organizer, f"{said.format(code=sheet.code)}\n{sheet.code} 2 n")
    assert _codes(found) == [code, "saved"]


def test_doors_stand_by_street_and_number_and_leave_no_attempt(
    sessions: Sessions, organizer: User
) -> None:
    with sessions.begin() as session:
        for voter, address in enumerate(("10 OAK ST", "9 OAK ST", "100 ELM ST", "2A OAK ST"), 1):
            session.execute(
                text("UPDATE voters SET address = :address WHERE id = :id"),
                {"address": address, "id": voter},
            )
    sheet = _sheet(sessions, organizer, 10, kind=Kind.DOORS, precinct="LINCOLN SCHOOL")
    order = "SELECT voter_id FROM sheet_lines ORDER BY line"
    assert column(sessions, order) == [3, 4, 2, 1]
    said = f"{sheet.code} 1 v\n2 r\n3 w\n4 n\n2 r\n4 -\n2 -\n3 -\n1 v"
    assert _codes(_enter(sessions, organizer, said)) == [
        *("saved", "saved", "saved", "saved", "already", "undone", "undone", "elsewhere"),
        "already",
    ]
    assert column(sessions, "SELECT voter_id FROM ballots") == [3]
    assert column(sessions, "SELECT name FROM rides") == ["Luz Voter2"]
    assert column(sessions, "SELECT DISTINCT out FROM targets") == [""]
    assert column(sessions, "SELECT count(*) FROM attempts") == [0]


def test_a_ballot_from_a_door_is_taken_back_while_the_strike_desk_would(
    sessions: Sessions, organizer: User
) -> None:
    sheet = _sheet(sessions, organizer, 1, kind=Kind.DOORS, precinct="LINCOLN SCHOOL")
    said = f"{sheet.code} 1 v\n1 -\n1 v\n1 -\n1 v"
    found = _codes(_enter(sessions, organizer, said))
    assert found == ["saved", "undone", "saved", "undone", "saved"]
    assert column(sessions, "SELECT count(*) FROM ballots") == [1]
    late = NOON + timedelta(hours=1)
    assert _codes(_enter(sessions, organizer, f"{sheet.code} 1 -", now=late, wall=late)) == [
        "elsewhere"
    ]
    assert column(sessions, "SELECT count(*) FROM ballots") == [1]


def test_a_door_whose_letter_was_written_before_a_crash_is_struck_when_entered_again(
    sessions: Sessions, organizer: User
) -> None:
    sheet = _sheet(sessions, organizer, 1, kind=Kind.DOORS, precinct="LINCOLN SCHOOL")
    with sessions.begin() as session:
        session.get_one(SheetLine, (sheet.id, 1)).result = "v"
    assert _codes(_enter(sessions, organizer, f"{sheet.code} 1 v")) == ["already"]
    assert column(sessions, "SELECT count(*) FROM ballots") == [1]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"kind": Kind.DOORS}, "precinct"),
        ({"kind": Kind.DOORS, "precinct": "ELSEWHERE"}, "nobody"),
        ({"lines": 5}, ""),  # fewer than asked for is a sheet all the same
    ],
)
def test_a_sheet_without_anybody_is_not_made(
    sessions: Sessions, organizer: User, facts: dict[str, Any], code: str
) -> None:
    if not code:
        _sheet(sessions, organizer, **facts)
    else:
        with pytest.raises(SheetRefused) as refused:
            _sheet(sessions, organizer, **facts)
        assert refused.value.code == code
    assert column(sessions, "SELECT count(*) FROM sheets") == [0 if code else 1]


def test_a_line_that_two_enter_at_once_is_one_call(sessions: Sessions, organizer: User) -> None:
    sheet = _sheet(sessions, organizer)
    said = f"{sheet.code} 1 t\n2 n\n3 b"
    other = factories.person(sessions, "admin", 1)
    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(_enter, sessions, who, said) for who in (organizer, other) * 3]
        found = [code for one in done for code in _codes(one.result())]
    assert set(found) <= {"saved", "already"}
    assert column(sessions, "SELECT count(*) FROM attempts") == [3]
    assert column(sessions, "SELECT DISTINCT state FROM touches WHERE claimed_by <> ''") == ["done"]
