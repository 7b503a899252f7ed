"""The text bank: a person takes a small stack of texts and sends each by a tap of her own.

The computer sends none of them by itself. A tap makes one due, and whichever worker comes first
sends it within the senders' limits, after the bar was asked again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy.orm import Session

from app.domain.bar import Bar
from app.domain.channel import Channel
from app.domain.hours import open_until, opens_next
from app.domain.local import instant
from app.domain.touch import TouchState
from app.services.tapped import digest
from app.services.verdicts import Verdicts
from app.services.write import Allowed, write
from app.store import bank as stored
from app.store.bank import InHand, Touched
from app.store.engine import Sessions, patiently
from app.store.facts import people_of
from app.store.frames import Frame, load_frame, place_names
from app.store.people import AuditEntry
from app.store.pool import end_pending

STACK = 25
LEASE = timedelta(minutes=10)
"""Machine time; every tap renews it for the rest of the stack."""
ROUNDS = 4
"""Looks for texts in the place of those that the bar refused."""
LONGEST_WHY = 200


@dataclass(frozen=True)
class Text:
    """One text of a stack, as it will go out."""

    touch_id: int
    fence: int
    initials: str
    body: str
    segments: int
    words: str  # the digest of the body, which the tap names


class NoTexts(StrEnum):
    """Why there is no text to send now."""

    PAUSED = "paused"  # an organizer paused the campaign, or the texts
    CLOSED = "closed"  # it is too early or too late to text anybody
    LATER = "later"  # the next texts by hand start at a time
    TONGUES = "tongues"  # those that wait need another language
    OTHERS = "others"  # others hold all that are left
    NOBODY = "nobody"  # none is meant to be sent by hand


@dataclass(frozen=True)
class Stack:
    """The texts that a person holds; without any, why, and until when if that is known."""

    texts: Sequence[Text] = ()
    why: NoTexts | None = None
    until: datetime | None = None
    tongues: Sequence[str] = ()  # codes of the languages that are needed


class Said(StrEnum):
    """What came of a tap."""

    SENT = "sent"  # it goes out; a tap told twice is told the same
    CHANGED = "changed"  # its words have changed since; here they are
    BARRED = "barred"  # nobody may text this voter any more
    LATER = "later"  # not at this hour
    STOPPED = "stopped"  # an organizer stopped these texts
    LOST = "lost"  # her time with it was over; it went back


@dataclass(frozen=True)
class Tapped:
    """The answer to a tap; `text` has the new words where they have changed."""

    said: Said
    text: Text | None = None
    reason: str = ""  # of the bar


@patiently
def take(
    sessions: Sessions, campaign_id: int, user_id: int, *, now: datetime, wall: datetime
) -> Stack:
    """The stack that a person holds, else a new one in the order of value, in her languages; one
    audit entry for all that she is shown."""
    with sessions.begin() as session:
        stored.lock_person(session, user_id)
        frame = load_frame(session, campaign_id)
        if frame.draft:
            return Stack(why=NoTexts.NOBODY)
        if (paused := _paused_until(frame, now)) is not None:
            return Stack(why=NoTexts.PAUSED, until=paused)
        held = stored.held(session, campaign_id, user_id, wall)
        texts = _fit_to_send(session, frame, held, user_id, now)
        stored.renew(session, user_id, wall + LEASE)
        if texts:
            return Stack(texts)
        texts = _claimed(session, frame, user_id, now, wall + LEASE)
        if not texts:
            return _why_none(session, frame, user_id, now)
        shown = {"touches": [one.touch_id for one in texts]}
        session.add(_entry(now, user_id, "texts shown", f"campaign:{frame.id}", shown))
        return Stack(texts)


def in_hand(
    sessions: Sessions, campaign_id: int, user_id: int, *, now: datetime, wall: datetime
) -> list[Text]:
    """What a person holds, as it stands; takes nothing up."""
    with sessions() as session:
        held = stored.held(session, campaign_id, user_id, wall)
        return _composed(session, load_frame(session, campaign_id), held, now) if held else []


@patiently
def tap(
    sessions: Sessions,
    touch_id: int,
    fence: int,
    words: str,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
) -> Tapped:
    """Sends one text of the stack: whoever holds it under this `fence` and saw these `words` (their
    digest) lets it go. Told twice it is sent once.

    If the process dies before the commit nothing was tapped and the text is still hers; after it,
    any worker sends it.
    """
    with sessions.begin() as session:
        found = stored.lock(session, touch_id)
        if found is None:
            return Tapped(Said.LOST)
        if found.touch.tapped_by == user_id and found.fence >= fence:
            return Tapped(Said.SENT)
        if not _is_hers(found, fence, user_id, wall):
            return Tapped(Said.LOST)
        stored.renew(session, user_id, wall + LEASE)
        if not found.goes_on:
            stored.put_back(session, user_id, [touch_id])
            return Tapped(Said.STOPPED)
        frame = load_frame(session, found.campaign_id)
        return _tap(session, frame, InHand(found.touch, found.fence, 0), words, user_id, now)


def _tap(
    session: Session, frame: Frame, held: InHand, words: str, user_id: int, now: datetime
) -> Tapped:
    verdict = _verdicts(session, frame, [held], now).get(held.touch.id)
    if verdict is not None:
        _set_aside(session, held, verdict, user_id, now)
        said = Said.BARRED if verdict.permanent else Said.LATER
        return Tapped(said, reason=verdict.reason)
    text = next(iter(_composed(session, frame, [held], now)), None)
    if text is None or text.words != words:
        return Tapped(Said.CHANGED, text)
    stored.tap(session, held.touch.id, user_id, now)
    # Who sent which words when: what shows that a person did. Dispatch compares the words with it.
    subject = f"touch:{held.touch.id}"
    session.add(_entry(now, user_id, stored.TAPPED, subject, {"words": words}))
    return Tapped(Said.SENT)


@patiently
def skip(
    sessions: Sessions, touch_id: int, fence: int, user_id: int, *, now: datetime, wall: datetime
) -> bool:
    """Leaves one text to others; she does not get it again. False when it is not hers."""
    with sessions.begin() as session:
        found = stored.lock(session, touch_id)
        if found is None or not _is_hers(found, fence, user_id, wall):
            return False
        stored.put_back(session, user_id, [touch_id])
        stored.renew(session, user_id, wall + LEASE)
        session.add(_entry(now, user_id, stored.SKIPPED, f"touch:{touch_id}", {}))
        return True


@patiently
def report(
    sessions: Sessions,
    touch_id: int,
    fence: int,
    why: str,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
) -> bool:
    """Ends one text whose words are wrong, and tells the organizers, who see it with the blast.
    False when it is not hers."""
    with sessions.begin() as session:
        found = stored.lock(session, touch_id)
        if found is None or not _is_hers(found, fence, user_id, wall):
            return False
        _end(session, touch_id, stored.REPORTED, now)
        stored.renew(session, user_id, wall + LEASE)
        told = {"touch": touch_id, "why": " ".join(why.split())[:LONGEST_WHY]}
        subject = f"blast:{found.blast_id}"
        session.add(_entry(now, user_id, "words reported", subject, told))
        return True


@patiently
def leave(sessions: Sessions, user_id: int) -> int:
    """What is left of her stack goes back to the others; how many."""
    with sessions.begin() as session:
        return stored.put_back(session, user_id)


def waiting(session: Session, campaign_id: int, user_id: int, now: datetime) -> int:
    """How many texts wait for a tap of hers, in her languages."""
    return stored.waiting(session, campaign_id, user_id, now)


def _is_hers(found: Touched, fence: int, user_id: int, wall: datetime) -> bool:
    held = found.state == TouchState.CLAIMED and found.claimed_by == stored.by(user_id)
    in_time = found.lease_until is not None and found.lease_until > wall
    return held and in_time and found.fence == fence


def _claimed(
    session: Session, frame: Frame, user_id: int, now: datetime, lease_until: datetime
) -> list[Text]:
    """A stack that the bar lets through; what it refuses for good ends, the rest goes back."""
    texts: list[Text] = []
    passed: list[int] = []
    for _ in range(ROUNDS):
        found = stored.claim(
            session,
            frame.id,
            user_id,
            now=now,
            lease_until=lease_until,
            limit=STACK - len(texts),
            passed=passed,
        )
        texts += _fit_to_send(session, frame, found, user_id, now)
        passed += [one.touch.id for one in found]
        if not found or len(texts) == STACK:
            break
    return texts


def _fit_to_send(
    session: Session, frame: Frame, held: Sequence[InHand], user_id: int, now: datetime
) -> list[Text]:
    """Those that may go now, in words; what is refused, or cannot be said, is held no more."""
    verdicts = _verdicts(session, frame, held, now)
    for one in held:
        if (verdict := verdicts.get(one.touch.id)) is not None:
            _set_aside(session, one, verdict, user_id, now)
    fit = [one for one in held if one.touch.id not in verdicts]
    texts = _composed(session, frame, fit, now, ends=True)
    said = {text.touch_id for text in texts}
    unsaid = [one.touch.id for one in fit if one.touch.id not in said]
    if unsaid:
        stored.put_back(session, user_id, unsaid)
    return texts


def _verdicts(
    session: Session, frame: Frame, held: Sequence[InHand], now: datetime
) -> dict[int, Bar]:
    """What the bar has against each of which it has something."""
    voters = [one.touch.voter_id for one in held]
    people = people_of(session, frame.id, Channel.TEXT, voters, now)
    verdicts = Verdicts(frame, Channel.TEXT, now)
    asked = {
        one.touch.id: verdicts.of(one.touch, people[one.touch.voter_id], by_hand=True)
        for one in held
    }
    return {touch: verdict for touch, verdict in asked.items() if verdict is not None}


def _composed(
    session: Session,
    frame: Frame,
    held: Collection[InHand],
    now: datetime,
    *,
    ends: bool = False,
) -> list[Text]:
    """The texts as dispatch writes them; one whose words cannot be filled is left out, and `ends`
    if that is for want of a fact on this voter."""
    voters = [one.touch.voter_id for one in held]
    people = people_of(session, frame.id, Channel.TEXT, voters, now)
    initials = stored.initials_of(session, voters)
    fences = {one.touch.id: one.fence for one in held}
    allowed = [Allowed(one.touch, people[one.touch.voter_id]) for one in held]
    written = write(session, frame, Channel.TEXT, allowed, now, uuid4)
    for touch, why in written.unfilled.items() if ends else ():
        _end(session, touch, why, now)
    return [
        Text(
            item.touch.id,
            fences[item.touch.id],
            initials.get(item.touch.voter_id, ""),
            item.body,
            item.segments,
            digest(item.body),
        )
        for item in written.tries
    ]


def _set_aside(session: Session, held: InHand, verdict: Bar, user_id: int, now: datetime) -> None:
    """What may never go ends; what may go later is not hers now, and waits for a tap as before."""
    if verdict.permanent:
        _end(session, held.touch.id, verdict.reason, now)
    else:
        stored.put_back(session, user_id, [held.touch.id])


def _end(session: Session, touch_id: int, reason: str, now: datetime) -> None:
    state = TouchState.SKIPPED
    end_pending(session, "ids", ids=[touch_id], state=state, reason=reason, now=now)


def _why_none(session: Session, frame: Frame, user_id: int, now: datetime) -> Stack:
    blasts = stored.by_hand_blasts(session, frame.id)
    if not blasts:
        return Stack(why=NoTexts.NOBODY)
    if all(one.paused for one in blasts):
        return Stack(why=NoTexts.PAUSED)
    tongues = stored.in_other_tongues(session, frame.id, user_id, now)
    if tongues:
        return Stack(why=NoTexts.TONGUES, tongues=list(tongues))
    places = place_names(session, frame.id)
    opened = [open_until(frame.schedule, place, Channel.TEXT, now) for place in places]
    if places and not any(opened):
        ahead = [opens_next(frame.schedule, place, Channel.TEXT, now) for place in places]
        return Stack(why=NoTexts.CLOSED, until=min((at for at in ahead if at), default=None))
    if any(one.held for one in blasts):
        return Stack(why=NoTexts.OTHERS)
    zone = frame.schedule.zone
    starts = [instant(one.starts_at.date(), one.starts_at.time(), zone) for one in blasts]
    if all(at > now for at in starts):
        return Stack(why=NoTexts.LATER, until=min(starts))
    return Stack(why=NoTexts.NOBODY)


def _paused_until(frame: Frame, now: datetime) -> datetime | None:
    return frame.rules.pause(Channel.TEXT, now)


def _entry(
    at: datetime, by: int, action: str, subject: str, details: Mapping[str, object]
) -> AuditEntry:
    return AuditEntry(at=at, user_id=by, action=action, subject=subject, details=dict(details))
