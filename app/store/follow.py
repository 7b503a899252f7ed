"""Follow-through as stored: who is to be reminded or chased, what is in the way, how much waits."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.follow import Stretch
from app.domain.purpose import FALLOVER, RAMP, REMIND_EVE, REMINDERS
from app.store.universe_sql import Where, reach

_WENT_OUT = (
    "(q.state NOT IN ('expired', 'canceled') OR EXISTS (SELECT FROM attempts a "
    "WHERE a.voter_id = q.voter_id AND a.campaign_id = q.campaign_id AND a.touch_id = q.id "
    "AND a.state <> 'absent'))"
)
"""Of a touch q: that it still may go out, has, or never may. One that ended before it was tried,
for its hours, a change of plan or a ballot since taken back, does not count."""


def _none_of(purpose: str, since: str = "") -> str:
    return (
        "NOT EXISTS (SELECT FROM touches q WHERE q.campaign_id = t.campaign_id "
        f"AND q.voter_id = t.voter_id AND q.purpose = {purpose} {since} AND {_WENT_OUT})"
    )


def with_a_time(stretch: Stretch, purpose: str, said_by: datetime) -> Where:
    """On targets t: those who mean to vote within the stretch, said so by `said_by`, and had no
    touch of this purpose."""
    told = f" AND {_none_of(':f_eve')}" if stretch.unless_told else ""
    return Where(
        "t.voter_id IN (SELECT p.voter_id FROM voting_plans p WHERE p.campaign_id = :campaign "
        "AND p.votes_at > :f_first AND p.votes_at <= :f_last AND p.made_at <= :f_said) "
        f"AND {_none_of(':f_purpose')}{told}",
        {
            "f_first": stretch.first,
            "f_last": stretch.last,
            "f_said": said_by,
            "f_purpose": purpose,
            "f_eve": REMIND_EVE,
        },
    )


def without_a_time(pledged: Where, purpose: str, said_by: datetime) -> Where:
    """On targets t and voters v: those who told no time, with their plan or because they only
    pledged in a survey (`pledged`, on v), and had no touch of this purpose."""
    mine = "FROM voting_plans p WHERE p.campaign_id = :campaign"
    return Where(
        f"(t.voter_id IN (SELECT p.voter_id {mine} AND p.votes_at IS NULL "
        f"AND p.made_at <= :f_said) OR ({pledged.sql} AND NOT EXISTS (SELECT {mine} "
        f"AND p.voter_id = t.voter_id))) AND {_none_of(':f_purpose')}",
        {**pledged.binds, "f_said": said_by, "f_purpose": purpose},
    )


def ballot_out(polling_day: date, until: date, purpose: str, since: datetime) -> Where:
    """On targets t: those whose mail ballot is out, at its stage since `until` at the latest, and
    who had no touch of this purpose after `since`."""
    return Where(
        "t.voter_id IN (SELECT m.voter_id FROM mail_ballots m WHERE m.polling_day = :f_day "
        "AND m.stage IN ('requested', 'sent') AND m.stage_on <= :f_until) "
        f"AND {_none_of(':f_purpose', 'AND q.released_at > :f_since')}",
        {"f_day": polling_day, "f_until": until, "f_purpose": purpose, "f_since": since},
    )


def unless_reached(who: Where, by: Sequence[Channel], country: str) -> Where:
    """Those of `who`, on targets t and voters v, whom none of these channels reaches."""

    def has(table: str, channel: Channel) -> str:
        address = "v.email" if channel is Channel.EMAIL else "v.phone"
        return (
            f"EXISTS (SELECT FROM {table} x WHERE x.address = {address} "
            f"AND x.channel = '{channel.value}')"
        )

    reached = (f"(t.no_{one.value}s = '' AND {reach(one, country, has)})" for one in by)
    said = "".join(f" AND NOT {one}" for one in reached)
    return Where(f"{who.sql}{said}", who.binds)


def any_plan(session: Session, campaign_id: int, first: datetime, last: datetime) -> bool:
    """Whether anybody means to vote after `first` and until `last`."""
    query = text(
        "SELECT EXISTS (SELECT FROM voting_plans WHERE campaign_id = :campaign "
        "AND votes_at > :first AND votes_at <= :last)"
    )
    binds = {"campaign": campaign_id, "first": first, "last": last}
    return bool(session.scalar(query, binds))


def any_ballot_out(session: Session, polling_day: date) -> bool:
    """Whether any mail ballot of a polling day is out."""
    query = text(
        "SELECT EXISTS (SELECT FROM mail_ballots WHERE polling_day = :day "
        "AND stage IN ('requested', 'sent'))"
    )
    return bool(session.scalar(query, {"day": polling_day}))


def rate(session: Session, campaign_id: int, channel: Channel) -> float:
    """Segments or mails a second that the senders of a channel may send together; 0: none."""
    query = text(
        "SELECT coalesce(sum(per_second), 0) FROM senders "
        "WHERE campaign_id = :campaign AND channel = :channel AND stopped = ''"
    )
    return float(session.scalar(query, {"campaign": campaign_id, "channel": channel.value}) or 0)


def waiting(session: Session, campaign_id: int, channel: Channel, purpose: str) -> int:
    """How many touches of a purpose are released and have not gone out."""
    query = text(
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
    return bool(session.scalar(text(query), key))


def still(
    session: Session, campaign_id: int, who: Where, voters: Sequence[int]
) -> dict[int, datetime | None]:
    """Those of these voters to whom `who` applies, with when they mean to vote.

    Asked when their targets are locked: a plan that changed while they were searched is seen.
    """
    rows = session.execute(
        text(
            "SELECT t.voter_id, (SELECT p.votes_at FROM voting_plans p "
            "WHERE p.campaign_id = t.campaign_id AND p.voter_id = t.voter_id) AS votes_at "
            "FROM targets t JOIN voters v ON v.id = t.voter_id "
            f"WHERE t.campaign_id = :campaign AND t.voter_id = ANY(:voters) AND {who.sql}"
        ),
        {**who.binds, "campaign": campaign_id, "voters": list(voters)},
    )
    return {row.voter_id: row.votes_at for row in rows}


def in_the_way(
    session: Session,
    campaign_id: int,
    channel: Channel,
    places: Sequence[str],
    who: Where,
    limit: int,
) -> list[tuple[int, int]]:
    """Touches of the ramp that wait on this channel for those of `who`, or in a call for somebody
    of their household: (touch, voter of `who`), locked with their targets."""
    same = "household_id" if channel is Channel.CALL else "voter_id"
    rows = session.execute(
        text(
            "SELECT w.id, t.voter_id FROM targets t JOIN voters v ON v.id = t.voter_id "
            f"JOIN touches w ON w.campaign_id = t.campaign_id AND w.{same} = t.{same} "
            "AND w.channel = :channel AND w.state = 'ready' AND w.purpose = ANY(:f_ramp) "
            "WHERE t.campaign_id = :campaign AND t.place = ANY(:places) AND t.out = '' "
            f"AND t.arm = 'treated' AND t.voted_at IS NULL AND {who.sql} "
            "ORDER BY t.voter_id, w.id LIMIT :limit FOR UPDATE OF t, w SKIP LOCKED"
        ),
        {
            **who.binds,
            "campaign": campaign_id,
            "channel": channel.value,
            "places": list(places),
            "f_ramp": [RAMP, FALLOVER],
            "limit": limit,
        },
    )
    return [(row.id, row.voter_id) for row in rows]


def reminders_of(session: Session, campaign_id: int, voter_id: int) -> list[int]:
    """The reminders of a voter that wait or are in somebody's hand."""
    rows = session.scalars(
        text(
            "SELECT id FROM touches WHERE campaign_id = :campaign AND voter_id = :voter "
            "AND purpose = ANY(:reminders) AND state IN ('ready', 'claimed') ORDER BY id"
        ),
        {"campaign": campaign_id, "voter": voter_id, "reminders": sorted(REMINDERS)},
    )
    return list(rows)
