"""Imports: the runs, the rows they rejected, and the mappings that can be used again."""

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Json, Serial

WAITING = ("check_queued", "queued")
WORKING = ("checking", "running")
ENDED = ("done", "failed", "canceled")


class ImportRun(Base):
    """One file on its way in: what it is, how far it has come and what came of it."""

    __tablename__ = "import_runs"

    id: Mapped[Serial]
    kind: Mapped[str] = mapped_column(server_default="voters")  # see domain/kind.py
    filename: Mapped[str]  # as its owner calls it
    stored_as: Mapped[str] = mapped_column(server_default="")  # in the uploads; empty: a local path
    size: Mapped[Big] = mapped_column(server_default="0")  # bytes
    layout: Mapped[str]  # the name of the layout or mapping; empty while none is chosen
    mapping: Mapped[Json] = mapped_column(server_default="{}")  # the layout itself, if it was made
    options: Mapped[Json] = mapped_column(server_default="{}")
    # draft → check_queued → checking → checked → queued → running → done | failed | canceled
    state: Mapped[str]
    stage: Mapped[str] = mapped_column(server_default="")  # waiting | reading | storing | …
    bytes_read: Mapped[Big] = mapped_column(server_default="0")
    rows_read: Mapped[Big] = mapped_column(server_default="0")
    started_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    # read, new, changed, unchanged, rejected, missing, …
    counts: Mapped[Json] = mapped_column(server_default="{}")
    notes: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")  # rows kept with a loss
    message: Mapped[str] = mapped_column(server_default="")  # why it failed, and what to do
    created_by: Mapped[Big | None]
    worker: Mapped[str] = mapped_column(server_default="")  # who works on it
    lease_until: Mapped[Instant | None]  # machine time
    tries: Mapped[int] = mapped_column(server_default="0")  # how many workers have taken it up
    cancel_asked: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (
        Index(
            "ix_import_runs_open",
            "id",
            postgresql_where="state IN ('check_queued', 'queued', 'checking', 'running')",
        ),
    )


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


class Mapping(Base):
    """A layout that somebody made by mapping columns, under the name it can be used again by."""

    __tablename__ = "mappings"

    id: Mapped[Serial]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    spec: Mapped[Json]  # the same facts as a layout file
    created_by: Mapped[Big | None]
    created_at: Mapped[Instant]
    used_at: Mapped[Instant]
