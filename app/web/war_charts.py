"""The war room's charts as paths of SVG, drawn by the server: a few hundred bytes, no script.

Each is 100 by 100 and stretched by the page; what is written at it stands beside it as HTML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.channel import Channel
from app.web.strip import Slot as ClockHour
from app.web.strip import hours_of
from app.web.tongue import translated as _
from app.web.war_tally import HOUR, LOOK_BACK, DayCount, Tally
from app.web.words import clock
from app.web.words import day as day_words

STEP = timedelta(minutes=5)
"""A bar of the last hours stands for so long."""


@dataclass(frozen=True)
class Row:
    """A line of the table beside a chart, for one channel."""

    planned: float
    done: float


@dataclass(frozen=True)
class Plot:
    """One channel's part of a chart."""

    channel: Channel
    top: float  # what the full height stands for
    planned: str  # bars, or the steps of a line
    done: str  # bars
    total: Row


@dataclass(frozen=True)
class Chart:
    """Parts that share their columns, and the table of the same numbers."""

    plots: tuple[Plot, ...]
    ticks: tuple[str, ...]  # written below, evenly spaced
    now: float | None  # where now is, 0 to 100
    rows: tuple[tuple[str | date, bool, Mapping[Channel, Row]], ...]  # name, whether it is now

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.plots


def bars(values: Sequence[float], top: float, inset: float) -> str:
    """Bars from the ground up; `inset` is what stays free of a column on each side, 0 to 0.5."""
    width = 100 / max(len(values), 1)
    said = []
    for place, value in enumerate(values):
        if value > 0:
            left, right = (place + inset) * width, (place + 1 - inset) * width
            said.append(f"M{_n(left)} 100V{_n(100 - 100 * value / top)}H{_n(right)}V100Z")
    return "".join(said)


def steps(values: Sequence[float], top: float) -> str:
    """A line of steps, one for each column."""
    width = 100 / max(len(values), 1)
    height = [_n(100 - 100 * value / top) for value in values]
    said = [f"V{high}H{_n((place + 1) * width)}" for place, high in enumerate(height)]
    return f"M0 {height[0]}{''.join(said)}" if height else ""


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def last_hours(tally: Tally) -> Chart:
    """Attempts a minute over the last six hours, with the plan as a line of steps."""
    end = tally.now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    begin = end - LOOK_BACK
    starts = [begin + STEP * place for place in range(int(LOOK_BACK / STEP))]
    minutes = STEP / timedelta(minutes=1)
    plots = []
    for channel in tally.channels:
        tried = [0] * len(starts)
        for slot in tally.slots:
            if slot.channel is channel and begin <= slot.at < end:
                tried[int((slot.at - begin) / STEP)] += slot.done
        hours = tally.planned.get(channel, {})
        wanted = [hours.get(at.replace(minute=0), 0) / 60 for at in starts]
        rate = [count / minutes for count in tried]
        if not any(rate) and not any(wanted):
            continue
        top = max(*rate, *wanted)
        now = Row(wanted[-1], rate[-1])
        plots.append(Plot(channel, top, steps(wanted, top), bars(rate, top, 0.1), now))
    ticks = (_("6 h ago"), _("4 h"), _("2 h"), _("now"))
    first = begin.replace(minute=0)
    rows = tuple(
        (clock(at, tally.zone), at <= tally.now < at + HOUR, _hour(tally, at))
        for at in (first + HOUR * place for place in range(int(LOOK_BACK / HOUR) + 1))
    )
    return Chart(tuple(plots), ticks, None, rows[::-1])


def _hour(tally: Tally, at: datetime) -> dict[Channel, Row]:
    return {
        channel: Row(tally.planned.get(channel, {}).get(at, 0), tally.by_hour.get((channel, at), 0))
        for channel in tally.channels
    }


def today(tally: Tally) -> Chart:
    """Planned and done by the hour of today."""
    hours = hours_of(tally.today, tally.here)
    starts = list(hours.values())
    plots = []
    for channel in tally.channels:
        rows = [_hour(tally, at)[channel] for at in starts]
        if any(row.planned or row.done for row in rows):
            plots.append(_plot(channel, rows))
    gone = sum(at + HOUR <= tally.now for at in starts)
    part = (tally.now - starts[gone]) / HOUR if gone < len(starts) else 0.0
    table = tuple(
        (clock(at, tally.zone), at <= tally.now < at + HOUR, row)
        for at, row in ((at, _hour(tally, at)) for at in starts)
        if any(one.planned or one.done for one in row.values())
    )
    return Chart(tuple(plots), _every_third(hours), 100 * (gone + part) / len(starts), table)


def _every_third(hours: Mapping[ClockHour, datetime]) -> tuple[str, ...]:
    """What stands under a day of hours: midnight stays unsaid."""
    names = {0: "", 6: "6", 12: "12", 18: "6"}
    return tuple(names[hour] for hour, again in hours if hour % 6 == 0 and not again)


def by_day(tally: Tally) -> Chart:
    """Planned and done on each day of the campaign."""
    days = sorted({day for day, _ in tally.days})
    if not days:
        return Chart((), (), None, ())
    span = [days[0] + timedelta(days=step) for step in range((days[-1] - days[0]).days + 1)]
    plots = []
    for channel in tally.channels:
        rows = [_day(tally, day, channel) for day in span]
        plots.append(_plot(channel, rows))
    place = (tally.today - span[0]).days + 0.5
    now = 100 * place / len(span) if tally.today in span else None
    table = tuple(
        (day, day == tally.today, {c: _day(tally, day, c) for c in tally.channels}) for day in span
    )
    ends = (span[0],) if len(span) == 1 else (span[0], span[-1])
    return Chart(tuple(plots), tuple(map(day_words, ends)), now, table)


def _day(tally: Tally, day: date, channel: Channel) -> Row:
    one = tally.days.get((day, channel), DayCount(day, channel))
    return Row(one.planned, one.done)


def _plot(channel: Channel, rows: Sequence[Row]) -> Plot:
    planned, done = [row.planned for row in rows], [row.done for row in rows]
    top = max(*planned, *done, 1) if len(rows) > 1 else max(planned[0], done[0], 1)
    total = Row(sum(planned), sum(done))
    return Plot(channel, top, bars(planned, top, 0.06), bars(done, top, 0.26), total)
