"""Merges in SQL: both rows and their targets under lock, what is copied, what is put back."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from app.domain.layout import CONFIDENTIAL, withdrawn_statuses
from app.store.precincts import place_sql
from app.store.voters import Merge

OUT = "merged"
"""Why nobody may try a target whose voter was a double."""

NOT_REGISTERED = "no longer registered"

Rows = dict[Any, dict[str, Any]]
"""Whole rows, column by column as JSON has them, by their key."""


def lock_voters(session: Session, ids: Sequence[int]) -> Rows:
    """These voters by id, locked in that order.

    Not so strictly that a ballot recorded meanwhile, which refers to them, would wait.
    """
    rows = session.execute(
        text(
            "SELECT id, to_jsonb(v) FROM voters v WHERE id = ANY(:ids) "
            "ORDER BY id FOR NO KEY UPDATE"
        ),
        {"ids": list(ids)},
    )
    return {row[0]: row[1] for row in rows}


def doubles_of(session: Session, voter_id: int) -> list[int]:
    """Who was merged into this voter, by id."""
    ids = text("SELECT id FROM voters WHERE merged_into = :voter ORDER BY id")
    return list(session.scalars(ids, {"voter": voter_id}))


def members(session: Session, household_id: int | None, most: int = 100) -> list[int]:
    """The voters of a household, by id."""
    return list(
        session.scalars(
            text("SELECT id FROM voters WHERE household_id = :home ORDER BY id LIMIT :most"),
            {"home": household_id, "most": most},
        )
    )


def lock_targets(session: Session, voters: Sequence[int]) -> Rows:
    """All targets of these voters by (campaign, voter), locked in that order."""
    rows = session.execute(
        text(
            "SELECT campaign_id, voter_id, to_jsonb(t) FROM targets t "
            "WHERE voter_id = ANY(:voters) ORDER BY campaign_id, voter_id FOR UPDATE"
        ),
        {"voters": list(voters)},
    )
    return {(row[0], row[1]): row[2] for row in rows}


def write_voter(session: Session, voter_id: int, columns: Mapping[str, Any]) -> None:
    """Sets these columns, given as JSON has them."""
    _write(session, "voters", columns, "id = :id", {"id": voter_id})


def write_target(
    session: Session, campaign_id: int, voter_id: int, columns: Mapping[str, Any]
) -> None:
    """Sets these columns, given as JSON has them."""
    key = {"campaign": campaign_id, "voter": voter_id}
    where = "campaign_id = :campaign AND voter_id = :voter"
    _write(session, "targets", columns, where, key)


def _write(
    session: Session, table: str, columns: Mapping[str, Any], where: str, key: dict[str, Any]
) -> None:
    if not columns:
        return
    named = ", ".join(f"{name} = new.{name}" for name in columns)
    # PostgreSQL reads back what its own to_jsonb wrote: instants, arrays and reals are exact.
    session.execute(
        text(
            f"UPDATE {table} SET {named} "
            f"FROM jsonb_populate_record(NULL::{table}, CAST(:new AS jsonb)) AS new "
            f"WHERE {' AND '.join(f'{table}.{part}' for part in where.split(' AND '))}"
        ),
        {"new": json.dumps(dict(columns)), **key},
    )


def move_household(session: Session, voters: Sequence[int], household_id: int) -> None:
    """Puts these voters and their targets into one household."""
    for table, column in (("voters", "id"), ("targets", "voter_id")):
        session.execute(
            text(
                f"UPDATE {table} SET household_id = :home "
                f"WHERE {column} = ANY(:voters) AND household_id IS DISTINCT FROM :home"
            ),
            {"home": household_id, "voters": list(voters)},
        )


_GAIN = f"""
UPDATE targets k SET
    calls = k.calls + g.calls, texts = k.texts + g.texts, emails = k.emails + g.emails,
    next_call_at = greatest(k.next_call_at, g.next_call_at),
    next_text_at = greatest(k.next_text_at, g.next_text_at),
    next_email_at = greatest(k.next_email_at, g.next_email_at),
    last_attempt_at = greatest(k.last_attempt_at, g.last_attempt_at),
    voted_at = coalesce(k.voted_at, g.voted_at),
    can_call = true, can_text = true, can_email = true,
    language = coalesce(nullif(k.language, ''), g.language),
    no_calls = CASE WHEN k.no_calls = '' AND g.no_calls IN ('do not call', 'hung up twice')
                    THEN g.no_calls ELSE k.no_calls END,
    out = CASE WHEN k.out = '' AND g.out NOT IN ('{CONFIDENTIAL}', '{NOT_REGISTERED}')
               THEN g.out ELSE k.out END
