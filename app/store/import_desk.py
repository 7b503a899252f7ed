"""Reads for the pages of imports: why rows stayed out, whose voters are on file. Nothing writes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.store.imports import RejectedRow


@dataclass(frozen=True)
class Reason:
    """Why rows stayed out, what differs from row to row left as …, and how many there are."""

    words: str
    rows: int


_REASONS = text(r"""
    SELECT regexp_replace(regexp_replace(reason, '''[^'']*''|"[^"]*"', '…', 'g'),
                          '\d[\d,.-]*', '…', 'g') AS words,
           min(reason) AS one, count(*) AS rows
      FROM rejected_rows WHERE import_run_id = :run_id
     GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT :most
""")


def reasons(session: Session, run_id: int, most: int = 8) -> list[Reason]:
    """The commonest reasons of a run's rejected rows; a reason of one row stands in full."""
    return [
        Reason(row.one if row.rows == 1 else row.words, row.rows)
        for row in session.execute(_REASONS, {"run_id": run_id, "most": most})
    ]


def first_rejects(session: Session, run_id: int, most: int = 10) -> Sequence[RejectedRow]:
    """The first rejected rows of a run, in the order of the file."""
    rows = select(RejectedRow).where(RejectedRow.import_run_id == run_id)
    return session.scalars(rows.order_by(RejectedRow.row_number).limit(most)).all()


# One look into the index a source, however many voters each has.
_SOURCES = text("""
    WITH RECURSIVE found(source) AS (
        SELECT min(source) FROM voters
        UNION ALL
        SELECT (SELECT min(source) FROM voters WHERE source > found.source)
          FROM found WHERE found.source IS NOT NULL)
    SELECT source FROM found WHERE source IS NOT NULL
""")


def sources(session: Session) -> list[str]:
    """The sources of the voters on file, by name."""
    return list(session.scalars(_SOURCES))
