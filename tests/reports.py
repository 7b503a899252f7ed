"""A plan's report for tests: a final week with something of everything, stored as a plan."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.report import (
    Advice,
    Cause,
    Change,
    Cover,
    DayLine,
    Dry,
    HourCover,
    Remedy,
    Report,
    ShiftNeed,
    Shortfall,
)
from app.store.campaigns import Campaign, PlanHour
from app.store.plans import Plan
from tests.factories import NOON, POLLING_DAY, stored

ZONE = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)
DAYS = tuple(POLLING_DAY - timedelta(days=back) for back in reversed(range(7)))
CALL, TEXT, EMAIL = Channel


def at(day: date, hour: int, fold: int = 0) -> datetime:
    """An hour of a day on the campaign's clock."""
    return datetime.combine(day, time(hour), ZONE).replace(fold=fold).astimezone(UTC)


def hours_of(day: date) -> Iterator[datetime]:
    """All hours of a day on the campaign's clock: 25 when the clocks go back."""
    begin, end = at(day, 0), at(day + timedelta(days=1), 0)
    while begin < end:
        yield begin
        begin += HOUR


def cover(hour: datetime, channel: Channel, now: datetime = NOON) -> HourCover:
    """What the factory's plan holds in an hour of the final week."""
    there = hour.astimezone(ZONE)
    day, clock = there.date(), there.hour
    held = HourCover(hour, channel, Cover.PLANNED, planned=40 * (day.day % 28 + 1), wanted=120)
    if hour + HOUR <= now:
        return replace(held, cover=Cover.PAST)
    if not 8 <= clock < 21 or (day == POLLING_DAY and clock >= 20):
        return HourCover(hour, channel, Cover.CLOSED)
    if channel is CALL and day == POLLING_DAY and 17 <= clock < 20:
        return replace(held, cover=Cover.GAP, planned=0, cause=Cause.NOBODY_BOOKED)
    if channel is CALL and day == POLLING_DAY - timedelta(days=2) and clock < 11:
        return HourCover(hour, channel, Cover.BLACKOUT)
    if channel is TEXT and clock in (8, 20):
        return HourCover(hour, channel, Cover.OWN_HOURS)
    if channel is TEXT and day == POLLING_DAY - timedelta(days=1) and 9 <= clock < 12:
        return replace(held, cover=Cover.GAP, planned=3, cause=Cause.SENDER_SLOW)
    if channel is EMAIL and day == POLLING_DAY:
        return HourCover(hour, channel, Cover.SILENCE)
    if channel is EMAIL and day < date(2026, 10, 31):
        return HourCover(hour, channel, Cover.NOT_BEGUN)
    return replace(held, open_share=0.8 if clock == 20 else 1.0)


def report(now: datetime = NOON, **facts: Any) -> Report:
    """A report with something of everything; `facts` replace its parts."""
    made = Report(
        made_at=NOON - timedelta(minutes=8),
        solver="highs",
        solver_words="Cells of fewer than 50 voters were put together.",
        solver_seconds=1.4,
        seconds=2.1,
        votes=312.4,
        cost=3187.5,
        days=tuple(_day(day, channel) for day in _campaign_days() for channel in Channel),
        coverage=_coverage(now),
        shortfalls=_shortfalls(),
        advice=advice(),
        shifts=tuple(_need(day) for day in DAYS if day >= NOON.date()),
        forecast=_forecast(),
        changes=(
            Change(POLLING_DAY, CALL, 620, 500),
            Change(date(2026, 10, 30), TEXT, 1000, 1300),
        ),
        notes=("40 emails more than the ramp wants: no open hour stays empty.",),
    )
    return replace(made, **facts)


@cache
def _coverage(now: datetime) -> tuple[HourCover, ...]:
    return tuple(
        cover(hour, channel, now) for channel in Channel for day in DAYS for hour in hours_of(day)
    )


def whole(now: datetime = NOON) -> Report:
    """The same without a gap, an advice or a shortfall."""
    filled = (
        replace(hour, cover=Cover.PLANNED, planned=60, cause=None)
        if hour.cover is Cover.GAP
        else hour
        for hour in report(now).coverage
    )
    return report(now, coverage=tuple(filled), shortfalls=(), advice=(), shifts=(), changes=())


