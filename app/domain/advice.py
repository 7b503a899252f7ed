"""Advice: what would help most for what it costs, each checked by planning again with it done."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.coverage import coverage
from app.domain.draft import Draft, draw_up
from app.domain.grid import HOUR
from app.domain.ramp import RampRule
from app.domain.report import Advice, Cause, Cover, Remedy, ShiftNeed
from app.domain.shortfall import day_lines, shortfalls
from app.domain.situation import Situation, Supply
from app.domain.staffing import carried, shift_needs
from app.domain.time_of_day import between

MOST_BLOCKS = 6
"""So many blocks of hours are tried; the dual values of the program say which."""
AHEAD = timedelta(days=10)
VOLUNTEER_HOUR = 10.0
"""Money that an hour of a volunteer counts as, only to put people and money in order (custom)."""
PATIENCE_SECONDS = 5.0
"""How long the solver may take for one piece of advice."""
LEAST_VOTES = 0.05
"""Advice that wins less and closes no gap is not worth a line."""


@dataclass(frozen=True)
class _Idea:
    """A change to try: the situation with it, and what it would be called."""

    changed: Situation
    say: Callable[[int], str]  # the words, once the attempts that it gains are known
    remedy: Remedy
    channel: Channel | None = None
    amount: float = 0
    hours: float = 0  # of volunteers
    block: tuple[datetime, datetime] | None = None


@dataclass(frozen=True)
class _Tally:
    votes: float
    attempts: int
    gaps: int
    cost: float


def advise(situation: Situation) -> tuple[Advice, ...]:
    """What to do next, best for its cost first; what closes gaps of the final week before all.

    Each is planned again, coarsely, beside a plan as coarse without it, so that the gain is the
    change's own. Votes are a model's estimate.
    """
    base = draw_up(situation, coarse=True, seconds=PATIENCE_SECONDS)
    if not base.grid.hours:
        return ()
    before = _tally(base)
    found = [
        advice
        for idea in _ideas(base.situation, base)
        if (advice := _checked(idea, before, base)) is not None
    ]
    return tuple(sorted(found, key=_order))


def _order(advice: Advice) -> tuple[bool, float, str]:
    cost = advice.cost + advice.volunteer_hours * VOLUNTEER_HOUR
    return (not advice.hours_covered, -advice.votes / max(cost, 1.0), advice.words)


def _checked(idea: _Idea, before: _Tally, base: Draft) -> Advice | None:
    # Beside a plan made step by step stands another such.
    seconds = PATIENCE_SECONDS if base.solver == "highs" else 0.0
    after = _tally(draw_up(idea.changed, grid=base.grid, seconds=seconds))
    votes, gaps = after.votes - before.votes, before.gaps - after.gaps
    if votes < LEAST_VOTES and gaps <= 0:
        return None
    begins, ends = idea.block or (None, None)
    attempts = after.attempts - before.attempts
    return Advice(
        idea.remedy,
        idea.say(attempts),
        round(votes, 2),
        attempts,
        max(gaps, 0),
        round(max(after.cost - before.cost, 0.0), 2),
        idea.hours,
        idea.channel,
        idea.amount,
        begins,
        ends,
    )


def _tally(draft: Draft) -> _Tally:
    lines = day_lines(draft)
    proof = coverage(draft.situation, draft.grid, draft.wishes, draft.hours)
    return _Tally(
        sum(line.votes for line in lines),
        sum(line.planned for line in lines),
        sum(hour.cover is Cover.GAP for hour in proof),
        sum(line.cost for line in lines),
    )


def _ideas(situation: Situation, base: Draft) -> Iterable[_Idea]:
    causes: dict[Cause, list[Channel]] = {}
    for short in shortfalls(base, day_lines(base)):
        causes.setdefault(short.cause, []).append(short.channel)
    yield from _callers(situation, base)
    yield from _money(situation, base, causes)
    yield from _senders(situation, base)
    yield from _limits(situation, base, causes)
    yield from _more(situation, base)


def _callers(situation: Situation, base: Draft) -> Iterable[_Idea]:
    """The blocks in which callers are short and one more would bring most."""
    supply = situation.supply.get(Channel.CALL)
    if supply is None or supply.by_hour is None:
        return
    until = base.grid.hours[0] + AHEAD
    short = [
        need
        for need in shift_needs(base.situation, base.grid, base.wishes)
        if need.short and (need.begins_at < until or need.begins_at >= situation.final_from)
    ]
    ranked = sorted(short, key=lambda need: (-_gain(base, need), need.begins_at))
    for need in ranked[:MOST_BLOCKS]:
        yield _block(situation, supply, need)


def _gain(base: Draft, need: ShiftNeed) -> float:
    """What the dual value of the day's calls promises for the block, gaps above all."""
    calls = base.hours.get(Channel.CALL, {})
    empty = sum(at >= base.situation.final_from and not calls.get(at) for at in _hours(need))
    attempts = carried(need.short, base.situation.model) * len(_hours(need))
    prices = base.solution.prices
    dual = 1.0
    if prices is not None:
        day = int(base.grid.day_of[base.grid.hours.index(need.begins_at)])
        slots = [number for number, slot in enumerate(base.grid.slots) if slot.day == day]
        dual = max(float(prices.supply[Channel.CALL][slot]) for slot in slots)
    return dual * attempts + empty * 1000


def _hours(need: ShiftNeed) -> list[datetime]:
    return [need.begins_at + HOUR * n for n in range(int((need.ends_at - need.begins_at) / HOUR))]


