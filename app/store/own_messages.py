"""What messages to our own people cost: alerts, notices to volunteers, sign-in codes.

They are paid from the budget of the campaign whose sender they leave by, but never refused for want
of money: who has run out of it must hear of it. What each try may cost is reserved before it leaves
us, and settled as a voter's text is: by the carrier's price, or freed where it surely did not go
out. Each payment is an entry of the audit log, which nobody can change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, delete, func, insert, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.channel import Channel
from app.store.base import Base, Big, Instant, Money, by_value
from app.store.campaigns import Sender
from app.store.dearest import dearest, learn_dearest
from app.store.people import AuditEntry
from app.store.pool import settle_money
from app.store.sql import sql
from app.store.unanswered import known_sids

PAID = "own messages paid"
ASKED_AFTER = timedelta(minutes=1)
"""A carrier tells the price once the text has ended, which takes seconds."""
ABSENT_AFTER = timedelta(hours=2)
"""After so long a text without an answer is looked for in the carrier's list, once: no text to our
own people is valid for more than an hour, so what the list does not show by then never goes out."""


class OwnMessage(Base):
    """One try of a message to our own people: what is reserved for it, until its price is known."""

    __tablename__ = "own_messages"

    key: Mapped[str] = mapped_column(primary_key=True)  # which try of which: "alert:7:2"
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    what: Mapped[str]  # alert | notice | sign_in_code
    channel: Mapped[Channel] = mapped_column(by_value(Channel))  # text or email
    address: Mapped[str]  # by which the carrier is asked; empty once it is settled
    parts: Mapped[int]  # segments of a text; a mail is one
    held: Mapped[Money]
    sid: Mapped[str | None]  # the carrier's; None: nobody knows whether it went out
    handed_at: Mapped[Instant]  # machine time
    ask_at: Mapped[Instant | None]  # machine time when the carrier is asked next; None: settled

    __table_args__ = (
        Index("ix_own_messages_ask", "ask_at", postgresql_where=text("ask_at IS NOT NULL")),
    )


@dataclass(frozen=True)
class Handed:
    """A message that is about to leave us."""

    key: str
    address: str
    parts: int


def hold_for_own(
    session: Session,
    campaign_id: int,
    channel: Channel,
    what: str,
    handed: Sequence[Handed],
    wall: datetime,
) -> None:
    """Reserves what these cost at most by the campaign's senders, whatever the budget says."""
    each = _dearest(session, campaign_id, channel)
    # A text that should cost nothing may be charged all the same; of a mail nobody tells a price.
    if not handed or (channel is Channel.EMAIL and not each):
        return
    facts = {"campaign_id": campaign_id, "what": what, "channel": channel}
    facts |= {"handed_at": wall, "ask_at": wall + ABSENT_AFTER}
    rows = [
        {"key": one.key, "address": one.address, "parts": one.parts, "held": each * one.parts}
        for one in handed
    ]
    session.execute(insert(OwnMessage), [facts | row for row in rows])
    settle_money(session, campaign_id, freed=-each * sum(one.parts for one in handed))


def _dearest(session: Session, campaign_id: int, channel: Channel) -> Decimal:
    mine = (Sender.campaign_id == campaign_id, Sender.channel == channel)
    price: Decimal = session.scalar(select(func.max(Sender.price)).where(*mine)) or Decimal(0)
    return max(price, dearest(session, campaign_id)) if channel is Channel.TEXT else price


def price_own_later(session: Session, key: str, sid: str, at: datetime) -> None:
    """Notes by which id the carrier knows a text; its price is asked for from `at` on."""
    open_one = (OwnMessage.key == key, OwnMessage.ask_at.is_not(None))
    session.execute(update(OwnMessage).where(*open_one).values(sid=sid, ask_at=at))


