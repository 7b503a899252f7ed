"""Whether a rehearsed week did what its plan foretold, and why what was left was left."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from app.domain.channel import Channel
from app.domain.rehearsal import Hour
from app.domain.report import Cause, Report
from app.domain.shortfall import WHY

NEARLY = 0.9
"""A channel of whose plan so much was made did what it said: some voters opt out or vote."""
_COUNT = re.compile(r"\d[\d,]*")
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


@dataclass(frozen=True)
class Foretold:
    """What the plan in force says that a channel lacks, in sentences, and what keeps it from making
    anything at all, as far as the tables tell."""

    shortfalls: Sequence[str]
    cause: Cause | None


def foretold(engine: Engine) -> dict[Channel, Foretold]:
    """What the plan of a copy, in which one campaign lives alone, says of each channel."""
    with engine.connect() as connection:
        return {one: _foretold(connection, one) for one in Channel}


def plan_kept(parts: Sequence[Mapping[Channel, Foretold]], hours: Sequence[Hour]) -> PlanKept:
    """Holds the hours of a rehearsed week against the plans of its parts.

    A channel on which nothing of what was planned was made, though the plan names nothing that it
    lacks, had an untrue plan. All else that was left is said with its cause.
    """
    planned = {one: sum(hour.planned.get(one.value, 0) for hour in hours) for one in Channel}
    done = {one: sum(hour.done.get(one.value, 0) for hour in hours) for one in Channel}
    notes: list[str] = []
    untrue: list[str] = []
    for channel in Channel:
        lacks = added_up([part[channel].shortfalls for part in parts])
        notes += lacks
        if done[channel] >= planned[channel] * NEARLY:
            continue
        cause = next((part[channel].cause for part in parts if part[channel].cause), None)
        why = WHY[cause] if cause is not None else ON_THE_WAY
        said = (
            f"{done[channel]:,} of {planned[channel]:,} planned {channel.value}s were made: {why}."
        )
        notes.append(said)
        if not done[channel] and not lacks:
            untrue.append(said)
    made = sum(min(done[one], planned[one]) for one in Channel)
    measured = (
        f"{made:,} of {sum(planned.values()):,} planned attempts were made; "
        "what was left is said below"
    )
    return PlanKept(measured, notes, untrue)


def added_up(parts: Sequence[Sequence[str]]) -> list[str]:
    """The sentences of all parts; those that differ in their counts only are one, with the sums:
    "500 of 900 texts cannot be planned" of both halves is "1,000 of 1,800 …"."""
    sums: dict[str, list[int]] = {}
    for sentence in (sentence for part in parts for sentence in part):
        counts = [int(count.replace(",", "")) for count in _COUNT.findall(sentence)]
        form = _COUNT.sub("{:,}", sentence.replace("{", "{{").replace("}", "}}"))
        sums[form] = [a + b for a, b in zip(sums.get(form, [0] * len(counts)), counts, strict=True)]
    return [form.format(*counts) for form, counts in sums.items()]


def _foretold(connection: Connection, channel: Channel) -> Foretold:
    facts = dict(connection.execute(_FACTS, {"channel": channel.value}).one()._mapping)
    stored = facts["report"]
    lacks = Report.from_json(stored).shortfalls if isinstance(stored, dict) else ()
    return Foretold([one.words for one in lacks if one.channel is channel], _cause(facts, channel))


def _cause(facts: Mapping[str, object], channel: Channel) -> Cause | None:
    if channel is Channel.CALL:
        return None if facts["shifts"] else Cause.NOBODY_BOOKED
    if not facts["words"]:
        return Cause.NO_WORDS
    if not facts["senders"]:
        return Cause.NO_SENDER
    if not facts["able"]:
        return Cause.SENDER_STOPPED
    return Cause.MONEY if facts["poor"] else None
