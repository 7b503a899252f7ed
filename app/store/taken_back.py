"""What a call's record changes, as it was before, and how each of it is put back."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.store.pool import WHICH
from app.store.sql import sql

Rows = list[dict[str, Any]]
"""Rows as JSON, every column by its name."""


def pending_as_is(session: Session, which: str, **binds: object) -> Rows:
    """The touches that `end_pending` would end, as they are, locked by id."""
    found = session.execute(
        sql(
            f"SELECT to_jsonb(q) FROM touches q WHERE {WHICH[which]} "
            "AND state IN ('ready', 'claimed') ORDER BY id FOR UPDATE"
        ),
        binds,
    )
    return list(found.scalars())


def open_call_of(session: Session, campaign_id: int, household_id: int, but: int) -> int | None:
    """The open call of a household, if it is not the touch `but`."""
    found = session.scalar(
        sql(
            "SELECT id FROM touches WHERE campaign_id = :campaign AND household_id = :household "
            "AND channel = 'call' AND state IN ('ready', 'claimed', 'attempting', 'unknown') "
            "AND id <> :but"
        ),
        {"campaign": campaign_id, "household": household_id, "but": but},
    )
    return int(found) if found is not None else None


def addresses_as_is(session: Session, table: str, address: str) -> list[str]:
    """On which channels an address is in `opt_outs` or `dead_addresses` already."""
    found = session.execute(
        sql(f"SELECT channel FROM {table} WHERE address = :address ORDER BY channel"),
        {"address": address},
    )
    return list(found.scalars())


def put_back_address(
    session: Session, table: str, address: str, before: Sequence[str], at: datetime
) -> None:
    """Takes out what was written of an address at `at`, but for the channels of `before`."""
    written = {"opt_outs": "opted_out_at", "dead_addresses": "found_at"}[table]
    session.execute(
        sql(
            f"DELETE FROM {table} WHERE address = :address AND {written} = :at "
            "AND channel <> ALL(CAST(:before AS text[]))"
        ),
        {"address": address, "before": list(before), "at": at},
    )


def row_as_is(session: Session, table: str, **key: object) -> dict[str, Any] | None:
    """One row of `ballots` or `voting_plans`."""
    where = " AND ".join(f"{name} = :{name}" for name in key)
    found = session.scalar(sql(f"SELECT to_jsonb(r) FROM {table} r WHERE {where}"), key)
    return dict(found) if found is not None else None


def put_back_row(
    session: Session, table: str, before: dict[str, Any] | None, key: dict[str, object]
) -> None:
    """Makes a row of `ballots` or `voting_plans` what it was; without one before, there is none."""
    where = " AND ".join(f"{name} = :{name}" for name in key)
    session.execute(sql(f"DELETE FROM {table} WHERE {where}"), key)
    if before is not None:
        session.execute(
            sql(
                f"INSERT INTO {table} SELECT * FROM "
                f"jsonb_populate_record(NULL::{table}, CAST(:row AS jsonb))"
            ),
            {"row": _json(before)},
        )


def answers_as_is(session: Session, voter_id: int, questions: Sequence[str]) -> Rows:
    """What a voter answered to these questions."""
    found = session.execute(
        sql(
            "SELECT to_jsonb(a) FROM answers a WHERE voter_id = :voter AND question = ANY(:keys) "
            "ORDER BY question"
        ),
        {"voter": voter_id, "keys": list(questions)},
    )
    return list(found.scalars())


def write_answers(session: Session, voter_id: int, said: dict[str, str], day: date) -> None:
    """Writes what a voter answered in a call on this day of the campaign; it stands in place of
    what they said before."""
    session.execute(
        sql(
            "INSERT INTO answers (voter_id, question, answer, source, answered_on) "
            "SELECT :voter, question, answer, 'call', CAST(:day AS date) "
            "FROM unnest(CAST(:questions AS text[]), CAST(:answers AS text[])) "
            "AS said(question, answer) ORDER BY question "
            "ON CONFLICT (voter_id, question) DO UPDATE SET answer = excluded.answer, "
            "source = excluded.source, answered_on = excluded.answered_on"
        ),
        {
            "voter": voter_id,
            "day": day,
            "questions": list(said),
            "answers": list(said.values()),
        },
    )


def put_back_answers(
    session: Session, voter_id: int, said: Sequence[str], before: Sequence[dict[str, Any]]
) -> None:
    """Makes the answers to the questions `said` what they were."""
    session.execute(
        sql("DELETE FROM answers WHERE voter_id = :voter AND question = ANY(:keys)"),
        {"voter": voter_id, "keys": list(said)},
    )
    session.execute(
        sql(
            "INSERT INTO answers SELECT * FROM "
            "jsonb_populate_recordset(NULL::answers, CAST(:rows AS jsonb))"
        ),
        {"rows": _json(list(before))},
    )


def put_back_target(
    session: Session, campaign_id: int, was: dict[str, Any], columns: Sequence[str], at: datetime
) -> None:
    """Makes a voter's target what it was before the record of `at`: its count, its rest and these
    columns. A later try stays the last one."""
    more = "".join(f", {name} = b.{name}" for name in columns)
    session.execute(
        sql(
            "UPDATE targets t SET calls = b.calls, next_call_at = b.next_call_at, "
            "last_attempt_at = CASE WHEN t.last_attempt_at = :at THEN b.last_attempt_at "
            f"                       ELSE t.last_attempt_at END{more} "
            "FROM jsonb_populate_record(NULL::targets, CAST(:row AS jsonb)) b "
            "WHERE t.campaign_id = :campaign AND t.voter_id = b.voter_id"
        ),
        {"campaign": campaign_id, "row": _json(was), "at": at},
    )


def put_back_rests(
    session: Session, campaign_id: int, before: Rows, voter_id: int, until: str
) -> None:
    """Ends the rests until `until` that a call brought to the others of the household."""
    session.execute(
        sql(
            "UPDATE targets t SET next_call_at = b.next_call_at "
            "FROM jsonb_populate_recordset(NULL::targets, CAST(:rows AS jsonb)) b "
            "WHERE t.campaign_id = :campaign AND t.voter_id = b.voter_id "
            "AND t.voter_id <> :voter AND t.next_call_at = CAST(:until AS timestamptz)"
        ),
        {"campaign": campaign_id, "rows": _json(before), "voter": voter_id, "until": until},
    )


def unstrike_elsewhere(
    session: Session, voter_id: int, campaigns: Sequence[int], at: datetime
) -> None:
    """Has a voter whom a record struck at `at` be a target again, also of these campaigns."""
    session.execute(
        sql(
            "UPDATE targets SET voted_at = NULL WHERE voter_id = :voter "
            "AND campaign_id = ANY(:campaigns) AND voted_at = :at"
        ),
        {"voter": voter_id, "campaigns": list(campaigns), "at": at},
    )


_PUT_BACK = """
WITH was AS (
    SELECT * FROM jsonb_populate_recordset(NULL::touches, CAST(:rows AS jsonb))
), back AS (
    UPDATE touches q SET
        state = CASE WHEN was.state = 'claimed' AND was.channel = 'call'
                      AND was.lease_until > :wall THEN 'claimed' ELSE 'ready' END,
        lease_until = CASE WHEN was.channel = 'call' AND was.lease_until > :wall
                           THEN was.lease_until END,
        reason = was.reason, settled_at = was.settled_at, held = was.held
    FROM was WHERE q.id = was.id AND q.state = 'canceled' AND q.settled_at = :at
      AND was.expires_at > :at
      AND NOT EXISTS (
        SELECT FROM touches o WHERE o.campaign_id = q.campaign_id AND o.channel = q.channel
        AND o.state IN ('ready', 'claimed', 'attempting', 'unknown')
        AND (o.voter_id = q.voter_id OR o.channel = 'call' AND o.household_id = q.household_id))
    RETURNING q.id, q.campaign_id, q.channel, q.purpose, q.held
), again AS (
    INSERT INTO plan_hours (campaign_id, channel, hour_at, planned, released)
    SELECT campaign_id, channel, date_trunc('hour', CAST(:at AS timestamptz), 'UTC'), 0, count(*)
    FROM back WHERE purpose = 'ramp' GROUP BY campaign_id, channel
    ON CONFLICT (campaign_id, channel, hour_at)
    DO UPDATE SET released = plan_hours.released + excluded.released
)
SELECT campaign_id, sum(held) FROM back GROUP BY campaign_id ORDER BY campaign_id
"""


def put_back_touches(
    session: Session, before: Rows, *, at: datetime, wall: datetime
) -> dict[int, Decimal]:
    """Readies touches again that were canceled at `at`, unless another has taken their place;
    returns by campaign the money that they are to hold again."""
    binds = {"rows": _json(before), "at": at, "wall": wall}
    return {campaign: held for campaign, held in session.execute(sql(_PUT_BACK), binds) if held}


def drop_touch(session: Session, touch_id: int) -> bool:
    """Removes a callback that is still ready; False when it is being made."""
    done = session.execute(
        sql("DELETE FROM touches WHERE id = :id AND state = 'ready' RETURNING id"),
        {"id": touch_id},
    )
    return done.first() is not None


def hand_back(session: Session, touch: dict[str, Any], user_id: int, lease_until: datetime) -> None:
    """Gives a call that was ended back to its volunteer, under a new lease; the one that they were
    given since is free again."""
    binds = {
        "id": touch["id"],
        "state": touch["state"],
        "tries": touch["tries"],
        "by": f"user:{user_id}",
        "lease": lease_until,
    }
    session.execute(
        sql(
            "UPDATE touches SET state = 'ready', lease_until = NULL WHERE claimed_by = :by "
            "AND state = 'claimed' AND channel = 'call' AND lease_until IS NOT NULL AND id <> :id"
        ),
        binds,
    )
    session.execute(
        sql(
            "UPDATE touches SET state = :state, tries = :tries, claimed_by = :by, "
            "lease_until = :lease, settled_at = NULL WHERE id = :id"
        ),
        binds,
    )


def _json(rows: object) -> str:
    return json.dumps(rows, default=str)
