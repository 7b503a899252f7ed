"""The coverage strip as a table of days, channels and hours, on the campaign's own clock.

All days share their columns: an hour that happens twice on one day has a column of its own, which
the other days leave empty, and so has an hour that a day skips. The final week begins
seven days before the close, in an evening, so that it touches eight days; the few hours of the
first are told in words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.report import Cover, HourCover, Report
from app.web import war_words
from app.web.plan_words import CAUSES, COVERS, HOUR, hours, noun, stretches
from app.web.tongue import ngettext
from app.web.tongue import translated as _
from app.web.words import clock, day, number
from app.web.words import hour as clock_hour

Slot = tuple[int, int]
"""The hour on the clock, and which of the hours of that name it is: (1, 1) is 1 am once more."""

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
        if self.hour is None:
            return "–"
        if self.hour.cover not in (Cover.PLANNED, Cover.GAP):
            return COVERS[self.hour.cover][1]
        planned = number(self.hour.planned)
        if self.hour.wanted > self.hour.planned:
            wanted = number(self.hour.wanted)
            planned = _("%(planned)s of %(wanted)s", planned=planned, wanted=wanted)
        if self.hour.cover is Cover.GAP:
            planned = _("! gap, %(planned)s", planned=planned)
        return f"{planned}{_why(self.hour, ': ')}{_blasts(self.hour)}"

    @property
    def volume(self) -> str:
        """Its attempts, short enough for a cell: 412, 1.2k, 12k."""
        held = self.hour if self.hour and self.hour.cover is Cover.PLANNED else None
        planned = held.planned + held.blasts if held else 0
        if planned < 1000:
            return str(planned or "")
        return f"{planned / 1000:.1f}k" if planned < 9950 else f"{planned / 1000:.0f}k"


@dataclass(frozen=True)
class Band:
    """One channel on one day."""

    channel: Channel
    cells: tuple[Cell, ...]
    words: str


@dataclass(frozen=True)
class DayRow:
    """One day of the strip, with a line of hours for each channel."""

    day: date
    bands: tuple[Band, ...]
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
        return [
            _short(hour) if hour and hour % 3 == 0 and not again else ""
            for hour, again in self.slots
        ]


def _short(hour: int) -> str:
    """3a, noon, 6p: narrow enough for three columns."""
    return _("noon") if hour == 12 else f"{hour % 12 or 12}{'a' if hour < 12 else 'p'}"


def strip(report: Report, zone: str, polling_day: date, now: datetime) -> Strip:
    """The coverage of a report, drawn up by day on the clock of `zone`."""
    here = ZoneInfo(zone)
    held = {(hour.channel, hour.at.astimezone(UTC)): hour for hour in report.coverage}
    days = sorted({hour.at.astimezone(here).date() for hour in report.coverage})
    by_day = {one: hours_of(one, here) for one in days}
    slots = sorted({slot for found in by_day.values() for slot in found})
    used = [which for which in Channel if any(channel is which for channel, _ in held)]
    rows = []
    for one in days:
        bands = []
        for channel in used:
            found = {slot: held.get((channel, at)) for slot, at in by_day[one].items()}
            cells = tuple(_cell(slot, found.get(slot), zone, now) for slot in slots)
            bands.append(Band(channel, cells, band_words(found.values(), zone)))
        rows.append(DayRow(one, tuple(bands), one == polling_day, _since(bands, zone)))
    eve = rows.pop(0) if len(rows) > WEEK and _is_evening(rows[0]) else None
    seen = {
        cell.hour.cover for row in rows for band in row.bands for cell in band.cells if cell.hour
    }
    covers = tuple(cover for cover in Cover if cover in seen)
    return Strip(tuple(slots), tuple(rows), covers, _odd(by_day), eve)


def _since(bands: Iterable[Band], zone: str) -> str:
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


def hours_of(when: date, here: ZoneInfo) -> dict[Slot, datetime]:
    """The hours of UTC that begin on a day of this clock: 24, or 23 or 25."""
    begin = datetime.combine(when, time(), here).astimezone(UTC)
    end = datetime.combine(when + timedelta(days=1), time(), here).astimezone(UTC)
    at = begin.replace(minute=0)
    at = at if at == begin else at + HOUR  # a clock on the half hour
    found: dict[Slot, datetime] = {}
    while at < end:
        hour = at.astimezone(here).hour
        found[hour, sum(known == hour for known, _ in found)] = at
        at += HOUR
    return found


def _cell(slot: Slot, hour: HourCover | None, zone: str, now: datetime) -> Cell:
    if hour is None:
        return Cell()
    name = clock(hour.at, zone)
    if slot[1]:
        name = _("%(hour)s again", hour=name)
    return Cell(hour, name, clock(hour.at + HOUR, zone), hour.at <= now < hour.at + HOUR)


def hour_words(hour: HourCover) -> str:
    """412 of 500 calls planned; gap, no calls of 500 wanted, nobody is booked; closed by law."""
    why = _why(hour, ", ")
    facts = {
        "channel": noun(hour.channel),
        "planned": number(hour.planned),
        "wanted": number(hour.wanted),
    }
    if hour.cover is Cover.PLANNED:
        short = hour.wanted > hour.planned
        said = (
            _("%(planned)s of %(wanted)s %(channel)s planned", **facts)
            if short
            else _("%(planned)s %(channel)s planned", **facts)
        )
        share = f"{hour.open_share:.0%}"
        part = _(", open for %(share)s of voters", share=share) if hour.open_share < 0.995 else ""
        return f"{said}{why}{part}{_blasts(hour)}"
    if hour.cover is Cover.GAP and hour.planned:
        return _("gap, %(planned)s %(channel)s of %(wanted)s wanted", **facts) + why
    if hour.cover is Cover.GAP:
        return _("gap, no %(channel)s of %(wanted)s wanted", **facts) + why
    if hour.cover is Cover.PAST and hour.planned:
        return _("past, %(planned)s %(channel)s were planned", **facts) + _blasts(hour)
    return COVERS[hour.cover][1]


def _blasts(hour: HourCover) -> str:
    """; 120 more by blasts."""
    return f"; {war_words.by_blasts(hour.blasts)}" if hour.blasts else ""


def _why(hour: HourCover, joint: str) -> str:
    return f"{joint}{CAUSES[hour.cause]}" if hour.cause else ""


def band_words(hours: Iterable[HourCover | None], zone: str) -> str:
    """A channel's day in words: 4,120 planned in 11 hours; gap 5–8 pm, nobody is booked."""
    found = [hour for hour in hours if hour is not None]
    planned = [hour.planned for hour in found if hour.cover is Cover.PLANNED]
    said = [_planned_words(sum(planned), len(planned))] if planned else []
    if blasts := sum(hour.blasts for hour in found if hour.cover is Cover.PLANNED):
        said.append(war_words.by_blasts(blasts))
    gaps = [hour for hour in found if hour.cover is Cover.GAP]
    for cause, group in groupby(gaps, key=lambda hour: hour.cause):
        at = _("gap %(at)s", at=_at(group, zone))
        said.append(f"{at}, {CAUSES[cause]}" if cause else at)
    covers = {hour.cover for hour in found}
    barred = (Cover.BLACKOUT, Cover.SILENCE, Cover.PAUSED)
    said += [COVERS[cover][1] for cover in barred if cover in covers]
    rest = (Cover.NOT_BEGUN, Cover.PAST, Cover.OWN_HOURS)
    quiet = next((COVERS[cover][1] for cover in rest if cover in covers), _("closed"))
    return "; ".join(said) or quiet


def _planned_words(planned: int, hours: int) -> str:
    return ngettext(
        "%(planned)s planned in %(count)s hour",
        "%(planned)s planned in %(count)s hours",
        hours,
        planned=number(planned),
        count=number(hours),
    )


def _at(group: Iterable[HourCover], zone: str) -> str:
    found = stretches((hour.at for hour in group), zone)
    return ", ".join(hours(begins, ends, zone) for begins, ends in found)
