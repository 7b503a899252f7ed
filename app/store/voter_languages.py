"""Which languages the voters on file read, and about how many read each."""

from sqlalchemy.orm import Session

from app.store.sql import sql

COUNTED = 20_000
"""So many voters are counted; of more the database's own statistics are asked."""

_SIZE = "SELECT reltuples FROM pg_class WHERE oid = 'voters'::regclass"
_COUNTED = "SELECT language, count(*) FROM voters GROUP BY language"
_RECKONED = """
SELECT language, round(:size * share)
FROM pg_stats, unnest(CAST(most_common_vals AS text)::text[], most_common_freqs)
     AS s(language, share)
WHERE schemaname = current_schema() AND tablename = 'voters' AND attname = 'language'
"""


def languages_on_file(session: Session) -> tuple[dict[str, int], bool]:
    """Code → how many voters read it, the commonest first; and whether they were counted. Of many
    voters the numbers are about right, and a language of a few dozen may be missing."""
    size = float(session.scalar(sql(_SIZE)) or 0)
    exact = size <= COUNTED
    rows = session.execute(sql(_COUNTED if exact else _RECKONED), {} if exact else {"size": size})
    found = {language: int(number) for language, number in rows if language}
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0]))), exact
