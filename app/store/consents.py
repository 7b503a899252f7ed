"""Consents on their way in: staged, checked against the voters, brought in by one statement."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, text

from app.store.arrivals import cursor


class StagedConsent(NamedTuple):
    """A consent as cleaned; `voter_id` is the voter's id in the voter file, or empty."""

    row_number: int
    voter_id: str
    channel: str
    address: str
    basis: str
    source: str
    given_on: str


def stage(connection: Connection, consents: Iterable[StagedConsent]) -> None:
    """Put consents into a staging table that ends with the transaction."""
    connection.execute(
        text(
            "CREATE TEMP TABLE given (row_number integer, voter_id text, channel text, "
            "address text, basis text, source text, given_on date) ON COMMIT DROP"
        )
    )
    columns = ", ".join(StagedConsent._fields)
    with cursor(connection).copy(f"COPY given ({columns}) FROM STDIN") as copy:
        for consent in consents:
            copy.write_row(consent)
    connection.execute(text("ANALYZE given"))


def drop_unclear(connection: Connection, layout: str | None) -> Iterator[tuple[int, str, str]]:
    """Take out consents of voters that are not on file or not one; yields number, reason, id."""
    rows = connection.execute(
        text(
            """
            WITH known AS (
                SELECT given.row_number, given.voter_id,
                       string_agg(voters.source, ', ' ORDER BY voters.source) AS layouts,
                       count(voters.id) AS count
                FROM given LEFT JOIN voters ON voters.source_id = given.voter_id
                 AND (voters.source = CAST(:layout AS text) OR CAST(:layout AS text) IS NULL)
                WHERE given.voter_id <> ''
                GROUP BY given.row_number, given.voter_id HAVING count(voters.id) <> 1
            )
            DELETE FROM given USING known WHERE given.row_number = known.row_number
            RETURNING known.row_number, known.voter_id, known.layouts, known.count
            """
        ),
        {"layout": layout},
    )
    for number, voter_id, layouts, count in rows:
        if count:
            reason = f"voter id is in several layouts ({layouts}): say which with --layout"
        else:
            reason = "no voter on file has this id"
        yield number, reason, voter_id


def upsert(connection: Connection) -> tuple[int, int]:
    """Bring staged consents in; how many were new and how many replaced an older one."""
    rows = connection.execute(
        text(
            """
            INSERT INTO consents (address, channel, basis, source, given_on)
            SELECT DISTINCT ON (address, channel) address, channel, basis, source, given_on
            FROM given ORDER BY address, channel, given_on DESC, row_number
            ON CONFLICT (address, channel) DO UPDATE SET
                basis = excluded.basis, source = excluded.source, given_on = excluded.given_on
            WHERE consents.given_on < excluded.given_on
            RETURNING xmax = 0
            """
        )
    ).scalars()
    flags = list(rows)
    return sum(flags), len(flags) - sum(flags)


def fill_emails(connection: Connection, layout: str | None) -> int:
    """Give voters without an email the one they consented to; how many."""
    return connection.execute(
        text(
            """
            UPDATE voters SET email = latest.address
            FROM (
                SELECT DISTINCT ON (voter_id) voter_id, address FROM given
                WHERE channel = 'email' AND voter_id <> ''
                ORDER BY voter_id, given_on DESC, row_number
            ) AS latest
            WHERE voters.source_id = latest.voter_id AND voters.email IS NULL
              AND voters.status <> 'confidential'
              AND (voters.source = CAST(:layout AS text) OR CAST(:layout AS text) IS NULL)
            """
        ),
        {"layout": layout},
    ).rowcount
