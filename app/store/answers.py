"""Survey answers on their way in: the latest of a question stands."""

from datetime import date

from sqlalchemy import Connection, text

_UPSERT = """
WITH latest AS (
    SELECT DISTINCT ON (voter_id, question) voter_id, question, answer, answered_on
    FROM arriving
    ORDER BY voter_id, question, coalesce(answered_on, :today) DESC, row_number DESC
), stored AS (
    INSERT INTO answers AS a (voter_id, question, answer, source, answered_on)
    -- The same answer without a day is no newer one.
    SELECT voter_id, question, latest.answer, 'list',
           coalesce(latest.answered_on, known.answered_on, :today)
    FROM latest LEFT JOIN answers known USING (voter_id, question, answer)
    ORDER BY voter_id, question
    ON CONFLICT (voter_id, question) DO UPDATE SET
        answer = excluded.answer, source = excluded.source, answered_on = excluded.answered_on
    WHERE a.answered_on < excluded.answered_on
       OR a.answered_on = excluded.answered_on AND a.source = 'list' AND a.answer <> excluded.answer
    RETURNING xmax = 0 AS new
)
SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM stored
"""


def upsert(connection: Connection, today: date) -> tuple[int, int]:
    """Bring `arriving` in; how many are new and how many replaced another.

    Of one day the later row counts, unless a call or a text has told us itself.
    """
    new, newer = connection.execute(text(_UPSERT), {"today": today}).one()
    return new, newer
