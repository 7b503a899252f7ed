"""What the bar must know of targets, in one query for any number of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.bar import Reachable
from app.domain.channel import Channel
from app.domain.hours import Place
from app.store.arrays import array_of
from app.store.precincts import POLLING_PLACE
from app.store.sql import sql

ADDRESS = {Channel.CALL: "v.phone", Channel.TEXT: "v.phone", Channel.EMAIL: "v.email"}

Known = tuple[Any, ...]
"""What the bar asks of a target but its place and address, in the order of `Reachable`."""

_KNOWN = """
t.voted_at IS NOT NULL, t.arm = 'holdout', t.out, t.no_{channel}s,
EXISTS (SELECT FROM opt_outs o WHERE o.address = {address} AND o.channel = '{channel}'),
EXISTS (SELECT FROM dead_addresses d WHERE d.address = {address} AND d.channel = '{channel}')
  {landline},
EXISTS (SELECT FROM consents c WHERE c.address = {address} AND c.channel = '{channel}'),
day.every, day.same, t.calls + t.texts + t.emails, t.next_{channel}_at
"""
_LAST_DAY = """
CROSS JOIN LATERAL (
    SELECT count(*) AS every, count(*) FILTER (WHERE a.channel = '{channel}') AS same
    FROM attempts a
    WHERE a.voter_id = t.voter_id AND a.campaign_id = t.campaign_id
      AND a.attempted_at > :since AND a.state <> 'absent'
) day
"""
_OR_LANDLINE = "OR v.phone_kind = 'landline'"
_FACTS = """
SELECT t.voter_id, {words} {columns}
FROM targets t JOIN voters v ON v.id = t.voter_id {join}
WHERE t.campaign_id = :campaign AND t.voter_id = ANY(CAST(:voters AS bigint[]))
"""
_WORDS = f"v.first_name, v.language, v.precinct, {POLLING_PLACE},"


class FactsSql(NamedTuple):
    """The facts of a target as a part of a statement in which t is the target and v its voter."""

    columns: str  # the place, the address and what is `Known`, as `Reachable` has them
    join: str  # after them in FROM


def facts_sql(channel: Channel) -> FactsSql:
    """Binds: `since`, from when on attempts count as the last day's; see `a_day_before`."""
    address = ADDRESS[channel]
    landline = _OR_LANDLINE if channel is Channel.TEXT else ""
    known = _KNOWN.format(address=address, channel=channel.value, landline=landline)
    return FactsSql(f"t.place, {address}, {known}", _LAST_DAY.format(channel=channel.value))


def a_day_before(now: datetime) -> datetime:
    """From when on attempts count in a voter's day."""
    return now - timedelta(hours=24)


def reachable(place: str, address: str | None, *known: Any) -> Reachable:
    """The facts of one row of `facts_sql`."""
    return Reachable(Place.of(place), address, *known)


def facts_of(
    session: Session, campaign_id: int, channel: Channel, voters: Sequence[int], now: datetime
) -> dict[int, Reachable]:
    """The facts of each of these voters on a channel, by voter id."""
    rows = _rows(session, campaign_id, channel, voters, now)
    return {voter: reachable(*facts) for voter, *facts in rows}


@dataclass(slots=True)
class Person:
    """A target with what the bar asks and what a message needs.

    Not frozen, for thousands are made in a second and freezing triples what each takes.
    """

    first_name: str
    language: str
    precinct: str
    polling_place: str  # with its address; empty where no list of precincts says
    place: str
    address: str | None
    known: Known


def people_of(
    session: Session, campaign_id: int, channel: Channel, voters: Sequence[int], now: datetime
) -> dict[int, Person]:
    """The facts of each of these voters on a channel with what a message needs, by voter id."""
    rows = _rows(session, campaign_id, channel, voters, now, _WORDS)
    return {
        voter: Person(name, language, precinct, polls, place, address, tuple(known))
        for voter, name, language, precinct, polls, place, address, *known in rows
    }


def _rows(
    session: Session,
    campaign_id: int,
    channel: Channel,
    voters: Sequence[int],
    now: datetime,
    words: str = "",
) -> Sequence[Any]:
    if not voters:
        return ()
    facts = facts_sql(channel)
    query = _FACTS.format(words=words, columns=facts.columns, join=facts.join)
    return session.execute(
        sql(query),
        {
            "campaign": campaign_id,
            "voters": array_of(voters),
            "since": a_day_before(now),
        },
    ).all()
