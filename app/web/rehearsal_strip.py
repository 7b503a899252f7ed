"""The week of a rehearsal as a strip of days, channels and hours: planned against done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.rehearsal import Hour, Outcome
from app.web.plan_words import HOUR
from app.web.rehearsal_words import silence
from app.web.strip import Band, Slot, axis, columns_of, hour_name
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _
from app.web.words import channel_name, clock, number

ENOUGH = 0.9
"""Attempts of an hour's plan from which it counts as done: a plan is no schedule to the minute."""


class Look(StrEnum):
    """How an hour of a channel went."""

    DONE = "done"
    SHORT = "short"
    MISSED = "missed"
    SILENT = "silent"
    IDLE = "idle"
    CLOSED = "closed"
    NONE = "none"  # the day has no such hour, or it is outside of the week


LOOKS = InTongue(
    {
        Look.DONE: ("#", marked("as planned, 90 % or more")),
        Look.SHORT: ("+", marked("less than planned")),
        Look.MISSED: ("0", marked("planned, none tried")),
        Look.SILENT: ("!", marked("silent for too long")),
        Look.IDLE: (".", marked("open, nothing planned")),
        Look.CLOSED: ("/", marked("closed")),
        Look.NONE: (" ", ""),
    }
)
"""Each look's letter on the command line, and its words."""

SIGNS = {Look.SILENT: "!", Look.MISSED: "0"}
_SHADES = {
    Look.SILENT: "gap",
    Look.MISSED: "gap",
    Look.DONE: "planned",
    Look.SHORT: "planned",
}


@dataclass(frozen=True)
class Cell:
    """An hour of a day for one channel."""

    look: Look
    name: str = ""  # 5 pm; 1 am again
    told: str = ""  # 412 of 420
    words: str = ""  # 5 pm: 412 of 420 texts

    @property
    def shade(self) -> str:
        """The class that draws it in the table of its day."""
        return _SHADES.get(self.look, "")

    @property
    def sign(self) -> str:
        """What stands in it at every width."""
        return SIGNS.get(self.look, "")


@dataclass(frozen=True)
class DayRow:
    """One day, with a line of hours for each channel."""

    day: date
    bands: tuple[Band[Cell], ...]
    silent: str  # 4 silent minutes; empty without any

    @property
    def hours(self) -> list[tuple[str, list[Cell]]]:
        """Each hour that is open or has anything, by name, with what the channels did in it."""
        columns = zip(*(band.cells for band in self.bands), strict=True)
        quiet = (Look.NONE, Look.CLOSED)
        return [
            (column[0].name, list(column))
            for column in columns
            if any(cell.look not in quiet for cell in column)
        ]


@dataclass(frozen=True)
class Week:
    """The whole strip."""

    slots: tuple[Slot, ...]
    days: tuple[DayRow, ...]
    looks: tuple[Look, ...]  # that it shows

    @property
    def axis(self) -> list[str]:
        """What stands over each column: every third hour."""
        return axis(self.slots)


def week(outcome: Outcome) -> Week:
    """The hours of an outcome, drawn up by day on the campaign's own clock."""
    held = {hour.at.astimezone(UTC): hour for hour in outcome.hours}
    columns = columns_of(held, ZoneInfo(outcome.zone))
    used = [which for which in Channel if _is_used(which, outcome.hours)]
    rows = []
    for when, hours in columns.days.items():
        found = [(slot, held.get(hours[slot]) if slot in hours else None) for slot in columns.slots]
        bands = tuple(_band(which, found, outcome.zone) for which in used)
        silent = sum(hour.silent_seconds for _slot, hour in found if hour)
        rows.append(DayRow(when, bands, silence(silent) if silent else ""))
    seen = {cell.look for row in rows for band in row.bands for cell in band.cells} - {Look.NONE}
    return Week(columns.slots, tuple(rows), tuple(look for look in LOOKS if look in seen))


def _is_used(channel: Channel, hours: Sequence[Hour]) -> bool:
    name = channel.value
    return any(hour.planned.get(name, 0) or hour.done.get(name, 0) for hour in hours)


def _band(channel: Channel, hours: Sequence[tuple[Slot, Hour | None]], zone: str) -> Band[Cell]:
    cells = tuple(_cell(channel, slot, hour, zone) for slot, hour in hours)
    return Band(channel, cells, band_words(channel, (hour for _, hour in hours)))


def band_words(channel: Channel, hours: Iterable[Hour | None]) -> str:
    """A channel's day in words: 4,100 of 4,120 planned."""
    mine = [hour for hour in hours if hour is not None]
    planned = sum(hour.planned.get(channel.value, 0) for hour in mine)
    done = sum(hour.done.get(channel.value, 0) for hour in mine)
    return _("%(done)s of %(planned)s planned", done=number(done), planned=number(planned))


def _cell(channel: Channel, slot: Slot, hour: Hour | None, zone: str) -> Cell:
    if hour is None:
        return Cell(Look.NONE)
    planned, done = hour.planned.get(channel.value, 0), hour.done.get(channel.value, 0)
    name = hour_name(hour.at, slot, zone)
    look = _look(hour, planned, done)
    until = clock(hour.at + HOUR, zone)
    if not planned and not done:
        return Cell(look, f"{name}–{until}", LOOKS[look][1], f"{name}: {LOOKS[look][1]}")
    silent = f", {silence(hour.silent_seconds)}" if hour.silent_seconds else ""
    told = _("%(done)s of %(planned)s", done=number(done), planned=number(planned))
    said = f"{name}: {told} {channel_name(channel)}{silent}"
    return Cell(look, f"{name}–{until}", f"{told}{silent}", said)


def _look(hour: Hour, planned: int, done: int) -> Look:
    if hour.silent_seconds and (planned or done):
        return Look.SILENT
    if planned and not done:
        return Look.MISSED
    if done:
        return Look.DONE if done >= planned * ENOUGH else Look.SHORT
    return Look.IDLE if hour.opened else Look.CLOSED
