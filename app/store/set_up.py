"""Reads for a campaign's set-up: what is there and what is not, in few queries."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.domain.checklist import ALIVE
from app.store.campaigns import Script

BIG = (
    *("ramp changed", "settings changed", "sender added", "sender changed", "universe chosen"),
    *("words changed", "script saved", "survey set", "money set", "hours changed"),
    *("hours taken back", "advice applied", "campaign copied"),
)
"""What changes a campaign so much that an earlier rehearsal says little of it."""

_FACTS = text("""
    SELECT EXISTS (SELECT FROM voters) AS voters,
           EXISTS (SELECT FROM targets WHERE campaign_id = :campaign) AS people,
           (SELECT count(*) FROM (SELECT FROM import_runs WHERE kind = 'voters'
              AND (state IN ('check_queued', 'queued', 'checking', 'running')
                   OR state IN ('draft', 'checked') AND NOT EXISTS (SELECT FROM voters))
              LIMIT 9) r) AS importing,
           (SELECT count(*) FROM (SELECT FROM shifts WHERE campaign_id = :campaign
              AND channel = 'call' AND ends_at > :now LIMIT 1000) s) AS shifts,
           (SELECT count(*) FROM (SELECT FROM users WHERE campaign_id = :campaign AND active
                                  LIMIT 1000) u) AS volunteers,
           EXISTS (SELECT FROM invitations WHERE campaign_id = :campaign
                   AND expires_at > :wall AND uses_left > 0) AS invited,
           (SELECT count(*) FROM workers WHERE ended_at IS NULL AND beat_at > :alive) AS workers,
           (SELECT count(*) FROM alert_routes WHERE campaign_id = :campaign) AS routes,
           (SELECT count(DISTINCT u.id) FROM users u JOIN roles_users x ON x.user_id = u.id
              JOIN roles r ON r.id = x.role_id AND r.name IN ('organizer', 'admin')
             WHERE u.active AND u.email IS NOT NULL
               AND (u.campaign_id = :campaign OR u.campaign_id IS NULL)) AS mailed,
           r.id AS rehearsal, r.wanted_at AS rehearsed_at,
           NOT jsonb_path_exists(r.report, '$.verdicts[*] ? (@.kept == false)') AS kept,
           coalesce((SELECT problem FROM plan_states WHERE campaign_id = :campaign), '') AS problem,
           (SELECT state FROM rehearsals WHERE campaign_id = :campaign
             ORDER BY id DESC LIMIT 1) AS rehearsing,
           (SELECT max(at) FROM audit WHERE action = ANY(:big) AND subject IN
             (SELECT 'campaign:' || :campaign UNION ALL
              SELECT 'sender:' || id FROM senders WHERE campaign_id = :campaign)) AS changed_at,
           EXISTS (SELECT FROM import_runs i WHERE i.state = 'done' AND i.kind = 'voters'
             AND i.ended_at > (SELECT max(at) FROM audit WHERE subject = 'campaign:' || :campaign
               AND action IN ('universe chosen', 'campaign copied'))) AS imported_since,
           (SELECT progress FROM universe_choices WHERE campaign_id = :campaign
             AND problem = '') AS choosing,
           (SELECT count(*) FROM rule_changes WHERE campaign_id = :campaign
             AND ended_at IS NULL) AS rules
      FROM (SELECT 1) one LEFT JOIN LATERAL (
        SELECT id, wanted_at, report FROM rehearsals
         WHERE campaign_id = :campaign AND state = 'done' ORDER BY id DESC LIMIT 1) r ON true
""")


def facts(session: Session, campaign_id: int, *, now: datetime, wall: datetime) -> Row[Any]:
    """One row of what is there; `now` is campaign time, `wall` machine time."""
    binds = {
        "campaign": campaign_id,
        "now": now,
        "wall": wall,
        "alive": wall - ALIVE,
        "big": list(BIG),
    }
    return session.execute(_FACTS, binds).one()


_REACH = text("""
    SELECT coalesce(sum((cell ->> 2)::bigint), 0)::bigint AS whole,
           coalesce(sum((cell ->> 2)::bigint) FILTER (WHERE jsonb_exists(cell -> 3, 'call')), 0)
             ::bigint AS call,
           coalesce(sum((cell ->> 2)::bigint) FILTER (WHERE jsonb_exists(cell -> 3, 'text')), 0)
             ::bigint AS text,
           coalesce(sum((cell ->> 2)::bigint) FILTER (WHERE jsonb_exists(cell -> 3, 'email')), 0)
             ::bigint AS email
      FROM plan_states s, jsonb_array_elements(s.cells) cell WHERE s.campaign_id = :campaign
""")


def people_counted(session: Session, campaign_id: int) -> dict[str, int]:
    """The targets as the plan last counted them: `whole`, and whom each channel reaches; all 0
    before the first plan."""
    return dict(session.execute(_REACH, {"campaign": campaign_id}).one()._mapping)


def newest_scripts(session: Session, campaign_id: int) -> list[Script]:
    """The ramp's script of each channel and language in its newest version."""
    rows = session.scalars(
        select(Script)
        .where(Script.campaign_id == campaign_id, Script.purpose == "ramp")
        .ext(distinct_on(Script.channel, Script.language))
        .order_by(Script.channel, Script.language, Script.version.desc())
    )
    return list(rows)


def remove_people(session: Session, campaign_id: int) -> None:
    """Takes all targets of a campaign away; what hangs on them goes too. One choice at a time: the
    second waits, since it would not see what the first has added."""
    key = {"key": f"choose:{campaign_id}"}
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)
    session.execute(text("DELETE FROM targets WHERE campaign_id = :id"), {"id": campaign_id})


def forget_plan(session: Session, campaign_id: int) -> None:
    """Lets the plan rest on nothing any more, so that a worker makes it anew."""
    session.execute(
        text("UPDATE plan_states SET rests_on = '{}', cells = '[]' WHERE campaign_id = :id"),
        {"id": campaign_id},
    )
