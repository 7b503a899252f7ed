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
from app.web.retold import retold
from app.web.tongue import InTongue, marked, ngettext
from app.web.tongue import translated as _
from app.web.words import (
    channel_name,
    day,
    hours_between,
    moment,
    money,
    month_day,
    number,
    weekday,
)

HOUR = timedelta(hours=1)

COVERS = InTongue(
    {
        Cover.PLANNED: ("#", marked("planned")),
        Cover.PAST: (".", marked("past")),
        Cover.CLOSED: ("/", marked("closed by law")),
        Cover.OWN_HOURS: ("\\", marked("your own hours")),
        Cover.BLACKOUT: ("B", marked("blackout")),
        Cover.SILENCE: ("S", marked("election silence")),
        Cover.PAUSED: ("P", marked("paused")),
        Cover.NOT_BEGUN: ("-", marked("not begun")),
        Cover.GAP: ("!", marked("gap")),
    }
)
"""Each cover's letter on the command line, and its words."""

CAUSES = InTongue(
    {
        Cause.NOBODY_BOOKED: marked("nobody is booked"),
        Cause.FEW_BOOKED: marked("too few are booked"),
        Cause.SENDER_SLOW: marked("the sender is too slow"),
        Cause.SENDER_STOPPED: marked("the sender has stopped"),
        Cause.NO_SENDER: marked("there is no sender"),
        Cause.NO_WORDS: marked("nobody has written the words"),
        Cause.BLAST: marked("booked blasts take the senders’ time"),
        Cause.BLAST_MONEY: marked("booked blasts take the money"),
        Cause.MONEY: marked("the money is used up"),
        Cause.RESERVE: marked("the rest of the money is kept for the final week"),
        Cause.NOBODY_REACHABLE: marked("nobody can be reached"),
        Cause.NOBODY_LEFT: marked("everybody has been tried as often as allowed"),
        Cause.HOURS: marked("no hour is open"),
        Cause.SILENCE: marked("election silence"),
        Cause.BLACKOUT: marked("a blackout"),
        Cause.PAUSED: marked("an organizer paused it"),
        Cause.DAILY_LIMIT: marked("the ramp's own limit a day"),
        Cause.SENDER_DAY: marked("the senders’ limit a day"),
    }
)

APPLIES = InTongue(
    {
        Remedy.BUDGET: marked("Raise the budget"),
        Remedy.RESERVE: marked("Release from the reserve"),
        Remedy.TOTAL_CAP: marked("Allow more attempts a voter"),
        Remedy.DAILY_CAP: marked("Allow more attempts a day"),
        Remedy.RAMP: marked("Plan more"),
    }
)
"""What the program can do by itself, as its button says it. The rest is for people."""

SPENDS = frozenset({Remedy.BUDGET, Remedy.RESERVE})
"""Advice that touches money whatever its cost, and is confirmed first."""

SOLVERS = InTongue({"highs": "HiGHS", "greedy": marked("the greedy plan")})

PARTS = ((marked("morning"), 0, 12), (marked("afternoon"), 12, 17), (marked("evening"), 17, 24))
"""Parts of the day on the campaign's clock: name, first hour, hour at which it ends."""

FEW = 0.1
"""Fewer votes are only said to be fewer."""

_ORDINALS = InTongue(
    {
        2: marked("second"),
        3: marked("third"),
        4: marked("fourth"),
        5: marked("fifth"),
        6: marked("sixth"),
    }
)


def noun(channel: Channel | None) -> str:
    """calls, texts, emails; attempts for no channel."""
    return channel_name(channel) if channel else _("attempts")


def hours(begins: datetime, ends: datetime, zone: str) -> str:
    """5–8 pm, 11 am–2 pm, 9 pm–midnight; all day for a whole day."""
    here = ZoneInfo(zone)
    first, last = begins.astimezone(here), ends.astimezone(here)
    whole = first.time() == last.time() == time() and last.date() > first.date()
    return _("all day") if whole else hours_between(first.time(), last.time())


