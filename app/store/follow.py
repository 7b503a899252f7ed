"""Follow-through as stored: who is to be reminded or chased, what is in the way, how much waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.follow import Stretch
from app.domain.purpose import FALLOVER, RAMP, REMIND_EVE, REMINDERS
from app.store.sql import sql
from app.store.universe_sql import Where, reach


@dataclass(frozen=True)
class Who:
    """Some voters: those whom the query `ids` finds, and to whom, as targets t and voters v, `more`
    applies."""

    ids: str
    binds: Mapping[str, Any]
    more: str = ""


_WENT_OUT = (
    "(q.state NOT IN ('expired', 'canceled') OR EXISTS (SELECT FROM attempts a "
    "WHERE a.voter_id = q.voter_id AND a.campaign_id = q.campaign_id AND a.touch_id = q.id "
    "AND a.state <> 'absent'))"
)
"""Of a touch q: that it still may go out, has, or never may. One that ended before it was tried,
for its hours, a change of plan or a ballot since taken back, does not count."""


def _but(purpose: str, since: str = "") -> str:
    """Takes those who had a touch of this purpose off a query of voters.

    The purpose stands in the query itself: a partial index serves known purposes only.
    """
    return (
        " EXCEPT SELECT q.voter_id FROM touches q WHERE q.campaign_id = :campaign "
        f"AND q.purpose = '{purpose}' {since} AND {_WENT_OUT}"
    )


def with_a_time(stretch: Stretch, purpose: str, said_by: datetime) -> Who:
    """Those who mean to vote within the stretch, said so by `said_by`, and had no touch of this
    purpose."""
    told = _but(REMIND_EVE) if stretch.unless_told else ""
    return Who(
        "SELECT p.voter_id FROM voting_plans p WHERE p.campaign_id = :campaign "
        "AND p.votes_at > :f_first AND p.votes_at <= :f_last AND p.made_at <= :f_said"
        f"{_but(purpose)}{told}",
        {"f_first": stretch.first, "f_last": stretch.last, "f_said": said_by},
    )


def without_a_time(pledged: Where, purpose: str, said_by: datetime) -> Who:
    """Those who told no time, with their plan or because they only pledged in a survey (`pledged`,
    on voters v), and had no touch of this purpose."""
    mine = "FROM voting_plans p WHERE p.campaign_id = :campaign"
    return Who(
        f"(SELECT p.voter_id {mine} AND p.votes_at IS NULL AND p.made_at <= :f_said "
        f"UNION SELECT v.id FROM voters v WHERE {pledged.sql} "
        f"AND v.id NOT IN (SELECT p.voter_id {mine})){_but(purpose)}",
        {**pledged.binds, "f_said": said_by},
    )


def ballot_out(polling_day: date, until: date, purpose: str, since: datetime) -> Who:
    """Those whose mail ballot is out, at its stage since `until` at the latest, and who had no
    touch of this purpose after `since`."""
    return Who(
        "SELECT m.voter_id FROM mail_ballots m WHERE m.polling_day = :f_day "
        "AND m.stage IN ('requested', 'sent') AND m.stage_on <= :f_until"
        f"{_but(purpose, 'AND q.released_at > :f_since')}",
        {"f_day": polling_day, "f_until": until, "f_since": since},
    )


def unless_reached(who: Who, by: Sequence[Channel], country: str) -> Who:
    """Those of `who` whom none of these channels reaches."""

    def has(table: str, channel: Channel) -> str:
        address = "v.email" if channel is Channel.EMAIL else "v.phone"
        return (
            f"EXISTS (SELECT FROM {table} x WHERE x.address = {address} "
            f"AND x.channel = '{channel.value}')"
        )

    reached = (f"(t.no_{one.value}s = '' AND {reach(one, country, has)})" for one in by)
    return replace(who, more="".join(f" AND ({one}) IS NOT TRUE" for one in reached))


_DUE = """
WITH due AS MATERIALIZED ({ids})
SELECT t.voter_id{what}
FROM due JOIN targets t ON t.campaign_id = :campaign AND t.voter_id = due.voter_id
JOIN voters v ON v.id = t.voter_id
WHERE t.place = ANY(:places) AND t.out = '' AND t.arm = 'treated' AND t.voted_at IS NULL
  AND t.calls + t.texts + t.emails < :total_cap {more} {of}
