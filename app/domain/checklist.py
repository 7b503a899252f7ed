"""The checklist before a campaign begins: facts in, points out, and which stand in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.channel import Channel
from app.domain.first_words import Written, says_how_to_stop, says_who_pays, unfillable

ALIVE = timedelta(seconds=20)
"""A worker that beat within so long of machine time is alive (as in domain.alarm)."""
SHORTEST_REASON = 5  # characters


class Weight(StrEnum):
    """How much a point weighs."""

    MUST = "must"  # without it nothing begins
    SHOULD = "should"  # it begins all the same when somebody says why


@dataclass(frozen=True)
class SenderReady:
    """A sender as the checklist sees it."""

    id: int
    channel: Channel
    name: str
    able: bool  # not stopped
    failed: tuple[str, ...] = ()  # kinds of the latest looks that found something wrong
    unknown: tuple[str, ...] = ()  # … of those that were not made, or found nothing out


@dataclass(frozen=True)
class RehearsalSeen:
    """The last rehearsal that came to an end."""

    id: int
    at: datetime  # campaign time when it was asked for
    kept: bool  # every promise


@dataclass(frozen=True)
class Ready:
    """Everything that the checklist asks about."""

    now: datetime
    closes_at: datetime  # the last polls
    people: bool  # there are targets
    ramps: tuple[Channel, ...]
    organization: str
    candidate: str
    scripts: tuple[Written, ...]
    senders: tuple[SenderReady, ...]
    webhooks: bool  # a callback of a test message came in
    outside: bool  # the public address can be reached from outside, as far as one can see
    workers: int  # alive
    planned: bool
    silent_hours: int  # of the final week, open and nothing planned on any channel
    plan_problem: str = ""
    rehearsal: RehearsalSeen | None = None
    changed_at: datetime | None = None  # the last big change, campaign time
    alert_routes: int = 0
    alert_mails: int = 0  # organizers who are told by email
    money: bool = True  # a budget, or nothing that costs
    shifts: int = 0  # to come, for calls


@dataclass(frozen=True)
class Point:
    """One point: whether it is well, and the code and facts of what is said of it."""

    name: str
    weight: Weight
    ok: bool
    said: str
    facts: Mapping[str, object] = field(default_factory=dict)


def checklist(ready: Ready) -> tuple[Point, ...]:
    """All points in the order in which they are put right."""
    must, should = Weight.MUST, Weight.SHOULD
    texts, mails = Channel.TEXT in ready.ramps, Channel.EMAIL in ready.ramps
    written = {script.channel for script in ready.scripts}
    points = [
        _point("day", must, ready.now < ready.closes_at),
        _point("people", must, ready.people),
        _point("ramp", must, bool(ready.ramps)),
        _scripts(ready),
        *([_fields(ready)] if written else []),
        *([_payer(ready)] if written - {Channel.CALL} else []),
        *([_opt_out(ready)] if texts and Channel.TEXT in written else []),
        *([_unsubscribe(ready)] if mails else []),
        *(_senders(ready, channel) for channel in ready.ramps if channel is not Channel.CALL),
        *(_looks(ready, channel) for channel in ready.ramps if channel is not Channel.CALL),
        *([_point("webhooks", should, ready.webhooks)] if texts else []),
        _point("money", should, ready.money),
        *([_point("shifts", should, ready.shifts > 0)] if Channel.CALL in ready.ramps else []),
        _point("plan", must, ready.planned, why=ready.plan_problem),
        _point(
            "coverage", should, ready.planned and not ready.silent_hours, hours=ready.silent_hours
        ),
        _rehearsal(ready),
        _point("alerts", should, ready.alert_routes + ready.alert_mails > 0),
        _point("workers", must, ready.workers > 0, count=ready.workers),
    ]
    return tuple(points)


def in_the_way(points: Sequence[Point], reasons: Mapping[str, str]) -> tuple[Point, ...]:
    """The points that keep the campaign from beginning: each `must` that is not well, and each
    `should` that is not and has no reason."""
    return tuple(
        point
        for point in points
        if not point.ok
        and (
            point.weight is Weight.MUST
            or len(reasons.get(point.name, "").strip()) < SHORTEST_REASON
        )
    )


def _point(name: str, weight: Weight, ok: bool, **facts: object) -> Point:
    return Point(name, weight, ok, f"{name}_{'ok' if ok else 'missing'}", facts)


def _scripts(ready: Ready) -> Point:
    written = {script.channel for script in ready.scripts}
    missing = [channel for channel in ready.ramps if channel not in written]
    return _point("scripts", Weight.MUST, not missing, channels=missing)


def _fields(ready: Ready) -> Point:
    facts = {"candidate": ready.candidate, "organization": ready.organization}
    known = [name for name, value in facts.items() if value.strip()]
    for script in ready.scripts:
        wrong = unfillable(script, known)
        if wrong:
            return _point("fields", Weight.MUST, False, channel=script.channel, field=wrong)
    return _point("fields", Weight.MUST, True)


def _payer(ready: Ready) -> Point:
    """Calls say it where a law asks for it; texts and emails always do."""
    silent = [
        script.channel
        for script in ready.scripts
        if script.channel is not Channel.CALL and not says_who_pays(script, ready.organization)
    ]
    return _point("payer", Weight.MUST, not silent, channels=list(dict.fromkeys(silent)))


def _opt_out(ready: Ready) -> Point:
    texts = [script for script in ready.scripts if script.channel is Channel.TEXT]
    silent = [script.language for script in texts if not says_how_to_stop(script.body)]
    return _point("opt_out", Weight.MUST, not silent, languages=silent)


def _unsubscribe(ready: Ready) -> Point:
    """The link stands in every mail by itself; it must lead somewhere."""
    return _point("unsubscribe", Weight.SHOULD, ready.outside)


def _senders(ready: Ready, channel: Channel) -> Point:
    able = [one for one in ready.senders if one.channel is channel and one.able]
    name = f"sender_{channel.value}"
    said = "sender_ok" if able else "sender_missing"
    return Point(name, Weight.MUST, bool(able), said, {"channel": channel, "count": len(able)})


def _looks(ready: Ready, channel: Channel) -> Point:
    """Whether the able senders of a channel were looked at, and found well."""
    able = [one for one in ready.senders if one.channel is channel and one.able]
    sick = [one.name for one in able if one.failed]
    open_ = [one.name for one in able if one.unknown and not one.failed]
    said = "looks_failed" if sick else "looks_open" if open_ or not able else "looks_ok"
    facts = {"channel": channel, "names": sick or open_}
    return Point(f"looks_{channel.value}", Weight.SHOULD, said == "looks_ok", said, facts)


def _rehearsal(ready: Ready) -> Point:
    last = ready.rehearsal
    if last is None:
        said = "rehearsal_missing"
    elif not last.kept:
        said = "rehearsal_broken"
    elif ready.changed_at is not None and ready.changed_at > last.at:
        said = "rehearsal_old"
    else:
        said = "rehearsal_ok"
    facts = {} if last is None else {"id": last.id}
    return Point("rehearsal", Weight.SHOULD, said == "rehearsal_ok", said, facts)
