"""Reserve universes: whom the campaign reaches once everybody of its own has been tried."""

from collections.abc import Sequence

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.store.base import Base, Big, Instant, Json, Serial
from app.store.once import forget
from app.store.sql import sql


class Reserve(Base):
    """A universe that is opened, in the order of rank, when the pool has run dry."""

    __tablename__ = "reserves"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    rank: Mapped[int]  # 1 first
    name: Mapped[str]
    filter: Mapped[Json] = mapped_column(server_default="{}")  # a universe; see domain.universe
    opened_at: Mapped[Instant | None]  # when its voters became targets
    people: Mapped[int] = mapped_column(server_default="0")  # how many did

    __table_args__ = (UniqueConstraint("campaign_id", "rank"),)


def reserves_of(session: Session, campaign_id: int) -> Sequence[Reserve]:
    """The reserve universes of a campaign in their order, open ones too."""
    return session.scalars(
        select(Reserve)
        .where(Reserve.campaign_id == campaign_id)
        .order_by(Reserve.rank)
        .execution_options(populate_existing=True)
    ).all()


_NEXT = """
SELECT id FROM reserves WHERE campaign_id = :campaign AND opened_at IS NULL
ORDER BY rank LIMIT 1 FOR UPDATE
"""


def next_closed(session: Session, campaign_id: int) -> Reserve | None:
    """The first that is not open, locked until the transaction ends; None when there is none."""
    found = session.scalar(sql(_NEXT), {"campaign": campaign_id})  # asked all day, seldom found
    return None if found is None else session.get_one(Reserve, found, populate_existing=True)


def closed_before(session: Session, reserve: Reserve) -> Reserve | None:
    """The closed one that stands before this one, locked; None when it is the first."""
    return session.scalars(
        select(Reserve)
        .where(
            Reserve.campaign_id == reserve.campaign_id,
            Reserve.opened_at.is_(None),
            Reserve.rank < reserve.rank,
        )
        .order_by(Reserve.rank.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def swap(session: Session, one: Reserve, other: Reserve) -> None:
    """Lets two change places."""
    ranks = one.rank, other.rank
    one.rank = -one.rank  # out of the way: no two may have one rank, not even for a moment
    session.flush()
    other.rank = ranks[0]
    session.flush()
    one.rank = ranks[1]
    session.flush()


def read_whole_tables(session: Session) -> None:
    """A universe is looked for in the whole voter file, though a search of the pool may have told
    the planner never to read a table whole."""
    session.execute(sql("SET LOCAL enable_seqscan = on"))
    forget(session)
