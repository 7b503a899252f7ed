"""Record: what came of a call, with all that the result brings about, in one transaction."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import LABELS, Disposition
from app.domain.follow import Intention, problem_with
from app.domain.hours import Place, open_until
from app.domain.touch import AttemptState, TouchState
from app.domain.voice import UNSAID
from app.services.record_effects import (
    HOUSEHOLD_REST,
    CannotKeep,
    Saved,
    apply,
    end_touch,
    frame_for,
    rest_household,
)
from app.services.record_snapshot import snapshot
from app.services.surveys import survey_of
from app.store import call_attempts
from app.store.call_attempts import Said
from app.store.call_log import was_shown
from app.store.calls import Card, card_of, lock_targets
from app.store.engine import Sessions, patiently

__all__ = [
    "HOUSEHOLD_REST",
    "BadRecord",
    "CallRecord",
    "NotYours",
    "Recorded",
    "end_touch",
    "record_call",
    "rest_household",
]
LANGUAGE_CODE = 2  # letters, ISO 639-1
LONGEST_NOTE = 2_000


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
    answers: dict[str, str] = field(default_factory=dict)  # question → answer, by their keys
    script_id: int | None = None  # the script that was on the screen, as the page says


@dataclass(frozen=True)
class Recorded:
    """Saved; `already` when the same record had been saved before."""

    already: bool
    message: str
    first_name: str = ""
    voted: bool = False  # the voter had voted by then


class NotYours(Exception):
    """This volunteer was never given this call."""


class BadRecord(ValueError):
    """A record that lacks something; the message says what, `field` which of the form's it is and
    `code` what is wrong, so that it can be said in another language."""

    def __init__(self, message: str, field: str = "", code: str = "") -> None:
        super().__init__(message)
        self.field, self.code = field, code


@patiently
def record_call(
    sessions: Sessions, record: CallRecord, *, now: datetime, wall: datetime
) -> Recorded:
    """Saves a result and its effects. Saving the same record again changes nothing.

    A result that comes after the lease has ended, or after the voter was struck, is kept too: the
    conversation did happen. If somebody else has the call by then, theirs goes on: they may be
    talking, and what they record counts as a second call, which it was. If nobody has it, it ends,
    so that the voter is not called again for what was done.
    """
    _check(record)
    with sessions.begin() as session:
        household = lock_targets(session, record.touch_id)
        card = card_of(session, record.touch_id, lock=True)
        mine = card is not None and _is_held_by(card, record)
        if card is None or not (mine or was_shown(session, record.user_id, record.touch_id)):
            raise NotYours("This call is not on your list. Take the next one.")
        record = _timely(session, record, card, late=not mine, now=now)
        record = replace(record, answers=_asked(session, record, card))
        ends = mine or card.state is TouchState.READY
        saved = _saved(record)
        before = snapshot(session, saved, card, household, ends=ends, now=now, wall=wall)
        counted = _write_attempt(session, record, card, before, now, wall)
        if counted is None:
            return Recorded(True, f"Saved: {LABELS[record.result]}.", card.first_name, card.voted)
        try:
            apply(session, card, saved, now, ends=ends, counted=counted)
        except CannotKeep as refused:
            raise BadRecord(str(refused), refused.field, refused.code) from None
        if card.voted:
            words = f"Saved. {card.first_name} has voted and is off all lists."
            return Recorded(False, words, card.first_name, voted=True)
        return Recorded(False, f"Saved: {LABELS[record.result]}.", card.first_name)


def _is_held_by(card: Card, record: CallRecord) -> bool:
    held = card.state in (TouchState.CLAIMED, TouchState.ATTEMPTING)
    return held and card.claimed_by == f"user:{record.user_id}" and card.fence == record.fence


def _saved(record: CallRecord) -> Saved:
    return Saved(
        record.result,
        record.note.strip(),
        record.user_id,
        record.callback_at,
        record.language.lower(),
        record.plan,
        record.answers,
    )


def _check(record: CallRecord) -> None:
    if record.result is Disposition.CALL_BACK and record.callback_at is None:
        raise BadRecord("Say when to call back.", "callback_at", "no_callback")
    language = record.language
    if record.result is Disposition.OTHER_LANGUAGE and len(language) != LANGUAGE_CODE:
        raise BadRecord("Say which language.", "language", "no_language")
    if len(record.note) > LONGEST_NOTE:
        raise BadRecord(
            f"The note is over {LONGEST_NOTE:,} characters; shorten it.", "note", "long_note"
        )


def _timely(
    session: Session, record: CallRecord, card: Card, *, late: bool, now: datetime
) -> CallRecord:
    """The record with times that can be kept, or BadRecord.

    Of a record that comes late nobody is there to choose another time: what cannot be kept any
    more is kept in the note.
    """
    at = record.callback_at
    if at is not None and at <= now:
        if not late:
            raise BadRecord(
                "That time to call back has passed; choose a later one.",
                "callback_at",
                "callback_passed",
            )
        record = replace(record, callback_at=now)
    if not late or not (record.plan or record.callback_at):
        return record
    frame = frame_for(session, card)
    place = Place.of(card.place)
    kept = record
    if record.plan is not None and problem_with(record.plan, frame.schedule, place, now):
        kept = _noting(replace(kept, plan=None), "Meant to vote", record.plan.votes_at)
    again = record.callback_at
    if again is not None and open_until(frame.schedule, place, Channel.CALL, again) is None:
        kept = _noting(replace(kept, callback_at=None), "Asked to be called back", at)
    return kept


def _noting(record: CallRecord, what: str, at: datetime | None) -> CallRecord:
    told = f"{what}: {at:%Y-%m-%d %H:%M} UTC." if at is not None else f"{what}."
    return replace(record, note=f"{record.note.strip()} {told}".strip())


def _asked(session: Session, record: CallRecord, card: Card) -> dict[str, str]:
    """The answers to questions that were asked: on the path of the survey as it stands."""
    if not record.answers:
        return {}
    return survey_of(session, card.campaign_id).answers(record.answers)


def _write_attempt(
    session: Session,
    record: CallRecord,
    card: Card,
    before: dict[str, Any],
    now: datetime,
    wall: datetime,
) -> bool | None:
    """Writes the attempt, or fills the one that a call through the carrier began: it may wait for
    its result, have ended without one, or never have rung the voter, who was then dialed by hand.

    Returns whether it has been counted on the target; None when this key was recorded before. One
    that was taken back stays so: its record may arrive twice, and the volunteer has the call in
    hand again.
    """
    said = Said(
        record.key,
        record.user_id,
        record.result.value,
        record.note.strip(),
        before,
        record.script_id,
        now,
        wall,
    )
    if call_attempts.write(session, card, said):
        return False
    begun = call_attempts.begun(session, record.key)
    known = begun.state is AttemptState.DONE and begun.note not in UNSAID
    if known or begun.undone or (begun.touch_id, begun.user_id) != (card.touch_id, record.user_id):
        return None
    counted = begun.state is not AttemptState.ABSENT
    call_attempts.fill(session, card, said, begun, counted=counted)
    return counted
