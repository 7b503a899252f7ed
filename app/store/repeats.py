"""Rows of a list that say the same thing twice."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text


class Repeated(NamedTuple):
    """A row whose key an earlier row of the file had."""

    row_number: int
    first_row: int
    same: bool  # it says nothing else
    shown: str


def drop_repeats(connection: Connection, key: Sequence[str], shown: str) -> list[Repeated]:
    """Take later rows with the same `key` out of `arriving`; the first is kept.

    `shown` is the column by which a row is named.
    """
    columns = ", ".join(key)
    same_key = " AND ".join(f"later.{name} = kept.{name}" for name in key)
    rows = connection.execute(
        text(
            f"""
            WITH kept AS (
                SELECT DISTINCT ON ({columns}) arriving.* FROM arriving
                ORDER BY {columns}, row_number
            )
            DELETE FROM arriving AS later USING kept
            WHERE {same_key} AND later.row_number > kept.row_number
            RETURNING later.row_number, kept.row_number,
                to_jsonb(later) - 'row_number' = to_jsonb(kept) - 'row_number', later.{shown}
            """
        )
    )
    return sorted(Repeated(*row) for row in rows)


def count(connection: Connection) -> int:
    """How many rows are staged."""
    return int(connection.execute(text("SELECT count(*) FROM arriving")).scalar_one())
