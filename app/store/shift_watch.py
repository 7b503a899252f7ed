"""Shifts that are on: who came, who did not, which gaps that leaves and who could fill them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.notices import GAPS, OPEN_GAP, REACHED_BY, RUNS, Person, shift_key
from app.store.sql import sql


@dataclass(frozen=True)
class Watched:
    """A shift that has begun and of which it is not known that somebody came."""

    shift_id: int
    campaign_id: int
    campaign: str
    zone: str
    channel: Channel
    starts_at: datetime
    ends_at: datetime
    booked_at: datetime
    missed_at: datetime | None
    sign_at: datetime | None  # of the first sign of them, from `early` on
    key: str  # of its notices, without their kind


# A call that was opened before the shift and is still held counts as a sign at its begin.
_WATCHED = f"""
WITH holding AS MATERIALIZED (
    SELECT DISTINCT claimed_by FROM touches
     WHERE state IN ('claimed', 'attempting') AND lease_until > :wall AND claimed_by LIKE 'user:%')
SELECT s.id, c.id, c.name, c.zone, s.channel, s.starts_at, s.ends_at, s.created_at, s.missed_at,
       CASE WHEN sign.at IS NOT NULL THEN greatest(s.starts_at, sign.at) END, {shift_key("")}
FROM campaigns c JOIN shifts s ON s.campaign_id = c.id
CROSS JOIN LATERAL (SELECT least(
    (SELECT min(a.attempted_at) FROM attempts a WHERE a.user_id = s.user_id
        AND a.attempted_at >= s.starts_at - CAST(:early AS interval)
        AND a.attempted_at < s.ends_at),
    (SELECT min(e.at) FROM audit e WHERE e.user_id = s.user_id
        AND e.at >= s.starts_at - CAST(:early AS interval) AND e.at < s.ends_at
        AND e.action = 'call opened'),
    CASE WHEN s.ends_at > :now AND 'user:' || s.user_id IN (SELECT claimed_by FROM holding)
         THEN CAST(:now AS timestamptz) END) AS at) sign
WHERE {RUNS} AND s.starts_at <= :now AND s.starts_at > :oldest
  AND s.came_at IS NULL AND (s.missed_at IS NULL OR s.ends_at > :now)
ORDER BY s.id
"""


def watched(
    session: Session, *, now: datetime, wall: datetime, oldest: datetime, early: str
) -> list[Watched]:
    """Shifts of running campaigns that began after `oldest` and are to be judged.

    `early` is an interval as PostgreSQL reads it: so long before the begin a sign counts.
    """
    facts = {"now": now, "wall": wall, "oldest": oldest, "early": early}
    found = []
    for row in session.execute(sql(_WATCHED), facts):
        number, campaign, name, zone, channel, *rest = row
        found.append(Watched(number, campaign, name, zone, Channel(channel), *rest))
    return found


def mark_came(session: Session, came: Mapping[int, datetime]) -> int:
    """Notes when each of these came; whoever has come already stays so. Returns how many."""
    changed = session.execute(
        sql(
            "UPDATE shifts s SET came_at = seen.at FROM unnest(CAST(:ids AS bigint[]), "
            "CAST(:at AS timestamptz[])) AS seen(id, at) "
            "WHERE s.id = seen.id AND s.came_at IS NULL"
        ),
        {"ids": sorted(came), "at": [came[one] for one in sorted(came)]},
    )
    return changed.rowcount  # type: ignore[attr-defined,no-any-return]


def mark_here(session: Session, user_id: int, now: datetime, since: datetime) -> bool:
    """Notes that a person is on their shift now, if they have one that begins until `since` and is
    not over; False when there is none or it was noted before."""
    changed = session.execute(
        sql(
            "UPDATE shifts SET came_at = greatest(starts_at, :now) WHERE user_id = :user "
            "AND starts_at <= :since AND ends_at > :now AND came_at IS NULL RETURNING id"
        ),
        {"user": user_id, "now": now, "since": since},
    )
    return changed.first() is not None


def mark_missed(session: Session, shift_id: int, now: datetime) -> Person | None:
    """Notes that nobody came; whose shift it is. None if it was noted before, or they came."""
    row = session.execute(
        sql(
            "WITH missed AS (UPDATE shifts SET missed_at = :now WHERE id = :id "
            "AND missed_at IS NULL AND came_at IS NULL RETURNING user_id, campaign_id) "
            "SELECT u.id, u.name, u.tongue, u.languages, r.channel, CASE r.channel "
            "WHEN 'text' THEN u.phone WHEN 'email' THEN u.email ELSE '' END "
            "FROM missed JOIN users u ON u.id = missed.user_id "
            f"CROSS JOIN LATERAL ({REACHED_BY.replace(':campaign', 'missed.campaign_id')}) r"
        ),
        {"id": shift_id, "now": now},
    ).first()
    return _person(row) if row is not None else None


def _person(row: Sequence[Any]) -> Person:
    user_id, name, tongue, languages, channel, address = row
    return Person(user_id, name, tongue, tuple(languages), channel, address or "")


@dataclass(frozen=True)
class Gap:
    """A shift that is on and to which nobody came in time, or one to come that was canceled."""

    shift_id: int
    campaign_id: int
    user_id: int
    name: str
    team_id: int | None
    channel: Channel
    own_languages: tuple[str, ...]  # the shift's; empty: whoever has it speaks theirs
    languages: tuple[str, ...]  # the shift's own, else the person's
    starts_at: datetime
    ends_at: datetime
    freed: bool  # canceled before it began
    missed_at: datetime  # or canceled
    came_at: datetime | None  # late
    offered: int  # how many were asked to step in
    last_offer_at: datetime | None
    filled_by: str  # who stepped in; empty: nobody

    @property
    def open(self) -> bool:
        """Whether somebody is still looked for."""
        return self.came_at is None and not self.filled_by

    def begins_at(self, now: datetime) -> datetime:
        """From when on it is to be filled."""
        return max(self.starts_at, now)


_GAPS = f"""
SELECT g.id, g.campaign_id, u.id, coalesce(nullif(u.name, ''), u.email, u.phone), u.team_id,
       g.channel, g.languages,
       CASE WHEN g.languages = '{{{{}}}}' THEN u.languages ELSE g.languages END,
       g.starts_at, g.ends_at, g.freed, g.missed_at, g.came_at, o.offered, o.last_at,
       coalesce((SELECT coalesce(nullif(p.name, ''), p.email, p.phone)
                   FROM audit e JOIN shifts f ON f.id = CAST(e.details ->> 'shift' AS bigint)
                   JOIN users p ON p.id = f.user_id
                  WHERE e.subject = 'shift:' || g.id AND e.action = 'gap filled' LIMIT 1), '')