ORDER BY t.value DESC, t.voter_id
"""
"""First who is due, hashed, then their targets: the query cannot come to look through all."""


_VOTES_AT = """, (SELECT p.votes_at FROM voting_plans p
 WHERE p.campaign_id = t.campaign_id AND p.voter_id = t.voter_id) AS votes_at"""


def due(
    session: Session, campaign_id: int, who: Who, places: Sequence[str], total_cap: int
) -> list[int]:
    """The targets of `who` at these places who may be tried at all, the most valuable first."""
    query = text(_DUE.format(ids=who.ids, more=who.more, what="", of=""))
    binds = {"campaign": campaign_id, "places": list(places), "total_cap": total_cap}
    return list(session.scalars(query, {**who.binds, **binds}))


def still(
    session: Session,
    campaign_id: int,
    who: Who,
    places: Sequence[str],
    total_cap: int,
    voters: Sequence[int],
) -> dict[int, datetime | None]:
    """Those of these voters to whom `who` applies still, with when they mean to vote.

    Asked when their targets are locked: a plan that changed while they were searched is seen.
    """
    of = "AND t.voter_id = ANY(:voters)"
    rows = session.execute(
        text(_DUE.format(ids=who.ids, more=who.more, what=_VOTES_AT, of=of)),
        {
            **who.binds,
            "campaign": campaign_id,
            "places": list(places),
            "total_cap": total_cap,
            "voters": list(voters),
        },
    )
    return {row.voter_id: row.votes_at for row in rows}


def only(voters: Sequence[int]) -> Where:
    """On targets t: these voters."""
    return Where("t.voter_id = ANY(:f_due)", {"f_due": list(voters)})


def any_plan(session: Session, campaign_id: int, first: datetime, last: datetime) -> bool:
    """Whether anybody means to vote after `first` and until `last`."""
    query = sql(
        "SELECT EXISTS (SELECT FROM voting_plans WHERE campaign_id = :campaign "
        "AND votes_at > :first AND votes_at <= :last)"
    )
    binds = {"campaign": campaign_id, "first": first, "last": last}
    return bool(session.scalar(query, binds))


def any_ballot_out(session: Session, polling_day: date) -> bool:
    """Whether any mail ballot of a polling day is out."""
    query = sql(
        "SELECT EXISTS (SELECT FROM mail_ballots WHERE polling_day = :day "
        "AND stage IN ('requested', 'sent'))"
    )
    return bool(session.scalar(query, {"day": polling_day}))


def rate(session: Session, campaign_id: int, channel: Channel, now: datetime) -> float:
    """Segments or mails a second that the senders of a channel may send together; 0: none."""
    query = sql(
        "SELECT coalesce(sum(per_second), 0) FROM senders "
        "WHERE campaign_id = :campaign AND channel = :channel AND stopped = '' "
        "AND (paused_until IS NULL OR paused_until <= :now)"
    )
    facts = {"campaign": campaign_id, "channel": channel.value, "now": now}
    return float(session.scalar(query, facts) or 0)


def waiting(session: Session, campaign_id: int, channel: Channel, purpose: str) -> int:
    """How many touches of a purpose are released and have not gone out."""
    query = sql(
        "SELECT count(*) FROM touches WHERE campaign_id = :campaign AND channel = :channel "
        "AND state = 'ready' AND purpose = :purpose"
    )
    binds = {"campaign": campaign_id, "channel": channel.value, "purpose": purpose}
    return int(session.scalar(query, binds) or 0)


def alone(session: Session, campaign_id: int) -> bool:
    """Whether nobody else follows through at this moment; holds until the transaction ends.

    Two workers at once would each find the same voters without a reminder.
    """
    key = {"key": f"follow:{campaign_id}"}
    query = "SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"
    return bool(session.scalar(sql(query), key))


def in_the_way(
    session: Session, campaign_id: int, channel: Channel, voters: Sequence[int], limit: int
) -> list[tuple[int, int]]:
    """Touches of the ramp that wait on this channel for these voters, or in a call for somebody of
    their household: (touch, voter of those), locked with their targets."""
    same = "household_id" if channel is Channel.CALL else "voter_id"
    rows = session.execute(
        sql(
            "SELECT w.id, t.voter_id FROM targets t "
            f"JOIN touches w ON w.campaign_id = t.campaign_id AND w.{same} = t.{same} "
            "AND w.channel = :channel AND w.state = 'ready' AND w.purpose = ANY(:f_ramp) "
            "WHERE t.campaign_id = :campaign AND t.voter_id = ANY(:voters) "
            "ORDER BY t.voter_id, w.id LIMIT :limit FOR UPDATE OF t, w SKIP LOCKED"
        ),
        {
            "campaign": campaign_id,
            "channel": channel.value,
            "voters": list(voters),
            "f_ramp": [RAMP, FALLOVER],
            "limit": limit,
        },
    )
    return [(row.id, row.voter_id) for row in rows]


def reminders_of(session: Session, campaign_id: int, voter_id: int) -> list[int]:
    """The reminders of a voter that wait or are in somebody's hand."""
    rows = session.scalars(
        sql(
            "SELECT id FROM touches WHERE campaign_id = :campaign AND voter_id = :voter "
            "AND purpose = ANY(:reminders) AND state IN ('ready', 'claimed') ORDER BY id"
        ),
        {"campaign": campaign_id, "voter": voter_id, "reminders": sorted(REMINDERS)},
    )
    return list(rows)
