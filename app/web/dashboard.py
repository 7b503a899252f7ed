"""What the dashboard shows, read in a few queries; the page and its live part share it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.clock import Clock
from app.domain.channel import Channel
from app.domain.hours import Place, Schedule
from app.domain.lookout import Cause, Kind
from app.domain.lookout_words import TITLES
from app.domain.rest import final_from
from app.services import plans
from app.store import board, incident_desk
from app.store.board import DayCount
from app.store.campaigns import Campaign
from app.store.frames import frame_of, places_of
from app.web import chart
from app.web.words import zone_name

SILENT_SECONDS = 30
GONE = timedelta(hours=1)
KEEP = timedelta(minutes=1)
KEEP_SHORTLY = timedelta(seconds=10)
ON_COURSE = 0.9

Found = TypeVar("Found")


@dataclass(frozen=True)
class Close:
    """One instant at which polls close, and for whom."""

    at: datetime
    zones: str
    voters: int


@dataclass(frozen=True)
class Progress:
    """One channel today, against what was planned by now."""

    channel: Channel
    done: int
    by_now: int
    planned: int
    last_hour: int
    failed: int
    waiting: board.Waiting
    callers: int  # who have a call in hand

    @property
    def behind(self) -> int:
        """By how many attempts it lags, when that is worth a word."""
        return self.by_now - self.done if self.done < self.by_now * ON_COURSE else 0

    @property
    def lag(self) -> str:
        """Why it lags, or nothing: texts and emails go by themselves, calls want people."""
        if not self.behind:
            return ""
        if self.channel is not Channel.CALL:
            return "behind plan"
        return "calls wait for callers" if self.callers else "no callers"


@dataclass(frozen=True)
class Beat:
    """A worker and how long it has been silent, in machine time."""

    name: str
    doing: str
    silent: timedelta
    doing_for: timedelta = timedelta()

    @property
    def alive(self) -> bool:
        """Whether its last sign of life is recent."""
        return self.silent.total_seconds() <= SILENT_SECONDS


@dataclass
class Kept:
    """What is slow to count and changes slowly, counted again after a while."""

    found: dict[Hashable, tuple[datetime, Any]] = field(default_factory=dict)

    def count(
        self, what: Hashable, wall: datetime, ask: Callable[[], Found], keep: timedelta = KEEP
    ) -> Found:
        """What `ask` found at most `keep` ago, in machine time."""
        known = self.found.get(what)
        if known is None or wall - known[0] > keep:
            known = self.found[what] = (wall, ask())
        found: Found = known[1]
        return found


def facts(session: Session, campaign: Campaign, clock: Clock, kept: Kept) -> dict[str, Any]:
    """Everything that the template shows."""
    now, wall = clock.now(), clock.wall()
    today = now.astimezone(ZoneInfo(campaign.zone)).date()
    counts = day_counts(session, campaign, now, wall, kept)
    waiting = board.waiting(session, campaign.id, now)
    places = kept.count(("places", campaign.id), wall, lambda: places_of(session, campaign.id))
    schedule = frame_of(session, campaign).schedule
    told = board.counts(session, campaign.id, polling_day=campaign.polling_day, wall=wall)
    return {
        "campaign": campaign,
        "now": now,
        "speed": clock.speed,
        "closes": closes(schedule, places),
        "voters": sum(places.values()),
        "progress": [
            progress(channel, counts, waiting, today, told.callers) for channel in Channel
        ],
        "figure": chart.figure(counts, today),
        "table": chart.table(counts),
        "today": today,
        "workers": beats(session, wall),
        "counts": told,
        "opt_outs": kept.count(
            ("opt-outs", campaign.id),
            wall,
            lambda: board.opt_outs(session, campaign.id),
            KEEP_SHORTLY,
        ),
        "shortfalls": kept.count(
            ("shortfalls", campaign.id),
            wall,
            lambda: plans.problems(session, campaign.id),
            KEEP_SHORTLY,
        ),
        "stopped": board.stopped_senders(session, campaign.id),
        "incidents": incidents(session, campaign),
        "money": money(campaign, schedule, now),
        "events": board.events(session, campaign.id, polling_day=campaign.polling_day, now=now),
    }


def day_counts(
    session: Session, campaign: Campaign, now: datetime, wall: datetime, kept: Kept
) -> list[DayCount]:
    """Planned and done for each day and channel; only yesterday and today are counted anew."""
    here = now.astimezone(ZoneInfo(campaign.zone))
    yesterday = datetime.combine(here.date() - timedelta(days=1), time.min, here.tzinfo)
    recent = board.done(
        session,
        campaign.id,
        zone=campaign.zone,
        now=now,
        begin=yesterday,
        end=now + timedelta(days=1),
    )
    counts: dict[tuple[date, Channel], DayCount] = {}
    for one in board.planned(session, campaign.id, zone=campaign.zone, now=now):
        counts[one.day, one.channel] = one
    for one in [*_history(session, campaign, yesterday, wall, kept), *recent]:
        plan = counts.get((one.day, one.channel), one)
        counts[one.day, one.channel] = replace(one, planned=plan.planned, by_now=plan.by_now)
    return [counts[key] for key in sorted(counts)]


def _history(
    session: Session, campaign: Campaign, end: datetime, wall: datetime, kept: Kept
) -> list[DayCount]:
    """What was done on the days before `end`; callbacks may still change it a little."""
    begin = campaign.created_at - timedelta(days=1)
    return kept.count(
        ("history", campaign.id, end),
        wall,
        lambda: board.done(session, campaign.id, zone=campaign.zone, now=end, begin=begin, end=end),
    )


def closes(schedule: Schedule, places: dict[Place, int]) -> list[Close]:
    """When the polls close, earliest first; the campaign's own zone when it has no voters yet."""
    found: dict[datetime, dict[str, int]] = {}
    for place, voters in (places or {Place("", (schedule.zone,)): 0}).items():
        zones = found.setdefault(schedule.polls_close_at(place), {})
        name = zone_name(schedule.zones_of(place)[0])
        zones[name] = zones.get(name, 0) + voters
    return [
        Close(at, ", ".join(sorted(zones)), sum(zones.values()))
        for at, zones in sorted(found.items())
    ]


