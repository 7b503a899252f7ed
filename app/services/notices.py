"""Notices: makes the reminders of shifts ahead of their time, and whatever else is to be told."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.channel import Channel
from app.domain.notice import Hours, Kind, Reminder, Said, What, reminders, say, tongue_of
from app.store import notices
from app.store.engine import Sessions, patiently
from app.store.notices import Draft, Person, Running, Unprepared

AHEAD = timedelta(hours=40)
"""Reminders are made when a shift begins within this: before the evening of the day before."""
BATCH = 500


def prepare_notices(sessions: Sessions, public_url: str, *, now: datetime) -> int:
    """Makes the reminders that are missing and takes back those of shifts that were taken off or
    moved; returns how many were made. Safe to run twice and by many at once: each has its key."""
    until = now + AHEAD
    with sessions() as session:
        running = notices.with_shifts(session, now, until, now)
    made = sum(_prepare(sessions, one, public_url, now, until) for one in running)
    _take_back(sessions)
    return made


@patiently
def _take_back(sessions: Sessions) -> None:
    with sessions.begin() as session:
        notices.take_back(session)


@patiently
def _prepare(
    sessions: Sessions, campaign: Running, public_url: str, now: datetime, until: datetime
) -> int:
    with sessions.begin() as session:
        shifts = notices.unprepared(session, campaign.id, now, until, BATCH)
        drafts = [one for shift in shifts for one in _drafts(shift, campaign, public_url, now)]
        return notices.add(session, campaign.id, drafts, now)


def _drafts(shift: Unprepared, campaign: Running, public_url: str, now: datetime) -> list[Draft]:
    """The reminders of a shift; one that is not to be told stands as dropped, so that nobody
    thinks of it again."""
    wanted = {one.what: one for one in reminders(shift.starts_at, shift.booked_at, campaign.zone)}
    if shift.follows_on:
        wanted.pop(What.HOUR, None)
    late = {what for what, one in wanted.items() if one.expires_at <= now}
    found = [
        _reminder(shift, campaign, public_url, one)
        for what, one in wanted.items()
        if what not in late
    ]
    if What.HOUR not in wanted or What.HOUR in late:
        stands = Reminder(What.HOUR, shift.starts_at, shift.starts_at)
        found.append(_reminder(shift, campaign, public_url, stands, "not needed"))
    return found


def _reminder(
    shift: Unprepared, campaign: Running, public_url: str, when: Reminder, why_not: str = ""
) -> Draft:
    told = Hours(shift.starts_at, shift.ends_at, campaign.zone)
    said = shift_words(when.what, shift.person, told, campaign.name, shift.shift_id, public_url)
    return draft(
        shift.person,
        Kind.REMINDER,
        f"reminder:{when.what}{shift.key}",
        said,
        due_at=when.due_at,
        expires_at=when.expires_at,
        shift_id=shift.shift_id,
        why_not=why_not,
    )


def shift_words(
    what: What, to: Person, hours: Hours, campaign: str, shift_id: int, public_url: str
) -> Said:
    """What somebody is told of a shift of their own, with where to go and where to cancel."""
    base = public_url.rstrip("/")
    return say(
        what,
        tongue_of(to.tongue, to.languages),
        hours,
        campaign=campaign,
        page=f"{base}/",
        cancel=f"{base}/shifts/{shift_id}/cancel",
    )


def draft(
    to: Person,
    kind: Kind,
    key: str,
    said: Said,
    *,
    due_at: datetime,
    expires_at: datetime,
    shift_id: int | None = None,
    why_not: str = "",
) -> Draft:
    """A notice to somebody; dropped from the start for whoever cannot be reached."""
    why_not = why_not or ("" if to.channel else "no address that may be written to")
    channel = Channel(to.channel or "text")
    return Draft(
        user_id=to.user_id,
        shift_id=shift_id,
        kind=kind.value,
        key=key,
        channel=channel.value,
        address=to.address,
        subject=said.subject,
        body=said.on(channel),
        due_at=due_at,
        expires_at=expires_at,
        state="dropped" if why_not else "ready",
        problem=why_not,
    )


def reachable(people: Sequence[Person]) -> list[Person]:
    """Those who can be written to."""
    return [one for one in people if one.channel]