def block(begins: datetime, ends: datetime, zone: str) -> str:
    """Tue 5–8 pm, on the clock of `zone`."""
    return f"{weekday(begins.astimezone(ZoneInfo(zone)).date())} {hours(begins, ends, zone)}"


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
    return _("%(said)s and %(hours)s h more", said=said, hours=left) if left else said


def votes(value: float) -> str:
    """41, 5.5, under 0.1, without a sign: no more digits than a model has."""
    size = abs(value)
    if size >= 10:
        return number(size)
    if size >= FEW or size == 0:
        return f"{size:.1f}".removesuffix(".0")
    return _("under 0.1")


def judgement(report: Report, zone: str) -> tuple[str, str]:
    """good, warn or bad, and one line on the final week."""
    gaps = report.gaps
    if gaps:
        return "bad", _holes(gaps, zone)
    covers = {hour.cover for hour in report.coverage}
    if Cover.PLANNED in covers:
        return "good", _("The final week has no hole.")
    if covers and covers <= {Cover.PAST, Cover.CLOSED, Cover.OWN_HOURS}:
        return "plain", _("The final week is over.")
    if Cover.PAUSED in covers:
        return "warn", _("The campaign is paused: the plan begins when the pause ends.")
    return "warn", _("Nothing is planned in the final week, because no hour of it is open.")


def _holes(gaps: Sequence[HourCover], zone: str) -> str:
    channels = {hour.channel for hour in gaps}
    count = len({hour.at for hour in gaps})
    groups = grouped(gaps)
    said = "; ".join(_hole(group, zone, named=len(channels) > 1) for group in groups[:2])
    if more := len(groups[2:]):
        said = ngettext(
            "%(said)s and for %(count)s more cause",
            "%(said)s and for %(count)s more causes",
            more,
            said=said,
            count=number(more),
        )
    return ngettext(
        "%(count)s open hour of the final week has %(what)s: %(said)s.",
        "%(count)s open hours of the final week have %(what)s: %(said)s.",
        count,
        count=number(count),
        what=_lack(gaps) if len(channels) == 1 else _("a gap"),
        said=said,
    )


def _lack(gaps: Sequence[HourCover]) -> str:
    """no calls; too few calls; no or too few calls."""
    name = noun(gaps[0].channel)
    if not any(hour.planned for hour in gaps):
        return _("no %(channel)s", channel=name)
    if all(hour.planned for hour in gaps):
        return _("too few %(channel)s", channel=name)
    return _("no or too few %(channel)s", channel=name)


def _hole(group: Sequence[HourCover], zone: str, *, named: bool) -> str:
    cause = group[0].cause
    at = when((hour.at for hour in group), zone, most=2)
    why = CAUSES[cause] if cause else _("for no cause that is known")
    if named:
        return _("%(channel)s %(at)s (%(why)s)", channel=noun(group[0].channel), at=at, why=why)
    return _("%(why)s %(at)s", why=why, at=at)


def grouped(gaps: Iterable[HourCover]) -> list[list[HourCover]]:
    """Gaps of one channel and cause together, the most hours first."""
    found: dict[tuple[Channel, Cause | None], list[HourCover]] = {}
    for hour in gaps:
        found.setdefault((hour.channel, hour.cause), []).append(hour)
    return sorted(found.values(), key=lambda group: (-len(group), group[0].at))


def forecast(dry: Dry, now: datetime, zone: str) -> str:
    """When the next passes begin and when people run out, in a sentence."""
    if not dry.people:
        return _("nobody can be reached.")
    passes = [
        _pass_words(_ordinal(one), moment(at, now, zone), first=place == 0)
        for place, (one, at) in enumerate(each for each in dry.passes if each[1] > now)
    ]
    if dry.dry_at is None:
        ends = _("enough people are left until the polls close")
    elif dry.dry_at > now:
        since = moment(dry.dry_at, now, zone)
        ends = _("from about %(at)s on too few people are left for all that is planned", at=since)
    else:
        ends = _("too few people are left for all that is planned")
    return "; ".join([", ".join(passes), ends] if passes else [ends]) + "."


