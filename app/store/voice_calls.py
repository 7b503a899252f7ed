"""Click-to-call: calls that the carrier places, first to the volunteer, then to the voter."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.touch import AttemptState
from app.domain.voice import Legs
from app.store.base import Base, Big, Instant, Money, Serial
from app.store.calls import Card, lock_household
from app.store.sql import sql
from app.store.touches import Attempt


class VoiceCall(Base):
    """One call through the carrier. Its id is that of the attempt, which is committed first."""

    __tablename__ = "voice_calls"

    id: Mapped[UUID] = mapped_column(
        ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True
    )
    touch_id: Mapped[Big]
    fence: Mapped[int]
    user_id: Mapped[Big]
    caller: Mapped[str]  # E.164 of the volunteer's phone
    sid: Mapped[str | None]  # the leg to the volunteer
    status: Mapped[str] = mapped_column(server_default="")  # of the leg to the volunteer
    voter_sid: Mapped[str | None]  # the leg to the voter
    voter_status: Mapped[str] = mapped_column(server_default="")
    answered_by: Mapped[str] = mapped_column(server_default="")  # human | machine_start | …
    seconds: Mapped[int | None]  # that the voter's leg lasted
    price: Mapped[Money | None]
    asked_at: Mapped[Instant]  # campaign time
    asked_wall: Mapped[Instant]  # machine time
    ended_at: Mapped[Instant | None]  # campaign time

    __table_args__ = (Index("ix_voice_calls_user", "user_id", "asked_wall"),)


class VoiceRate(Base):
    """When the next call may be placed: the carrier takes one a second."""

    __tablename__ = "voice_rates"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), unique=True
    )
    caller_id: Mapped[str] = mapped_column(server_default="")  # E.164 that the voter sees
    per_second: Mapped[float] = mapped_column(server_default="1")
    price: Mapped[Money] = mapped_column(server_default="0")  # estimate a minute, both legs
    next_free_at: Mapped[Instant | None]  # machine time


def rate_of(session: Session, campaign_id: int) -> VoiceRate | None:
    """How a campaign calls through the carrier; None if nobody has said."""
    return session.scalars(select(VoiceRate).where(VoiceRate.campaign_id == campaign_id)).first()


def take_turn(session: Session, campaign_id: int, wall: datetime) -> VoiceRate | float | None:
    """The campaign's row with a call's time taken from its rate, the row locked; else in how many
    seconds there is room; None when the campaign shows no number.

    Whoever takes a turn and does not use it has to take the transaction back.
    """
    query = select(VoiceRate).where(VoiceRate.campaign_id == campaign_id).with_for_update()
    rate = session.scalars(query).first()
    if rate is None or not rate.caller_id:
        return None
    free_at = rate.next_free_at or wall
    if free_at > wall:
        return (free_at - wall).total_seconds()
    rate.next_free_at = wall + timedelta(seconds=1 / rate.per_second)
    return rate


@dataclass(frozen=True)
class Ringing:
    """An attempt through the carrier about to be made."""

    id: UUID
    user_id: int
    caller: str  # E.164 of the volunteer's phone
    held: Decimal


def begin_call(
    session: Session,
    call: Ringing,
    card: Card,
    *,
    now: datetime,
    wall: datetime,
    lease_until: datetime,
) -> None:
    """Writes the attempt and its call, moves the touch to attempting and counts it."""
    session.execute(
        sql(_BEGIN),
        {
            "id": call.id,
            "touch": card.touch_id,
            "campaign": card.campaign_id,
            "voter": card.voter_id,
            "address": card.phone,
            "user": call.user_id,
            "held": call.held,
            "fence": card.fence,
            "caller": call.caller,
            "now": now,
            "wall": wall,
            "lease": lease_until,
        },
    )


_BEGIN = """
WITH attempt AS (
    INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, user_id, state,
                          attempted_at, handed_at, held)
    VALUES (:id, :touch, :campaign, :voter, 'call', :address, :user, 'attempting',
            :now, :wall, :held)
), touch AS (
    UPDATE touches SET state = 'attempting', tries = tries + 1,
           lease_until = greatest(lease_until, CAST(:lease AS timestamptz))
    WHERE id = :touch
), counted AS (
    UPDATE targets SET calls = calls + 1, last_attempt_at = :now
    WHERE campaign_id = :campaign AND voter_id = :voter
)
INSERT INTO voice_calls (id, touch_id, fence, user_id, caller, asked_at, asked_wall)
VALUES (:id, :touch, :fence, :user, :caller, :now, :wall)
"""


@dataclass(frozen=True)
class Known:
    """What we know of a call through the carrier."""

    call: VoiceCall
    attempt: Attempt

    @property
    def legs(self) -> Legs:
        """What the carrier has said of its two legs."""
        return legs_of(self.call)

    @property
    def is_open(self) -> bool:
        """Whether nobody has settled the attempt yet."""
        return self.attempt.state is AttemptState.ATTEMPTING


def legs_of(call: VoiceCall) -> Legs:
    """What the carrier has said of a call's two legs."""
    return Legs(call.status, call.voter_status, call.answered_by, call.seconds)


