"""The voter whom a volunteer has on the phone, and no other."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.store.precincts import POLLING_PLACE
from app.store.sql import sql


@dataclass(frozen=True)
class InHand:
    """What a ride or a problem needs of the voter in a call."""

    voter_id: int
    name: str
    phone: str  # that was called
    address: str
    polling_place: str
    precinct: str


_IN_HAND = f"""
SELECT v.id, trim(v.first_name || ' ' || v.last_name), q.address,
       concat_ws(', ', nullif(v.address, ''), nullif(v.city, '')), {POLLING_PLACE}, v.precinct
FROM touches q JOIN voters v ON v.id = q.voter_id
WHERE q.id = :touch AND q.campaign_id = :campaign AND q.channel = 'call' AND q.claimed_by = :by
"""


def in_hand(session: Session, campaign_id: int, touch_id: int, user_id: int) -> InHand | None:
    """The voter of the call that this volunteer has, or had last; None for anybody else's."""
    row = session.execute(
        sql(_IN_HAND), {"touch": touch_id, "campaign": campaign_id, "by": f"user:{user_id}"}
    ).first()
    return InHand(*row) if row is not None else None
