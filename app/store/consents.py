"""Consents on their way in: the latest for an address stands."""

from sqlalchemy import Connection, text

from app.domain.layout import withdrawn_statuses

_UPSERT = """
WITH stored AS (
    INSERT INTO consents (address, channel, basis, source, given_on)
    SELECT DISTINCT ON (address, channel) address, channel, basis, source, given_on
    FROM arriving ORDER BY address, channel, given_on DESC, row_number
    ON CONFLICT (address, channel) DO UPDATE SET
        basis = excluded.basis, source = excluded.source, given_on = excluded.given_on
    WHERE consents.given_on < excluded.given_on
    RETURNING xmax = 0 AS new
)
SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM stored
"""

_FILL = """
UPDATE voters SET email = latest.address
FROM (
    SELECT DISTINCT ON (voter_id) voter_id, address FROM arriving
    WHERE channel = 'email' AND voter_id IS NOT NULL
    ORDER BY voter_id, given_on DESC, row_number
) AS latest
WHERE voters.id = latest.voter_id AND voters.email IS NULL
  AND NOT voters.status = ANY(:withdrawn)
"""


def upsert(connection: Connection) -> tuple[int, int]:
    """Bring `arriving` in; how many were new and how many replaced an older one."""
    new, newer = connection.execute(text(_UPSERT)).one()
    return new, newer


def fill_emails(connection: Connection) -> int:
    """Give voters without an email the one they consented to; how many."""
    return connection.execute(text(_FILL), {"withdrawn": sorted(withdrawn_statuses())}).rowcount
