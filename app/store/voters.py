"""Voters, and the elections that their votes are counted by."""

from datetime import date

from sqlalchemy import REAL, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Json, Serial, Strings

ADDRESS_WORDS = (
    "array_to_tsvector(array_remove(string_to_array(lower(left(address, 300)), ' '), ''))"
)
"""The words of an address, by which the strike desk finds it."""


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
    phone: Mapped[str | None]  # E.164; the one to use first
    phone_kind: Mapped[str] = mapped_column(server_default="")  # mobile, landline, voip or unknown
    phone2: Mapped[str | None]
    phone2_kind: Mapped[str] = mapped_column(server_default="")
    phone3: Mapped[str | None]
    phone3_kind: Mapped[str] = mapped_column(server_default="")
    email: Mapped[str | None]  # lower case
    zones: Mapped[str] = mapped_column(server_default="")  # IANA names joined by |; empty = unknown
    votes: Mapped[Strings] = mapped_column(server_default="{}")  # ISO days of elections voted in
    turnout: Mapped[float | None] = mapped_column(REAL)  # chance to vote, 0 to 1
    extra: Mapped[Json] = mapped_column(
        server_default="{}"
    )  # the file's own columns that were kept
    first_key: Mapped[str] = mapped_column(server_default="")  # names without case and accents
    last_key: Mapped[str] = mapped_column(server_default="")
    merged_into: Mapped[Big | None]  # the voter of whom this one is a double
    household_id: Mapped[Big | None]  # the smallest voter id of the household
    row_hash: Mapped[str] = mapped_column(server_default="")  # of the cleaned row: changed or not
    imported_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index("ix_voters_household_id", "household_id"),
        # Prefixes are searched as one types, hence the operator class; it serves equality too.
        Index(
            "ix_voters_phone_prefix",
            "phone",
            postgresql_where="phone IS NOT NULL",
            postgresql_ops={"phone": "text_pattern_ops"},
        ),
        Index("ix_voters_phone2", "phone2", postgresql_where="phone2 IS NOT NULL"),
        Index("ix_voters_phone3", "phone3", postgresql_where="phone3 IS NOT NULL"),
        Index("ix_voters_merged_into", "merged_into", postgresql_where="merged_into IS NOT NULL"),
        Index(
            "ix_voters_source_id",
            "source_id",
            postgresql_ops={"source_id": "text_pattern_ops"},
        ),
        Index(
            "ix_voters_last_key",
            "last_key",
            "first_key",
            postgresql_ops={"last_key": "text_pattern_ops", "first_key": "text_pattern_ops"},
        ),
        Index(
            "ix_voters_first_key",
            "first_key",
            "last_key",
            postgresql_ops={"first_key": "text_pattern_ops", "last_key": "text_pattern_ops"},
        ),
        Index("ix_voters_address_words", text(ADDRESS_WORDS), postgresql_using="gin"),
        Index(
            "ix_voters_precinct",
            "precinct",
            "last_key",
            "first_key",
            postgresql_ops={"last_key": "text_pattern_ops", "first_key": "text_pattern_ops"},
        ),
        Index("ix_voters_email", "email", postgresql_where="email IS NOT NULL"),
    )


class Election(Base):
    """A past election that a file of this source has votes for."""

    __tablename__ = "elections"

    source: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]  # general | primary | municipal | special | other
    name: Mapped[str] = mapped_column(server_default="")


class Merge(Base):
    """Two rows that are one person: which was kept, and all that undoing it needs."""

    __tablename__ = "merges"

    id: Mapped[Serial]
    kept_id: Mapped[Big] = mapped_column(ForeignKey("voters.id", ondelete="CASCADE"), index=True)
    gone_id: Mapped[Big] = mapped_column(ForeignKey("voters.id", ondelete="CASCADE"), index=True)
    before: Mapped[Json] = mapped_column(server_default="{}")  # what the merge changed, as it was
    merged_by: Mapped[Big | None]
    merged_at: Mapped[Instant]
    undone_by: Mapped[Big | None]
    undone_at: Mapped[Instant | None]


class Answer(Base):
    """A voter's answer to a survey question; the latest of a question stands."""

    __tablename__ = "answers"

    voter_id: Mapped[Big] = mapped_column(
        ForeignKey("voters.id", ondelete="CASCADE"), primary_key=True
    )
    question: Mapped[str] = mapped_column(primary_key=True)
    answer: Mapped[str]
    source: Mapped[str]  # list | call | text
    answered_on: Mapped[date]

    __table_args__ = (Index("ix_answers_question", "question", "answer", "voter_id"),)