FROM {GAPS} g JOIN users u ON u.id = g.user_id
CROSS JOIN LATERAL (
    SELECT count(*) AS offered, max(n.made_at) AS last_at FROM notices n
     WHERE n.campaign_id = g.campaign_id AND n.due_at >= g.missed_at AND n.kind = 'offer'
       AND n.shift_id = g.id) o
WHERE {{which}}
ORDER BY g.ends_at, g.missed_at, g.id
"""


def gaps(session: Session, campaign_id: int, now: datetime) -> list[Gap]:
    """Shifts of a campaign that are on now and to which nobody came in time, and those that were
    canceled shortly before; those where somebody came late or stepped in are among them, and not
    `open`. One query."""
    which = "g.campaign_id = :campaign AND g.ends_at > :now"
    which += " AND g.starts_at > CAST(:now AS timestamptz) - interval '1 day'"
    rows = session.execute(sql(_GAPS.format(which=which)), {"campaign": campaign_id, "now": now})
    return [_gap(row) for row in rows]


def gap_of(session: Session, shift_id: int) -> Gap | None:
    """The gap that one shift left, be it over or not; None for a shift that somebody has."""
    row = session.execute(sql(_GAPS.format(which="g.id = :id")), {"id": shift_id}).first()
    return _gap(row) if row is not None else None


def filled_by(session: Session, shift_id: int) -> int | None:
    """The person who stepped in for whoever missed this shift; None if nobody did."""
    found: int | None = session.scalar(
        sql(
            "SELECT f.user_id FROM audit e JOIN shifts f "
            "ON f.id = CAST(e.details ->> 'shift' AS bigint) "
            "WHERE e.subject = :subject AND e.action = 'gap filled' LIMIT 1"
        ),
        {"subject": f"shift:{shift_id}"},
    )
    return found


def _gap(row: Sequence[Any]) -> Gap:
    number, campaign, user, name, team, channel, own, spoken, *rest = row
    spoken_by = (tuple(own), tuple(spoken))
    return Gap(number, campaign, user, name, team, Channel(channel), *spoken_by, *rest)


def open_gaps(session: Session, now: datetime, until: datetime) -> list[int]:
    """The shifts, of running campaigns, whose place is free and that last beyond `until`."""
    rows = session.execute(
        sql(
            f"SELECT g.id FROM campaigns c JOIN {GAPS} g ON g.campaign_id = c.id WHERE {RUNS} "
            "AND g.starts_at > CAST(:now AS timestamptz) - interval '1 day' "
            f"AND g.ends_at > :until AND {OPEN_GAP} ORDER BY g.id"
        ),
        {"now": now, "until": until},
    )
    return list(rows.scalars())


def lock_shift(session: Session, shift_id: int, *, wait: bool = True) -> bool:
    """Holds the row of a shift, or of its place that was freed, until the transaction ends; False
    if it is gone, or is another's who was faster and `wait` is not wanted."""
    how = "FOR UPDATE" if wait else "FOR UPDATE SKIP LOCKED"
    return any(
        session.execute(sql(f"SELECT FROM {table} {how}"), {"id": shift_id}).first() is not None
        for table in ("shifts WHERE id = :id", "freed_shifts WHERE shift_id = :id")
    )


