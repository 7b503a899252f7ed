"""What the lookout sees of a campaign: cheap looks always, dear ones only in a silence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.alarm import GONE
from app.domain.channel import Channel
from app.domain.hours import open_intervals
from app.domain.lookout import Seen, SenderSeen, limit_at, must_ask
from app.domain.place import Place
from app.domain.rest import final_from
from app.services.reach import Nobody, Opened, Opening, Reach
from app.store import lookout
from app.store.campaigns import Campaign
from app.store.frames import Frame, place_names
from app.store.lookout import LONGEST_OPEN, Crew
from app.store.rule_changes import last_act

RESUMED = "campaign resumed"


@dataclass(frozen=True)
class Moment:
    """What the time is: of the campaign, of the machines, and how fast the one goes."""

    now: datetime
    wall: datetime
    speed: float = 1.0


@dataclass(frozen=True)
class Look:
    """A campaign as it was found."""

    seen: Seen
    senders: tuple[SenderSeen, ...]
    crew: Crew
    closes_at: datetime  # the last polls of all


def look(session: Session, frame: Frame, at: Moment, nobody: Nobody | None = None) -> Look:
    """Looks at a campaign. Whether anybody may be reached is asked only when it has been silent
    for half the limit."""
    schedule, places = frame.schedule, place_names(session, frame.id)
    closes_at = max(
        schedule.polls_close_at(place) for place in places or [Place("", (schedule.zone,))]
    )
    seen, opened = _outline(session, frame, places, at)
    seen = replace(seen, final=final_from(schedule) <= at.now < closes_at)
    senders = tuple(lookout.senders(session, frame.id, since=at.now - seen.limit, wall=at.wall))
    crew = lookout.crew(session, at.wall, GONE)
    seen = replace(
        seen,
        workers=crew.alive,
        manned_for=crew.manned_for * at.speed,
        unmanned=crew.unmanned * at.speed,
    )
    if must_ask(seen):
        reach = Reach(session, frame, at.now, at.wall, opened, senders)
        seen = reach.asked(seen, {} if nobody is None else nobody)
    return Look(seen, senders, crew, closes_at)


def _outline(
    session: Session, frame: Frame, places: Sequence[Place], at: Moment
) -> tuple[Seen, Opened]:
    """What is cheap: hours, pauses, the last attempt."""
    campaign = session.get_one(Campaign, frame.id)
    opened = _opened(session, frame, places, at.now)
    begins = [one.since for found in opened.values() for one in found]
    until = campaign.paused_until if campaign.state == "paused" else None
    callers = lookout.callers(session, frame.id, at.wall)
    last_at = lookout.last_attempt(session, frame.id, now=at.now, wall=at.wall)
    seen = Seen(
        now=at.now,
        limit=limit_at(at.speed),
        open_since=_since(session, campaign, min(begins), at.now) if begins else None,
        last_at=at.now if callers else last_at,  # whoever is on a call reaches somebody now
        paused_until=until if until is not None and at.now < until else None,
        stuck_pause=campaign.state == "paused" and (until is None or until <= at.now),
        callers=callers,
    )
    return seen, opened


def _opened(session: Session, frame: Frame, places: Sequence[Place], now: datetime) -> Opened:
    """Where each channel of the campaign is open now; a channel that is closed is left out."""
    found: dict[Channel, list[Opening]] = {}
    for channel in sorted(lookout.used_channels(session, frame.id)):
        for place in places:
            begin, end = now - LONGEST_OPEN, now + timedelta(seconds=1)
            for first, last in open_intervals(frame.schedule, place, channel, begin, end):
                if last > now:
                    found.setdefault(channel, []).append(Opening(place, first))
    return found


def _since(session: Session, campaign: Campaign, begin: datetime, now: datetime) -> datetime:
    """From when on outreach could have flowed: hours open, campaign made, no pause."""
    since = max(begin, campaign.created_at)
    if campaign.paused_until is not None and campaign.paused_until <= now:
        since = max(since, campaign.paused_until)
    resumed = last_act(session, RESUMED, f"campaign:{campaign.id}")
    return since if resumed is None else max(since, resumed[0].at)
