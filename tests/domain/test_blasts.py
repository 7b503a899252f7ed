"""Blasts: when they go out on each voter's clock, how much is due, and when they are through."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.blast import (
    LAST_MINUTE,
    MOVES,
    BlastDraft,
    BlastState,
    Stretch,
    Timing,
    over_everywhere,
    problems_of,
    stretch_of,
    stretches,
)
from app.domain.channel import Channel
from app.domain.hours import Place, Schedule
from app.domain.rule import Blackout
from app.domain.sender import Rates, Standing
from app.domain.throughput import Load, Outlook, Verdict, outlook, verdict

SCHEDULE = Schedule(
    starts_at=datetime(2026, 10, 1, tzinfo=UTC),
    polling_day=date(2026, 11, 3),
    polls_open=time(6, 30),
    polls_close=time(19, 30),
    zone="America/New_York",
)
EAST = Place("NC", ("America/New_York",))
CENTRAL = Place("TX", ("America/Chicago",))
BOTH = Place("TN", ("America/New_York", "America/Chicago"))
HOUR = timedelta(hours=1)


def utc(day: int, hour: int, minute: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def local(day: int, hour: int, month: int = 10) -> datetime:
    """A time on the voter's clock."""
    return utc(day, hour, month=month).replace(tzinfo=None)


TEN = local(27, 10)
"""Tuesday a week before polling day."""


def stretch(
    starts: datetime = TEN,
    hours: float = 0,
    done_by: datetime | None = None,
    place: Place = EAST,
    schedule: Schedule = SCHEDULE,
) -> Stretch:
    found = stretch_of(Timing(starts, hours * HOUR, done_by), schedule, place, Channel.TEXT)
    assert found is not None
    return found


def test_it_starts_at_its_time_on_the_voter_s_clock() -> None:
    assert stretch().starts_at == utc(27, 14)
    assert stretch(place=CENTRAL).starts_at == utc(27, 15)


def test_of_several_zones_it_starts_with_the_last_and_is_done_with_the_first() -> None:
    found = stretch(done_by=TEN.replace(hour=18), place=BOTH)
    assert found.starts_at == utc(27, 15)
    assert found.last_at == utc(27, 22)


def test_places_whose_clocks_agree_share_a_stretch() -> None:
    there = [CENTRAL, EAST, Place("VA", ("America/New_York",))]
    found = stretches(Timing(TEN, HOUR), SCHEDULE, there, Channel.TEXT)
    assert [[place.state for place in places] for places in found.values()] == [
        ["NC", "VA"],
        ["TX"],
    ]


ENDS = [
    ("no spread and no end: the close of the hours that day", 0, None, utc(28, 1), utc(28, 1)),
    ("a spread: who joins during it; the close to catch up", 3, None, utc(27, 17), utc(28, 1)),
    ("an end: until then", 3, TEN.replace(hour=18), utc(27, 22), utc(27, 22)),
    ("an end at night: the close before it", 0, TEN.replace(hour=23), utc(28, 1), utc(28, 1)),
    ("an end on the next day", 0, TEN.replace(day=28, hour=12), utc(28, 16), utc(28, 16)),
]


@pytest.mark.parametrize(
    ("what", "hours", "done_by", "runs_until", "last_at"), ENDS, ids=[one[0] for one in ENDS]
)
def test_it_is_over_with(
    what: str, hours: int, done_by: datetime | None, runs_until: datetime, last_at: datetime
) -> None:
    found = stretch(TEN, hours, done_by)
    assert (found.runs_until, found.last_at) == (runs_until, last_at)


def test_it_is_over_when_the_polls_close_at_the_latest() -> None:
    assert stretch(local(3, 10, month=11)).last_at == utc(4, 0, 30, month=11)


def test_at_night_it_never_goes_out() -> None:
    timing = Timing(TEN.replace(hour=22), HOUR, TEN.replace(hour=23, minute=30))
    assert stretch_of(timing, SCHEDULE, EAST, Channel.TEXT) is None


def test_the_share_due_is_even_over_the_spread() -> None:
    found = stretch(hours=4)
    shares = [found.share_due(utc(27, hour)) for hour in (13, 14, 15, 16, 18, 20)]
    assert shares == [0, 0, 0.25, 0.5, 1, 1]


