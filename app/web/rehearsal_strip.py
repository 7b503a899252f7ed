"""The week of a rehearsal as a strip of days, channels and hours: planned against done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.rehearsal import Hour, Outcome
from app.web.plan_strip import Slot, Strip, hours_of
from app.web.plan_words import HOUR
from app.web.rehearsal_words import NOUNS, silence
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _
from app.web.words import clock, number

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


@dataclass(frozen=True)
class Cell:
    """An hour of a day for one channel."""

    look: Look
    name: str = ""  # 5 pm; 1 am again
    told: str = ""  # 412 of 420
    words: str = ""  # 5 pm: 412 of 420 texts

    @property
    def sign(self) -> str:
        """What stands in it at every width."""
        return SIGNS.get(self.look, "")


@dataclass(frozen=True)
class Band:
    """One channel on one day."""

    channel: Channel
    cells: tuple[Cell, ...]
    words: str


@dataclass(frozen=True)
class DayRow:
    """One day, with a line of hours for each channel."""

    day: date
    bands: tuple[Band, ...]
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
        return Strip(self.slots, (), (), "").axis


def week(outcome: Outcome) -> Week:
    """The hours of an outcome, drawn up by day on the campaign's own clock."""
    here = ZoneInfo(outcome.zone)
    held = {hour.at.astimezone(UTC): hour for hour in outcome.hours}
    days = sorted({at.astimezone(here).date() for at in held})
    by_day = {one: hours_of(one, here) for one in days}
    slots = tuple(sorted({slot for found in by_day.values() for slot in found}))
    used = [which for which in Channel if _is_used(which, outcome.hours)]
    rows = []
    for one in days:
        found = {slot: held.get(at) for slot, at in by_day[one].items()}
        bands = tuple(
            _band(which, [(slot, found.get(slot)) for slot in slots], outcome.zone)
            for which in used
        )
        silent = sum(hour.silent_seconds for hour in found.values() if hour)
        rows.append(DayRow(one, bands, silence(silent) if silent else ""))
    seen = {cell.look for row in rows for band in row.bands for cell in band.cells}
    return Week(slots, tuple(rows), tuple(look for look in LOOKS if look in seen - {Look.NONE}))


def _is_used(channel: Channel, hours: Sequence[Hour]) -> bool:
    name = channel.value
    return any(hour.planned.get(name, 0) or hour.done.get(name, 0) for hour in hours)


def _band(channel: Channel, hours: Sequence[tuple[Slot, Hour | None]], zone: str) -> Band:
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
    name = clock(hour.at, zone)
    if slot[1]:
        name = _("%(hour)s again", hour=name)
    look = _look(hour, planned, done)
    until = clock(hour.at + HOUR, zone)
    if not planned and not done:
        return Cell(look, f"{name}–{until}", LOOKS[look][1], f"{name}: {LOOKS[look][1]}")
    silent = f", {silence(hour.silent_seconds)}" if hour.silent_seconds else ""
    told = _("%(done)s of %(planned)s", done=number(done), planned=number(planned))
    said = f"{name}: {told} {NOUNS[channel]}{silent}"
    return Cell(look, f"{name}–{until}", f"{told}{silent}", said)


def _look(hour: Hour, planned: int, done: int) -> Look:
    if hour.silent_seconds and (planned or done):
        return Look.SILENT
    if planned and not done:
        return Look.MISSED
    if done:
        return Look.DONE if done >= planned * ENOUGH else Look.SHORT
    return Look.IDLE if hour.opened else Look.CLOSED
