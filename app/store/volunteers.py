"""Volunteers on their way in, as accounts: new ones made, known ones brought up to date."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from app.store.people import ROLES

_KNOWN = """
CREATE TEMP TABLE known ON COMMIT DROP AS
SELECT arriving.*, users.id AS user_id, EXISTS (
    SELECT FROM roles_users JOIN roles ON roles.id = role_id
    WHERE roles_users.user_id = users.id AND roles.name <> 'volunteer') AS leads
FROM arriving LEFT JOIN users ON lower(users.email) = arriving.email
"""

_ADD = """
WITH added AS (
    INSERT INTO users (email, name, phone, active, fs_uniquifier, languages, campaign_id,
                       created_at)
    SELECT email, name, phone, true, replace(CAST(gen_random_uuid() AS text), '-', ''),
           CASE WHEN languages = '{}' THEN '{en}' ELSE languages END,
           CAST(:campaign AS bigint), :wall
    FROM known WHERE user_id IS NULL ORDER BY row_number
    ON CONFLICT DO NOTHING RETURNING id
), roled AS (
    INSERT INTO roles_users (user_id, role_id)
    SELECT id, :role FROM added
    UNION ALL
    SELECT user_id, :role FROM known WHERE user_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM roles_users WHERE roles_users.user_id = known.user_id)
)
SELECT count(*) FROM added
"""

_CHANGE = """
WITH wanted AS (
    SELECT users.id,
           CASE WHEN leads AND users.name <> '' THEN users.name ELSE known.name END AS name,
           CASE WHEN leads THEN coalesce(users.phone, known.phone)
                ELSE coalesce(known.phone, users.phone) END AS phone,
           CASE WHEN known.languages = '{}' OR leads AND users.languages <> '{}'
                THEN users.languages ELSE known.languages END AS languages,
           CASE WHEN leads THEN users.campaign_id
                ELSE coalesce(CAST(:campaign AS bigint), users.campaign_id) END AS campaign_id
    FROM users JOIN known ON known.user_id = users.id
)
UPDATE users SET name = wanted.name, phone = wanted.phone, languages = wanted.languages,
                 campaign_id = wanted.campaign_id,
                 team_id = CASE WHEN users.campaign_id = wanted.campaign_id THEN team_id END
FROM wanted WHERE wanted.id = users.id
  AND (users.name, users.phone, users.languages, users.campaign_id)
      IS DISTINCT FROM (wanted.name, wanted.phone, wanted.languages, wanted.campaign_id)
"""


def upsert(connection: Connection, campaign: int | None, wall: datetime) -> tuple[int, int]:
    """Bring `arriving` in; how many accounts are new and how many changed.

    Who has another role than volunteer keeps name, phone, languages and campaign as they are;
    only what is empty is filled. Nobody is written to.
    """
    binds: dict[str, Any] = {"campaign": campaign, "wall": wall, "role": _role(connection)}
    connection.execute(text(_KNOWN))
    new = connection.execute(text(_ADD), binds).scalar_one()
    return int(new), connection.execute(text(_CHANGE), binds).rowcount


def _role(connection: Connection) -> int:
    connection.execute(
        text(
            "INSERT INTO roles (name, description) VALUES ('volunteer', :description) "
            "ON CONFLICT DO NOTHING"
        ),
        {"description": ROLES["volunteer"]},
    )
    return int(
        connection.execute(text("SELECT id FROM roles WHERE name = 'volunteer'")).scalar_one()
    )