def test_without_a_spread_all_is_due_at_once() -> None:
    found = stretch()
    assert found.share_due(utc(27, 14) - timedelta(microseconds=1)) == 0
    assert found.share_due(utc(27, 14)) == 1


def test_only_open_hours_count_in_the_spread() -> None:
    dark = Blackout(utc(27, 15), utc(27, 17), (Channel.TEXT,))
    found = stretch(hours=4, schedule=SCHEDULE.changed([dark]))
    assert found.share_due(utc(27, 15)) == found.share_due(utc(27, 17)) == 0.5
    assert not found.is_open(utc(27, 16))
    over_night = stretch(TEN.replace(hour=19), 15)  # two hours that evening, two in the morning
    assert over_night.share_due(utc(28, 6)) == pytest.approx(0.5)


def test_before_its_end_a_minute_is_left_for_what_waits() -> None:
    found = stretch(hours=3, done_by=TEN.replace(hour=13))
    assert found.share_due(found.last_at - LAST_MINUTE) == 1
    assert found.share_due(found.last_at - 2 * LAST_MINUTE) < 1


def test_when_the_clocks_fall_back_times_and_spread_are_right() -> None:
    """On November 1, 2026 the hour from 1 to 2 comes twice in the East."""
    before = stretch(local(31, 10))
    after = stretch(local(1, 10, month=11))
    assert (before.starts_at, after.starts_at) == (utc(31, 14), utc(1, 15, month=11))
    through = stretch(local(31, 20), 16)
    # 16 hours that pass: until 11:00 on a clock that showed one hour twice.
    assert through.ends_at == utc(1, 16, month=11)
    assert through.open == (
        (utc(1, 0, month=11), utc(1, 1, month=11)),
        (utc(1, 13, month=11), utc(2, 2, month=11)),
    )
    assert through.share_due(utc(1, 14, month=11)) == pytest.approx(2 / 4)


def test_it_is_over_on_every_clock_a_day_after_its_own() -> None:
    assert over_everywhere(Timing(TEN)) == utc(28, 22)
    for place in (EAST, CENTRAL, Place("HI", ("Pacific/Honolulu",))):
        assert stretch(place=place).last_at <= over_everywhere(Timing(TEN))


@given(st.floats(0, 24), st.lists(st.integers(0, 60 * 26), min_size=2), st.booleans())
def test_the_share_never_falls_and_ends_at_one(
    hours: float, minutes: list[int], ends: bool
) -> None:
    done_by = TEN + timedelta(hours=hours + 1) if ends else None
    found = stretch(TEN, hours, done_by)
    shares = [found.share_due(found.starts_at + timedelta(minutes=n)) for n in sorted(minutes)]
    assert shares == sorted(shares)
    assert found.share_due(found.last_at) == 1
    assert found.starts_at <= found.ends_at <= found.last_at
    assert found.runs_until <= found.last_at


def test_what_is_over_does_not_begin_again() -> None:
    over = {state for state, onward in MOVES.items() if not onward}
    assert over == {BlastState.CANCELED, BlastState.DONE}
    assert all(BlastState.DRAFT not in MOVES[one] for one in (*over, BlastState.PAUSED))


DRAFT = BlastDraft(Channel.TEXT, "Tuesday", {"en": {"body": "Hi"}}, Timing(TEN, HOUR))
WRONG = [
    ("no name", {"name": " "}, "name"),
    ("too long a name", {"name": "x" * 81}, "name"),
    ("calls", {"channel": Channel.CALL}, "channel"),
    ("a spread below 0", {"timing": Timing(TEN, -HOUR)}, "spread"),
    ("a spread of weeks", {"timing": Timing(TEN, 200 * HOUR)}, "spread"),
    ("an end before its start", {"timing": Timing(TEN, done_by=TEN)}, "done_by"),
    ("an end before its spread", {"timing": Timing(TEN, 2 * HOUR, TEN + HOUR)}, "done_by"),
]


@pytest.mark.parametrize(("what", "facts", "name"), WRONG, ids=[one[0] for one in WRONG])
def test_a_draft_is_refused_that_has(what: str, facts: dict[str, object], name: str) -> None:
    assert not problems_of(DRAFT)
    assert list(problems_of(replace(DRAFT, **facts))) == [name]  # type: ignore[arg-type]