# Teammates first, then by the languages they share, then whoever called last. For a gap that is
# on now, whoever calls is needed where they are, and whoever never called would be lost. Nobody is
# asked twice within hours.
_WHO_COULD = f"""
SELECT u.id, u.name, u.tongue, u.languages, r.channel,
       CASE r.channel WHEN 'text' THEN u.phone ELSE u.email END
FROM users u
CROSS JOIN LATERAL (SELECT max(a.attempted_at) AS at FROM attempts a WHERE a.user_id = u.id) last
CROSS JOIN LATERAL ({REACHED_BY}) r
WHERE u.campaign_id = :campaign AND u.active AND u.id <> :missing AND u.languages && :languages
  AND EXISTS (SELECT FROM roles_users ru JOIN roles o ON o.id = ru.role_id
               WHERE ru.user_id = u.id AND o.name IN ('volunteer', 'team_lead'))
  AND (:ahead OR last.at < CAST(:now AS timestamptz) - interval '15 minutes') AND r.channel <> ''
  AND NOT EXISTS (SELECT FROM shifts x WHERE x.user_id = u.id
                     AND x.starts_at < :ends AND x.ends_at > :begins)
  AND NOT EXISTS (SELECT FROM notices n WHERE n.key = 'offer:' || :shift || ':' || u.id)
  AND NOT EXISTS (SELECT FROM notices n WHERE n.campaign_id = :campaign AND n.kind = 'offer'
                     AND n.user_id = u.id
                     AND n.due_at > CAST(:now AS timestamptz) - interval '2 hours')
ORDER BY (u.team_id IS NOT DISTINCT FROM CAST(:team AS bigint) AND u.team_id IS NOT NULL) DESC,
         cardinality(ARRAY(SELECT unnest(u.languages) INTERSECT
                           SELECT unnest(CAST(:languages AS text[])))) DESC,
         last.at DESC NULLS LAST, u.id
LIMIT :most
"""


def who_could(session: Session, gap: Gap, now: datetime, most: int) -> list[Person]:
    """The best few who could step in until the gap's end and were not asked yet."""
    facts = {
        "campaign": gap.campaign_id,
        "missing": gap.user_id,
        "languages": list(gap.languages),
        "now": now,
        "ahead": gap.starts_at > now,
        "begins": gap.begins_at(now),
        "ends": gap.ends_at,
        "shift": str(gap.shift_id),
        "team": gap.team_id,
        "most": most,
    }
    return [_person(row) for row in session.execute(sql(_WHO_COULD), facts)]


@dataclass(frozen=True)
class Sign:
    """Whether somebody came to a shift."""

    came_at: datetime | None
    missed_at: datetime | None


def signs(session: Session, campaign_id: int, begin: datetime, end: datetime) -> dict[int, Sign]:
    """By shift, for those that touch [begin, end) and of which something is known."""
    rows = session.execute(
        sql(
            "SELECT id, came_at, missed_at FROM shifts WHERE campaign_id = :campaign "
            "AND starts_at < :end AND ends_at > :begin "
            "AND (came_at IS NOT NULL OR missed_at IS NOT NULL)"
        ),
        {"campaign": campaign_id, "begin": begin, "end": end},
    )
    return {number: Sign(came, missed) for number, came, missed in rows}


def was_offered(session: Session, shift_id: int, user_id: int) -> bool:
    """Whether this person was asked to step in, be the shift there still or not."""
    return bool(
        session.scalar(
            sql("SELECT EXISTS (SELECT FROM notices WHERE key = :key)"),
            {"key": f"offer:{shift_id}:{user_id}"},
        )
    )
