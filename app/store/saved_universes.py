"""Universes that were given a name."""

from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Json, Serial


class SavedUniverse(Base):
    """A filter under a name: the set of voters a campaign works on, or a part of one."""

    __tablename__ = "universes"

    id: Mapped[Serial]
    name: Mapped[str] = mapped_column(unique=True)
    filter: Mapped[Json]  # readable; see domain/universe.py
    created_by: Mapped[Big | None]
    created_at: Mapped[Instant]
    changed_at: Mapped[Instant]
