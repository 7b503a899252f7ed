"""Which voters the ids of a list mean: by the voter file they come from, through merges."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

_NAMED = """
CREATE TEMP TABLE named ON COMMIT DROP AS
SELECT ids.source_id, voters.source, coalesce(voters.merged_into, voters.id) AS voter_id
FROM (SELECT DISTINCT source_id FROM arriving WHERE source_id <> '') AS ids
LEFT JOIN voters ON voters.source_id = ids.source_id
 AND (CAST(:source AS text) = '' OR voters.source = CAST(:source AS text))
"""

_MERGED = """
UPDATE named SET voter_id = voters.merged_into FROM voters
WHERE voters.id = named.voter_id AND voters.merged_into IS NOT NULL
"""

_UNCLEAR = """
WITH unclear AS (
    SELECT source_id, count(voter_id) AS found, string_agg(source, ', ' ORDER BY source) AS sources
    FROM named GROUP BY source_id HAVING count(DISTINCT voter_id) <> 1
)
DELETE FROM arriving USING unclear WHERE arriving.source_id = unclear.source_id
RETURNING arriving.row_number, unclear.source_id, unclear.found, unclear.sources
"""

MOST_MERGES = 20
"""One merged into the next, so many times; guards against a ring."""


def resolve(connection: Connection, source: str) -> Iterator[tuple[int, str, str]]:
    """Add `voter_id` to `arriving`, by its `source_id`; empty ids get none.

    Without a `source` an id may be of any voter file, as long as it means one person. Rows whose
    id means nobody or several are taken out; yields their number, the reason and the id.
    """
    connection.execute(text("ANALYZE arriving (source_id)"))
    connection.execute(text(_NAMED), {"source": source})
    for _ in range(MOST_MERGES):
        if not connection.execute(text(_MERGED)).rowcount:
            break
    for number, source_id, found, sources in connection.execute(text(_UNCLEAR)):
        if found:
            yield number, f"several voter files have this id ({sources}): say which", source_id
        else:
            yield number, "no voter on file has this id", source_id
    connection.execute(text("ALTER TABLE arriving ADD COLUMN voter_id bigint"))
    connection.execute(
        text(
            "UPDATE arriving SET voter_id = named.voter_id FROM named "
            "WHERE named.source_id = arriving.source_id"
        )
    )
    connection.execute(text("ANALYZE arriving"))
