"""How a plan is put into words: what an hour holds, why something is missing, when, how much."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.report import (
    Advice,
    Cause,
    Change,
    Cover,
    Dry,
    HourCover,
    Remedy,
    Report,
    ShiftNeed,
)
from app.domain.time_of_day import between
from app.web.words import CHANNELS, day, moment, money, number, plural

HOUR = timedelta(hours=1)

COVERS = {
    Cover.PLANNED: ("#", "planned"),
    Cover.PAST: (".", "past"),
    Cover.CLOSED: ("/", "closed by law"),
    Cover.OWN_HOURS: ("\\", "your own hours"),
    Cover.BLACKOUT: ("B", "blackout"),
    Cover.SILENCE: ("S", "election silence"),
    Cover.PAUSED: ("P", "paused"),
    Cover.NOT_BEGUN: ("-", "not begun"),
    Cover.GAP: ("!", "gap"),
}
"""Each cover's letter on the command line, and its words."""

CAUSES = {
    Cause.NOBODY_BOOKED: "nobody is booked",
    Cause.FEW_BOOKED: "too few are booked",
    Cause.SENDER_SLOW: "the sender is too slow",
    Cause.SENDER_STOPPED: "the sender has stopped",
    Cause.NO_SENDER: "there is no sender",
    Cause.MONEY: "the money is used up",
    Cause.RESERVE: "the rest of the money is kept for the final week",
    Cause.NOBODY_REACHABLE: "nobody can be reached",
    Cause.NOBODY_LEFT: "everybody has been tried as often as allowed",
    Cause.HOURS: "no hour is open",
    Cause.SILENCE: "election silence",
    Cause.BLACKOUT: "a blackout",
    Cause.PAUSED: "the campaign is paused",
    Cause.DAILY_LIMIT: "the ramp's own limit a day",
    Cause.SENDER_DAY: "the senders’ limit a day",
}

APPLIES = {
    Remedy.BUDGET: "Raise the budget",
    Remedy.RESERVE: "Release from the reserve",
    Remedy.TOTAL_CAP: "Allow more attempts a voter",
    Remedy.DAILY_CAP: "Allow more attempts a day",
    Remedy.RAMP: "Plan more",
}
"""What the program can do by itself, as its button says it. The rest is for people."""

SPENDS = frozenset({Remedy.BUDGET, Remedy.RESERVE})
"""Advice that touches money whatever its cost, and is confirmed first."""

SOLVERS = {"highs": "HiGHS", "greedy": "the greedy plan"}

PARTS = (("morning", 0, 12), ("afternoon", 12, 17), ("evening", 17, 24))
"""Parts of the day on the campaign's clock: name, first hour, hour at which it ends."""

FEW = 0.1
"""Fewer votes are only said to be fewer."""

_ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}


def noun(channel: Channel | None) -> str:
    """calls, texts, emails; attempts for no channel."""
    return CHANNELS[channel][1] if channel else "attempts"


def hours(begins: datetime, ends: datetime, zone: str) -> str:
    """5–8 pm, 11 am–2 pm, 9 pm–midnight; all day for a whole day."""
    here = ZoneInfo(zone)
    first, last = begins.astimezone(here), ends.astimezone(here)
    whole = first.time() == last.time() == time() and last.date() > first.date()
    return "all day" if whole else between(first.time(), last.time())


def block(begins: datetime, ends: datetime, zone: str) -> str:
    """Tue 5–8 pm, on the clock of `zone`."""
    return f"{begins.astimezone(ZoneInfo(zone)):%a} {hours(begins, ends, zone)}"


def dated(begins: datetime, ends: datetime, zone: str) -> str:
    """Tue, Nov 3, 5–8 pm, on the clock of `zone`."""
    return f"{day(begins.astimezone(ZoneInfo(zone)).date())}, {hours(begins, ends, zone)}"


def stretches(instants: Iterable[datetime], zone: str) -> list[tuple[datetime, datetime]]:
    """Hours, by their starts, as stretches without a break that stay within a day."""
    here, found = ZoneInfo(zone), list[tuple[datetime, datetime]]()
    for at in sorted(set(instants)):
        same_day = found and found[-1][0].astimezone(here).date() == at.astimezone(here).date()
        if found and same_day and found[-1][1] == at:
            found[-1] = (found[-1][0], at + HOUR)
        else:
            found.append((at, at + HOUR))
    return found


def when(instants: Iterable[datetime], zone: str, most: int = 3) -> str:
    """Tue 5–8 pm, Wed 9 am–noon and 4 h more; with dates where a weekday may mean two."""
    found = stretches(instants, zone)
    days = [at.astimezone(ZoneInfo(zone)).date() for at, _ in found]
    says = dated if days and days[-1] - days[0] > timedelta(days=6) else block
    said = ", ".join(says(begins, ends, zone) for begins, ends in found[:most])
    left = sum(int((ends - begins) / HOUR) for begins, ends in found[most:])
    return f"{said} and {left} h more" if left else said


def votes(value: float) -> str:
    """41, 5.5, under 0.1, without a sign: no more digits than a model has."""
    size = abs(value)
    if size >= 10:
        return number(size)
    if size >= FEW or size == 0:
        return f"{size:.1f}".removesuffix(".0")
    return "under 0.1"


def judgement(report: Report, zone: str) -> tuple[str, str]:
    """good, warn or bad, and one line on the final week."""
    gaps = report.gaps
    if gaps:
        return "bad", _holes(gaps, zone)
    covers = {hour.cover for hour in report.coverage}
    if Cover.PLANNED in covers:
        return "good", "The final week has no hole."
    if covers and covers <= {Cover.PAST, Cover.CLOSED, Cover.OWN_HOURS}:
        return "plain", "The final week is over."
    if Cover.PAUSED in covers:
        return "warn", "The campaign is paused: the plan begins when the pause ends."
    return "warn", "Nothing is planned in the final week, because no hour of it is open."


