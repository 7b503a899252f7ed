"""Undo: takes a call's record back within seconds, as if it had not been saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.disposition import EFFECTS, Disposition, Effect
from app.domain.purpose import CALLBACK, RAMP
from app.domain.touch import AttemptState, TouchState
from app.services.claim import LEASE
from app.store import taken_back
from app.store.ballots import lock_targets as lock_everywhere
from app.store.calls import Card, Housed, card_of, lock_targets
from app.store.engine import Sessions, patiently
from app.store.frames import load_frame
from app.store.pool import end_pending, hold_money
from app.store.sql import sql
from app.store.touches import Attempt, Touch

GRACE = timedelta(seconds=15)
"""Machine time in which a record can be taken back: the ten seconds that the screen offers, and
some for the network."""
TAKEN_BACK = "taken back by the volunteer"
TOO_LATE = "It is too late to take this back. Tell an organizer."


@dataclass(frozen=True)
class Undone:
    """Whether a record was taken back; if not, why: a code, and the sentence for it."""

    done: bool
    code: str = ""
    message: str = ""
    first_name: str = ""


class _CannotUndo(Exception):
    """A record that stands; raised so that the transaction is taken back."""

    def __init__(self, code: str, message: str, first_name: str = "") -> None:
        super().__init__(message)
        self.code, self.first_name = code, first_name


def undo_call(
    sessions: Sessions,
    key: UUID,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
    lease: timedelta = LEASE,
) -> Undone:
    """Takes back what this volunteer saved under `key`, and gives the call back to them; the one
    that they were given since is free for others. Doing it twice changes nothing.

    What was saved stands when it is too old, or when something happened to the voter since.
    """
    try:
        return _undo(sessions, key, user_id, now=now, wall=wall, lease=lease)
    except _CannotUndo as stands:
        return Undone(False, stands.code, str(stands), stands.first_name)


@patiently
def _undo(
    sessions: Sessions,
    key: UUID,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
    lease: timedelta,
) -> Undone:
    with sessions.begin() as session:
        found = session.get(Attempt, key)
        if found is None or found.user_id != user_id:
            raise _CannotUndo("unknown", "There is nothing of yours to take back.")
        if found.before is None:  # dropped by services/tidy.py
            raise _CannotUndo("too_late", TOO_LATE)
        ballot = found.before.get("ballot")
        if ballot:
            lock_everywhere(session, ballot["campaigns"], [found.voter_id])
        household = lock_targets(session, found.touch_id)
        card = card_of(session, found.touch_id, lock=True)
        attempt = session.get_one(Attempt, key, with_for_update=True, populate_existing=True)
        assert card is not None  # an attempt has a touch
        if attempt.before is None:  # meanwhile
            raise _CannotUndo("too_late", TOO_LATE)
        if "undone" in attempt.before:
            return Undone(True, first_name=card.first_name)
        before = attempt.before
        if wall - datetime.fromisoformat(before["wall"]) > GRACE:
            raise _CannotUndo("too_late", TOO_LATE)
        _check(session, before, attempt, card, household, user_id, now)
        _restore(session, before, attempt, card, user_id, now=now, wall=wall, lease=lease)
        return Undone(True, first_name=card.first_name)


def _check(
    session: Session,
    before: Mapping[str, Any],
    attempt: Attempt,
    card: Card,
    household: list[Housed],
    user_id: int,
    now: datetime,
) -> None:
    """Raises _CannotUndo if anything happened to the voter since."""
    at = datetime.fromisoformat(before["at"])
    was = next(row for row in before["targets"] if row["voter_id"] == card.voter_id)
    is_ = next((one for one in household if one.voter_id == card.voter_id), None)
    struck = "ballot" in before
    name = card.first_name or "The voter"
    if is_ is None or (is_.voted_at is not None and not (struck or was["voted_at"])):
        raise _CannotUndo(
            "voted", f"{name} has voted since; what you saved stands.", card.first_name
        )
    began = before.get("attempt") or {"state": AttemptState.ABSENT.value}
    counted = began["state"] != AttemptState.ABSENT.value
    if is_.calls != was["calls"] + (not counted):
        raise _CannotUndo(
            "called", f"{name} has been called since; what you saved stands.", card.first_name
        )
    if is_.next_call_at != _instant(before["next"]):
        raise _CannotUndo(
            "changed", f"{name}’s record has changed since; what you saved stands.", card.first_name
        )
    if before["touch"] is None:
        return
    if card.state is not TouchState.DONE:
        raise _CannotUndo(
            "changed", f"{name}’s record has changed since; what you saved stands.", card.first_name
        )
    _make_room(session, card, at, user_id, name, now)


def _make_room(
    session: Session, card: Card, at: datetime, user_id: int, name: str, now: datetime
) -> None:
    """Ends the call of the household that came in place of this one, if nobody has taken it: the
    callback that the record promised, or one that was released since."""
    other = taken_back.open_call_of(session, card.campaign_id, card.household_id, card.touch_id)
    if other is not None:
        open_ = session.get_one(Touch, other)
        session.expunge(open_)
        gone = False
        if (open_.purpose, open_.released_at) == (CALLBACK, at):
            gone = taken_back.drop_touch(session, other)
        elif open_.purpose == RAMP and open_.state is TouchState.READY:
            # Nobody can take it meanwhile: a claim needs the target, which is locked.
            gone = bool(
                end_pending(
                    session,
                    "ids",
                    ids=[other],
                    state=TouchState.CANCELED,
                    reason=TAKEN_BACK,
                    now=now,
                )
            )
        if not gone:
            raise _CannotUndo(
                "called", f"{name} is being called again; what you saved stands.", card.first_name
            )
    if _rings(session, user_id, card.touch_id):
        raise _CannotUndo("ringing", "You are calling the next voter; what you saved stands.")


def _rings(session: Session, user_id: int, but: int) -> bool:
    """Whether the volunteer is on another call through the carrier."""
    return bool(
        session.scalar(
            sql(
                "SELECT EXISTS (SELECT FROM touches WHERE claimed_by = :by AND channel = 'call' "
                "AND state = 'attempting' AND lease_until IS NOT NULL AND id <> :but)"
            ),
            {"by": f"user:{user_id}", "but": but},
        )
    )


def _restore(
    session: Session,
    before: Mapping[str, Any],
    attempt: Attempt,
    card: Card,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
    lease: timedelta,
) -> None:
    at = datetime.fromisoformat(before["at"])
    was = next(row for row in before["targets"] if row["voter_id"] == card.voter_id)
    effect = EFFECTS[Disposition(attempt.disposition)]
    taken_back.put_back_target(session, card.campaign_id, was, _columns(effect, was), at)
    taken_back.put_back_rests(
        session, card.campaign_id, before["targets"], card.voter_id, before["until"]
    )
    for table in ("opt_outs", "dead_addresses"):
        if table in before:
            taken_back.put_back_address(session, table, card.phone, before[table], at)
    if "ballot" in before:
        _put_back_ballot(session, before["ballot"], card, at)
    if "plan" in before:
        key: dict[str, object] = {"campaign_id": card.campaign_id, "voter_id": card.voter_id}
        taken_back.put_back_row(session, "voting_plans", before["plan"]["row"], key)
    if "said" in before:
        taken_back.put_back_answers(session, card.voter_id, before["said"], before["answers"])
    if before["touch"] is not None:
        taken_back.hand_back(session, before["touch"], user_id, wall + lease)
    if before.get("canceled"):
        _put_back_canceled(session, before["canceled"], at, wall)
    _put_back_attempt(attempt, before, now)
    session.flush()


def _columns(effect: Effect, was: Mapping[str, Any]) -> list[str]:
    """The columns of the voter's target that the result changed, besides its count."""
    often = was["calls"] + 1 >= effect.retries
    changed = {
        "out": bool(effect.out),
        "no_calls": effect.bad_number or effect.opt_out or often,
        "language": effect.reroute,
    }
    return [name for name, is_changed in changed.items() if is_changed]