def lock_call(session: Session, attempt_id: UUID) -> Known | None:
    """Locks a call with its household, touch and attempt, in everybody's order; None if unknown."""
    touch = session.scalar(select(VoiceCall.touch_id).where(VoiceCall.id == attempt_id))
    if touch is None:
        return None
    lock_household(session, touch)
    row = session.execute(
        select(VoiceCall, Attempt)
        .join(Attempt, Attempt.id == VoiceCall.id)
        .where(VoiceCall.id == attempt_id)
        .with_for_update()
    ).one()
    return Known(row[0], row[1])


def latest_call(session: Session, user_id: int, touch_id: int, since: datetime) -> Known | None:
    """The last call that a volunteer began for a touch, not locked; `since` is machine time."""
    row = session.execute(
        select(VoiceCall, Attempt)
        .join(Attempt, Attempt.id == VoiceCall.id)
        .where(
            VoiceCall.user_id == user_id,
            VoiceCall.touch_id == touch_id,
            VoiceCall.asked_wall > since,
        )
        .order_by(VoiceCall.asked_wall.desc(), VoiceCall.id)
        .limit(1)
    ).first()
    return Known(row[0], row[1]) if row is not None else None


def name_of(session: Session, touch_id: int) -> str:
    """The first name of a touch's voter; empty if it is not on file."""
    query = "SELECT v.first_name FROM touches q JOIN voters v ON v.id = q.voter_id WHERE q.id = :id"
    return str(session.scalar(sql(query), {"id": touch_id}) or "")


_PUT_BACK = """
WITH was AS (
    SELECT id, touch_id, campaign_id, voter_id FROM attempts
    WHERE id = :id AND state = 'attempting'
), absent AS (
    UPDATE attempts SET state = 'absent', settled_at = :now, note = :note
    FROM was WHERE attempts.id = was.id
), back AS (
    -- Ready, and taken up again at once by whoever holds it: the fence stays.
    UPDATE touches SET tries = tries - 1,
           state = CASE WHEN lease_until > :wall THEN 'claimed' ELSE 'ready' END,
           lease_until = CASE WHEN lease_until > :wall THEN lease_until END
    FROM was WHERE touches.id = was.touch_id AND touches.state = 'attempting'
)
UPDATE targets SET calls = calls - 1 FROM was
WHERE targets.campaign_id = was.campaign_id AND targets.voter_id = was.voter_id
"""


def put_call_back(
    session: Session, attempt_id: UUID, note: str, *, now: datetime, wall: datetime
) -> None:
    """Ends an attempt that has not rung the voter, and will not; the volunteer keeps the call."""
    binds = {"id": attempt_id, "note": note, "now": now, "wall": wall}
    session.execute(sql(_PUT_BACK), binds)


def prolong(session: Session, call: VoiceCall, lease_until: datetime) -> None:
    """Sets how long the volunteer keeps a call that is on, or has just ended."""
    session.execute(
        sql(
            "UPDATE touches SET lease_until = :lease WHERE id = :id AND state = 'attempting' "
            "AND fence = :fence"
        ),
        {"id": call.touch_id, "lease": lease_until, "fence": call.fence},
    )


def rest_calls(
    session: Session, campaign_id: int, voter_id: int, rest_until: datetime | None
) -> None:
    """Sets when a voter may be called again, after a call that was counted when it began."""
    session.execute(
        sql(
            "UPDATE targets SET next_call_at = :rest "
            "WHERE campaign_id = :campaign AND voter_id = :voter"
        ),
        {"campaign": campaign_id, "voter": voter_id, "rest": rest_until},
    )
