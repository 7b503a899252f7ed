"""The report of polling day: written down when the polls have closed, and again the next morning.

Nobody can change a report once it is written, and a page of it is one look-up.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import opens_next
from app.domain.local import instant
from app.domain.phase import last_close
from app.store import day_report as stored
from app.store.campaigns import Campaign
from app.store.day_report import WRITTEN, Written
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, load_frame, place_names
from app.store.people import AuditEntry

MORNING = time(6)
"""On the campaign's clock, the day after: late callbacks and the last lists are in (custom)."""
FARTHEST = timedelta(days=2)
"""Around a polling day in UTC, what may still be its evening or its next morning somewhere."""


@dataclass(frozen=True)
class Times:
    """When a report begins, may first be written, and is written for good."""

    begins_at: datetime  # the first polls open
    closes_at: datetime  # the last polls close
    final_at: datetime  # the next morning


def times_of(session: Session, frame: Frame) -> Times:
    """The times of a campaign's report."""
    schedule = frame.schedule
    places = place_names(session, frame.id)
    close = last_close(schedule, places)
    opens = min(
        (schedule.polls_open_at(place) for place in places),
        default=instant(schedule.polling_day, schedule.polls_open, schedule.zone),
    )
    morning = close.astimezone(ZoneInfo(schedule.zone)).date()
    if close.astimezone(ZoneInfo(schedule.zone)).time() >= MORNING:
        morning += timedelta(days=1)
    return Times(opens, close, instant(morning, MORNING, schedule.zone))


def write_due(sessions: Sessions, now: datetime) -> int:
    """Writes the reports that are due and not written; how many. Again it writes none."""
    today = now.astimezone(UTC).date()
    with sessions() as session:
        found = stored.near(session, today - FARTHEST, today + FARTHEST)
    return sum(_write(sessions, campaign_id, now) for campaign_id in found)


@patiently
def _write(sessions: Sessions, campaign_id: int, now: datetime) -> bool:
    with sessions.begin() as session:
        times = times_of(session, load_frame(session, campaign_id))
        if not _is_due(stored.latest(session, campaign_id), times, now):
            return False
        stored.hold(session, campaign_id)
        if not _is_due(stored.latest(session, campaign_id), times, now):
            return False  # another worker wrote it meanwhile
        facts = count(session, session.get_one(Campaign, campaign_id), times, now)
        subject = f"day-report:{campaign_id}"
        session.add(AuditEntry(at=now, action=WRITTEN, subject=subject, details=facts))
        return True


def _is_due(known: Written | None, times: Times, now: datetime) -> bool:
    if now < times.closes_at:
        return False
    return known is None or known.at < times.final_at <= now


def count(session: Session, campaign: Campaign, times: Times, now: datetime) -> dict[str, Any]:
    """All that the report says, ready for JSON. It goes through all targets: not for a page."""
    begin, end = times.begins_at, times.closes_at
    # What happened before the polls opened belongs to the day, too.
    midnight = instant(campaign.polling_day, time.min, campaign.zone)
    first, last = min(midnight, begin), end + timedelta(hours=1)
    hours = stored.hours(session, campaign.id, first, last)
    used = {Channel(row["channel"]) for row in hours}
    awake = min(_open_from(session, campaign.id, used, begin), end)
    facts = {
        "campaign": campaign.id,
        "day": campaign.polling_day.isoformat(),
        "final": now >= times.final_at,
        "begins_at": begin,
        "closes_at": end,
        "hours": hours,
        "ballots": stored.ballots_by_hour(session, campaign.id, campaign.polling_day, first, now),
        "precincts": stored.precincts(session, campaign.id),
        "universe": stored.universe(session, campaign.id),
        "silence": stored.longest_silence(session, campaign.id, awake, end),
        **stored.by_state(session, campaign.id),
        "incidents": stored.incidents(session, campaign.id, first, last),
        "people": stored.people(session, campaign.id, first, last),
        "money": {
            "budget": campaign.budget,
            "spent": campaign.spent,
            "reserved": campaign.reserved,
        },
    }
    plain: dict[str, Any] = _plain(facts)
    return plain


def _open_from(
    session: Session, campaign_id: int, channels: Collection[Channel], begin: datetime
) -> datetime:
    """The first instant from `begin` on at which a channel in use is open for anybody: polls open
    before anybody may be called, and a campaign may begin during the day."""
    schedule = load_frame(session, campaign_id).schedule
    found = (
        opens_next(schedule, place, channel, begin)
        for place in place_names(session, campaign_id)
        for channel in channels
    )
    return min((at for at in found if at is not None), default=begin)


def _plain(value: Any) -> Any:
    """Instants in ISO form and money as text, all the way down."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
