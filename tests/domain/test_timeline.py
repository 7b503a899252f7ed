"""The fast clock: it never turns back, never stops in the night, and loses no second."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import Clock, ManualClock
from app.domain.timeline import Anchor, Night, night_of, parse_clock

often = settings(derandomize=True, deadline=None, max_examples=150)

EASTERN = "America/New_York"
WALL = datetime(2026, 7, 1, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
NIGHT = Night(time(21), time(8), EASTERN)


def eastern(day: int, hour: int, minute: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(EASTERN)).astimezone(UTC)


def nights(night: Night, begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """All nights between two instants, reckoned day by day on the local clock."""
    zone, found = ZoneInfo(night.zone), []
    for n in range(-2, (end - begin).days + 3):
        day = begin.astimezone(zone).date() + n * DAY
        after = day + DAY if night.ends < night.begins else day
        found.append(
            (
                datetime.combine(day, night.begins, zone).astimezone(UTC),
                datetime.combine(after, night.ends, zone).astimezone(UTC),
            )
        )
    return found


def awake(night: Night | None, begin: datetime, end: datetime) -> timedelta:
    """The time between two instants that is not night."""
    lost = timedelta()
    for dusk, dawn in nights(night, begin, end) if night else ():
        lost += max(min(dawn, end) - max(dusk, begin), timedelta())
    return end - begin - lost


# Nobody's night begins or ends in the hours that clocks leave out or repeat.
some_nights = st.builds(
    Night,
    st.builds(time, st.integers(17, 23), st.sampled_from((0, 30))),
    st.builds(time, st.integers(4, 11), st.sampled_from((0, 15))),
    st.sampled_from((EASTERN, "America/Phoenix", "Asia/Kolkata", "UTC")),
) | st.builds(
    Night,
    st.builds(time, st.integers(4, 8)),
    st.builds(time, st.integers(9, 12)),
    st.just("America/Los_Angeles"),
)
anchors = st.builds(
    Anchor,
    # Both changes of clocks of 2026 lie within reach.
    st.sampled_from((eastern(6, 12, month=3), eastern(27, 9))).flatmap(
        lambda start: st.integers(0, 10_000).map(lambda n: start + n * timedelta(minutes=1))
    ),
    st.just(WALL),
    st.sampled_from((0.5, 1.0, 60.0, 3600.0)),
    st.none() | some_nights,
)
walls = st.lists(st.integers(0, 3600), min_size=2, max_size=6).map(
    lambda found: [WALL + n * SECOND for n in sorted(found)]
)


@often
@given(anchors, walls)
def test_time_never_turns_back_nor_stops_in_the_night(
    anchor: Anchor, moments: list[datetime]
) -> None:
    found = [anchor.at(wall) for wall in moments]
    assert all(before <= after for before, after in pairwise(found))
    for at in found if anchor.night else ():
        assert not any(
            dusk <= at < dawn
            for dusk, dawn in nights(anchor.night, at, at)  # type: ignore[arg-type]
        )


@often
@given(anchors, st.integers(0, 3600))
def test_every_waking_second_is_lived_and_no_other(anchor: Anchor, seconds: int) -> None:
    at = anchor.at(WALL + seconds * SECOND)
    lived = awake(anchor.night, anchor.campaign_at, at)
    assert lived == timedelta(seconds=seconds * anchor.speed)


@often
@given(anchors, st.integers(0, 1800), st.integers(0, 1800), st.integers(0, 1800))
def test_a_held_clock_stands_and_goes_on_from_there(
    anchor: Anchor, before: int, pause: int, after: int
) -> None:
    hold = WALL + before * SECOND
    held = anchor.held(hold)
    again = hold + pause * SECOND
    assert held.at(again) == anchor.at(hold)
    assert held.held(again).at(again) == anchor.at(hold)
    going = held.resumed(again, anchor.speed)
    # As if there had been no pause.
    assert going.at(again + after * SECOND) == anchor.at(hold + after * SECOND)


@often
@given(anchors, st.integers(0, 1800), st.integers(0, 1800))
def test_a_running_clock_that_is_given_a_speed_loses_nothing(
    anchor: Anchor, before: int, after: int
) -> None:
    change = WALL + before * SECOND
    changed = anchor.resumed(change, anchor.speed)
    assert changed.at(change + after * SECOND) == anchor.at(change + after * SECOND)


@pytest.mark.parametrize(
    ("start", "speed", "seconds", "expected"),
    [
        (eastern(27, 19, 30), 60.0, 0, eastern(27, 19, 30)),
        (eastern(27, 19, 30), 60.0, 60, eastern(27, 20, 30)),
        (eastern(27, 19, 30), 60.0, 90, eastern(28, 8)),  # nine at night is eight in the morning
        (eastern(27, 19, 30), 60.0, 91, eastern(28, 8, 1)),
        (eastern(27, 23), 60.0, 0, eastern(28, 8)),
        (eastern(27, 23), 0.0, 60, eastern(27, 23)),  # who sets a standing clock may set it so
        (eastern(31, 20), 3600.0, 2, eastern(1, 9, month=11)),  # the night of 12 hours
        (eastern(7, 20, month=3), 3600.0, 2, eastern(8, 9, month=3)),  # the night of 10
    ],
)
def test_nights_take_no_time_at_all(
    start: datetime, speed: float, seconds: int, expected: datetime
) -> None:
    assert Anchor(start, WALL, speed, NIGHT).at(WALL + seconds * SECOND) == expected


def test_a_machine_clock_that_steps_back_does_not_take_the_campaign_with_it() -> None:
    anchor = Anchor(eastern(27, 12), WALL, 60.0, NIGHT)
    assert anchor.at(WALL - DAY) == eastern(27, 12)


@pytest.mark.parametrize("night", ["02:30-03:15", "02:00-03:00", "01:30-02:30", "01:45-01:15"])
@pytest.mark.parametrize("start", [eastern(7, 12, month=3), eastern(31, 12)])
def test_a_night_in_the_hour_that_clocks_leave_out_or_repeat_turns_nothing_back(
    night: str, start: datetime
) -> None:
    anchor = Anchor(start, WALL, 60.0, night_of(night, EASTERN))
    found = [anchor.at(WALL + n * SECOND) for n in range(0, 3000, 7)]
    assert all(before < after for before, after in pairwise(found))


START = "start=2026-10-27T19:30:00-04:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("  ", None),
        (START, Anchor(eastern(27, 19, 30), WALL, 1.0)),
        ("start=2026-10-27T23:30:00Z speed=0", Anchor(eastern(27, 19, 30), WALL, 0.0)),
        (f"speed=2.5 {START}", Anchor(eastern(27, 19, 30), WALL, 2.5)),
        (
            f"{START} speed=60 night=21:00-08:00 zone={EASTERN}",
            Anchor(eastern(27, 19, 30), WALL, 60.0, NIGHT),
        ),
        (
            f"{START}  night=22:00-07:30",
            Anchor(eastern(27, 19, 30), WALL, 1.0, Night(time(22), time(7, 30), "UTC")),
        ),
    ],
)
def test_a_clock_is_set_as_it_is_written(text: str, expected: Anchor | None) -> None:
    assert parse_clock(text, WALL) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("speed=60", "write start="),
        ("60", "write start="),
        (f"{START} speed", "write start="),
        (f"{START} speed 60", "write start="),  # not silently at speed 1
        (f"{START} speed=", "write start="),
        (f"{START} pace=60", "write start="),
        (f"{START} speed=1 speed=2", "write start="),
        ("start=tomorrow", "LASTMILE_CLOCK: .*tomorrow"),
        ("start=2026-10-27T19:30:00", "needs an offset"),
        ("start=2026-10-27", "needs an offset"),
        (f"{START} speed=fast", "LASTMILE_CLOCK: .*fast"),
        (f"{START} speed=-1", "0 or more"),
        (f"{START} speed=nan", "0 or more"),
        (f"{START} speed=inf", "0 or more"),
        (f"{START} night=21:00", "night=21:00"),
        (f"{START} night=9pm-8am", "night=9pm-8am"),
        (f"{START} night=25:00-08:00", "night=25:00"),
        (f"{START} night=21:00-21:00", "leaves no day"),
        (f"{START} night=21:00-08:00 zone=Nowhere/Land", "zone=Nowhere/Land"),
        (f"{START} night=21:00-08:00 zone=America", "zone=America"),  # a folder of zones
        (f"{START} night=21:00-08:00 zone=../etc", "zone=../etc"),
    ],
)
def test_a_clock_that_cannot_be_set_says_what_to_mend(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_clock(text, WALL)


@often
@given(anchors)
def test_a_clock_is_read_back_from_its_text(anchor: Anchor) -> None:
    text = f"start={anchor.campaign_at.isoformat()} speed={anchor.speed}"
    if anchor.night is not None:
        night = anchor.night
        text += f" night={night.begins:%H:%M}-{night.ends:%H:%M} zone={night.zone}"
    assert parse_clock(text, WALL) == anchor


def test_the_clock_of_all_processes_follows_its_anchor() -> None:
    plain = Clock()
    assert plain.speed == 1
    assert plain.wall() <= plain.now() <= plain.wall()
    fast = Clock(Anchor(eastern(27, 12), plain.wall() - HOUR, 2.0))
    assert fast.speed == 2
    assert eastern(27, 14) <= fast.now() < eastern(27, 15)


def test_a_clock_set_by_hand_stands_until_it_is_set() -> None:
    clock = ManualClock(WALL)
    assert clock.now() == clock.wall() == WALL
    clock.at += HOUR
    assert clock.now() == WALL + HOUR