def _holes(gaps: Sequence[HourCover], zone: str) -> str:
    channels = {hour.channel for hour in gaps}
    count = len({hour.at for hour in gaps})
    groups = grouped(gaps)
    said = [_hole(group, zone, named=len(channels) > 1) for group in groups[:2]]
    more = f" and for {plural(len(groups) - 2, 'more cause')}" if len(groups) > 2 else ""
    what = _lack(gaps) if len(channels) == 1 else "a gap"
    verb = "has" if count == 1 else "have"
    return f"{plural(count, 'open hour')} of the final week {verb} {what}: {'; '.join(said)}{more}."


def _lack(gaps: Sequence[HourCover]) -> str:
    """no calls; too few calls; no or too few calls."""
    name = noun(gaps[0].channel)
    if not any(hour.planned for hour in gaps):
        return f"no {name}"
    return f"too few {name}" if all(hour.planned for hour in gaps) else f"no or too few {name}"


def _hole(group: Sequence[HourCover], zone: str, *, named: bool) -> str:
    cause = group[0].cause
    at = when((hour.at for hour in group), zone, most=2)
    why = CAUSES[cause] if cause else "for no cause that is known"
    return f"{noun(group[0].channel)} {at} ({why})" if named else f"{why} {at}"


def grouped(gaps: Iterable[HourCover]) -> list[list[HourCover]]:
    """Gaps of one channel and cause together, the most hours first."""
    found: dict[tuple[Channel, Cause | None], list[HourCover]] = {}
    for hour in gaps:
        found.setdefault((hour.channel, hour.cause), []).append(hour)
    return sorted(found.values(), key=lambda group: (-len(group), group[0].at))


def forecast(dry: Dry, now: datetime, zone: str) -> str:
    """When the next passes begin and when people run out, in a sentence."""
    if not dry.people:
        return "nobody can be reached."
    passes = [
        f"the {_ordinal(one)} {'' if place else 'pass begins '}about {moment(at, now, zone)}"
        for place, (one, at) in enumerate(each for each in dry.passes if each[1] > now)
    ]
    if dry.dry_at is None:
        ends = "enough people are left until the polls close"
    else:
        since = f"from about {moment(dry.dry_at, now, zone)} on " if dry.dry_at > now else ""
        ends = f"{since}too few people are left for all that is planned"
    return "; ".join([", ".join(passes), ends] if passes else [ends]) + "."


def _ordinal(pass_: int) -> str:
    return _ORDINALS.get(pass_, f"{pass_}th")


def changes(found: Iterable[Change], today: date) -> list[str]:
    """calls Tue −120, texts Wed +300: what differs from the plan before, by day."""
    said = []
    for one in found:
        by = one.after - one.before
        near = 0 <= (one.day - today).days < 7
        on = f"{one.day:%a}" if near else f"{one.day:%b} {one.day.day}"
        if by:
            said.append(f"{noun(one.channel)} {on} {_sign(by)}{number(abs(by))}")
    return said


def gains(advice: Advice) -> list[str]:
    """What following the advice brings: votes, attempts, gaps closed."""
    few = 0 < abs(advice.votes) < FEW
    sign = "" if few else f"≈ {_sign(advice.votes)}"
    said = [f"{sign}{votes(advice.votes)} votes"]
    if advice.attempts:
        said.append(
            f"{_sign(advice.attempts)}{number(abs(advice.attempts))} {noun(advice.channel)}"
        )
    if advice.hours_covered:
        said.append(f"closes {plural(advice.hours_covered, 'gap')}")
    return said


def _sign(value: float) -> str:
    return "−" if value < 0 else "+"


def costs(advice: Advice) -> str:
    """What following the advice takes: money, hours of volunteers, or nothing."""
    said = [money(advice.cost)] if advice.cost else []
    if advice.volunteer_hours:
        said.append(f"{number(advice.volunteer_hours)} volunteer hours")
    return " and ".join(said) or "no money"


def must_confirm(advice: Advice) -> bool:
    """Whether applying it may spend money, so that it is asked again with the sum."""
    return advice.cost > 0 or advice.remedy in SPENDS


def solver(report: Report) -> str:
    """Solved by HiGHS in 2.1 s, 1.4 s of it in the solver: who made the plan, and how long."""
    if report.solver == "greedy":
        return f"Made hour by hour without the solver, in {seconds(report.seconds)}"
    name = SOLVERS.get(report.solver, report.solver)
    share = f"{seconds(report.solver_seconds)} of it in the solver"
    return f"Solved by {name} in {seconds(report.seconds)}, {share}"


def seconds(value: float) -> str:
    """2.1 s; under 0.1 s."""
    return f"{value:.1f} s" if value >= 0.1 else "under 0.1 s"


def reasons(why: Iterable[str]) -> str:
    """Why a plan was made; a worker that names nothing was called by the ballots that came in."""
    return "; ".join(why) or "ballots came in"


def block_query(of: Advice | ShiftNeed, zone: str) -> dict[str, str]:
    """A block of hours as the shifts page takes it in its address."""
    if of.begins_at is None or of.ends_at is None:
        return {}
    first, last = (at.astimezone(ZoneInfo(zone)) for at in (of.begins_at, of.ends_at))
    channel = (of.channel or Channel.CALL).value
    hours = {"from": f"{first:%H:%M}", "until": f"{last:%H:%M}"}
    return {"day": first.date().isoformat(), **hours, "channel": channel}
