"""What the lookout sees of a campaign: cheap looks always, dear ones only in a silence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.alarm import GONE
from app.domain.channel import Channel
from app.domain.hours import open_intervals
from app.domain.lookout import Held, Seen, SenderSeen, limit_at, must_ask
from app.domain.lookout_words import NAMES
from app.domain.place import Place
from app.domain.rest import final_from
from app.services.reach import Nobody, Opened, Opening, Reach
from app.store import lookout
from app.store.campaigns import Campaign
from app.store.frames import Frame, paused_channels, place_names
from app.store.lookout import LONGEST_OPEN, Crew
from app.store.pauses import resumed_at


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
    pauses: tuple[Held, ...] = ()  # that hold now


def look(session: Session, frame: Frame, at: Moment, nobody: Nobody | None = None) -> Look:
    """Looks at a campaign. Whether anybody may be reached is asked only when it has been silent
    for half the limit."""
    schedule, places = frame.schedule, place_names(session, frame.id)
    closes_at = max(
        schedule.polls_close_at(place) for place in places or [Place("", (schedule.zone,))]
    )
    since = at.now - limit_at(at.speed)
    senders = tuple(lookout.senders(session, frame.id, since=since, wall=at.wall))
    seen, opened = _outline(session, frame, places, senders, at)
    seen = replace(seen, final=final_from(schedule) <= at.now < closes_at)
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
    return Look(seen, senders, crew, closes_at, _pauses(session, frame.id, senders, at.now))


def _outline(
    session: Session,
    frame: Frame,
    places: Sequence[Place],
    senders: Sequence[SenderSeen],
    at: Moment,
) -> tuple[Seen, Opened]:
    """What is cheap: hours, pauses, the last attempt. A channel that an organizer paused is not
    open, so nobody is missed there."""
    campaign = session.get_one(Campaign, frame.id)
    every = _opened(session, frame, places, _flows_since(session, campaign, senders), at.now)
    ends = _held(campaign, senders, at.now)
    held = {channel: ends[channel] for channel in every if channel in ends}
    opened = {channel: found for channel, found in every.items() if channel not in held}
    begins = [one.since for found in (opened or every).values() for one in found]
    until = campaign.paused_until if campaign.state == "paused" else None
    until = until if until is not None and at.now < until else None
    if until is None and held and not opened:
        until = min(held.values())
    channels = paused_channels(campaign).values()
    parts = [*channels, *(one.paused_until for one in senders if one.paused_until)]
    callers = lookout.callers(session, frame.id, at.wall)
    last_at = lookout.last_attempt(session, frame.id, now=at.now, wall=at.wall)
    seen = Seen(
        now=at.now,
        limit=limit_at(at.speed),
        open_since=max(min(begins), campaign.created_at) if begins else None,
        last_at=at.now if callers else last_at,  # whoever is on a call reaches somebody now
        paused_until=until,
        stuck_pause=campaign.state == "paused" and _is_over(campaign.paused_until, at.now),
        ended=any(end <= at.now for end in parts),
        held=tuple(sorted(held.items())),
        callers=callers,
    )
    return seen, opened


def _is_over(until: datetime | None, now: datetime) -> bool:
    return until is None or until <= now


def _held(
    campaign: Campaign, senders: Sequence[SenderSeen], now: datetime
) -> dict[Channel, datetime]:
    """The channels that an organizer paused, or every sender of them, and until when."""
    held = {one: until for one, until in paused_channels(campaign).items() if now < until}
    for channel in {one.channel for one in senders}:
        able = [one for one in senders if one.channel is channel and not one.stopped]
        ends = [one.paused_until for one in able if one.paused_until and one.paused(now)]
        if ends and len(ends) == len(able):
            held[channel] = max(held.get(channel, now), min(ends))
    return held


def _pauses(
    session: Session, campaign_id: int, senders: Sequence[SenderSeen], now: datetime
) -> tuple[Held, ...]:
    campaign = session.get_one(Campaign, campaign_id)
    whole = campaign.paused_until if campaign.state == "paused" else None
    found = [
        *([Held("", "", whole)] if whole is not None else []),
        *(Held(c.value, NAMES[c], until) for c, until in paused_channels(campaign).items()),
        *(
            Held(f"sender:{one.id}", f"“{one.name}”", one.paused_until)
            for one in senders
            if one.paused_until
        ),
    ]
    return tuple(one for one in found if now < one.until)


def _opened(
    session: Session,
    frame: Frame,
    places: Sequence[Place],
    since: Mapping[Channel, datetime],
    now: datetime,
) -> Opened:
    """Where each channel of the campaign is open now, and since when it may flow; a channel that
    is closed is left out."""
    found: dict[Channel, list[Opening]] = {}
    for channel in sorted(lookout.used_channels(session, frame.id)):
        for place in places:
            begin, end = now - LONGEST_OPEN, now + timedelta(seconds=1)
            for first, last in open_intervals(frame.schedule, place, channel, begin, end):
                if last > now:
                    begins = max(first, since.get(channel, first))
                    found.setdefault(channel, []).append(Opening(place, begins))
    return found


def _flows_since(
    session: Session, campaign: Campaign, senders: Sequence[SenderSeen]
) -> dict[Channel, datetime]:
    """Channel to when its last pause ended, or the campaign's, if it was paused at all."""
    resumed = resumed_at(session, campaign.id)
    parts = paused_channels(campaign)
    found = {}
    for channel in Channel:
        able = [one for one in senders if one.channel is channel and not one.stopped]
        ends = [one.paused_until for one in able if one.paused_until]
        known = [
            campaign.paused_until,
            parts.get(channel),
            min(ends) if ends and len(ends) == len(able) else None,
            resumed.get(None),
            resumed.get(channel),
        ]
        if told := [at for at in known if at is not None]:
            found[channel] = max(told)
    return found
