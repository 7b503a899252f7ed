"""Sheets on paper: calls held as by a caller, results entered once, mistakes told and undone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

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
    time_after,
)
from app.domain.touch import AttemptState
from app.services.claim import NoCall, next_call
from app.services.paper import NewSheet, SheetRefused, make_sheet
from app.services.paper_entry import Entered, enter
from app.services.settle import sweep
from app.store import paper as stored
from app.store.engine import Sessions
from app.store.people import User
from app.store.sheets import Sheet, SheetLine
from app.store.touches import Attempt
from app.store.voters import Voter
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
        ("K7RM 3 n and more", [None]),
        ("K7RM 3 t @", [("K7RM", 3, "t")]),
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


@pytest.mark.parametrize(
    ("text", "more", "called"),
    [
        ("K7RM 3 c sun 3 pm", "sun 3 pm", ""),
        ("K7RM 3c 18:30 @5:40 pm", "18:30", "5:40 pm"),
        ("K7RM 3 G Spanish", "Spanish", ""),
        ("k7rm 3 v@noon", "", "noon"),
    ],
)
def test_a_line_may_say_more(text: str, more: str, called: str) -> None:
    (one,) = read_typed(text)
    assert isinstance(one, Typed)
    assert (one.more, one.called) == (more, called)
    assert read_typed(one.plain) == [replace(one, said=one.plain)]


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("6:30 pm", "2026-10-29T18:30"),
        ("11", "2026-10-30T11:00"),  # noon there now
        ("sun 3 pm", "2026-11-01T15:00"),
        ("Sunday 15:00", "2026-11-01T15:00"),
        ("dom. 3pm", "2026-11-01T15:00"),
        ("thu 6 pm", "2026-10-29T18:00"),
        ("thu 11 am", "2026-11-05T11:00"),
        ("soon", None),
        ("sun", None),
        ("", None),
    ],
)
def test_a_time_to_call_back_is_the_next_on_the_voters_clock(said: str, when: str | None) -> None:
    zone = ZoneInfo("America/New_York")
    expected = datetime.fromisoformat(when).replace(tzinfo=zone) if when else None
    assert time_after(said, NOON, zone.key) == expected


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


def test_a_sheet_has_no_call_that_its_maker_has_on_the_screen(
    sessions: Sessions, organizer: User
) -> None:
    mine = next_call(sessions, 1, organizer.id, **AT)
    assert not isinstance(mine, NoCall)
    _sheet(sessions, organizer, lines=4)
    on_paper = column(sessions, "SELECT voter_id FROM sheet_lines")
    assert len(set(on_paper)) == len(on_paper) == 3
    assert mine.voter_id not in on_paper


def test_a_form_that_comes_twice_at_once_makes_one_sheet(
    sessions: Sessions, organizer: User
) -> None:
    asked = NewSheet(Kind.CALLS, 2, code="K7RM")
    with ThreadPoolExecutor(4) as pool:
        made = [
            pool.submit(make_sheet, sessions, 1, asked, by=organizer.id, **AT) for _ in range(4)
        ]
        assert len({one.result() for one in made}) == 1
    assert len(column(sessions, "SELECT line FROM sheet_lines")) == 2


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


def test_a_streets_signs_mean_themselves(sessions: Sessions, organizer: User) -> None:
    with sessions.begin() as session:
        voters = session.scalars(select(Voter).order_by(Voter.id)).all()
        for voter, address in zip(
            voters, ("1 Oak St", "2 50% Rd", "3 A_B Rd", "4 Elm Rd"), strict=True
        ):
            voter.precinct, voter.address = "P", address
    for street, count in (("%", 1), ("_", 1), ("oak", 1), ("rd", 3), ("\\", 0)):
        with sessions() as session:
            assert len(stored.doors(session, 1, "P", street, 9)) == count


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


def test_a_call_back_is_promised_for_the_time_on_the_voters_clock(
    sessions: Sessions, organizer: User
) -> None:
    sheet = _sheet(sessions, organizer)
    wrong = _enter(sessions, organizer, f"{sheet.code} 1 c\n1 c 11 pm\n1 c sooner")
    assert _codes(wrong) == ["when", "closed", "when"]
    assert column(sessions, "SELECT result FROM sheet_lines WHERE line = 1") == [""]
    assert _codes(_enter(sessions, organizer, f"{sheet.code} 1 c sun 3 pm")) == ["saved"]
    assert _codes(_enter(sessions, organizer, f"{sheet.code} 1 c sun 3 pm")) == ["already"]
    due = "SELECT due_at FROM touches WHERE purpose = 'callback'"
    assert column(sessions, due) == [datetime(2026, 11, 1, 20, tzinfo=UTC)]


def test_a_call_back_whose_time_has_passed_is_due_at_once(
    sessions: Sessions, organizer: User
) -> None:
    sheet = _sheet(sessions, organizer, hold_for=timedelta(hours=1))
    at = NOON + timedelta(hours=5)
    found = _enter(sessions, organizer, f"{sheet.code} 1 c 2 pm @12:30 pm", now=at)
    assert _codes(found) == ["saved"]
    assert column(sessions, "SELECT due_at FROM touches WHERE purpose = 'callback'") == [
        at + timedelta(seconds=1)
    ]


def test_another_language_goes_to_whoever_speaks_it(sessions: Sessions, organizer: User) -> None:
    sheet = _sheet(sessions, organizer)
    found = _enter(sessions, organizer, f"{sheet.code} 1 g\n1 g klingonish\n1 g Spanish")
    assert _codes(found) == ["language", "language", "saved"]
    voter = "(SELECT voter_id FROM sheet_lines WHERE line = 1)"
    assert column(sessions, f"SELECT language FROM targets WHERE voter_id = {voter}") == ["es"]


def test_a_call_counts_as_made_when_it_was_not_when_it_is_typed_in(
    sessions: Sessions, organizer: User
) -> None:
    """Typed in at night, what was called in the evening is no call at night."""
    sheet = _sheet(sessions, organizer, hold_for=timedelta(hours=2))
    night = NOON + timedelta(hours=11)
    found = _enter(sessions, organizer, f"{sheet.code} 1 n @1:15 pm\n2 n", now=night)
    assert [(one.code, one.outside) for one in found] == [("saved", False)] * 2
    with sessions() as session:
        made = session.scalars(select(Attempt.attempted_at).order_by(Attempt.attempted_at)).all()
    assert made[0] == NOON + timedelta(hours=1, minutes=15)
    assert made[1] == NOON + timedelta(hours=2) - timedelta(seconds=1)


def test_a_call_outside_the_hours_is_kept_and_flagged(sessions: Sessions, organizer: User) -> None:
    """It happened, and the wish that was told in it holds; whoever is in charge learns of it."""
    sheet = _sheet(sessions, organizer, hold_for=timedelta(hours=12))
    night = NOON + timedelta(hours=11)
    found = _enter(sessions, organizer, f"{sheet.code} 1 s @10:40 pm\n2 n @10:45 pm", now=night)
    assert [(one.code, one.outside) for one in found] == [("saved", True)] * 2
    assert column(sessions, "SELECT source FROM opt_outs") == ["call"]
    noted = "SELECT (details ->> 'line')::int FROM audit WHERE action = 'called outside hours'"
    assert sorted(column(sessions, noted)) == [1, 2]
    again = _enter(sessions, organizer, f"{sheet.code} 1 s @10:40 pm", now=night)
    assert _codes(again) == ["already"]
    assert len(column(sessions, noted)) == 2


@pytest.mark.parametrize("said", ["@25:00", "@11:30 am", "@later"])
def test_a_call_from_before_its_sheet_is_not_believed(
    sessions: Sessions, organizer: User, said: str
) -> None:
    sheet = _sheet(sessions, organizer)
    at = NOON + timedelta(minutes=20)
    assert _codes(_enter(sessions, organizer, f"{sheet.code} 1 n {said}", now=at)) == ["called"]
    assert column(sessions, "SELECT count(*) FROM attempts") == [0]
