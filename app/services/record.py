"""Record: what came of a call, with all that the result brings about, in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.bar import bar
from app.domain.channel import Channel
from app.domain.disposition import EFFECTS, LABELS, Disposition, Effect
from app.domain.follow import Intention
from app.domain.hours import Place, open_until
from app.domain.touch import AttemptState, TouchState
from app.domain.voice import UNSAID
from app.services.strike import strike_voters
from app.services.voting_plans import PlanRefused, keep_plan
from app.store.calls import Card, card_of, lock_household, was_shown
from app.store.engine import Sessions, patiently
from app.store.facts import facts_of
from app.store.frames import Frame, load_frame
from app.store.pool import Candidate, Release, release
from app.store.queue import count_attempts
from app.store.touches import Attempt
from app.store.voice_calls import rest_calls
from app.store.wishes import bury, opt_out

LANGUAGE_CODE = 2  # letters, ISO 639-1
LONGEST_NOTE = 2_000
HOUSEHOLD_REST = timedelta(hours=20)  # the rest of a household, once one of it was tried (custom)


@dataclass(frozen=True)
class CallRecord:
    """What a volunteer says of a call. `key` is made by the page: the same record, the same key."""

    key: UUID
    touch_id: int
    fence: int
    user_id: int
    result: Disposition
    note: str = ""
    callback_at: datetime | None = None
    language: str = ""
    plan: Intention | None = None  # when and how the voter means to vote


@dataclass(frozen=True)
class Recorded:
    """Saved; `already` when the same record had been saved before."""

    already: bool
    message: str


class NotYours(Exception):
    """This volunteer was never given this call."""


class BadRecord(ValueError):
    """A record that lacks something; the message says what."""


@patiently
def record_call(
    sessions: Sessions, record: CallRecord, *, now: datetime, wall: datetime
) -> Recorded:
    """Saves a result and its effects. Saving the same record again changes nothing.

    A result that comes after the lease has ended, or after the voter was struck, is kept too: the
    conversation did happen.
    """
    _check(record, now)
    with sessions.begin() as session:
        lock_household(session, record.touch_id)
        card = card_of(session, record.touch_id)
        if card is None or not was_shown(session, record.user_id, record.touch_id):
            raise NotYours("This call is not on your list. Take the next one.")
        counted = _write_attempt(session, record, card, now, wall)
        if counted is None:
            return Recorded(True, "Saved before.")
        frame = load_frame(session, card.campaign_id)
        held = card.state in (TouchState.CLAIMED, TouchState.ATTEMPTING)
        mine = held and card.claimed_by == f"user:{record.user_id}"
        if mine and card.fence == record.fence:
            end_touch(session, record.touch_id, now)
        _apply(session, frame, card, record, now, counted)
        if card.voted:
            return Recorded(False, f"Saved. {card.first_name} has voted and is off all lists.")
        return Recorded(False, f"Saved: {LABELS[record.result]}.")


def _check(record: CallRecord, now: datetime) -> None:
    if record.result is Disposition.CALL_BACK and record.callback_at is None:
        raise BadRecord("Say when to call back.")
    if record.callback_at is not None and record.callback_at <= now:
        raise BadRecord("That time to call back has passed; choose a later one.")
    language = record.language
    if record.result is Disposition.OTHER_LANGUAGE and len(language) != LANGUAGE_CODE:
        raise BadRecord("Say which language.")
    if len(record.note) > LONGEST_NOTE:
        raise BadRecord(f"The note is over {LONGEST_NOTE:,} characters; shorten it.")


def _write_attempt(
    session: Session, record: CallRecord, card: Card, now: datetime, wall: datetime
) -> bool | None:
    """Writes the attempt, or fills the one that a call through the carrier began.

    Returns whether it has been counted on the target; None when this key was recorded before.
    """
    begun = session.get(Attempt, record.key, with_for_update=True)
    if begun is not None:
        return _fill(begun, record, card, now, wall)
    written = session.execute(
        insert(Attempt)
        .values(
            id=record.key,
            touch_id=card.touch_id,
            campaign_id=card.campaign_id,
            voter_id=card.voter_id,
            channel=Channel.CALL,
            address=card.phone,
            user_id=record.user_id,
            state=AttemptState.DONE,
            attempted_at=now,
            handed_at=wall,
            settled_at=now,
            disposition=record.result.value,
            note=record.note.strip(),
        )
        .on_conflict_do_nothing()
        .returning(Attempt.id)
    ).first()
    return None if written is None else False


def _fill(
    begun: Attempt, record: CallRecord, card: Card, now: datetime, wall: datetime
) -> bool | None:
    """As `_write_attempt`, for an attempt that is there: it may wait for its result, have ended
    without one, or never have rung the voter, who was then dialed by hand."""
    known = begun.state is AttemptState.DONE and begun.note not in UNSAID
    if known or (begun.touch_id, begun.user_id) != (card.touch_id, record.user_id):
        return None
    counted = begun.state is not AttemptState.ABSENT
    if not counted:
        begun.attempted_at, begun.handed_at = now, wall
    begun.state, begun.settled_at = AttemptState.DONE, now
    begun.disposition, begun.note = record.result.value, record.note.strip()
    return counted


def end_touch(session: Session, touch_id: int, now: datetime) -> None:
    """Ends the touch of a call; a call through the carrier has counted its try already."""
    session.execute(
        text(
            "UPDATE touches SET state = 'done', settled_at = :now, lease_until = NULL, "
            "tries = tries + (state = 'claimed')::int WHERE id = :id"
        ),
        {"id": touch_id, "now": now},
    )


def _apply(
    session: Session, frame: Frame, card: Card, record: CallRecord, now: datetime, counted: bool
) -> None:
    effect = EFFECTS[record.result]
    again = _again(effect, record, now)
    if counted:
        rest_calls(session, card.campaign_id, card.voter_id, again)
    else:
        count_attempts(
            session, card.campaign_id, Channel.CALL, [card.voter_id], now=now, rest_until=again
        )
    rest_household(session, card, max(now + HOUSEHOLD_REST, again or now))
    if effect.strike:
        strike_voters(
            session,
            frame.schedule.polling_day,
            [card.voter_id],
            by=record.user_id,
            source="call",
            at=now,
        )
    if effect.bad_number:
        bury(session, card.phone, Channel.CALL, LABELS[record.result], now)
    if record.result is Disposition.WRONG_NUMBER:
        # Whoever answers there is not the voter; texts would reach the same stranger.
        bury(session, card.phone, Channel.TEXT, LABELS[record.result], now)
    if effect.opt_out:
        opt_out(session, card.phone, Channel.CALL, source="call", words=record.note, now=now)
    _set_target(session, card, effect, record)
    if record.plan is not None and not effect.strike:
        _keep_plan(session, frame, card, record.plan, record.user_id, now)
    if effect.callback and record.callback_at is not None:
        _promise(session, frame, card, record.callback_at, now)


def _keep_plan(
    session: Session, frame: Frame, card: Card, plan: Intention, by: int, now: datetime
) -> None:
    place = Place.of(card.place)
    try:
        keep_plan(session, frame, place, card.voter_id, plan, source="call", by=by, now=now)
    except PlanRefused as refused:
        raise BadRecord(str(refused)) from None


def _again(effect: Effect, record: CallRecord, now: datetime) -> datetime | None:
    """When the voter may be called again: the stated time, after the retry, or after a rest."""
    if effect.callback:
        return record.callback_at
    wait = effect.retry_after or effect.resting
    return now + wait if wait else None


def rest_household(session: Session, card: Card, until: datetime) -> None:
    """Nobody else of the household is called until then: one household, one call."""
    session.execute(
        text(
            "UPDATE targets SET next_call_at = greatest(next_call_at, :until) "
            "WHERE campaign_id = :campaign AND household_id = :household AND voter_id <> :voter"
        ),
        {
            "until": until,
            "campaign": card.campaign_id,
            "household": card.household_id,
            "voter": card.voter_id,
        },
    )


def _set_target(session: Session, card: Card, effect: Effect, record: CallRecord) -> None:
    session.execute(
        text(
            "UPDATE targets SET "
            "out = CASE WHEN :out <> '' THEN :out ELSE out END, "
            "no_calls = CASE WHEN :bad THEN 'bad number' "
            "                WHEN :opted THEN 'do not call' "
            "                WHEN calls >= :retries THEN 'hung up twice' ELSE no_calls END, "
            "language = CASE WHEN :reroute THEN :language ELSE language END "
            "WHERE campaign_id = :campaign AND voter_id = :voter"
        ),
        {
            "out": effect.out,
            "bad": effect.bad_number,
            "opted": effect.opt_out,
            "retries": effect.retries,
            "reroute": effect.reroute,
            "language": record.language.lower(),
            "campaign": card.campaign_id,
            "voter": card.voter_id,
        },
    )


def _promise(session: Session, frame: Frame, card: Card, at: datetime, now: datetime) -> None:
    """Releases the callback for the stated time; it waits for that day's open hours to end.

    Nothing is promised to whoever may never be called again, having voted or opted out since.
    """
    known = facts_of(session, frame.id, Channel.CALL, [card.voter_id], now)[card.voter_id]
    verdict = bar(known, Channel.CALL, now, frame.rules)
    if verdict is not None and verdict.permanent:
        return
    place = Place.of(card.place)
    expires = open_until(frame.schedule, place, Channel.CALL, at)
    if expires is None:
        raise BadRecord(
            "At that time calls are not allowed where the voter lives; choose another time."
        )
    candidate = Candidate(
        card.voter_id,
        card.household_id,
        card.phone,
        1.0,
        card.first_name,
        card.language,
        card.precinct,
        card.place,
    )
    promised = Release(candidate, at, expires, Decimal(0))
    release(session, card.campaign_id, Channel.CALL, [promised], now, purpose="callback")
