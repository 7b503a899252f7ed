"""What tests of drawn-up plans look at: days, gaps, and a campaign with a blast."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.domain.channel import Channel
from app.domain.coverage import coverage
from app.domain.draft import Draft
from app.domain.hours import open_intervals
from app.domain.report import Cover, HourCover
from app.domain.shortfall import day_lines, shortfalls
from app.domain.situation import Situation

HOUR = timedelta(hours=1)
CALL, TEXT, EMAIL = Channel.CALL, Channel.TEXT, Channel.EMAIL
SOLVERS = pytest.mark.parametrize("seconds", [20.0, 0.0], ids=["program", "without it"])


def check(draft: Draft) -> None:
    """Every hard limit, looked at again from the rules, not from the plan's own grid."""
    some = draft.situation
    for channel, hours in draft.hours.items():
        for hour, planned in hours.items():
            share = open_share(some, channel, hour)
            assert share > 0, f"{channel} planned at {hour}, when it is closed"
            room = some.supply[channel].at(hour) * share - some.blast_room(channel, hour)
            assert 0 < planned <= room + 1e-6
    check_money(draft)
    check_caps(draft)
    check_floor(draft)
    check_sums(draft)


def open_share(some: Situation, channel: Channel, hour: datetime) -> float:
    """The longest part of the hour in which somebody may be tried: hours, ramp, pause."""
    zone = ZoneInfo(some.schedule.zone)
    begin = max(hour, some.now, some.paused_until or some.now)
    if begin.astimezone(zone).date() < some.ramps[channel].starts_on:
        return 0.0
    reached = {one.place for one in some.cells if channel in one.reach}
    return max(
        sum(
            (end - start) / HOUR
            for start, end in open_intervals(some.schedule, place, channel, begin, hour + HOUR)
        )
        for place in reached or some.places
    )


def check_money(draft: Draft) -> None:
    some = draft.situation
    cost = before = Decimal(0)
    for channel, hours in draft.hours.items():
        price = some.price.get(channel, Decimal(0))
        cost += price * sum(hours.values())
        before += price * sum(n for at, n in hours.items() if at < some.final_from)
    assert cost <= max(some.money, 0)
    assert before <= max(some.money_before, 0)

    early = sum(
        float(some.price.get(channel, 0)) * float(draft.solution.attempts[channel][number])
        for channel in draft.hours
        for number, slot in enumerate(draft.grid.slots)
        if not slot.reserve
    )
    assert early <= max(float(min(some.money_before, some.money)), 0) + 1e-4  # before rounding too


def check_caps(draft: Draft) -> None:
    some, zone = draft.situation, ZoneInfo(draft.situation.schedule.zone)
    total: int = sum(sum(hours.values()) for hours in draft.hours.values())
    left = sum(max(one.voters * some.total_cap - one.attempts, 0) for one in some.cells)
    assert total <= left
    days: dict[tuple[date, Channel], int] = {}
    for channel, hours in draft.hours.items():
        for hour, planned in hours.items():
            key = (hour.astimezone(zone).date(), channel)
            days[key] = days.get(key, 0) + planned
    voters = sum(one.voters for one in some.cells)
    for (_, channel), planned in days.items():
        limit = some.ramps[channel].daily_cap
        assert limit is None or planned <= limit
    for (day, channel), planned in days.items():
        reached = sum(one.voters for one in some.cells if channel in one.reach)
        assert planned <= reached, "twice a day to one voter on one channel"
        whole = sum(n for (other, _), n in days.items() if other == day)
        assert whole <= voters * some.daily_cap + len(Channel)  # each channel is rounded by itself


def check_floor(draft: Draft) -> None:
    """Each open hour of the final week holds something, or is a gap that says why."""
    proof = coverage(draft.situation, draft.grid, draft.wishes, draft.hours)
    for hour in proof:
        if hour.cover is Cover.PLANNED:
            blasts = draft.situation.blast_messages(hour.channel, hour.at)
            assert hour.planned == draft.hours[hour.channel].get(hour.at, 0)
            assert hour.blasts >= blasts > hour.blasts - 1
            assert hour.planned + hour.blasts > 0
        else:
            is_open = open_share(draft.situation, hour.channel, hour.at) > 0
            assert is_open == (hour.cover is Cover.GAP), hour
            assert (hour.cause is not None) == (hour.cover is Cover.GAP)
    listed = {(hour.channel, hour.at) for hour in proof}
    first = max(draft.situation.now, draft.situation.final_from)
    for channel in draft.situation.ramps:
        at = first.replace(minute=0, second=0, microsecond=0)
        while at < draft.situation.closes_at:
            assert (channel, at) in listed
            at += HOUR


def check_sums(draft: Draft) -> None:
    """What is wanted is planned, or missing with a cause."""
    lines = day_lines(draft)
    for channel in draft.situation.ramps:
        mine = [line for line in lines if line.channel is channel]
        planned, wanted = sum(one.planned for one in mine), sum(one.wanted for one in mine)
        assert planned == sum(draft.hours.get(channel, {}).values())
        short = [one for one in shortfalls(draft, lines) if one.channel is channel]
        missing = sum(one.missing for one in short) - draft.wishes.unplaced[channel]
        assert missing == max(wanted - planned, 0)
        assert all(one.words and one.remedy for one in short)


def of_day(draft: Draft, channel: Channel) -> list[int]:
    """Planned attempts day by day."""
    return [line.planned for line in day_lines(draft) if line.channel is channel]


def gaps(draft: Draft) -> list[HourCover]:
    proof = coverage(draft.situation, draft.grid, draft.wishes, draft.hours)
    return [hour for hour in proof if hour.cover is Cover.GAP]
