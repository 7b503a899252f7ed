"""Whether a rehearsed week did what its plan foretold, and why what was left was left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from app.domain.channel import Channel
from app.domain.rehearsal import Hour
from app.domain.report import Cause, Report
from app.domain.shortfall import WHY

NEARLY = 0.9
"""A channel of whose plan so much was made did what it said: some voters opt out or vote."""
ON_THE_WAY = "something went wrong on the way, or voters were out of reach by then"

_FACTS = text(
    """
SELECT
  (SELECT report FROM plans ORDER BY id DESC LIMIT 1) AS report,
  EXISTS (SELECT FROM scripts WHERE channel = :channel AND purpose = 'ramp' AND body <> '')
    AS words,
  EXISTS (SELECT FROM senders WHERE channel = :channel) AS senders,
  EXISTS (SELECT FROM senders WHERE channel = :channel AND stopped = '') AS able,
  (SELECT budget - spent - reserved < (SELECT max(price) FROM senders WHERE channel = :channel)
     FROM campaigns) AS poor,
  EXISTS (SELECT FROM shifts WHERE channel = :channel) AS shifts
"""
)


@dataclass(frozen=True)
class PlanKept:
    """What the plan foretold and what was done: its figure, what is to be known, and where it was
    untrue, each in a sentence."""

    measured: str
    notes: Sequence[str]
    untrue: Sequence[str]


def plan_kept(engine: Engine, hours: Sequence[Hour]) -> PlanKept:
    """Holds the hours of a rehearsed week against the plan of the copy, in which one campaign lives
    alone.

    A channel on which nothing of what was planned was made, though the plan names nothing that it
    lacks, had an untrue plan. All else that was left is said with its cause.
    """
    planned = {one: sum(hour.planned.get(one.value, 0) for hour in hours) for one in Channel}
    done = {one: sum(hour.done.get(one.value, 0) for hour in hours) for one in Channel}
    notes: list[str] = []
    untrue: list[str] = []
    with engine.connect() as connection:
        for channel in Channel:
            notes += _shortfalls(connection, channel)
            if done[channel] >= planned[channel] * NEARLY:
                continue
            cause = _cause(connection, channel)
            why = WHY[cause] if cause is not None else ON_THE_WAY
            said = (
                f"{done[channel]:,} of {planned[channel]:,} planned {channel.value}s were made: "
                f"{why}."
            )
            notes.append(said)
            if not done[channel] and not any(_shortfalls(connection, channel)):
                untrue.append(said)
    made = sum(min(done[one], planned[one]) for one in Channel)
    measured = (
        f"{made:,} of {sum(planned.values()):,} planned attempts were made; "
        "what was left is said below"
    )
    return PlanKept(measured, notes, untrue)


def _facts(connection: Connection, channel: Channel) -> dict[str, object]:
    return dict(connection.execute(_FACTS, {"channel": channel.value}).one()._mapping)


def _shortfalls(connection: Connection, channel: Channel) -> Iterator[str]:
    """What the plan in force says that it lacks on the channel."""
    stored = _facts(connection, channel)["report"]
    if isinstance(stored, dict):
        for short in Report.from_json(stored).shortfalls:
            if short.channel is channel:
                yield short.words


def _cause(connection: Connection, channel: Channel) -> Cause | None:
    """What keeps the channel from making anything at all, as far as its tables tell."""
    facts = _facts(connection, channel)
    if channel is Channel.CALL:
        return None if facts["shifts"] else Cause.NOBODY_BOOKED
    if not facts["words"]:
        return Cause.NO_WORDS
    if not facts["senders"]:
        return Cause.NO_SENDER
    if not facts["able"]:
        return Cause.SENDER_STOPPED
    return Cause.MONEY if facts["poor"] else None
