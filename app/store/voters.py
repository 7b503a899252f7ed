"""Voters, the runs that imported them and the rows that were rejected."""

from datetime import date

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Json, Serial, Strings


class Voter(Base):
    """A person on the voter file, as cleaned. Instants that concern a campaign live in Target."""

    __tablename__ = "voters"

    id: Mapped[Serial]
    source: Mapped[str]  # the layout the row came in: nc, oh, …
    source_id: Mapped[str]  # the voter's id in that file
    first_name: Mapped[str] = mapped_column(server_default="")
    middle_name: Mapped[str] = mapped_column(server_default="")
    last_name: Mapped[str] = mapped_column(server_default="")
    suffix: Mapped[str] = mapped_column(server_default="")
    gender: Mapped[str] = mapped_column(server_default="")  # F, M, X or empty
    birth_year: Mapped[int | None]
    party: Mapped[str] = mapped_column(server_default="")  # upper-case code of the file
    status: Mapped[str] = mapped_column(server_default="")  # active, inactive, removed, …
    language: Mapped[str] = mapped_column(server_default="en")
    registered_on: Mapped[date | None]
    address: Mapped[str] = mapped_column(server_default="")
    city: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="")  # two letters
    postcode: Mapped[str] = mapped_column(server_default="")
    county: Mapped[str] = mapped_column(server_default="")
    precinct: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str | None]  # E.164
    email: Mapped[str | None]  # lower case
    zones: Mapped[str] = mapped_column(server_default="")  # IANA names joined by |; empty = unknown
    votes: Mapped[Strings] = mapped_column(server_default="{}")  # ISO days of elections voted in
    household_id: Mapped[Big | None]  # the smallest voter id of the household
    row_hash: Mapped[str] = mapped_column(server_default="")  # of the cleaned row: changed or not
    imported_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index("ix_voters_household_id", "household_id"),
        Index("ix_voters_phone", "phone", postgresql_where="phone IS NOT NULL"),
        Index("ix_voters_email", "email", postgresql_where="email IS NOT NULL"),
    )


class ImportRun(Base):
    """One run of the importer: what went in and what came of it."""

    __tablename__ = "import_runs"

    id: Mapped[Serial]
    filename: Mapped[str]
    layout: Mapped[str]
    state: Mapped[str]  # running | done | failed
    started_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    counts: Mapped[Json] = mapped_column(
        server_default="{}"
    )  # read, new, changed, unchanged, rejected
    message: Mapped[str] = mapped_column(server_default="")


class RejectedRow(Base):
    """A row that did not go in, with its number in the file and the reason in plain words."""

    __tablename__ = "rejected_rows"

    id: Mapped[Serial]
    import_run_id: Mapped[Big] = mapped_column(
        ForeignKey("import_runs.id", ondelete="CASCADE"), index=True
    )
    row_number: Mapped[int]  # 1 is the file's first line
    reason: Mapped[str]
    raw: Mapped[str] = mapped_column(server_default="")  # the row as read, cut at 2,000 characters
