"""The days of a campaign: from its start to the last close, and how far each is open."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.channel import Channel
from app.domain.days import campaign_days, usable
from app.domain.hours import Interval, Place, Schedule

EASTERN = ZoneInfo("America/New_York")
NC, AL = Place("NC", ("America/New_York",)), Place("AL", ("America/Chicago",))
HI = Place("HI", ("Pacific/Honolulu",))
FIRST, POLLING_DAY = date(2026, 10, 20), date(2026, 11, 3)


def eastern(day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), EASTERN).astimezone(UTC)


def campaign(begins: int = 0, dark: tuple[Interval, ...] = ()) -> Schedule:
    """From this hour of its first day on, Eastern; polls from 6:30 to 21."""
    start = eastern(FIRST, begins)
    return Schedule(start, POLLING_DAY, time(6, 30), time(21), EASTERN.key, blackouts=dark)


@pytest.mark.parametrize(
    ("schedule", "places", "expected"),
    [
        (campaign(), {NC: 1}, [1] * 15),
        (campaign(), {AL: 1}, [1] * 5 + [0] + [1] * 6 + [0] + [1] * 2),  # closed on Sundays
        (campaign(), {NC: 0}, [0] * 15),
        (campaign(20), {NC: 1}, [1 / 13] + [1] * 14),
        (campaign(dark=((eastern(FIRST), eastern(FIRST, 14)),)), {NC: 1}, [7 / 13] + [1] * 14),
        (campaign(dark=((eastern(POLLING_DAY), eastern(POLLING_DAY, 14)),)), {NC: 1}, [1] * 15),
        (
            campaign(dark=((eastern(POLLING_DAY), eastern(POLLING_DAY, 20)),)),
            {NC: 1},
            [1] * 14 + [1 / 13],
        ),
        (campaign(), {}, []),
    ],
)
def test_a_day_counts_whole_when_half_of_it_is_open_and_the_first_for_its_part(
    schedule: Schedule, places: Mapping[Place, int], expected: list[float]
) -> None:
    days = campaign_days(schedule, places)
    assert usable(schedule, places, Channel.CALL, days) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("begins", "places", "closes", "last"),
    [
        (0, [NC], 21, POLLING_DAY),
        (23, [NC], 21, POLLING_DAY),
        (0, [NC, HI], 21, date(2026, 11, 4)),  # Hawaii closes after midnight
        (0, [NC, HI], 19, POLLING_DAY),  # at midnight
    ],
)
def test_the_days_run_from_the_start_to_the_last_close_on_the_campaigns_clock(
    begins: int, places: list[Place], closes: int, last: date
) -> None:
    start = eastern(FIRST, begins)
    days = campaign_days(
        Schedule(start, POLLING_DAY, time(6, 30), time(closes), EASTERN.key), places
    )
    assert days == [FIRST + timedelta(days=n) for n in range((last - FIRST).days + 1)]


def test_a_campaign_that_would_begin_at_the_close_has_no_day() -> None:
    late = Schedule(eastern(POLLING_DAY, 21), POLLING_DAY, time(6, 30), time(21), EASTERN.key)
    assert campaign_days(late, [NC]) == []
