"""Pauses of a campaign, a channel or a sender: each has an end that is known from the start."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.place import Place
from app.domain.rest import final_from
from app.store import pauses as stored
from app.store.campaigns import Campaign, Sender
from app.store.engine import Sessions, patiently
from app.store.frames import load_frame, paused_channels, place_names
from app.store.people import AuditEntry

LONGEST_REASON = 500


class Wrong(StrEnum):
    """What is wrong with a pause that was asked for."""

    CLOSED = "closed"  # the polls have closed; nothing goes out any more
    NO_END = "no_end"  # in the final week it must have one
    PAST = "past"  # it would be over already
    TOO_LATE = "too_late"  # the polls would have closed by then
    LONG = "long"  # the reason has more than LONGEST_REASON characters
    NO_REASON = "no_reason"  # in the final week it must have one
    GONE = "gone"  # there is no such sender any more
    DRAFT = "draft"  # the campaign is being set up, so that nothing goes out anyway


class PauseRefused(ValueError):
    """A pause that cannot be: field (until, reason, what) to what is wrong with it."""

    def __init__(self, problems: Mapping[str, Wrong]) -> None:
        self.problems = dict(problems)
        super().__init__(", ".join(f"{field}: {wrong}" for field, wrong in problems.items()))


@dataclass(frozen=True)
class What:
    """What is paused: the whole campaign, one channel of it, or one of its senders."""

    channel: Channel | None = None
    sender_id: int | None = None

    @property
    def kind(self) -> str:
        """campaign, channel or sender."""
        if self.sender_id is not None:
            return "sender"
        return "campaign" if self.channel is None else "channel"

    @property
    def key(self) -> str:
        """As forms and the audit log write it: campaign, text, sender:7."""
        if self.sender_id is not None:
            return f"sender:{self.sender_id}"
        return "campaign" if self.channel is None else self.channel.value


WHOLE = What()


def what_of(key: str) -> What | None:
    """What a form names; None for what is nothing of the kind."""
    if key == "campaign":
        return WHOLE
    if key.startswith("sender:") and key[7:].isdecimal():
        return What(sender_id=int(key[7:]))
    return What(channel=Channel(key)) if key in set(Channel) else None


@dataclass(frozen=True)
class Pause:
    """A pause that holds now."""

    until: datetime
    reason: str
    by: str  # the name of who paused; empty when it is not known
    since: datetime | None
    what: What = WHOLE
    name: str = ""  # of a sender


def pauses_of(session: Session, campaign: Campaign, now: datetime) -> list[Pause]:
    """The pauses that hold now: the campaign's first, then channels, then senders; those whose
    time is over hold no more. Three queries at most, whatever is paused."""
    ends: list[tuple[What, str, datetime | None]] = [
        (WHOLE, "", campaign.paused_until if campaign.state == "paused" else None),
        *((What(channel=one), "", until) for one, until in paused_channels(campaign).items()),
        *(
            (What(sender_id=sender_id), name, until)
            for sender_id, name, until in stored.paused_senders(session, campaign.id)
        ),
    ]
    holds = [(what, name, until) for what, name, until in ends if until and now < until]
    told = stored.noted(session, campaign.id) if holds else {}
    return [_pause(what, name, until, told.get(what.key)) for what, name, until in holds]


def _pause(what: What, name: str, until: datetime, told: stored.Noted | None) -> Pause:
    if told is None:
        return Pause(until, "", "", None, what, name)
    return Pause(until, told.reason, told.by, told.at, what, name)


def bounds(session: Session, campaign_id: int) -> tuple[datetime, datetime]:
    """When the campaign's final week begins, and when the last of its voters' polls close."""
    schedule = load_frame(session, campaign_id).schedule
    places = place_names(session, campaign_id) or [Place("", (schedule.zone,))]
    return final_from(schedule), max(schedule.polls_close_at(place) for place in places)


def pause_until(
    session: Session, campaign_id: int, until: datetime | None, reason: str, now: datetime
) -> datetime:
    """When the pause would end: before the final week one without an end lasts until it begins.

    Raises PauseRefused with what is wrong.
    """
    final, closes = bounds(session, campaign_id)
    problems = {}
    state = session.get_one(Campaign, campaign_id).state
    if state == "draft":
        raise PauseRefused({"what": Wrong.DRAFT})
    if state == "closed" or closes <= now:
        raise PauseRefused({"until": Wrong.CLOSED})
    if until is None and now >= final:
        problems["until"] = Wrong.NO_END
    elif until is not None and until <= now:
        problems["until"] = Wrong.PAST
    elif until is not None and until >= closes:
        problems["until"] = Wrong.TOO_LATE
    ends = until or final
    if len(reason) > LONGEST_REASON:
        problems["reason"] = Wrong.LONG
    if not reason and ends > final:
        problems["reason"] = Wrong.NO_REASON
    if problems:
        raise PauseRefused(problems)
    return ends


@patiently
def pause(
    sessions: Sessions,
    campaign_id: int,
    *,
    until: datetime | None,
    reason: str,
    by: int | None,
    now: datetime,
    what: What = WHOLE,
) -> datetime:
    """Pauses the campaign, a channel or a sender, or sets another end to its pause; returns when
    it ends. Raises PauseRefused. The same pause twice is noted once."""
    reason = " ".join(reason.split())
    with sessions.begin() as session:
        campaign = stored.locked(session, campaign_id)
        sender = _sender(session, campaign_id, what)
        ends = pause_until(session, campaign_id, until, reason, now)
        held = next((one for one in pauses_of(session, campaign, now) if one.what == what), None)
        if held is not None and (held.until, held.reason) == (ends, reason):
            return ends
        _set(campaign, sender, what, ends)
        details = {"what": what.key, "until": ends.isoformat(), "reason": reason}
        if sender is not None:
            details["sender"] = sender.name or sender.address
        if held is not None:
            details["before"] = held.until.isoformat()
        session.add(_entry(stored.PAUSED[what.kind], campaign_id, details, by, now))
    return ends


@patiently
def resume(
    sessions: Sessions, campaign_id: int, *, by: int | None, now: datetime, what: What = WHOLE
) -> bool:
    """Ends a pause; False when there was none that still held. What waited goes out as hours,
    caps and wishes allow then: the bar is asked again for each."""
    with sessions.begin() as session:
        campaign = stored.locked(session, campaign_id)
        sender = _sender(session, campaign_id, what)
        held = next((one for one in pauses_of(session, campaign, now) if one.what == what), None)
        opens = opened_by(session, campaign_id, what, sender)
        _set(campaign, sender, what, None)
        if held is None:
            return False
        details = {"what": what.key, "until": held.until.isoformat(), "reason": held.reason}
        if opens is not None:
            details["opens"] = opens.value
        session.add(_entry(stored.RESUMED[what.kind], campaign_id, details, by, now))
    return True


def opened_by(
    session: Session, campaign_id: int, what: What, sender: Sender | None
) -> Channel | None:
    """The channel that flows again when this pause ends: of a sender only if no other one that is
    not stopped could send."""
    if sender is None:
        return what.channel
    others = [
        one
        for one in stored.senders(session, campaign_id)
        if one.channel is sender.channel and one.id != sender.id and not one.stopped
    ]
    return sender.channel if all(one.paused_until for one in others) else None


def _sender(session: Session, campaign_id: int, what: What) -> Sender | None:
    if what.sender_id is None:
        return None
    found = stored.locked_senders(session, campaign_id)
    sender = next((one for one in found if one.id == what.sender_id), None)
    if sender is None:
        raise PauseRefused({"what": Wrong.GONE})
    return sender


def _set(campaign: Campaign, sender: Sender | None, what: What, until: datetime | None) -> None:
    """Writes the end of a pause, or that there is none."""
    if sender is not None:
        sender.paused_until = until
    elif what.channel is not None:
        kept = {key: at for key, at in campaign.paused_channels.items() if key != what.channel}
        campaign.paused_channels = (
            kept if until is None else {**kept, what.channel.value: until.isoformat()}
        )
    elif until is not None:
        campaign.state, campaign.paused_until = "paused", until
    elif campaign.state == "paused":
        campaign.state, campaign.paused_until = "running", None


def _entry(
    action: str, campaign_id: int, details: dict[str, str], by: int | None, now: datetime
) -> AuditEntry:
    subject = f"campaign:{campaign_id}"
    return AuditEntry(at=now, user_id=by, action=action, subject=subject, details=details)
