"""What other rows keep of a voter whom the law hides: answers, merges, what doubles took over."""

from sqlalchemy import Connection, text

from app.domain.layout import CONFIDENTIAL

_HIDDEN = f"""
CREATE TEMP TABLE hidden ON COMMIT DROP AS
SELECT voters.id, coalesce(voters.merged_into, voters.id) AS person,
       ARRAY[phone, phone2, phone3, email] AS addresses
FROM voters JOIN leaving USING (source_id)
WHERE voters.source = :source AND leaving.status = '{CONFIDENTIAL}'
"""

_STANDING = "JOIN merges ON merges.gone_id = hidden.id AND merges.undone_at IS NULL"

# Theirs are the addresses of their own row, and those that another took over from an earlier state
# of it. The hash goes as well: what is that other row's own comes back with its next file.
_TAKE = f"""
WITH theirs AS (
    SELECT person, unnest(addresses) AS address FROM hidden
    UNION
    SELECT person, change.value ->> 1 FROM hidden {_STANDING}
    CROSS JOIN jsonb_each(merges.before -> 'voters' -> CAST(merges.kept_id AS text)) AS change
    WHERE change.key IN ('phone', 'phone2', 'phone3', 'email')
), known AS (
    SELECT person, array_agg(address) AS addresses FROM theirs
    WHERE address IS NOT NULL AND person IN (SELECT kept_id FROM merges) GROUP BY person
), doubles AS (
    SELECT person AS id, addresses FROM known UNION ALL
    SELECT voters.id, addresses FROM known JOIN voters ON voters.merged_into = person
), taken AS (
UPDATE voters SET
    phone = CASE WHEN phone = ANY(addresses) THEN NULL ELSE phone END,
    phone_kind = CASE WHEN phone = ANY(addresses) THEN '' ELSE phone_kind END,
    phone2 = CASE WHEN phone2 = ANY(addresses) THEN NULL ELSE phone2 END,
    phone2_kind = CASE WHEN phone2 = ANY(addresses) THEN '' ELSE phone2_kind END,
    phone3 = CASE WHEN phone3 = ANY(addresses) THEN NULL ELSE phone3 END,
    phone3_kind = CASE WHEN phone3 = ANY(addresses) THEN '' ELSE phone3_kind END,
    email = CASE WHEN email = ANY(addresses) THEN NULL ELSE email END,
    row_hash = ''
FROM doubles
WHERE voters.id = doubles.id AND voters.id NOT IN (SELECT id FROM hidden)
  AND ARRAY[phone, phone2, phone3, email] && addresses
RETURNING voters.id
)
INSERT INTO bereft SELECT id FROM taken
"""

_ANSWERS = f"""
DELETE FROM answers USING (
    SELECT hidden.id AS voter_id, NULL AS question FROM hidden UNION ALL
    SELECT whose.voter_id, copied.question FROM hidden {_STANDING}
    CROSS JOIN jsonb_array_elements_text(merges.before -> 'facts' -> 'answers') AS copied (question)
    CROSS JOIN LATERAL (VALUES (merges.kept_id), (hidden.person)) AS whose (voter_id)
) AS gone
WHERE answers.voter_id = gone.voter_id
  AND (gone.question IS NULL OR answers.question = gone.question)
"""

_MEMORY = """
UPDATE merges SET before = '{}' WHERE before <> '{}' AND (
    kept_id IN (SELECT id FROM hidden UNION SELECT person FROM hidden)
    OR gone_id IN (SELECT id FROM hidden UNION SELECT person FROM hidden))
"""


def note_hidden(connection: Connection, source: str) -> None:
    """Makes `hidden` of those in `leaving` who are confidential, as they are before they are
    blanked."""
    connection.execute(text(_HIDDEN), {"source": source})


def forget(connection: Connection) -> None:
    """Takes from other rows what they keep of `hidden`; voters who lose a phone or email so stand
    in `bereft`."""
    connection.execute(text("CREATE TEMP TABLE bereft (voter_id bigint) ON COMMIT DROP"))
    for statement in (_TAKE, _ANSWERS, _MEMORY):
        connection.execute(text(statement))