def progress(
    channel: Channel,
    counts: list[DayCount],
    waiting: dict[Channel, board.Waiting],
    today: date,
    callers: int,
) -> Progress:
    """A channel today."""
    mine = [count for count in counts if count.channel == channel]
    now = next((count for count in mine if count.day == today), DayCount(today, channel))
    last_hour = sum(count.last_hour for count in mine)  # an hour may begin yesterday
    return Progress(
        channel,
        now.done,
        now.by_now,
        now.planned,
        last_hour,
        now.failed,
        waiting[channel],
        callers,
    )


def beats(session: Session, wall: datetime) -> list[Beat]:
    """The workers that run or fell silent within the last hour."""
    rows = board.workers(session, wall - GONE)
    return [
        Beat(
            row.name,
            row.doing,
            max(wall - row.beat_at, timedelta()),
            wall - row.doing_since if row.doing_since else timedelta(),
        )
        for row in rows
    ]


def incidents(session: Session, campaign: Campaign) -> list[dict[str, Any]]:
    """What is wrong now, but for stopped senders, which are shown with their button."""
    return [
        {"title": TITLES[Kind(one.kind)], "said": one.said}
        for one in incident_desk.open_incidents(session, campaign.id)
        if one.cause != Cause.SENDER_STOPPED or one.kind != Kind.SENDER
    ]


def money(campaign: Campaign, schedule: Schedule, now: datetime) -> dict[str, Any]:
    """The budget, what is gone or promised of it, and the reserve."""
    opens_at = final_from(schedule)
    return {
        "budget": campaign.budget,
        "spent": campaign.spent,
        "promised": campaign.reserved,
        "reserve": campaign.budget * campaign.reserve_share,
        "opens_at": opens_at,
        "locked": now < opens_at,
    }