def _pass_words(which: str, at: str, *, first: bool) -> str:
    if first:
        return _("the %(which)s pass begins about %(at)s", which=which, at=at)
    return _("the %(which)s about %(at)s", which=which, at=at)


def _ordinal(pass_: int) -> str:
    return _ORDINALS[pass_] if pass_ in _ORDINALS else _("%(number)sth", number=pass_)


def changes(found: Iterable[Change], today: date) -> list[str]:
    """calls Tue −120, texts Wed +300: what differs from the plan before, by day."""
    said = []
    for one in found:
        by = one.after - one.before
        near = 0 <= (one.day - today).days < 7
        on = weekday(one.day) if near else month_day(one.day)
        if by:
            said.append(f"{noun(one.channel)} {on} {_sign(by)}{number(abs(by))}")
    return said


def gains(advice: Advice) -> list[str]:
    """What following the advice brings: votes, attempts, gaps closed."""
    few = 0 < abs(advice.votes) < FEW
    sign = "" if few else f"≈ {_sign(advice.votes)}"
    said = [_("%(count)s votes", count=f"{sign}{votes(advice.votes)}")]
    if advice.attempts:
        said.append(
            f"{_sign(advice.attempts)}{number(abs(advice.attempts))} {noun(advice.channel)}"
        )
    if advice.hours_covered:
        closed = advice.hours_covered
        said.append(
            ngettext("closes %(count)s gap", "closes %(count)s gaps", closed, count=number(closed))
        )
    return said


def _sign(value: float) -> str:
    return "−" if value < 0 else "+"


def costs(advice: Advice) -> str:
    """What following the advice takes: money, hours of volunteers, or nothing."""
    said = [money(advice.cost)] if advice.cost else []
    if advice.volunteer_hours:
        worked = round(advice.volunteer_hours)
        said.append(
            ngettext(
                "%(count)s volunteer hour",
                "%(count)s volunteer hours",
                worked,
                count=number(worked),
            )
        )
    if len(said) > 1:
        return _("%(one)s and %(other)s", one=said[0], other=said[1])
    return said[0] if said else _("no money")


def must_confirm(advice: Advice) -> bool:
    """Whether applying it may spend money, so that it is asked again with the sum."""
    return advice.cost > 0 or advice.remedy in SPENDS


def solver(report: Report) -> str:
    """Solved by HiGHS in 2.1 s, 1.4 s of it in the solver: who made the plan, and how long."""
    if report.solver == "greedy":
        took = seconds(report.seconds)
        return _("Made hour by hour without the solver, in %(time)s", time=took)
    return _(
        "Solved by %(name)s in %(time)s, %(share)s of it in the solver",
        name=SOLVERS.get(report.solver, report.solver),
        time=seconds(report.seconds),
        share=seconds(report.solver_seconds),
    )


def seconds(value: float) -> str:
    """2.1 s; under 0.1 s."""
    return f"{value:.1f} s" if value >= 0.1 else _("under 0.1 s")


def reasons(why: Iterable[str]) -> str:
    """Why a plan was made; a worker that names nothing was called by the ballots that came in."""
    return "; ".join(retold(one) for one in why) or _("ballots came in")


def block_query(of: Advice | ShiftNeed, zone: str) -> dict[str, str]:
    """A block of hours as the shifts page takes it in its address."""
    if of.begins_at is None or of.ends_at is None:
        return {}
    first, last = (at.astimezone(ZoneInfo(zone)) for at in (of.begins_at, of.ends_at))
    channel = (of.channel or Channel.CALL).value
    hours = {"from": f"{first:%H:%M}", "until": f"{last:%H:%M}"}
    return {"day": first.date().isoformat(), **hours, "channel": channel}
