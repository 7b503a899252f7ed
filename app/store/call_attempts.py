"""The attempt of a call: written with its record, or filled where the carrier began it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.touch import AttemptState
from app.store.calls import Card
from app.store.sql import sql


@dataclass(frozen=True)
class Said:
    """What is written of a call."""

    key: UUID
    user_id: int
    disposition: str
    note: str
    before: dict[str, Any]  # what the record changed, ready for JSON
    script_id: int | None
    now: datetime
    wall: datetime


_SCRIPT = "(SELECT id FROM scripts WHERE id = :script AND campaign_id = :campaign)"
"""Only one of this campaign: the page says which."""
_WRITE = f"""
INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, user_id, state,
                      attempted_at, handed_at, settled_at, disposition, note, before, script_id)
VALUES (:id, :touch, :campaign, :voter, 'call', :phone, :user, 'done',
        :now, :wall, :now, :disposition, :note, CAST(:before AS jsonb), {_SCRIPT})
ON CONFLICT DO NOTHING RETURNING id
"""


def write(session: Session, card: Card, said: Said) -> bool:
    """Writes the attempt; False when one of this key is there."""
    of_card = {"touch": card.touch_id, "voter": card.voter_id, "phone": card.phone}
    done = session.execute(sql(_WRITE), {**_binds(card, said, said.before), **of_card})
    return done.first() is not None


@dataclass(frozen=True)
class Begun:
    """An attempt as the carrier or an earlier record left it."""

    touch_id: int
    user_id: int | None
    state: AttemptState
    attempted_at: datetime
    handed_at: datetime
    settled_at: datetime | None
    disposition: str
    note: str
    undone: bool  # a record by hand that was taken back


_LOCK = """
SELECT touch_id, user_id, state, attempted_at, handed_at, settled_at, disposition, note,
       coalesce(CAST(before ->> 'by_hand' AS boolean), false)
FROM attempts WHERE id = :id FOR UPDATE
"""
_FILL = f"""
UPDATE attempts SET state = 'done', attempted_at = :attempted, handed_at = :handed,
    settled_at = :now, disposition = :disposition, note = :note, before = CAST(:before AS jsonb),
    script_id = {_SCRIPT}
WHERE id = :id
"""
_KEPT = ("state", "attempted_at", "handed_at", "settled_at", "disposition", "note")


def begun(session: Session, key: UUID) -> Begun:
    """The attempt of this key, locked."""
    touch, user, state, *rest = session.execute(sql(_LOCK), {"id": key}).one()
    return Begun(touch, user, AttemptState(state), *rest)


def fill(session: Session, card: Card, said: Said, was: Begun, *, counted: bool) -> None:
    """Writes over it what was said; one that is not counted begins now."""
    kept = {name: _plain(getattr(was, name)) for name in _KEPT}
    attempted, handed = (was.attempted_at, was.handed_at) if counted else (said.now, said.wall)
    session.execute(
        sql(_FILL),
        {
            **_binds(card, said, {**said.before, "attempt": kept}),
            "attempted": attempted,
            "handed": handed,
        },
    )


def _binds(card: Card, said: Said, before: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": said.key,
        "campaign": card.campaign_id,
        "user": said.user_id,
        "disposition": said.disposition,
        "note": said.note,
        "before": json.dumps(before),
        "script": said.script_id,
        "now": said.now,
        "wall": said.wall,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