_SETTLE = """
WITH was AS (
    SELECT o.key, o.held, coalesce(said.cost, o.held) AS cost FROM own_messages o
    JOIN unnest(CAST(:keys AS text[]), CAST(:costs AS numeric[])) AS said(key, cost)
      ON o.key = said.key
    WHERE o.ask_at IS NOT NULL FOR UPDATE OF o
), done AS (
    UPDATE own_messages o SET held = 0, ask_at = NULL, address = '' FROM was WHERE o.key = was.key
    RETURNING o.campaign_id, o.channel, o.what, o.parts, o.handed_at, was.held, was.cost
)
SELECT campaign_id, channel, what, sum(held) AS held, sum(cost) AS cost,
       coalesce(sum(parts) FILTER (WHERE cost > 0), 0) AS parts,
       max(cost / greatest(parts, 1)) AS each, max(handed_at) AS at
FROM done GROUP BY campaign_id, channel, what ORDER BY campaign_id, channel, what
"""


def settle_own(
    session: Session, costs: Mapping[str, Decimal | None], wall: datetime, *, told: bool = False
) -> None:
    """Books what these cost, each once, and frees what was reserved for them. None: what was
    reserved. `told` by the carrier, so that there is something to learn from it."""
    if not costs:
        return
    rows = session.execute(sql(_SETTLE), {"keys": list(costs), "costs": list(costs.values())})
    for row in rows.all():
        settle_money(session, row.campaign_id, freed=row.held, spent=row.cost)
        if told and row.channel == Channel.TEXT:
            learn_dearest(session, row.campaign_id, row.each, row.at)
        if row.cost:
            details = {"what": row.what, "channel": row.channel, "parts": row.parts}
            details["cost"] = str(row.cost)
            subject = f"campaign:{row.campaign_id}"
            session.add(AuditEntry(at=wall, action=PAID, subject=subject, details=details))


@dataclass(frozen=True)
class Unpriced:
    """A try whose price, or whose end, the carrier is to be asked for now."""

    key: str
    channel: Channel
    address: str
    sid: str | None
    handed_at: datetime


_TAKE = """
UPDATE own_messages SET ask_at = :wall + least(greatest(:wall - handed_at, :soon), :late)
WHERE key IN (SELECT key FROM own_messages WHERE ask_at <= :wall
              ORDER BY ask_at LIMIT :most FOR UPDATE SKIP LOCKED)
RETURNING key, channel, address, sid, handed_at
"""


def take_unpriced(session: Session, wall: datetime, most: int) -> list[Unpriced]:
    """Those that are due to be asked about, the longest waiting first; each comes again, more and
    more seldom, until it is settled."""
    pauses = {"soon": ASKED_AFTER, "late": timedelta(hours=1)}
    rows = session.execute(sql(_TAKE), {"wall": wall, "most": most, **pauses})
    return [Unpriced(row[0], Channel(row[1]), *row[2:]) for row in rows]


def taken_sids(session: Session, sids: Iterable[str]) -> set[str]:
    """Which of these carrier ids are an attempt's, or another of our own messages'."""
    asked = list(sids)
    own = select(OwnMessage.sid).where(OwnMessage.sid.in_(asked))
    return known_sids(session, asked) | {sid for sid in session.scalars(own) if sid}


def drop_settled(session: Session, until: datetime, most: int) -> int:
    """Drops what is settled and was handed over before `until`, in machine time; how many."""
    old = select(OwnMessage.key).where(OwnMessage.ask_at.is_(None), OwnMessage.handed_at < until)
    gone = delete(OwnMessage).where(OwnMessage.key.in_(old.limit(most)))
    return len(session.scalars(gone.returning(OwnMessage.key)).all())


def paid_for_own(session: Session, campaign_id: int) -> Decimal:
    """What a campaign has paid for them so far, with what is reserved for those on their way."""
    cost = func.sum(AuditEntry.details["cost"].astext.cast(Sender.price.type))
    paid = (AuditEntry.subject == f"campaign:{campaign_id}", AuditEntry.action == PAID)
    held = select(func.sum(OwnMessage.held)).where(OwnMessage.campaign_id == campaign_id)
    both = select(
        func.coalesce(select(cost).where(*paid).scalar_subquery(), 0)
        + func.coalesce(held.scalar_subquery(), 0)
    )
    return session.scalar(both) or Decimal(0)
