"""What the result of a call does to its voter, the household, the number and what is promised."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.bar import bar
from app.domain.channel import Channel
from app.domain.disposition import EFFECTS, LABELS, Disposition, Effect
from app.domain.follow import Intention
from app.domain.hours import Place, open_until
from app.domain.local import day_at
from app.services.strike import strike_voters
from app.services.voting_plans import PlanRefused, keep_plan
from app.store.calls import Card
from app.store.facts import facts_of
from app.store.frames import Frame, load_frame
from app.store.once import once
from app.store.pool import Candidate, Release, release
from app.store.sql import sql
from app.store.taken_back import write_answers
from app.store.wishes import bury, opt_out

HOUSEHOLD_REST = timedelta(hours=20)  # the rest of a household, once one of it was tried (custom)


class CannotKeep(ValueError):
    """What the record promises cannot be kept; the message says what to choose instead."""

    def __init__(self, message: str, field: str, code: str) -> None:
        super().__init__(message)
        self.field, self.code = field, code


@dataclass(frozen=True)
class Saved:
    """What was said of a call, checked."""

    result: Disposition
    note: str
    user_id: int
    callback_at: datetime | None
    language: str
    plan: Intention | None
    answers: Mapping[str, str]

    @property
    def effect(self) -> Effect:
        """What the result does."""
        return EFFECTS[self.result]

    def again(self, now: datetime) -> datetime | None:
        """When the voter may be called again: at the stated time, after the retry, or after a
        rest."""
        if self.effect.callback:
            return self.callback_at
        wait = self.effect.retry_after or self.effect.resting
        return now + wait if wait else None

    def household_until(self, now: datetime) -> datetime:
        """Until when nobody else of the household is called."""
        return max(now + HOUSEHOLD_REST, self.again(now) or now)


def frame_for(session: Session, card: Card) -> Frame:
    """The frame of a call's campaign, loaded once a transaction."""
    return once(session, ("frame", card.campaign_id), lambda: load_frame(session, card.campaign_id))


_END = """
UPDATE touches SET state = 'done', settled_at = :now, lease_until = NULL,
       tries = tries + (state IN ('ready', 'claimed'))::int WHERE id = :touch
"""
_REST = """
UPDATE targets SET next_call_at = greatest(next_call_at, :until)
WHERE campaign_id = :campaign AND household_id = :household AND voter_id <> :voter
"""
_TRIED = """
UPDATE targets SET calls = calls + :more, next_call_at = :again,
       last_attempt_at = CASE WHEN :more = 1 THEN greatest(last_attempt_at, :now)
                              ELSE last_attempt_at END,
       out = CASE WHEN :out <> '' THEN :out ELSE out END,
       no_calls = CASE WHEN :bad THEN 'bad number'
                       WHEN :opted THEN 'do not call'
                       WHEN calls + :more >= :retries THEN 'hung up twice'
                       ELSE no_calls END,
       language = CASE WHEN :reroute THEN :language ELSE language END
WHERE campaign_id = :campaign AND voter_id = :voter
"""
_SETTLE = f"WITH ended AS ({_END} AND :ends), rested AS ({_REST}) {_TRIED}"
"""Other rows each, so that one statement does for all three: every call that is saved waits."""


def end_touch(session: Session, touch_id: int, now: datetime) -> None:
    """Ends the touch of a call; a call through the carrier has counted its try already.

    One that is ready again, its lease being over, is taken and ended in one: it was made.
    """
    session.execute(sql(_END), {"touch": touch_id, "now": now})


def apply(
    session: Session, card: Card, saved: Saved, now: datetime, *, ends: bool, counted: bool
) -> None:
    """Does all that the result brings about: it `ends` the touch, unless somebody else has the
    call by now; `counted` when the call was counted as it began.

    Raises CannotKeep.
    """
    effect = saved.effect
    _settle(session, card, saved, now, ends, counted)
    if effect.strike:
        strike_voters(
            session,
            frame_for(session, card).schedule.polling_day,
            [card.voter_id],
            by=saved.user_id,
            source="call",
            at=now,
        )
    if effect.bad_number:
        bury(session, card.phone, Channel.CALL, LABELS[saved.result], now)
    if saved.result is Disposition.WRONG_NUMBER:
        # Whoever answers there is not the voter; texts would reach the same stranger.
        bury(session, card.phone, Channel.TEXT, LABELS[saved.result], now)
    if effect.opt_out:
        opt_out(session, card.phone, Channel.CALL, source="call", words=saved.note, now=now)
    if saved.answers:
        zone = frame_for(session, card).schedule.zone
        write_answers(session, card.voter_id, dict(saved.answers), day_at(now, zone))
    if saved.plan is not None and not effect.strike:
        _keep_plan(session, card, saved.plan, saved.user_id, now)
    if effect.callback and saved.callback_at is not None:
        _promise(session, card, saved.callback_at, now)


def _keep_plan(session: Session, card: Card, plan: Intention, by: int, now: datetime) -> None:
    frame, place = frame_for(session, card), Place.of(card.place)
    try:
        keep_plan(session, frame, place, card.voter_id, plan, source="call", by=by, now=now)
    except PlanRefused as refused:
        raise CannotKeep(str(refused), "votes_at", "plan_refused") from None


def rest_household(session: Session, card: Card, until: datetime) -> None:
    """Nobody else of the household is called until then: one household, one call."""
    session.execute(sql(_REST), {"until": until, **_whose(card)})


def _whose(card: Card) -> dict[str, int]:
    return {
        "campaign": card.campaign_id,
        "household": card.household_id,
        "voter": card.voter_id,
    }


def _settle(
    session: Session, card: Card, saved: Saved, now: datetime, ends: bool, counted: bool
) -> None:
    """The touch, its voter's target and the rest of the household."""
    effect = saved.effect
    session.execute(
        sql(_SETTLE),
        {
            "touch": card.touch_id,
            "ends": ends,
            "until": saved.household_until(now),
            "more": 0 if counted else 1,
            "again": saved.again(now),
            "now": now,
            "out": effect.out,
            "bad": effect.bad_number,
            "opted": effect.opt_out,
            "retries": effect.retries,
            "reroute": effect.reroute,
            "language": saved.language,
            **_whose(card),
        },
    )


def _promise(session: Session, card: Card, at: datetime, now: datetime) -> None:
    """Releases the callback for the stated time; it waits for that day's open hours to end.

    Nothing is promised to whoever may never be called again, having voted or opted out since.
    """
    frame = frame_for(session, card)
    known = facts_of(session, frame.id, Channel.CALL, [card.voter_id], now)[card.voter_id]
    verdict = bar(known, Channel.CALL, now, frame.rules)
    if verdict is not None and verdict.permanent:
        return
    expires = open_until(frame.schedule, Place.of(card.place), Channel.CALL, at)
    if expires is None:
        raise CannotKeep(
            "At that time calls are not allowed where the voter lives; choose another time.",
            "callback_at",
            "callback_closed",
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
