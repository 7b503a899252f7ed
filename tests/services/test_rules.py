"""Changes to hours are checked, hold at once, are noted, and are taken back."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.channel import Channel
from app.domain.hours import open_until
from app.domain.place import Place
from app.domain.rule import Blackout, CallingHours, Change, OwnHours, PollHours, RuleKind, Silence
from app.services.rule_check import RuleRefused, check_change, read_change
from app.services.rule_effect import Effect
from app.services.rules import RuleUnsure, add_rule_change, end_rule_change, listed
from app.store.campaigns import PlanHour
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.people import AuditEntry
from tests import factories
from tests.factories import NOON

ALL_WEEK = tuple(range(7))
EVERY = tuple(Channel)
NC = Place("NC", ("America/New_York",))
SATURDAY = datetime(2026, 10, 31, 16, tzinfo=UTC)  # noon in North Carolina
HOURS = timedelta(hours=1)
AT_NIGHT = CallingHours("federal", (Channel.CALL,), ALL_WEEK, time(8), time(22))
NARROW = OwnHours((Channel.CALL,), ALL_WEEK, time(10), time(18))
FUNERAL = Blackout(SATURDAY, SATURDAY + 3 * HOURS, (Channel.CALL, Channel.TEXT), "a funeral")
WHOLE_WEEK = Blackout(NOON - HOURS, NOON + timedelta(days=9), EVERY, "a court order")
Add = Callable[..., int]


@pytest.fixture
def add(sessions: Sessions) -> Add:
    """`add(change, note)`: makes a change in a campaign of two voters in North Carolina."""
    with sessions.begin() as session:
        made = factories.campaign(session)
        factories.targets(session, made, factories.voters(session, 2))

    def add(change: Change, note: str = "as the chair wants it", **said: Any) -> int:
        return add_rule_change(sessions, 1, change, note, by=None, now=NOON, **said).id

    return add


def effect(sessions: Sessions, change: Change, now: datetime = NOON) -> Effect:
    with sessions() as session:
        return check_change(session, 1, change, "why", now)


def is_open(sessions: Sessions, channel: Channel, at: datetime) -> bool:
    with sessions() as session:
        return open_until(load_frame(session, 1).schedule, NC, channel, at) is not None


def holding(sessions: Sessions) -> list[Change | None]:
    with sessions() as session:
        return [one.change for one in listed(session, 1) if one.holds]


def acts(sessions: Sessions) -> list[str]:
    with sessions() as session:
        return [one.action for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_a_change_holds_at_once_and_no_longer_once_it_is_taken_back(
    sessions: Sessions, add: Add
) -> None:
    ada = factories.person(sessions, "organizer", name="Ada")
    made = add_rule_change(sessions, 1, FUNERAL, " a  funeral ", by=ada.id, now=NOON)
    assert not is_open(sessions, Channel.CALL, SATURDAY + HOURS)
    assert is_open(sessions, Channel.EMAIL, SATURDAY + HOURS)
    with sessions() as session:
        [one] = listed(session, 1)
    assert (one.change, one.note, one.by, one.made_at) == (FUNERAL, "a funeral", "Ada", NOON)
    assert end_rule_change(sessions, 1, made.id, by=ada.id, now=NOON + HOURS)
    assert not end_rule_change(sessions, 1, made.id, by=ada.id, now=NOON + HOURS)
    assert is_open(sessions, Channel.CALL, SATURDAY + HOURS)
    with sessions() as session:
        [one] = listed(session, 1)
    assert (one.ended_at, one.ended_by) == (NOON + HOURS, "Ada")
    assert acts(sessions) == ["hours changed", "hours taken back"]


@pytest.mark.parametrize(
    "change",
    [
        NARROW,
        FUNERAL,
        CallingHours("NC", (Channel.CALL,), (5, 6), None, None, None),
        CallingHours("NC", (Channel.TEXT,), ALL_WEEK, time(9), time(20), 2),
        PollHours("NC", time(6, 30), time(19)),
        Silence("48 h before polls close", "polls close", (Channel.CALL,)),
    ],
    ids=["own hours", "blackout", "closed days", "state hours", "polls", "silence"],
)
def test_every_kind_is_kept_as_it_was_made_and_the_same_twice_once(
    sessions: Sessions, add: Add, change: Change
) -> None:
    assert add(change) == add(change, "said again")
    assert holding(sessions) == [change]
    assert acts(sessions) == ["hours changed"]


def test_two_at_once_make_one_change(sessions: Sessions, add: Add) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: add(FUNERAL), range(4)))
    assert len(set(made)) == 1
    assert holding(sessions) == [FUNERAL]


def test_a_later_change_replaces_what_it_covers(sessions: Sessions, add: Add) -> None:
    sunday = OwnHours((Channel.CALL,), (6,), time(12), time(18))
    wider = OwnHours((Channel.CALL, Channel.TEXT), ALL_WEEK, time(9), time(20))
    add(NARROW)
    add(sunday)
    assert holding(sessions) == [NARROW, sunday]  # both narrow the same Sunday
    add(wider)
    assert holding(sessions) == [wider]
    assert is_open(sessions, Channel.CALL, SATURDAY - 3 * HOURS)  # 9 am, which NARROW closed


def test_opening_what_the_law_closes_must_be_meant(sessions: Sessions, add: Add) -> None:
    with pytest.raises(RuleUnsure, match=r"says 8 am–9 pm; this opens more\. The law stands above"):
        add(AT_NIGHT)
    add(AT_NIGHT, warned=True)
    assert is_open(sessions, Channel.CALL, SATURDAY + 9.5 * HOURS)  # half past nine at night


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (CallingHours("FL", (Channel.CALL,), ALL_WEEK, time(8), time(20)), "at most 3 in 24 hours"),
        (CallingHours("FL", (Channel.CALL,), (0,), time(8), time(21), 3), "Mon.* says 8 am–8 pm"),
        (CallingHours("AL", (Channel.TEXT,), (6,), time(12), time(18)), "says closed"),
        (PollHours("NC", time(6, 30), time(20)), "close at 7:30 pm"),
    ],
    ids=["limit", "later", "a closed day", "polls"],
)
def test_each_way_to_open_more_is_named(
    sessions: Sessions, add: Add, change: Change, words: str
) -> None:
    [warning] = effect(sessions, change).warnings
    assert re.search(words, warning)


@pytest.mark.parametrize(
    "change",
    [
        NARROW,
        FUNERAL,
        CallingHours("NC", (Channel.CALL,), ALL_WEEK, time(7), time(22)),  # federal hours stay
        CallingHours("FL", (Channel.CALL,), ALL_WEEK, time(9), time(19), 2),
        PollHours("NC", time(6), time(19)),
        Silence("00:00 on the eve", "polls close", EVERY),
    ],
    ids=["own hours", "blackout", "no effect", "narrower", "polls", "silence"],
)
def test_what_only_narrows_is_made_without_a_warning(
    sessions: Sessions, add: Add, change: Change
) -> None:
    assert effect(sessions, change).warnings == ()


def test_ending_a_silence_that_the_table_has_must_be_meant(sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.campaign(session, country="PL", zone="Europe/Warsaw")
    off, shorter = Silence("", "", EVERY), Silence("12 h before polls open", "polls close", EVERY)
    for change in (off, shorter):
        assert "longer election silence" in effect(sessions, change).warnings[0]
    longer = Silence("48 h before polls open", "polls close", EVERY)
    assert effect(sessions, longer).warnings == ()


def test_the_effect_is_told_in_hours_and_in_planned_attempts(sessions: Sessions, add: Add) -> None:
    with sessions.begin() as session:
        for hours in (-1, 0, 2):
            row = PlanHour(
                campaign_id=1, channel=Channel.CALL, hour_at=SATURDAY + hours * HOURS, planned=100
            )
            session.add(row)
    half_past = Blackout(FUNERAL.begins_at - HOURS / 2, FUNERAL.ends_at, FUNERAL.channels)
    found = effect(sessions, half_past).channels
    assert found[Channel.CALL].lost == 3.5 * HOURS
    assert found[Channel.CALL].planned == 250  # half of the hour in which it begins
    assert found[Channel.EMAIL].lost == 0 * HOURS
    # From noon on Thursday, 9 + 13 × 4 hours, and 11:30 on polling day.
    assert found[Channel.CALL].before == 72.5 * HOURS


def test_a_blackout_of_the_whole_final_week_must_be_meant(sessions: Sessions, add: Add) -> None:
    assert effect(sessions, WHOLE_WEEK).silent
    with pytest.raises(RuleUnsure, match="nothing at all goes out"):
        add(WHOLE_WEEK, warned=True)
    assert holding(sessions) == []
    add(WHOLE_WEEK, silent=True)
    assert not is_open(sessions, Channel.EMAIL, SATURDAY)


def test_blackouts_that_together_leave_nothing_must_be_meant_too(
    sessions: Sessions, add: Add
) -> None:
    add(Blackout(NOON - HOURS, SATURDAY, EVERY))
    with pytest.raises(RuleUnsure, match="nothing at all goes out"):
        add(Blackout(SATURDAY, NOON + timedelta(days=9), EVERY))


WRONG: list[tuple[str, Change, str]] = [
    ("note", FUNERAL, "  "),
    ("note", FUNERAL, "x" * 501),
    ("scope", CallingHours("ZZ", EVERY, ALL_WEEK, time(9), time(20)), "why"),
    ("state", PollHours("ZZ", time(7), time(20)), "why"),
    ("ends_at", Blackout(NOON - 3 * HOURS, NOON, EVERY), "why"),
    ("begins_at", Blackout(NOON + timedelta(days=6), NOON + timedelta(days=7), EVERY), "why"),
]


@pytest.mark.parametrize(
    ("part", "change", "note"), WRONG, ids=[f"{n}-{one[0]}" for n, one in enumerate(WRONG)]
)
def test_a_change_that_cannot_be_is_refused_at_its_part(
    sessions: Sessions, add: Add, part: str, change: Change, note: str
) -> None:
    with pytest.raises(RuleRefused) as refused:
        add(change, note)
    assert list(refused.value.problems) == [part]
    assert acts(sessions) == []


@pytest.mark.parametrize(
    ("kind", "value", "part"),
    [
        (RuleKind.POLLS, {"state": "NC", "opens": "08:00", "closes": "07:00"}, "closes"),
        (RuleKind.OWN_HOURS, {"opens": "9", "closes": "17:00"}, "opens"),
        (RuleKind.SILENCE, {"starts": "soon", "ends": "polls close"}, "starts"),
        (RuleKind.CALLING_HOURS, {"scope": "NC", "channels": []}, "channels"),
    ],
    ids=["polls close first", "no time", "no moment", "no channel"],
)
def test_what_cannot_be_read_is_said_in_a_sentence(
    kind: RuleKind, value: dict[str, Any], part: str
) -> None:
    with pytest.raises(RuleRefused) as refused:
        read_change(kind, value)
    [(where, words)] = refused.value.problems.items()
    assert where == part
    assert words.endswith(".")


def test_nothing_changes_once_the_polls_have_closed(sessions: Sessions, add: Add) -> None:
    with pytest.raises(RuleRefused, match="The polls have closed"):
        effect(sessions, NARROW, NOON + timedelta(days=6))


def test_the_polls_cannot_be_made_to_have_closed_already(sessions: Sessions, add: Add) -> None:
    polling_day = NOON + timedelta(days=5, hours=1)
    with pytest.raises(RuleRefused, match="have closed already"):
        effect(sessions, PollHours("NC", time(6), time(11)), polling_day)


def test_a_change_of_another_campaign_is_not_taken_back(sessions: Sessions, add: Add) -> None:
    made = add(FUNERAL)
    with sessions.begin() as session:
        factories.campaign(session, name="Another")
    with pytest.raises(RuleRefused):
        end_rule_change(sessions, 2, made, by=None, now=NOON)
    assert holding(sessions) == [FUNERAL]
