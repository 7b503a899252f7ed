"""What the dashboard shows, read in a few queries; the page and its live part share it."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.clock import Clock
from app.domain.channel import Channel
from app.domain.hours import Place
from app.store import board
from app.store.board import DayCount
from app.store.campaigns import Campaign
from app.store.frames import FINAL_WEEK, frame_of, places_of
from app.web import chart
from app.web.words import zone_name

SILENT_SECONDS = 30
GONE = timedelta(hours=1)
KEEP = timedelta(minutes=1)
ON_COURSE = 0.9


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

    @property
    def behind(self) -> int:
        """By how many attempts it lags, when that is worth a word."""
        return self.by_now - self.done if self.done < self.by_now * ON_COURSE else 0


@dataclass(frozen=True)
class Beat:
    """A worker and how long it has been silent, in machine time."""

    name: str
    doing: str
    silent: timedelta

    @property
    def alive(self) -> bool:
        """Whether its last sign of life is recent."""
        return self.silent.total_seconds() <= SILENT_SECONDS


@dataclass
class Kept:
    """What is slow to count and changes slowly, counted again after a while."""

    places: dict[int, tuple[datetime, dict[Place, int]]] = field(default_factory=dict)
    history: dict[int, tuple[datetime, datetime, list[DayCount]]] = field(default_factory=dict)

    def places_of(self, session: Session, campaign_id: int, wall: datetime) -> dict[Place, int]:
        """Each place with its number of voters."""
        known = self.places.get(campaign_id)
        if known is None or wall - known[0] > KEEP:
            known = self.places[campaign_id] = (wall, places_of(session, campaign_id))
        return known[1]

    def history_of(
        self, session: Session, campaign: Campaign, end: datetime, wall: datetime
    ) -> list[DayCount]:
        """What was done on the days before `end`; callbacks may still change it a little."""
        known = self.history.get(campaign.id)
        if known is None or known[1] != end or wall - known[0] > KEEP:
            begin = campaign.created_at - timedelta(days=1)
            counts = board.done(
                session, campaign.id, zone=campaign.zone, now=end, begin=begin, end=end
            )
            known = self.history[campaign.id] = (wall, end, counts)
        return known[2]


def facts(session: Session, campaign: Campaign, clock: Clock, kept: Kept) -> dict[str, Any]:
    """Everything that the template shows."""
    now, wall = clock.now(), clock.wall()
    today = now.astimezone(ZoneInfo(campaign.zone)).date()
    counts = day_counts(session, campaign, now, wall, kept)
    waiting = board.waiting(session, campaign.id, now)
    places = kept.places_of(session, campaign.id, wall)
    return {
        "campaign": campaign,
        "now": now,
        "speed": clock.speed,
        "closes": closes(campaign, places),
        "voters": sum(places.values()),
        "progress": [progress(channel, counts, waiting, today) for channel in Channel],
        "figure": chart.figure(counts, today),
        "table": chart.table(counts),
        "today": today,
        "workers": beats(session, wall),
        "counts": board.counts(session, campaign.polling_day),
        "money": money(campaign, now),
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
    for one in [*kept.history_of(session, campaign, yesterday, wall), *recent]:
        plan = counts.get((one.day, one.channel), one)
        counts[one.day, one.channel] = replace(one, planned=plan.planned, by_now=plan.by_now)
    return [counts[key] for key in sorted(counts)]


def closes(campaign: Campaign, places: dict[Place, int]) -> list[Close]:
    """When the polls close, earliest first; the campaign's own zone when it has no voters yet."""
    schedule = frame_of(campaign).schedule
    found: dict[datetime, dict[str, int]] = {}
    for place, voters in (places or {Place("", (campaign.zone,)): 0}).items():
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
) -> Progress:
    """A channel today."""
    mine = [count for count in counts if count.channel == channel]
    now = next((count for count in mine if count.day == today), DayCount(today, channel))
    last_hour = sum(count.last_hour for count in mine)  # an hour may begin yesterday
    return Progress(
        channel, now.done, now.by_now, now.planned, last_hour, now.failed, waiting[channel]
    )


def beats(session: Session, wall: datetime) -> list[Beat]:
    """The workers that run or fell silent within the last hour."""
    rows = board.workers(session, wall - GONE)
    return [Beat(row.name, row.doing, max(wall - row.beat_at, timedelta())) for row in rows]


def money(campaign: Campaign, now: datetime) -> dict[str, Any]:
    """The budget, what is gone or promised of it, and the reserve."""
    own = Place("", (campaign.zone,))
    opens_at = frame_of(campaign).schedule.polls_close_at(own) - FINAL_WEEK
    return {
        "budget": campaign.budget,
        "spent": campaign.spent,
        "promised": campaign.reserved,
        "reserve": campaign.budget * campaign.reserve_share,
        "opens_at": opens_at,
        "locked": now < opens_at,
    }
