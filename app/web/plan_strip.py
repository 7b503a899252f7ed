"""The coverage strip as a table of days, channels and hours, on the campaign's own clock.

The final week begins seven days before the close, in an evening, so that it touches eight days; the
few hours of the first are told in words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.report import Cover, HourCover, Report
from app.web.plan_strip_words import band_words, hour_told, hour_words
from app.web.plan_words import HOUR
from app.web.strip import Band, Slot, axis, columns_of, hour_name
from app.web.tongue import translated as _
from app.web.words import clock, day
from app.web.words import hour as clock_hour

WEEK = 7
EVENING = 8
"""A first day with at most so many hours in the final week gets no row of its own."""

SIGNS = {Cover.GAP: "!", Cover.BLACKOUT: "B", Cover.SILENCE: "S", Cover.PAUSED: "P"}
"""What stands in a cell at every width."""


@dataclass(frozen=True)
class Cell:
    """An hour of a day for one channel; no hour: the day has none at this place."""

    hour: HourCover | None = None
    name: str = ""  # 5 pm; 1 am again
    until: str = ""  # 6 pm
    now: bool = False

    @property
    def look(self) -> str:
        """The class that draws it."""
        return self.hour.cover.value if self.hour else "none"

    shade = look
    """The class that draws it in the table of its day."""

    @property
    def sign(self) -> str:
        """The letter or sign in it."""
        return SIGNS.get(self.hour.cover, "") if self.hour else ""

    @property
    def words(self) -> str:
        """5 pm: 412 calls planned."""
        return f"{self.name}: {hour_words(self.hour)}" if self.hour else ""

    @property
    def told(self) -> str:
        """As the table has it, under its channel: 412 of 500: too few are booked."""
        return hour_told(self.hour) if self.hour else "–"

    @property
    def volume(self) -> str:
        """Its attempts, short enough for a cell: 412, 1.2k, 12k."""
        held = self.hour if self.hour and self.hour.cover is Cover.PLANNED else None
        planned = held.planned + held.blasts if held else 0
        if planned < 1000:
            return str(planned or "")
        return f"{planned / 1000:.1f}k" if planned < 9950 else f"{planned / 1000:.0f}k"


@dataclass(frozen=True)
class DayRow:
    """One day of the strip, with a line of hours for each channel."""

    day: date
    bands: tuple[Band[Cell], ...]
    polling: bool
    since: str = ""  # when the week begins on this day, if not at midnight

    @property
    def quiet(self) -> str:
        """What all its hours have been or are, such as past, if nothing is to be done in them."""
        busy = (Cover.PLANNED, Cover.GAP)
        words = {band.words for band in self.bands}
        held = any(cell.look in busy for band in self.bands for cell in band.cells)
        return words.pop() if len(words) == 1 and not held else ""

    @property
    def gaps(self) -> int:
        """Hours with a gap, each channel's counted."""
        return sum(cell.look == Cover.GAP for band in self.bands for cell in band.cells)

    @property
    def hours(self) -> list[tuple[str, list[Cell]]]:
        """Each hour by name with what the channels hold in it; hours alike and empty as one."""
        found: list[tuple[str, list[Cell]]] = []
        for column in zip(*(band.cells for band in self.bands), strict=True):
            cells = list(column)
            named = [cell for cell in cells if cell.hour]
            if not named:
                continue
            if found and _empty_alike(found[-1][1], cells):
                first = found[-1][0].partition("–")[0]
                found[-1] = (f"{first}–{named[0].until}", cells)
            else:
                found.append((named[0].name, cells))
        return found


def _empty_alike(before: list[Cell], after: list[Cell]) -> bool:
    """Whether two hours say the same, and that is for no channel that something is planned."""
    same = [cell.told for cell in before] == [cell.told for cell in after]
    return same and not any(cell.look in (Cover.PLANNED, Cover.GAP) for cell in after)


@dataclass(frozen=True)
class Strip:
    """The whole strip: its columns, its days, and the covers that its legend explains."""

    slots: tuple[Slot, ...]
    days: tuple[DayRow, ...]
    covers: tuple[Cover, ...]
    odd: str  # of a day on which the clocks change; else empty
    eve: DayRow | None = None  # the evening on which the week begins, before its seven days

    @property
    def axis(self) -> list[str]:
        """What stands over each column: every third hour."""
        return axis(self.slots)


def strip(report: Report, zone: str, polling_day: date, now: datetime) -> Strip:
    """The coverage of a report, drawn up by day on the clock of `zone`."""
    held = {(hour.channel, hour.at.astimezone(UTC)): hour for hour in report.coverage}
    used = [which for which in Channel if any(channel is which for channel, _ in held)]
    columns = columns_of((hour.at for hour in report.coverage), ZoneInfo(zone))
    rows = []
    for when, hours in columns.days.items():
        bands = []
        for channel in used:
            found = {slot: held.get((channel, at)) for slot, at in hours.items()}
            cells = tuple(_cell(slot, found.get(slot), zone, now) for slot in columns.slots)
            bands.append(Band(channel, cells, band_words(found.values(), zone)))
        rows.append(DayRow(when, tuple(bands), when == polling_day, _since(bands, zone)))
    eve = rows.pop(0) if len(rows) > WEEK and _is_evening(rows[0]) else None
    return Strip(columns.slots, tuple(rows), _covers(rows), _odd(columns.days), eve)


def _covers(rows: Iterable[DayRow]) -> tuple[Cover, ...]:
    """Those that some hour has, in their order."""
    cells = [cell for row in rows for band in row.bands for cell in band.cells]
    seen = {cell.hour.cover for cell in cells if cell.hour}
    return tuple(cover for cover in Cover if cover in seen)


def _since(bands: Iterable[Band[Cell]], zone: str) -> str:
    """7 pm: the first hour of a day that begins later than its first column."""
    missing = [band.cells[0].hour is None for band in bands]
    held = [cell.hour.at for band in bands for cell in band.cells if cell.hour]
    return clock(min(held), zone) if held and all(missing) else ""


def _is_evening(row: DayRow) -> bool:
    held = max(sum(cell.hour is not None for cell in band.cells) for band in row.bands)
    return held <= EVENING


def _odd(by_day: Mapping[date, Mapping[Slot, datetime]]) -> str:
    """What a change of the clocks does to the columns, in a sentence."""
    said = []
    for when, found in by_day.items():
        twice = [slot for slot in found if slot[1]]
        if twice:
            name = _slot_name(twice[0])
            said.append(_("%(hour)s comes twice on %(day)s.", hour=name, day=day(when)))
        elif len(found) < 24:
            gone = next(hour for hour in range(24) if (hour, 0) not in found)
            name = _slot_name((gone, 0))
            said.append(_("%(hour)s does not come on %(day)s.", hour=name, day=day(when)))
    return " ".join(said)


def _slot_name(slot: Slot) -> str:
    return clock_hour(time(slot[0]))


def _cell(slot: Slot, hour: HourCover | None, zone: str, now: datetime) -> Cell:
    if hour is None:
        return Cell()
    name, ends_at = hour_name(hour.at, slot, zone), hour.at + HOUR
    return Cell(hour, name, clock(ends_at, zone), hour.at <= now < ends_at)
