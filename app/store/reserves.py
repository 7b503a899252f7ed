"""Reserve universes: whom the campaign reaches once everybody of its own has been tried."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Json, Serial


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
