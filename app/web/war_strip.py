"""The final week for the war room: a line of hours a day, what is done and what is to come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.channel import Channel
from app.domain.report import Cover, HourCover, Report
from app.web import plan_strip, war_words
from app.web.tongue import translated as _
from app.web.war_tally import HOUR, Tally
from app.web.words import CHANNELS, clock, number

ENOUGH = 0.9
"""Attempts of an hour's plan from which it counts as done: a plan is no schedule to the minute."""


class Look(StrEnum):
    """How an hour stands; the class that draws it."""

    DONE = "done"
    SHORT = "short"
    MISSED = "missed"
    NOW = "going"
    PLANNED = "planned"
    GAP = "gap"
    CLOSED = "closed"
    OWN_HOURS = "own_hours"
    BLACKOUT = "blackout"
    SILENCE = "silence"
    PAUSED = "paused"
    NOT_BEGUN = "not_begun"
    PAST = "past"  # gone, and nothing was planned
    NONE = "none"  # the day has no such hour, or it is outside of the week


SIGNS = {Look.GAP: "!", Look.MISSED: "0", Look.BLACKOUT: "B", Look.SILENCE: "S", Look.PAUSED: "P"}
"""What stands in a cell at every width."""


@dataclass(frozen=True)
class Hour:
    """One hour of a day over all channels."""

    look: Look = Look.NONE
    sign: str = ""
    name: str = ""
    told: Mapping[Channel, str] | None = None
    now: bool = False

    @property
    def title(self) -> str:
        """5 pm: ● 412 of 420 calls done · ▲ closed by law."""
        if not self.told:
            return ""
        told = self.told
        if len(set(told.values())) == 1:
            return f"{self.name}: {next(iter(told.values()))}"
        said = " · ".join(f"{CHANNELS[which][0]} {words}" for which, words in told.items())
        return f"{self.name}: {said}"


@dataclass(frozen=True)
class Day:
    """One day: its cells, and how it stands in words."""

    day: date
    cells: tuple[Hour, ...]
    polling: bool
    today: bool
    gaps: int
    words: str

    @property
    def hours(self) -> list[Hour]:
        """Those that the table lists: all but what is shut or gone on every channel."""
        quiet = (Look.NONE, Look.CLOSED, Look.PAST)
        return [cell for cell in self.cells if cell.look not in quiet]


@dataclass(frozen=True)
class Strip:
    """The whole strip."""

    days: tuple[Day, ...]
    channels: tuple[Channel, ...]
    axis: Sequence[str]
    looks: tuple[Look, ...]  # that it shows, for the legend
    columns: int


def strip(report: Report, tally: Tally, polling_day: date) -> Strip:
    """The coverage of the plan in force, with what was done of it by now."""
    drawn = plan_strip.strip(report, tally.zone, polling_day, tally.now)
    rows = drawn.days
    channels = tuple(band.channel for band in rows[0].bands) if rows else ()
    days = []
    for row in rows:
        columns = zip(*(band.cells for band in row.bands), strict=True)
        cells = tuple(_hour(list(column), channels, tally) for column in columns)
        done = sum(_done(cell.hour, tally) for band in row.bands for cell in band.cells)
        planned = sum(_planned(cell.hour, tally) for band in row.bands for cell in band.cells)
        gaps = sum(cell.look is Look.GAP for cell in cells)
        words = _("%(done)s of %(planned)s", done=number(done), planned=number(planned))
        is_today = row.day == tally.today
        days.append(Day(row.day, cells, row.polling, is_today, gaps, words))
    seen = {cell.look for one in days for cell in one.cells}
    looks = tuple(look for look in Look if look in seen - {Look.NONE, Look.PAST})
    return Strip(tuple(days), channels, drawn.axis, looks, len(drawn.slots))


def legend(look: Look) -> str:
    """What a look means."""
    own = {
        Look.DONE: _("done, %(share)s %% or more of its plan", share=round(100 * ENOUGH)),
        Look.SHORT: _("less than planned"),
        Look.MISSED: _("planned, none tried"),
        Look.NOW: _("this hour"),
    }
    return own[look] if look in own else war_words.cover(Cover(look.value))


def _planned(hour: HourCover | None, tally: Tally) -> int:
    return tally.planned.get(hour.channel, {}).get(hour.at, 0) if hour else 0


def _done(hour: HourCover | None, tally: Tally) -> int:
    return tally.by_hour.get((hour.channel, hour.at), 0) if hour else 0


def _hour(column: list[plan_strip.Cell], channels: Sequence[Channel], tally: Tally) -> Hour:
    held = [cell.hour for cell in column]
    named = [hour for hour in held if hour is not None]
    if not named:
        return Hour()
    at = named[0].at
    name = f"{clock(at, tally.zone)}–{clock(at + HOUR, tally.zone)}"
    told = {
        channel: _told(hour, tally) for channel, hour in zip(channels, held, strict=True) if hour
    }
    look = _look(named, tally)
    none_tried = at + HOUR <= tally.now and any(
        _planned(hour, tally) and not _done(hour, tally) for hour in named
    )
    sign = SIGNS[Look.MISSED] if none_tried else SIGNS.get(look, "")
    return Hour(look, sign, name, told, at <= tally.now < at + HOUR)


def _look(hours: Sequence[HourCover], tally: Tally) -> Look:
    at = hours[0].at
    planned = sum(_planned(hour, tally) for hour in hours)
    done = sum(_done(hour, tally) for hour in hours)
    if at + HOUR <= tally.now:
        if not planned and not done:
            return Look.PAST
        if not done:
            return Look.MISSED
        return Look.DONE if done >= planned * ENOUGH else Look.SHORT
    covers = [hour.cover for hour in hours]
    if Cover.GAP in covers:
        return Look.GAP
    if planned or Cover.PLANNED in covers:
        return Look.NOW if at <= tally.now else Look.PLANNED
    return Look(covers[0].value)


def _told(hour: HourCover, tally: Tally) -> str:
    """412 of 420 calls done; 420 calls planned; gap: nobody is booked; closed by law."""
    planned, done = _planned(hour, tally), _done(hour, tally)
    if hour.at <= tally.now and (planned or done):
        return war_words.done_of(hour.channel, done, planned)
    if hour.cover is Cover.GAP:
        why = war_words.cause(hour.cause)
        said = _("gap, %(wanted)s wanted", wanted=number(hour.wanted))
        return f"{said}, {why}" if why else said
    if planned:
        said = war_words.to_come(hour.channel, planned - hour.blasts)
        return f"{said}, {war_words.by_blasts(hour.blasts)}" if hour.blasts else said
    return war_words.cover(hour.cover)
