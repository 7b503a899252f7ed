"""Begins a draft with what is asked first: what it is called, who pays, where, and until when."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.hours import Place, Schedule
from app.domain.place import zones_of_state
from app.domain.poll import polls_of
from app.services.set_up.draft import DRAFT, SHORTEST_NAME, SetUpRefused, noted, of_a_free_name
from app.store.campaigns import Campaign
from app.store.engine import Sessions

OPEN, CLOSE = time(7), time(20)
"""Polling hours where no table has any (custom); the organizer sees and changes them."""
FARTHEST = timedelta(days=4 * 366)
"""A plan has a row for each day; elections are within four years."""


@dataclass(frozen=True)
class Basics:
    """What is asked first of a new campaign."""

    name: str
    candidate: str
    organization: str  # who pays
    polling_day: date
    country: str = "US"
    states: tuple[str, ...] = ()  # two letters each; empty: not said
    zone: str = ""  # IANA; empty: by the first state
    polls_open: time | None = None  # None: by the table
    polls_close: time | None = None

    @property
    def first_state(self) -> str:
        """The state of which the tables are asked; empty if none is said, or abroad."""
        return self.states[0] if self.states and self.country == "US" else ""


def zone_of(basics: Basics) -> str:
    """The campaign's own clock: as said, else the first zone of its first state; empty if neither
    is known."""
    return basics.zone or next(iter(zones_of_state(basics.first_state)), "")


def polling_hours(basics: Basics) -> tuple[time, time]:
    """The campaign's own polling hours: as said, else by the table for its first state."""
    opens, closes = polls_of(basics.first_state, zone_of(basics))
    return basics.polls_open or opens or OPEN, basics.polls_close or closes or CLOSE


def check(basics: Basics, now: datetime) -> dict[str, str]:
    """What is wrong, by field, as a code; empty when a draft can be made."""
    wrong = _wrong_names(basics)
    if basics.country == "US" and not all(map(zones_of_state, basics.states)):
        wrong["states"] = "unknown_state"
    try:
        ZoneInfo(zone_of(basics))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones, or too long
        return {**wrong, "zone": "unknown_zone"}
    return wrong | _wrong_times(basics, now)


def _wrong_names(basics: Basics) -> dict[str, str]:
    wrong = {"name": "short"} if len(basics.name.strip()) < SHORTEST_NAME else {}
    said = {"candidate": basics.candidate, "organization": basics.organization}
    return wrong | {field: "empty" for field, words in said.items() if not words.strip()}


def _wrong_times(basics: Basics, now: datetime) -> dict[str, str]:
    opens, closes = polling_hours(basics)
    if closes <= opens:
        return {"polls_close": "order"}
    if too_far(basics.polling_day, now):
        return {"polling_day": "far"}
    zone = zone_of(basics)
    schedule = Schedule(now, basics.polling_day, opens, closes, zone, basics.country)
    past = schedule.polls_close_at(Place("", (zone,))) <= now
    return {"polling_day": "past"} if past else {}


def too_far(polling_day: date, now: datetime) -> bool:
    """Whether polling day lies so far ahead that nothing can be planned until then."""
    return polling_day > now.date() + FARTHEST


def begin(sessions: Sessions, basics: Basics, *, by: int | None, now: datetime) -> int:
    """Makes the draft, in which nothing goes out; returns its id. Raises SetUpRefused."""
    if problems := check(basics, now):
        raise SetUpRefused(problems)
    with of_a_free_name(), sessions.begin() as session:
        row = _row(basics, now)
        session.add(row)
        session.flush()
        session.add(noted("campaign drafted", row.id, {"name": row.name}, by, now))
        return row.id


def _row(basics: Basics, now: datetime) -> Campaign:
    opens, closes = polling_hours(basics)
    return Campaign(
        name=" ".join(basics.name.split()),
        organization=" ".join(basics.organization.split()),
        candidate=" ".join(basics.candidate.split()),
        country=basics.country,
        zone=zone_of(basics),
        polling_day=basics.polling_day,
        polls_open=opens,
        polls_close=closes,
        polls_by_state=basics.country == "US" and basics.polls_open is None,
        starts_at=now,
        budget=Decimal(0),
        reserve_share=Decimal("0.3"),
        state=DRAFT,
        setup={"states": list(basics.states)},
        created_at=now,
    )
