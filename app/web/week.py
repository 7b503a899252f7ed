"""The final week of one place and channel as a picture: what is open on each day, and why not."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.hours import open_intervals
from app.domain.interval import Interval, subtract
from app.domain.local import DAY, instant
from app.domain.place import Place
from app.domain.rule import Silence
from app.domain.schedule import Schedule
from app.web.hour_words import listed
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _
from app.web.words import hours_between

OPEN, SILENCE, BLACKOUT, OWN = "open", "silence", "blackout", "own"
WORDS = InTongue(
    {
        SILENCE: marked("election silence"),
        BLACKOUT: marked("blackout"),
        OWN: marked("closed by your own hours"),
    }
)
MIDNIGHT = time()
DAY_HOURS = 24.0


@dataclass(frozen=True)
class Stretch:
    """A part of a day, in hours after midnight on the voter's clock."""

    kind: str
    begins: float
    ends: float
    words: str  # 8 am–9 pm

    @property
    def length(self) -> float:
        """In hours."""
        return self.ends - self.begins


@dataclass(frozen=True)
class DayRow:
    """One day with its stretches, in order; what is in none is closed by law."""

    day: date
    stretches: tuple[Stretch, ...]

    @property
    def open(self) -> tuple[Stretch, ...]:
        """What is open."""
        return tuple(one for one in self.stretches if one.kind == OPEN)

    @property
    def words(self) -> str:
        """8 am–2 pm and 4–9 pm; blackout 2–4 pm."""
        said = [listed([one.words for one in self.open]) if self.open else _("closed")]
        for kind, name in WORDS.items():
            some = [one.words for one in self.stretches if one.kind == kind]
            if some:
                said.append(f"{name} {listed(some)}")
        return "; ".join(said)


def final_week(schedule: Schedule, place: Place, channel: Channel) -> list[DayRow]:
    """The seven days up to polling day, on the place's clock."""
    zone = schedule.zones_of(place)[0]
    days = [schedule.polling_day - 6 * DAY + number * DAY for number in range(7)]
    begin, end = instant(days[0], MIDNIGHT, zone), instant(days[-1] + DAY, MIDNIGHT, zone)
    kinds = _kinds(schedule, place, channel, begin, end)
    return [DayRow(day, _of_day(day, zone, kinds)) for day in days]


def _kinds(
    schedule: Schedule, place: Place, channel: Channel, begin: datetime, end: datetime
) -> list[tuple[str, list[Interval]]]:
    """What is open, and what would be if it were not for silence, blackouts, own hours."""
    still = schedule
    loud = replace(schedule, silences=(Silence("", "", tuple(Channel)),))
    lit = replace(loud, blackouts=())
    free = replace(lit, own_hours=())
    layers = [open_intervals(one, place, channel, begin, end) for one in (still, loud, lit, free)]
    found = [(OPEN, layers[0])]
    for kind, inner, outer in zip((SILENCE, BLACKOUT, OWN), layers, layers[1:], strict=False):
        rest = outer
        for hole in inner:
            rest = subtract(rest, hole)
        found.append((kind, rest))
    return found


def _of_day(day: date, zone: str, kinds: list[tuple[str, list[Interval]]]) -> tuple[Stretch, ...]:
    begin, end = instant(day, MIDNIGHT, zone), instant(day + DAY, MIDNIGHT, zone)
    found = []
    for kind, intervals in kinds:
        for first, last in intervals:
            if first < end and begin < last:
                found.append(_stretch(kind, max(first, begin), min(last, end), zone, day))
    return tuple(sorted(found, key=lambda one: one.begins))


def _stretch(kind: str, first: datetime, last: datetime, zone: str, day: date) -> Stretch:
    here = ZoneInfo(zone)
    begins, ends = first.astimezone(here), last.astimezone(here)
    until = DAY_HOURS if ends.date() > day else _hours(ends)
    closes = MIDNIGHT if ends.date() > day else ends.time()
    return Stretch(kind, _hours(begins), until, hours_between(begins.time(), closes))


def _hours(at: datetime) -> float:
    since = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
    return since / timedelta(hours=1)