def _campaign_days() -> list[date]:
    return [POLLING_DAY - timedelta(days=back) for back in reversed(range(13))]


def _day(day: date, channel: Channel) -> DayLine:
    wanted = 1000 + 100 * (day - POLLING_DAY).days + 1300
    price = 0.0079 if channel is TEXT else 0.0
    line = DayLine(day, channel, wanted, wanted - 300, wanted * price, wanted / 300)
    if channel is CALL and day == POLLING_DAY:
        return replace(line, planned=500, falls=Cause.NOBODY_BOOKED)
    return line


def _need(day: date) -> ShiftNeed:
    booked = 0 if day == POLLING_DAY else 8
    return ShiftNeed(at(day, 17), at(day, 20), CALL, needed=10, booked=booked)


def _shortfalls() -> tuple[Shortfall, ...]:
    return (
        Shortfall(
            CALL,
            Cause.NOBODY_BOOKED,
            1380,
            "1,380 calls are wanted on Tue 5–8 pm, and nobody is booked.",
            "Find 10 callers for Tue 5–8 pm.",
            at(POLLING_DAY, 17),
            at(POLLING_DAY, 20),
        ),
        Shortfall(
            TEXT,
            Cause.MONEY,
            2200,
            "2,200 texts are not paid for by the budget of $20,000.",
            "Raise the budget by $20.",
        ),
    )


def advice() -> tuple[Advice, ...]:
    """One of each kind."""
    begins, ends = at(POLLING_DAY, 17), at(POLLING_DAY, 20)
    words = "Find 10 callers for Tue 5–8 pm"
    callers = Advice(
        Remedy.CALLERS, words, 41.2, 900, 3, 0, 30, CALL, 10, begins_at=begins, ends_at=ends
    )
    kinds = [
        (Remedy.BUDGET, "Raise the budget by $500", 500.0, TEXT),
        (Remedy.RESERVE, "Keep $1,000 less back for the final week", 0.0, None),
        (Remedy.SENDER, "Send texts at 6 a second instead of 3", 0.0, TEXT),
        (Remedy.TOTAL_CAP, "Allow 14 attempts a voter instead of 12", 0.0, CALL),
        (Remedy.DAILY_CAP, "Allow 3 attempts a voter a day instead of 2", 0.0, CALL),
        (Remedy.RAMP, "Plan 2,000 emails more", 0.0, EMAIL),
    ]
    others = (
        Advice(kind, said, 6 / place, 400, 0, cost, 0, channel, amount=cost or place)
        for place, (kind, said, cost, channel) in enumerate(kinds, 1)
    )
    return (callers, *others)


def _forecast() -> tuple[Dry, ...]:
    dry_at = at(date(2026, 11, 1), 19)
    return (
        Dry(CALL, 4120, 9800, 9500, ((2, at(date(2026, 10, 29), 16)),), dry_at),
        Dry(TEXT, 12_300, 40_000, 15_000, ((2, at(date(2026, 11, 1), 10)),), None),
        Dry(EMAIL, 0, 0, 0, (), None),
    )


def hours(of: Report) -> dict[str, dict[str, int]]:
    """Attempts by channel and hour, as a plan stores them."""
    found: dict[str, dict[str, int]] = {channel.value: {} for channel in Channel}
    for hour in of.coverage:
        if hour.planned:
            found[hour.channel.value][hour.at.isoformat()] = hour.planned
    return found


def store(session: Session, to: Campaign, made: Report | None = None, **facts: Any) -> Plan:
    """The report as the campaign's newest plan; the plan's hours are those of its coverage."""
    made = made or report()
    plan = Plan(
        **{
            "campaign_id": to.id,
            "made_at": made.made_at,
            "why": ["2 shifts were added", "the budget was raised"],
            "solver": made.solver,
            "seconds": made.seconds,
            "report": made.to_json(),
            "hours": hours(made),
            **facts,
        }
    )
    session.add(plan)
    session.flush()
    return plan


def put_in_force(session: Session, to: Campaign, made: Report) -> None:
    """The hours of a report as those that the pacer goes by."""
    stored(
        session,
        PlanHour,
        [
            {
                "campaign_id": to.id,
                "channel": hour.channel,
                "hour_at": hour.at,
                "planned": hour.planned,
                "wanted": hour.wanted,
            }
            for hour in made.coverage
            if hour.planned
        ],
    )
