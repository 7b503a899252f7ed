"""What a call's record will change, as it is before: so that it can be taken back."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.services.record_effects import Saved, frame_for
from app.store import taken_back
from app.store.ballots import campaigns_of
from app.store.calls import Card, Housed
from app.store.follow import reminders_of


def snapshot(
    session: Session,
    saved: Saved,
    card: Card,
    household: Sequence[Housed],
    *,
    ends: bool,
    now: datetime,
    wall: datetime,
) -> dict[str, Any]:
    """All that `apply` will change, as JSON for `attempts.before`; the household and the call are
    locked. Most results change only what is locked, and nothing is asked then."""
    again, until = saved.again(now), saved.household_until(now)
    changed = [
        one
        for one in household
        if one.voter_id == card.voter_id or one.next_call_at is None or one.next_call_at < until
    ]
    own = card.touch_id if ends else None  # it is done by then, and not canceled
    touch = {"id": card.touch_id, "state": card.state.value, "tries": card.tries}
    return {
        "at": now.isoformat(),
        "wall": wall.isoformat(),
        "next": _said(again),
        "until": until.isoformat(),
        "touch": touch if ends else None,
        "targets": [_plain(asdict(one)) for one in changed],
        **_of_number(session, saved, card, own),
        **_of_strike(session, saved, card, own),
        **_of_words(session, saved, card),
    }


def _of_number(session: Session, saved: Saved, card: Card, own: int | None) -> dict[str, Any]:
    """Wishes and dead addresses, and what is canceled because of them."""
    if saved.effect.opt_out:
        channels, table = [Channel.CALL.value], "opt_outs"
    elif saved.effect.bad_number:
        texts = [Channel.TEXT.value] if saved.result is Disposition.WRONG_NUMBER else []
        channels, table = [Channel.CALL.value, *texts], "dead_addresses"
    else:
        return {}
    pending = taken_back.pending_as_is(session, "address", address=card.phone, channels=channels)
    return {
        table: taken_back.addresses_as_is(session, table, card.phone),
        "canceled": [row for row in pending if row["id"] != own],
    }


def _of_strike(session: Session, saved: Saved, card: Card, own: int | None) -> dict[str, Any]:
    """The ballot, and what is canceled because of it."""
    if not saved.effect.strike:
        return {}
    day = frame_for(session, card).schedule.polling_day
    campaigns = campaigns_of(session, day)
    pending = taken_back.pending_as_is(
        session, "voters", voters=[card.voter_id], campaigns=campaigns
    )
    ballot = taken_back.row_as_is(session, "ballots", voter_id=card.voter_id, polling_day=day)
    return {
        "ballot": {"day": day.isoformat(), "campaigns": campaigns, "row": ballot},
        "canceled": [row for row in pending if row["id"] != own],
    }


def _of_words(session: Session, saved: Saved, card: Card) -> dict[str, Any]:
    """What the voter had told of a plan, with its reminders, and had answered."""
    found: dict[str, Any] = {}
    if saved.plan is not None and not saved.effect.strike:
        reminders = reminders_of(session, card.campaign_id, card.voter_id)
        found["canceled"] = taken_back.pending_as_is(session, "ids", ids=list(reminders))
        found["plan"] = {
            "row": taken_back.row_as_is(
                session, "voting_plans", campaign_id=card.campaign_id, voter_id=card.voter_id
            )
        }
    if saved.answers:
        found["answers"] = taken_back.answers_as_is(session, card.voter_id, list(saved.answers))
        found["said"] = list(saved.answers)
    return found


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _said(one) if isinstance(one, datetime) else one for name, one in row.items()}


def _said(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