FROM targets g
WHERE g.campaign_id = k.campaign_id AND k.voter_id = :kept AND g.voter_id = :gone
"""

_STAND_IN = """
INSERT INTO targets (campaign_id, voter_id, household_id, place, value, arm, out, language,
                     calls, texts, emails, next_call_at, next_text_at, next_email_at,
                     last_attempt_at, voted_at)
SELECT g.campaign_id, v.id, coalesce(v.household_id, v.id), {place.key}, g.value, g.arm, g.out,
       g.language, g.calls, g.texts, g.emails, g.next_call_at, g.next_text_at, g.next_email_at,
       g.last_attempt_at, g.voted_at
FROM targets g JOIN voters v ON v.id = :kept {place.join}
WHERE g.voter_id = :gone AND NOT g.out = ANY(:reasons)
ON CONFLICT DO NOTHING RETURNING campaign_id
"""


def join_targets(session: Session, kept: int, gone: int) -> list[int]:
    """The kept voter's targets take over attempts, waits and refusals of the other's, which go
    out; in campaigns that worked on the other alone, the kept one stands in. Returns these."""
    both = {"kept": kept, "gone": gone, "reasons": [OUT, CONFIDENTIAL, NOT_REGISTERED]}
    session.execute(text(_GAIN), both)
    stand_in = _STAND_IN.format(place=place_sql(session.connection(), "v"))
    added = list(session.scalars(text(stand_in), both))
    session.execute(
        text("UPDATE targets SET out = :out WHERE voter_id = :gone"), {**both, "out": OUT}
    )
    return sorted(added)


def drop_stand_ins(session: Session, voter_id: int, campaigns: Sequence[int]) -> None:
    """Takes a voter out of campaigns again; who was contacted meanwhile stays, but out."""
    binds = {"voter": voter_id, "campaigns": list(campaigns), "out": OUT}
    mine = "voter_id = :voter AND campaign_id = ANY(:campaigns)"
    session.execute(text(f"UPDATE targets SET out = :out WHERE {mine} AND out = ''"), binds)
    session.execute(
        text(
            f"DELETE FROM targets WHERE {mine} AND NOT EXISTS (SELECT FROM touches q "
            "WHERE q.campaign_id = targets.campaign_id AND q.voter_id = targets.voter_id)"
        ),
        binds,
    )


def campaigns_of(session: Session, voter_id: int) -> list[int]:
    """The campaigns that a voter is a target of."""
    ids = text("SELECT campaign_id FROM targets WHERE voter_id = :voter ORDER BY campaign_id")
    return list(session.scalars(ids, {"voter": voter_id}))


def pending(session: Session, voter_id: int) -> int:
    """How many contacts of a voter wait to be made."""
    waiting = text(
        "SELECT count(*) FROM touches WHERE voter_id = :voter AND state IN ('ready', 'claimed')"
    )
    return int(session.scalar(waiting, {"voter": voter_id}) or 0)


def ballots_lacking(session: Session, kept: int, gone: int) -> dict[date, str]:
    """Polling days for which the other has a ballot and the kept one has none; their sources."""
    rows = session.execute(
        text(
            "SELECT polling_day, source FROM ballots g WHERE voter_id = :gone AND NOT EXISTS ("
            "SELECT FROM ballots k WHERE k.voter_id = :kept AND k.polling_day = g.polling_day) "
            "ORDER BY polling_day"
        ),
        {"kept": kept, "gone": gone},
    )
    return {row[0]: row[1] for row in rows}


def out_of_withdrawn(session: Session, voters: Sequence[int]) -> None:
    """Targets of voters whom a file has withdrawn meanwhile are out for that."""
    session.execute(
        text(
            f"UPDATE targets SET out = CASE v.status WHEN '{CONFIDENTIAL}' THEN v.status "
            f"ELSE '{NOT_REGISTERED}' END FROM voters v WHERE v.id = targets.voter_id "
            "AND v.id = ANY(:voters) AND v.status = ANY(:withdrawn) AND targets.out = ''"
        ),
        {"voters": list(voters), "withdrawn": sorted(withdrawn_statuses())},
    )


def later_merge(session: Session, merge: Merge) -> int | None:
    """The newest later merge that one of the two took part in and that still stands."""
    two = (merge.kept_id, merge.gone_id)
    return session.scalar(
        select(func.max(Merge.id)).where(
            Merge.id > merge.id,
            Merge.undone_at.is_(None),
            or_(Merge.kept_id.in_(two), Merge.gone_id.in_(two)),
        )
    )


def end_merge(session: Session, merge_id: int, by: int | None, at: datetime) -> None:
    """Marks a merge as undone."""
    session.execute(
        text("UPDATE merges SET undone_by = :by, undone_at = :at WHERE id = :id"),
        {"id": merge_id, "by": by, "at": at},
    )