def _put_back_ballot(session: Session, ballot: Mapping[str, Any], card: Card, at: datetime) -> None:
    key: dict[str, object] = {
        "voter_id": card.voter_id,
        "polling_day": date.fromisoformat(ballot["day"]),
    }
    taken_back.put_back_row(session, "ballots", ballot["row"], key)
    taken_back.unstrike_elsewhere(session, card.voter_id, ballot["campaigns"], at)


def _put_back_canceled(
    session: Session, rows: list[dict[str, Any]], at: datetime, wall: datetime
) -> None:
    """Readies what was canceled, as far as there is money for it again."""
    held_by = taken_back.put_back_touches(session, rows, at=at, wall=wall)
    for campaign, held in sorted(held_by.items()):
        limit = load_frame(session, campaign).spendable(at)
        if not hold_money(session, campaign, held, limit):
            raise _CannotUndo("changed", "The money is used up since; what you saved stands.")


def _put_back_attempt(attempt: Attempt, before: Mapping[str, Any], now: datetime) -> None:
    """An attempt by hand counts for nothing any more, and keeps its key; one through the carrier
    waits for its result again."""
    was = before.get("attempt")
    attempt.before = {"undone": now.isoformat(), "by_hand": was is None}
    if was is None:
        attempt.state, attempt.settled_at = AttemptState.ABSENT, now
        attempt.disposition, attempt.note = "", TAKEN_BACK
        return
    attempt.state = AttemptState(was["state"])
    attempt.disposition, attempt.note = was["disposition"], was["note"]
    for name in ("attempted_at", "handed_at", "settled_at"):
        setattr(attempt, name, _instant(was[name]))


def _instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
