"""What the war room shows, read in a few queries; the page and its live part share it."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.clock import Clock
from app.domain.channel import Channel
from app.domain.hours import Place, Schedule
from app.domain.report import ShiftNeed
from app.domain.rest import final_from
from app.services import plans
from app.services.plans import Made
from app.store import board, war_room
from app.store.board import Waiting
from app.store.campaigns import Campaign
from app.store.frames import frame_of
from app.web import plan_words, war_alarm, war_charts, war_strip, war_words
from app.web.beats import beats
from app.web.kept import Kept
from app.web.retold import retold
from app.web.tongue import translated as _
from app.web.war_tally import DayCount, Tally, tally, week_of, with_blasts
from app.web.words import zone_name

LATELY = timedelta(hours=12)
"""Incidents that are over are shown for so long."""
ON_COURSE = 0.9
NEXT_SHIFTS = 3
ADVICE = 3
EVENTS = 10


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
    waiting: Waiting
    callers: int  # who have a call in hand
    week: tuple[int, int] = (0, 0)  # done and planned by now, this week

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
            return _("behind plan")
        return _("calls wait for callers") if self.callers else _("no callers")


def facts(session: Session, campaign: Campaign, clock: Clock, kept: Kept) -> dict[str, Any]:
    """Everything that the template shows."""
    now, wall = clock.now(), clock.wall()
    schedule = frame_of(session, campaign).schedule
    counted = tally(session, campaign, now, wall, kept)
    told = war_room.counts(session, campaign.id, now=now, wall=wall)
    people = kept.count(
        ("people", campaign.id), wall, lambda: war_room.people(session, campaign.id, now)
    )
    voted = people.voted
    if people.at < now:
        voted += war_room.voted_since(session, campaign.id, campaign.polling_day, people.at)
    made = plan_in_force(session, campaign, told.plan_id, wall, kept)
    counted = with_blasts(counted, made.report) if made else counted
    workers = beats(session, wall)
    incidents = war_room.incidents(session, campaign.id, now - LATELY)
    all_closes = closes(schedule, people.places)
    wrong = war_alarm.troubles(
        campaign,
        now,
        alive=any(one.alive for one in workers),
        incidents=incidents,
        stopped=board.stopped_senders(session, campaign.id),
    )
    return {
        "campaign": campaign,
        "now": now,
        "speed": clock.speed,
        "closes": all_closes,
        "over": all_closes[-1].at <= now,
        "voters": sum(people.places.values()),
        "voted": voted,
        "progress": _progress(counted, told),
        "hours": war_charts.last_hours(counted),
        "day_by_hour": war_charts.today(counted),
        "days": war_charts.by_day(counted),
        "strip": war_strip.strip(made.report, counted, campaign.polling_day) if made else None,
        "today": counted.today,
        "workers": workers,
        "counts": told,
        "reply_waits": now - told.waits_since if told.waits_since else None,
        "shares": _shares(session, campaign, now, wall, kept),
        "texts_today": counted.days.get(
            (counted.today, Channel.TEXT), DayCount(counted.today, Channel.TEXT)
        ).done,
        "made": made,
        "advice": made.report.advice[:ADVICE] if made else (),
        "shortfalls": shortfalls(told.problem, made),
        "short_shifts": short_shifts(made, now),
        "troubles": wrong,
        "incidents": incidents,
        "money": money(campaign, schedule, now),
        "words": plan_words,
        "war_words": war_words,
        "legend": war_strip.legend,
        "signs": war_strip.SIGNS,
        "events": board.events(
            session, campaign.id, polling_day=campaign.polling_day, now=now, most=EVENTS
        ),
    }


def plan_in_force(
    session: Session, campaign: Campaign, plan_id: int | None, wall: datetime, kept: Kept
) -> Made | None:
    """The plan in force; read again only when there is a newer one, for its report is long."""
    if plan_id is None:
        return None
    key = ("plan", campaign.id, plan_id)
    made: Made | None = kept.known(key, wall)
    return made or kept.keep(key, wall, plans.latest(session, campaign.id))


def _shares(
    session: Session, campaign: Campaign, now: datetime, wall: datetime, kept: Kept
) -> war_room.Shares:
    here = ZoneInfo(campaign.zone)
    midnight = datetime.combine(now.astimezone(here).date(), time(), here).astimezone(UTC)
    return kept.count(
        ("shares", campaign.id, midnight),
        wall,
        lambda: war_room.shares(session, campaign.id, now=now, midnight=midnight),
    )


def shortfalls(problem: str, made: Made | None) -> list[str]:
    """What the plan in force cannot keep, each in a sentence with its remedy; or why there is no
    newer one."""
    shorts = made.report.shortfalls if made is not None else ()
    told = [f"{retold(short.words)} {retold(short.remedy)}" for short in shorts]
    return [retold(problem), *told] if problem else told


def short_shifts(made: Made | None, now: datetime) -> list[ShiftNeed]:
    """The next blocks that have fewer booked than they need."""
    needs = made.report.shifts if made is not None else ()
    short = [one for one in needs if one.short and one.ends_at > now]
    return sorted(short, key=lambda one: one.begins_at)[:NEXT_SHIFTS]


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


def _progress(counted: Tally, told: war_room.Counts) -> list[Progress]:
    return [progress(channel, counted, told) for channel in Channel]


def progress(channel: Channel, counted: Tally, told: war_room.Counts) -> Progress:
    """A channel today and this week."""
    now = counted.days.get((counted.today, channel), DayCount(counted.today, channel))
    first, last = week_of((day for day, _channel in counted.days), counted.today)
    week = [
        one
        for (day, which), one in counted.days.items()
        if which is channel and first <= day <= last
    ]
    hour_ago = counted.now - timedelta(hours=1)
    return Progress(
        channel,
        now.done,
        round(now.by_now),
        now.planned,
        counted.within(channel, hour_ago, counted.now + timedelta(days=1)),
        now.failed,
        told.waiting[channel],
        told.callers,
        (sum(one.done for one in week), round(sum(one.by_now for one in week))),
    )


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
