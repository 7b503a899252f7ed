"""The last hours: the earliest close first, everybody once, and rounds that fit the day."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.condition import Answered, Contacted, Every, Group
from app.domain.hours import Place, Schedule
from app.domain.phase import (
    NOBODY,
    PLEDGED,
    REACHED,
    PhaseDraft,
    PhaseKind,
    built_in,
    last_close,
    pledges,
    problems_of,
    suggest_rounds,
)
from app.domain.rush import (
    IN_LINE_FROM,
    IN_LINE_UNTIL,
    RUSH,
    closes_of,
    in_order,
    is_rush,
    may_be_near,
    room,
    says_stay,
)

quick = settings(derandomize=True, deadline=None, max_examples=100)

HOUR = timedelta(hours=1)
NC, TN, CA, HI = (
    Place("NC", ("America/New_York",)),
    Place("TN", ("America/Chicago",)),
    Place("CA", ("America/Los_Angeles",)),
    Place("HI", ("Pacific/Honolulu",)),
)
SCHEDULE = Schedule(
    starts_at=datetime(2026, 10, 1, tzinfo=UTC),
    polling_day=date(2026, 11, 3),
    polls_open=time(7),
    polls_close=time(20),
    zone="America/New_York",
)
EAST = datetime(2026, 11, 4, 1, tzinfo=UTC)
"""8 pm in the East, where the polls close first."""

closings = st.dictionaries(
    st.builds(lambda n: Place("NC", (f"Zone/{n}",)), st.integers(0, 30)),
    st.integers(0, 360).map(lambda minutes: EAST + timedelta(minutes=minutes)),
    max_size=12,
)
instants = st.integers(-600, 600).map(lambda minutes: EAST + timedelta(minutes=minutes))


@quick
@given(closings, instants)
def test_every_place_that_has_not_closed_has_its_turn_once(
    closes: dict[Place, datetime], now: datetime
) -> None:
    ordered = [place for group in in_order(closes, now) for place in group]
    assert len(ordered) == len(set(ordered))
    left_out = set(closes) - set(ordered)
    assert all(closes[place] <= now for place in left_out)
    if is_rush(closes, now):
        assert left_out == {place for place in closes if closes[place] <= now}


@quick
@given(closings, instants)
def test_in_the_rush_whoever_closes_earlier_is_in_an_earlier_group(
    closes: dict[Place, datetime], now: datetime
) -> None:
    groups = in_order(closes, now)
    if not is_rush(closes, now):
        assert len(groups) <= 1
        return
    at = [{closes[place] for place in group} for group in groups]
    assert all(len(instants) == 1 for instants in at)
    assert all(min(before) < min(after) for before, after in pairwise(at))


@quick
@given(closings, instants)
def test_the_rush_lasts_from_four_hours_before_the_first_close_to_the_last(
    closes: dict[Place, datetime], now: datetime
) -> None:
    expected = bool(closes) and min(closes.values()) - 4 * HOUR <= now < max(closes.values())
    assert is_rush(closes, now) is expected


def test_eastern_zones_come_first_and_leave_when_their_polls_have_closed() -> None:
    closes = closes_of(SCHEDULE, [HI, CA, NC, TN])
    assert in_order(closes, EAST - RUSH) == [[NC], [TN], [CA], [HI]]
    assert in_order(closes, EAST) == [[TN], [CA], [HI]]
    assert in_order(closes, EAST - RUSH - timedelta(seconds=1)) == [[HI, CA, NC, TN]]
    assert in_order({}, EAST) == []


def test_the_places_are_asked_only_near_polling_day() -> None:
    assert not may_be_near(SCHEDULE, datetime(2026, 11, 2, 9, tzinfo=UTC))
    assert may_be_near(SCHEDULE, datetime(2026, 11, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    ("minutes", "said"), [(61, False), (60, True), (21, True), (20, False), (0, False)]
)
def test_stay_in_line_is_said_from_60_to_20_minutes_before_the_close(
    minutes: int, said: bool
) -> None:
    assert says_stay(EAST, EAST - timedelta(minutes=minutes)) is said


@quick
@given(instants, st.floats(0, 500), st.integers(0, 10))
def test_no_more_texts_are_begun_than_can_go_out_in_time(
    now: datetime, per_second: float, segments: int
) -> None:
    texts = room(EAST, now, per_second, segments)
    left = max((EAST - IN_LINE_UNTIL - now).total_seconds(), 0)
    assert 0 <= texts * max(segments, 1) <= left * per_second + 1e-6
    assert IN_LINE_UNTIL < IN_LINE_FROM


def test_rounds_of_a_long_day_are_four_and_leave_no_hole() -> None:
    rounds = suggest_rounds(SCHEDULE, [NC])
    assert [(one.name, one.starts_at.hour, one.starts_at.minute) for one in rounds] == [
        ("Morning round", 14, 0),  # 9 am in the East, where winter time has begun
        ("Midday round", 17, 0),
        ("Afternoon round", 21, 0),
        ("Last hours", 23, 0),
    ]
    assert rounds[-1].ends_at == EAST


times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
places = st.lists(st.sampled_from([NC, TN, CA, HI]), max_size=4)


@quick
@given(times, times, places)
def test_rounds_never_overlap_and_end_with_the_last_close(
    opens: time, closes: time, where: list[Place]
) -> None:
    if closes <= opens:
        opens, closes = closes, time(23, 59)
    schedule = Schedule(
        starts_at=SCHEDULE.starts_at,
        polling_day=SCHEDULE.polling_day,
        polls_open=opens,
        polls_close=closes,
        zone=SCHEDULE.zone,
    )
    rounds = suggest_rounds(schedule, where)
    assert all(one.ends_at - one.starts_at >= HOUR for one in rounds)
    assert all(before.ends_at == after.starts_at for before, after in pairwise(rounds))
    if rounds:
        assert rounds[-1].ends_at == last_close(schedule, where)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("ends before it starts", {"ends_at": EAST - 5 * HOUR}, "ends_at"),
    ("ends when it starts", {"ends_at": EAST - 4 * HOUR}, "ends_at"),
    ("ends after the last close", {"ends_at": EAST + HOUR}, "ends_at"),
    ("starts after the last close", {"starts_at": EAST, "ends_at": EAST + HOUR}, "starts_at"),
    ("is over", {"starts_at": EAST - 9 * HOUR, "ends_at": EAST - 7 * HOUR}, "ends_at"),
    ("has a goal below 0", {"goal": -1}, "goal"),
    ("has no name", {"name": " "}, "name"),
    ("has an endless name", {"name": "x" * 81}, "name"),
]


@pytest.mark.parametrize(("what", "facts", "field"), WRONG, ids=[what for what, _, _ in WRONG])
def test_a_phase_is_refused_that(what: str, facts: dict[str, Any], field: str) -> None:
    sound: dict[str, Any] = {
        "kind": PhaseKind.ROUND,
        "name": "Midday",
        "starts_at": EAST - 4 * HOUR,
        "ends_at": EAST,
    }
    now = EAST - 6 * HOUR
    assert problems_of(PhaseDraft(**sound), SCHEDULE, [NC], now) == {}
    problems = problems_of(PhaseDraft(**{**sound, **facts}), SCHEDULE, [NC], now)
    assert list(problems) == [field]
    assert problems[field].endswith(".")


def test_a_pledge_is_a_yes_to_a_question_about_voting() -> None:
    asked = {
        "Will you vote on Tuesday?": ["Yes", "yes, early", "Maybe", "No", "Definitely not"],
        "Voting plan": ["Will vote", "Will not vote", "Won't say"],
        "¿Va a votar?": ["Sí", "si", "no"],
        "Did you vote in 2022?": ["Yes"],
        "Do you support Ana Rivera?": ["Yes"],
        "Is your ballot here?": ["No"],
    }
    assert pledges(asked) == {
        "Will you vote on Tuesday?": ("Yes", "yes, early"),
        "Voting plan": ("Will vote",),
        "¿Va a votar?": ("Sí", "si"),
    }
    found = built_in(PLEDGED, {"Will you vote?": ["Yes", "No"]})
    assert found == Group(Every.ANY, (Answered("Will you vote?", ("Yes",)),))
    assert built_in(PLEDGED, {}) == NOBODY
    assert isinstance(built_in(REACHED, {}), Contacted)