def _block(situation: Situation, supply: Supply, need: ShiftNeed) -> _Idea:
    more = dict(supply.by_hour or {})
    for hour in _hours(need):
        more[hour] = more.get(hour, 0.0) + carried(need.short, situation.model)
    changed = _supplied(situation, Channel.CALL, replace(supply, by_hour=more))
    who = "1 caller" if need.short == 1 else f"{need.short} callers"
    when = _when(need.begins_at, need.ends_at, situation.schedule.zone)
    return _Idea(
        changed,
        lambda attempts: f"Find {who} for {when}",
        Remedy.CALLERS,
        Channel.CALL,
        need.short,
        need.short * len(_hours(need)),
        (need.begins_at, need.ends_at),
    )


def _supplied(situation: Situation, channel: Channel, supply: Supply) -> Situation:
    return replace(situation, supply={**situation.supply, channel: supply})


def _when(begins: datetime, ends: datetime, zone: str) -> str:
    first, last = begins.astimezone(ZoneInfo(zone)), ends.astimezone(ZoneInfo(zone))
    return f"{first:%a, %b} {first.day}, {between(first.time(), last.time())}"


def _money(
    situation: Situation, base: Draft, causes: Mapping[Cause, list[Channel]]
) -> Iterable[_Idea]:
    prices = base.solution.prices
    missing = _unpaid(situation, base)
    if missing and (Cause.MONEY in causes or (prices is not None and prices.money > 1e-6)):
        amount = _round_up(missing)
        yield _Idea(
            replace(
                situation,
                money=situation.money + amount,
                money_before=situation.money_before + amount,
            ),
            lambda attempts: f"Raise the budget by ${amount:,}",
            Remedy.BUDGET,
            amount=float(amount),
        )
    locked = situation.money - situation.money_before
    if locked > 0 and missing and Cause.RESERVE in causes:
        amount = min(_round_up(missing), locked)
        yield _Idea(
            replace(situation, money_before=situation.money_before + amount),
            lambda attempts: f"Keep ${amount:,.0f} less back for the final week",
            Remedy.RESERVE,
            amount=float(amount),
        )


def _unpaid(situation: Situation, base: Draft) -> Decimal:
    """What the attempts that are wanted and not planned would cost."""
    missing = Decimal(0)
    for channel, price in situation.price.items():
        if channel in situation.ramps:
            planned = sum(base.hours.get(channel, {}).values())
            missing += price * max(base.wishes.total(channel) - planned, 0)
    return missing


def _round_up(amount: Decimal) -> Decimal:
    """To the next sum that one would ask for: tens, hundreds, thousands."""
    step = Decimal(10) if amount < 500 else Decimal(100) if amount < 10_000 else Decimal(1000)
    return (amount / step).to_integral_value(ROUND_CEILING) * step


def _senders(situation: Situation, base: Draft) -> Iterable[_Idea]:
    prices = base.solution.prices
    for channel in situation.channels():
        supply = situation.supply[channel]
        slow = supply.by_hour is None and supply.an_hour > 0
        if slow and prices is not None and float(prices.supply[channel].max(initial=0)) > 1e-6:
            faster = replace(supply, an_hour=supply.an_hour * 2)
            yield _Idea(
                _supplied(situation, channel, faster),
                lambda attempts, what=channel.value: f"Send {what}s from a sender twice as fast",  # type: ignore[misc]
                Remedy.SENDER,
                channel,
                2,
            )


def _limits(
    situation: Situation, base: Draft, causes: Mapping[Cause, list[Channel]]
) -> Iterable[_Idea]:
    prices = base.solution.prices
    if Cause.NOBODY_LEFT not in causes and not (
        prices and prices.total_cap + prices.daily_cap > 1e-3
    ):
        return
    total, daily = situation.total_cap + 2, situation.daily_cap + 1
    yield _Idea(
        replace(situation, total_cap=total),
        lambda attempts: f"Allow {total} attempts a voter in all instead of {total - 2}",
        Remedy.TOTAL_CAP,
        amount=total,
    )
    yield _Idea(
        replace(situation, daily_cap=daily),
        lambda attempts: f"Allow {daily} attempts a voter in 24 hours instead of {daily - 1}",
        Remedy.DAILY_CAP,
        amount=daily,
    )


def _more(situation: Situation, base: Draft) -> Iterable[_Idea]:
    """A tenth more on a channel whose ramp is kept and that wins votes."""
    for channel in situation.channels():
        wanted = base.wishes.total(channel)
        planned = sum(base.hours.get(channel, {}).values())
        if not wanted or planned < wanted or not float(base.solution.votes[channel].sum()):
            continue
        extra = max(wanted // 10, 1)
        more = raised(situation.ramps[channel], extra)
        yield _Idea(
            replace(situation, ramps={**situation.ramps, channel: more}),
            lambda attempts, what=channel.value: f"Plan {attempts:,} more {what}s: there is room",  # type: ignore[misc]
            Remedy.RAMP,
            channel,
            extra,
        )


def raised(rule: RampRule, extra: float) -> RampRule:
    """The ramp with about `extra` attempts more, in its own shape."""
    whole = max(rule.total, 1)
    part = extra / whole
    return replace(
        rule,
        total=rule.total + int(extra),
        peak=None if rule.peak is None else rule.peak + max(round(rule.peak * part), 1),
        drawn=tuple((day, count + round(count * part)) for day, count in rule.drawn),
    )