def carried(amount: int, *rates: Rates, at: Stretch | None = None) -> Outlook:
    found = at or stretch(done_by=TEN.replace(hour=18))
    [one] = outlook([Load(found, amount)], [Standing(each) for each in rates], found.starts_at)
    return one


EIGHT_HOURS = 8 * 3600
FULL = [
    ("a second", Rates(1), EIGHT_HOURS),
    ("a minute", Rates(100, per_minute=61), EIGHT_HOURS),
    ("an hour", Rates(100, per_hour=3601), EIGHT_HOURS),
    ("a day", Rates(100, per_day=9_000), 9_000),
    ("the least of them", Rates(2, per_minute=61, per_hour=7202), EIGHT_HOURS),
]


@pytest.mark.parametrize(("what", "rates", "most"), FULL, ids=[one[0] for one in FULL])
def test_what_fits_into_rate_times_hours_goes_out_and_no_more(
    what: str, rates: Rates, most: int
) -> None:
    assert carried(most, rates).unsent == 0
    assert carried(most + 100, rates).unsent == 100


def test_senders_carry_together_and_it_is_through_when_the_last_is_sent() -> None:
    one = carried(3_600, Rates(0.5), Rates(0.5))
    assert one == Outlook(utc(27, 15), 0)
    assert carried(0, Rates(1)).finishes_at is None


def test_what_a_sender_used_of_its_day_is_gone_and_a_new_day_brings_a_new_cap() -> None:
    used = Standing(Rates(100, per_day=1_000), day_on=date(2026, 10, 27), day_used=400)
    evening = stretch(TEN.replace(hour=18))  # until 1:00 UTC of the next day
    [one] = outlook([Load(evening, 2_000)], [used], evening.starts_at)
    assert one.unsent == 400


def test_a_spread_holds_it_back_and_slow_senders_make_it_late() -> None:
    three = stretch(hours=3)
    load = Load(three, 10_800)
    quick, slow = carried(10_800, Rates(5), at=three), carried(10_800, Rates(0.5), at=three)
    assert (quick.finishes_at, verdict(load, quick)) == (utc(27, 17), Verdict.FITS)
    assert (slow.finishes_at, verdict(load, slow)) == (utc(27, 20), Verdict.WARNED)
    never = carried(10_800, Rates(0.2), at=three)
    assert verdict(load, never) is Verdict.REFUSED


def test_what_must_be_done_first_goes_first() -> None:
    early, late = stretch(done_by=TEN.replace(hour=12)), stretch(done_by=TEN.replace(hour=18))
    found = outlook([Load(late, 7_200), Load(early, 7_200)], [Standing(Rates(1))], early.starts_at)
    assert [one.finishes_at for one in found] == [utc(27, 18), utc(27, 16)]


def test_from_now_on_only_what_is_left_of_the_stretch_counts() -> None:
    found = stretch(done_by=TEN.replace(hour=18))
    [one] = outlook([Load(found, 7_201)], [Standing(Rates(1))], utc(27, 20))
    assert one.unsent == 1


@given(
    st.lists(st.tuples(st.integers(0, 10), st.integers(0, 5), st.integers(0, 20_000)), max_size=5),
    st.lists(st.floats(0.01, 3), min_size=1, max_size=3),
)
def test_nothing_is_lost_or_carried_beyond_the_rates(
    groups: list[tuple[int, int, int]], rates: list[float]
) -> None:
    loads = [
        Load(stretch(TEN + begin * HOUR, hours), amount)
        for begin, hours, amount in groups
        if begin + 10 < 21
    ]
    found = outlook(loads, [Standing(Rates(rate)) for rate in rates], utc(27, 12))
    sent = sum(load.amount - one.unsent for load, one in zip(loads, found, strict=True))
    # The last begin at 8 pm and may spread into the next day: two days of 13 open hours.
    assert sent <= sum(rates) * 2 * 13 * 3600 + len(loads)
    for load, one in zip(loads, found, strict=True):
        assert 0 <= one.unsent <= load.amount
        if one.finishes_at is not None:
            assert load.stretch.starts_at <= one.finishes_at <= load.stretch.last_at
