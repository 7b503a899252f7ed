"""Precincts: where a voter votes and until when."""

from datetime import time

from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Instant


class Precinct(Base):
    """One precinct with its polling place, as the organizer's list says."""

    __tablename__ = "precincts"

    state: Mapped[str] = mapped_column(primary_key=True)
    county: Mapped[str] = mapped_column(primary_key=True)  # empty where the codes are the state's
    code: Mapped[str] = mapped_column(primary_key=True)  # as the voter file writes it
    name: Mapped[str] = mapped_column(server_default="")
    place: Mapped[str] = mapped_column(server_default="")  # the polling place
    address: Mapped[str] = mapped_column(server_default="")
    opens: Mapped[time | None]  # on the voter's clock; empty: as the campaign says
    closes: Mapped[time | None]
    changed_at: Mapped[Instant]
