"""Blasts: one text or email to a universe at a set time, or over a stretch of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import DateTime, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.blast import BlastState, Timing
from app.domain.channel import Channel
from app.domain.purpose import BY_HAND, blast_purpose
from app.domain.rush import FARTHEST
from app.domain.sender import Rates, Standing
from app.domain.touch import TouchState
from app.store.base import Base, Big, Instant, Json, Serial, by_value
from app.store.campaigns import Sender
from app.store.pool import end_pending
from app.store.sql import sql


class Blast(Base):
    """A text or email to a universe. Its touches have the purpose `blast:<id>`.

    Its times are times of the day on each voter's own clock, so they are kept without a zone.
    """

    __tablename__ = "blasts"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(by_value(Channel))  # text or email
    name: Mapped[str]
    filter: Mapped[Json] = mapped_column(server_default="{}")  # a universe; see domain.universe
    words: Mapped[Json]  # {language: {"subject": …, "body": …}}; "en" is there
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=False))  # on the voter's clock
    spread_minutes: Mapped[int] = mapped_column(server_default="0")  # released evenly over so long
    done_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))  # voter's clock
    state: Mapped[str] = mapped_column(server_default="draft")
    # draft | scheduled | paused | canceled | done
    by_hand: Mapped[bool] = mapped_column(server_default="false")  # each text by a person's tap
    created_by: Mapped[Big | None]
    created_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]

    __table_args__ = (Index("ix_blasts_campaign_time", "campaign_id", "starts_at"),)

    @property
    def timing(self) -> Timing:
        """When it goes out, on the voter's clock."""
        return Timing(self.starts_at, timedelta(minutes=self.spread_minutes), self.done_by)

    @property
    def purpose(self) -> str:
        """What its touches are for."""
        return blast_purpose(self.id)


def blasts_of(session: Session, campaign_id: int) -> Sequence[Blast]:
    """The blasts of a campaign in the order of time."""
    return session.scalars(
        select(Blast)
        .where(Blast.campaign_id == campaign_id)
        .order_by(Blast.starts_at, Blast.id)
        .execution_options(populate_existing=True)
    ).all()


@dataclass(frozen=True)
class AtWork:
    """A blast that the release job has something to do for."""

    id: int
    campaign_id: int
    state: BlastState


def at_work(session: Session, now: datetime) -> list[AtWork]:
    """Blasts whose time may have come somewhere and is not known to be over, the earliest first;
    and those canceled in the last day, of which something may still come back."""
    latest = (now.astimezone(UTC) + FARTHEST).replace(tzinfo=None)
    rows = session.execute(
        sql(
            "SELECT b.id, b.campaign_id, b.state FROM blasts b "
            "JOIN campaigns c ON c.id = b.campaign_id "
            "WHERE c.state <> 'closed' AND (b.state IN ('scheduled', 'paused') "
            "AND b.starts_at <= :latest OR b.state = 'canceled' AND b.ended_at > :lately) "
            "ORDER BY b.starts_at, b.id"
        ),
        {"latest": latest, "lately": now - timedelta(days=1)},
    )
    return [AtWork(row.id, row.campaign_id, BlastState(row.state)) for row in rows]


def hold(
    session: Session, blast_id: int, states: Sequence[BlastState], *, patient: bool = True
) -> Blast | None:
    """The blast, locked until the transaction ends; None if it stands elsewhere or, unless
    `patient`, another holds it. Whoever releases of a blast or changes it holds it."""
    return session.scalars(
        select(Blast)
        .where(Blast.id == blast_id, Blast.state.in_([state.value for state in states]))
        .with_for_update(skip_locked=not patient)
        .execution_options(populate_existing=True)
    ).first()


def senders_of(session: Session, campaign_id: int, channel: Channel) -> list[tuple[Standing, str]]:
    """How each sender of the channel stands, in full health, and why it may not send (empty: it
    may)."""
    rows = session.scalars(
        select(Sender)
        .where(Sender.campaign_id == campaign_id, Sender.channel == channel)
        .order_by(Sender.id)
        .execution_options(populate_existing=True)
    )
    return [(_standing(row), row.stopped) for row in rows]


def _standing(row: Sender) -> Standing:
    rates = Rates(row.per_second, row.per_minute, row.per_hour, row.per_day)
    return Standing(rates, day_on=row.day_on, day_used=row.day_used)


def plan_each_time(session: Session) -> None:
    """Has the server plan the queries of this transaction with their values known: a plan kept for
    any values and any number of voters goes through all of them, twenty seconds for a million."""
    session.execute(sql("SET LOCAL plan_cache_mode = force_custom_plan"))


_HELD_BACK = timedelta(days=1)
"""So long after its end a touch that is held back would be due: never."""


def pending(session: Session, blast: Blast) -> list[int]:
    """Touches of the blast of which nothing has gone out yet; few, since few are released ahead."""
    # One part for each partial index: all touches of a blast may be a million.
    rows = session.scalars(
        sql(" UNION ALL ".join(f"({_PENDING.format(state=one)})" for one in ("ready", "claimed"))),
        _mine(blast),
    )
    return sorted(rows)


_PENDING = (
    "SELECT id FROM touches WHERE campaign_id = :campaign AND channel = :channel "
    "AND state = '{state}' AND purpose = :purpose"
)


def waiting(session: Session, blast: Blast) -> int:
    """How many are released and not yet taken up by a sender."""
    return int(
        session.scalar(
            sql(f"SELECT count(*) FROM ({_PENDING.format(state='ready')}) r"), _mine(blast)
        )
        or 0
    )


def has_begun(session: Session, blast: Blast) -> bool:
    """Whether anything of it was ever released."""
    query = sql(
        "SELECT EXISTS (SELECT FROM touches WHERE campaign_id = :campaign "
        "AND purpose = :purpose AND purpose <> 'ramp')"
    )
    return bool(session.scalar(query, _mine(blast)))


def cancel_pending(session: Session, blast: Blast, now: datetime) -> int:
    """Ends what has not gone out, with its reason; how many."""
    return end_pending(
        session,
        "ids",
        ids=pending(session, blast),
        state=TouchState.CANCELED,
        reason="blast canceled",
        now=now,
    )


def hold_back(session: Session, blast: Blast) -> int:
    """Puts off what is ready until after its end, so that it does not go out; how many."""
    return _put_off(session, blast, "expires_at + :far", "due_at < expires_at + :far")


def let_go(session: Session, blast: Blast, now: datetime) -> int:
    """Makes due again what was held back; how many."""
    held = "due_at >= expires_at + :far AND due_at <> :by_hand"  # which waits for a tap, as before
    return _put_off(session, blast, ":now", held, now=now, by_hand=BY_HAND)


def _put_off(session: Session, blast: Blast, to: str, which: str, **binds: datetime) -> int:
    done = session.execute(
        sql(
            f"UPDATE touches SET due_at = {to} FROM (SELECT id FROM touches "
            "WHERE campaign_id = :campaign AND channel = :channel AND state = 'ready' "
            f"AND purpose = :purpose AND {which} ORDER BY id FOR UPDATE) found "
            "WHERE touches.id = found.id RETURNING touches.id"
        ),
        {**_mine(blast), "far": _HELD_BACK, **binds},
    )
    return len(done.all())


def _mine(blast: Blast) -> dict[str, object]:
    return {
        "campaign": blast.campaign_id,
        "channel": blast.channel.value,
        "purpose": blast.purpose,
    }
