"""A week of the calendar as a table: days as columns, hours of the clock as rows.

A blast stands at its time on the voter's clock, everything else on the campaign's own. An hour
that comes twice on a day has one row; what is planned in both stands in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.blast import BlastState
from app.domain.channel import Channel
from app.domain.hours import Place, Schedule, open_intervals, why_closed
from app.domain.local import DAY, instant
from app.domain.report import Cover, ShiftNeed
from app.services.calendar import MAY_MOVE
from app.store.blasts import Blast
from app.store.calendar import Booked
from app.store.campaigns import Sender
from app.store.phases import Phase
from app.web.local_time import on_clock
from app.web.words import hour_of_day

HOUR = timedelta(hours=1)
SHOWN = range(8, 21)
"""Hours that always have a row."""
ASKED = 5
"""Of so many places it is asked why they are closed."""

Key = tuple[date, int]
"""A day and the hour on the clock."""


@dataclass(frozen=True)
class Chip:
    """One thing that begins in a cell."""

    kind: str  # blast | phase | shift
    id: int
    name: str
    channel: Channel | None
    at: datetime  # on the clock, without a zone
    until: datetime | None
    movable: bool = False
    state: str = ""
    needed: int = 0  # of a shift
    booked: int = 0
    block: ShiftNeed | None = None


@dataclass
class Cell:
    """One hour of one day."""

    at: datetime  # on the clock, without a zone
    look: str = ""  # a Cover's value, open or partly
    shut: tuple[Channel, ...] = ()  # of a partly open hour
    held: tuple[str, ...] = ()  # senders that are paused while others of their channel send
    polls: bool = False
    now: bool = False
    during: bool = False  # a phase is on
    volumes: Sequence[tuple[Channel, int]] = ()
    chips: Sequence[Chip] = ()


@dataclass(frozen=True)
class Column:
    """One day."""

    day: date
    today: bool
    polling: bool
    volumes: Sequence[tuple[Channel, int]]
    blasts: Sequence[Blast]  # that may meet the same voters
    over_cap: bool  # with what the ramps plan, more attempts than a voter may have in a day


@dataclass(frozen=True)
class Week:
    """The table."""

    monday: date
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]  # 5 pm, and its cell of each day


@dataclass(frozen=True)
class Facts:
    """What the week is drawn from."""

    schedule: Schedule
    places: Sequence[Place]
    planned: Mapping[Channel, Mapping[datetime, int]]
    blasts: Sequence[Blast]
    phases: Sequence[Phase]
    needs: Iterable[ShiftNeed]
    booked: Iterable[Booked]
    paused_until: datetime | None
    paused_channels: Mapping[Channel, datetime]
    senders: Sequence[Sender]  # that are not stopped
    cap: int  # attempts a voter in 24 hours
    now: datetime


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def week(facts: Facts, monday: date) -> Week:
    """The week that begins on a Monday."""
    days = [monday + timedelta(days=step) for step in range(7)]
    here = ZoneInfo(facts.schedule.zone)
    today = facts.now.astimezone(here).date()
    cells = {
        (day, hour): Cell(datetime.combine(day, time(hour))) for day in days for hour in range(24)
    }
    _paint(cells, facts, days)
    volumes = _volumes(facts, here)
    chips = _chips(facts, here)
    for key, cell in cells.items():
        cell.volumes, cell.chips = volumes.get(key, ()), chips.get(key, ())
        cell.now = key == (today, facts.now.astimezone(here).hour)
    _mark_phases(cells, facts.phases, here)
    columns = tuple(_column(day, facts, cells, today) for day in days)
    busy = {hour for (_, hour), cell in cells.items() if cell.volumes or cell.chips}
    shown = sorted({*SHOWN, *busy})
    rows = tuple(
        (hour_of_day(hour), tuple(cells[day, hour] for day in days))
        for hour in range(shown[0], shown[-1] + 1)
    )
    return Week(monday, columns, rows)


def _column(day: date, facts: Facts, cells: Mapping[Key, Cell], today: date) -> Column:
    counts: dict[Channel, int] = {}
    for hour in range(24):
        for channel, number in cells[day, hour].volumes:
            counts[channel] = counts.get(channel, 0) + number
    meeting = [
        one
        for one in facts.blasts
        if one.starts_at.date() == day and one.state != BlastState.CANCELED
    ]
    first = facts.schedule.first_polling_day or facts.schedule.polling_day
    return Column(
        day,
        day == today,
        first <= day <= facts.schedule.polling_day,
        tuple((channel, counts[channel]) for channel in Channel if channel in counts),
        meeting,
        bool(meeting) and len(meeting) + bool(counts) > facts.cap,
    )


def _volumes(facts: Facts, here: ZoneInfo) -> dict[Key, list[tuple[Channel, int]]]:
    counts: dict[Key, dict[Channel, int]] = {}
    for channel in Channel:
        for at, number in facts.planned.get(channel, {}).items():
            there = at.astimezone(here)
            held = counts.setdefault((there.date(), there.hour), {})
            held[channel] = held.get(channel, 0) + number
    return {key: list(held.items()) for key, held in counts.items()}


def _chips(facts: Facts, here: ZoneInfo) -> dict[Key, list[Chip]]:
    found: dict[Key, list[Chip]] = {}

    def put(chip: Chip) -> None:
        found.setdefault((chip.at.date(), chip.at.hour), []).append(chip)

    for phase in facts.phases:
        starts, ends = (on_clock(at, here.key) for at in (phase.starts_at, phase.ends_at))
        may = phase.starts_at > facts.now
        put(Chip("phase", phase.id, phase.name, None, starts, ends, may, phase.kind.value))
    for blast in facts.blasts:
        begun = instant(blast.starts_at.date(), blast.starts_at.time(), here.key) <= facts.now
        may = BlastState(blast.state) in MAY_MOVE and not begun
        put(
            Chip(
                "blast",
                blast.id,
                blast.name,
                blast.channel,
                blast.starts_at,
                blast.done_by,
                may,
                blast.state,
            )
        )
    for chip in _shifts(facts, here.key):
        put(chip)
    return found


def _shifts(facts: Facts, zone: str) -> Iterable[Chip]:
    """What each block needs, and the blocks in which somebody is booked though none needs it."""
    held = {(one.channel, one.begins_at, one.ends_at): one.number for one in facts.booked}
    for need in facts.needs:
        held.pop((need.channel, need.begins_at, need.ends_at), None)
        begins, ends = (on_clock(at, zone) for at in (need.begins_at, need.ends_at))
        yield Chip(
            "shift",
            0,
            "",
            need.channel,
            begins,
            ends,
            needed=need.needed,
            booked=need.booked,
            block=need,
        )
    for (channel, begin, end), number in held.items():
        begins, ends = (on_clock(at, zone) for at in (begin, end))
        block = ShiftNeed(begin, end, channel, 0, number)
        yield Chip("shift", 0, "", channel, begins, ends, booked=number, block=block)


def _mark_phases(cells: Mapping[Key, Cell], phases: Iterable[Phase], here: ZoneInfo) -> None:
    for phase in phases:
        starts, ends = (on_clock(at, here.key) for at in (phase.starts_at, phase.ends_at))
        for cell in cells.values():
            if starts < cell.at + HOUR and cell.at < ends:
                cell.during = True


def _paint(cells: Mapping[Key, Cell], facts: Facts, days: Sequence[date]) -> None:
    """Which hours are open, for whom, and why not."""
    places = tuple(facts.places) or (Place("", (facts.schedule.zone,)),)
    for day in days:
        looks = _day_looks(facts.schedule, places, day)
        for hour, (look, shut, polls) in enumerate(looks):
            cell = cells[day, hour]
            cell.look, cell.shut, cell.polls = look, shut, polls
            begins = instant(day, time(hour), facts.schedule.zone)
            if look not in ("open", "partly"):
                continue
            resting = [one for one in facts.senders if _within(facts.now, begins, one.paused_until)]
            held = [
                channel
                for channel in Channel
                if _within(facts.now, begins, facts.paused_channels.get(channel))
                or _all_rest(channel, facts.senders, resting)
            ]
            cell.shut = tuple(one for one in Channel if one in shut or one in held)
            cell.held = tuple(
                one.name or one.address for one in resting if one.channel not in cell.shut
            )
            if _within(facts.now, begins, facts.paused_until) or len(cell.shut) == len(Channel):
                cell.look = "paused"
            elif cell.shut:
                cell.look = "partly"


def _within(now: datetime, begins: datetime, until: datetime | None) -> bool:
    """Whether an hour to come begins within a pause."""
    return until is not None and now <= begins < until


def _all_rest(channel: Channel, senders: Sequence[Sender], resting: Sequence[Sender]) -> bool:
    mine = [one for one in senders if one.channel is channel]
    return bool(mine) and all(one in resting for one in mine)


Look = tuple[str, tuple[Channel, ...], bool]


@lru_cache(maxsize=512)
def _day_looks(schedule: Schedule, places: tuple[Place, ...], day: date) -> tuple[Look, ...]:
    """For each hour of a day: its look, the channels that are shut, whether polls are open."""
    zone = schedule.zone
    begin, end = (instant(each, time.min, zone) for each in (day, day + DAY))
    opened = {
        channel: [
            one for place in places for one in open_intervals(schedule, place, channel, begin, end)
        ]
        for channel in Channel
    }
    polls = [(schedule.polls_open_at(place), schedule.polls_close_at(place)) for place in places]
    found = []
    for hour in range(24):
        first = instant(day, time(hour), zone)
        last = first + HOUR
        shut = tuple(
            channel
            for channel in Channel
            if not any(starts < last and first < ends for starts, ends in opened[channel])
        )
        at_polls = _polls_on(schedule, day) and any(
            starts < last and first < ends for starts, ends in polls
        )
        if not shut:
            look = "open"
        elif len(shut) < len(Channel):
            look = "partly"
        else:
            look = _why(schedule, places, first + HOUR / 2)
        found.append((look, shut, at_polls))
    return tuple(found)


def _polls_on(schedule: Schedule, day: date) -> bool:
    return (schedule.first_polling_day or schedule.polling_day) <= day <= schedule.polling_day


def _why(schedule: Schedule, places: Sequence[Place], at: datetime) -> str:
    """Why nothing goes out: more than the night, if there is more."""
    covers = [
        why_closed(schedule, place, channel, at.astimezone(UTC))
        for place in places[:ASKED]
        for channel in Channel
    ]
    told = [one for one in covers if one not in (None, Cover.CLOSED)]
    return told[0].value if told and told[0] else Cover.CLOSED.value
