"""Rides as rows: those that are open, those of one driver, and who may drive."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.ride import OPEN, Car, RideState
from app.store.polling_day import DriverCar, Ride
from app.store.precincts import POLLING_PLACE
from app.store.sql import sql

MOST = 300
"""Rides on one page."""
MOST_DRIVERS = 300

_OPEN = ", ".join(f"'{state.value}'" for state in sorted(OPEN))


@dataclass(frozen=True)
class Listed:
    """A ride with the names that a list shows."""

    id: int
    voter_id: int | None
    name: str
    phone: str
    pick_up: str
    going_to: str
    wanted_at: datetime | None
    riders: int
    needs: str
    note: str
    state: RideState
    driver_id: int | None
    driver: str
    changed_at: datetime
    place: str  # as in targets; empty for somebody who is no target
    voted: bool


_LIST = """
SELECT r.id, r.voter_id, r.name, r.phone, r.pick_up, r.going_to, r.wanted_at, r.riders, r.needs,
       r.note, r.state, r.driver_id, coalesce(u.name, ''), r.changed_at, coalesce(t.place, ''),
       t.voted_at IS NOT NULL
FROM rides r LEFT JOIN users u ON u.id = r.driver_id
LEFT JOIN targets t ON t.campaign_id = r.campaign_id AND t.voter_id = r.voter_id
WHERE r.campaign_id = :campaign AND {which}
ORDER BY {order} LIMIT :most
"""


def _listed(session: Session, which: str, order: str, **binds: object) -> list[Listed]:
    rows = session.execute(sql(_LIST.format(which=which, order=order)), {"most": MOST, **binds})
    return [Listed(*_typed(list(row))) for row in rows]


def _typed(row: list[Any]) -> list[Any]:
    return [*row[:10], RideState(row[10]), *row[11:]]


def open_rides(session: Session, campaign_id: int) -> list[Listed]:
    """Rides on which somebody waits, the earliest wanted first; up to MOST."""
    which, order = f"r.state IN ({_OPEN})", "r.wanted_at NULLS LAST, r.id"
    return _listed(session, which, order, campaign=campaign_id)


def ended_rides(session: Session, campaign_id: int, most: int = 50) -> list[Listed]:
    """Rides that are done or canceled, the last first."""
    which, order = f"r.state NOT IN ({_OPEN})", "r.changed_at DESC, r.id"
    return _listed(session, which, order, campaign=campaign_id, most=most)


def rides_of(session: Session, campaign_id: int, driver_id: int) -> list[Listed]:
    """The open rides of one driver."""
    which, order = f"r.state IN ({_OPEN}) AND r.driver_id = :driver", "r.wanted_at NULLS LAST, r.id"
    return _listed(session, which, order, campaign=campaign_id, driver=driver_id)


def waiting_of(session: Session, campaign_id: int, driver_id: int) -> int:
    """How many open rides one driver has."""
    query = f"SELECT count(*) FROM rides WHERE campaign_id = :campaign AND state IN ({_OPEN}) " + (
        "AND driver_id = :driver"
    )
    found = session.scalar(sql(query), {"campaign": campaign_id, "driver": driver_id})
    return int(found or 0)


def add(session: Session, **facts: object) -> int | None:
    """Writes a ride; its id, or None when one with its key is there already."""
    return session.scalar(insert(Ride).values(**facts).on_conflict_do_nothing().returning(Ride.id))


def by_key(session: Session, key: str) -> Ride | None:
    """The ride that was asked for under the client's own key."""
    return session.scalars(select(Ride).where(Ride.key == key)).one_or_none()


def hold(session: Session, campaign_id: int, ride_id: int) -> Ride | None:
    """The ride, locked; what others change waits."""
    query = select(Ride).where(Ride.id == ride_id, Ride.campaign_id == campaign_id)
    query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


@dataclass(frozen=True)
class Driver:
    """Somebody who may drive, with their car and what they have to drive."""

    id: int
    name: str
    phone: str
    car: Car
    open: int  # rides that they have
    riders: int  # in these


_DRIVERS = f"""
SELECT u.id, coalesce(nullif(u.name, ''), u.email, u.phone) AS called, coalesce(u.phone, ''),
       count(r.id), coalesce(sum(r.riders), 0)::int,
       d.seats, d.wheelchair, d.drives_from, d.drives_until
FROM driver_cars d JOIN users u ON u.id = d.user_id AND u.active
LEFT JOIN rides r ON r.campaign_id = d.campaign_id AND r.driver_id = u.id AND r.state IN ({_OPEN})
WHERE d.campaign_id = :campaign
GROUP BY d.campaign_id, d.user_id, u.id ORDER BY called, u.id LIMIT :most
"""


def drivers(session: Session, campaign_id: int) -> list[Driver]:
    """Those who drive for a campaign, by name."""
    rows = session.execute(sql(_DRIVERS), {"campaign": campaign_id, "most": MOST_DRIVERS})
    return [
        Driver(id_, name, phone, Car(*car), open_, riders)
        for id_, name, phone, open_, riders, *car in rows
    ]


def may_drive(session: Session, campaign_id: int) -> Sequence[tuple[int, str]]:
    """(id, name) of everybody in the campaign who is not listed as a driver yet, by name."""
    rows = session.execute(
        sql(
            "SELECT u.id, coalesce(nullif(u.name, ''), u.email, u.phone) AS called FROM users u "
            "WHERE u.active AND (u.campaign_id = :campaign OR u.campaign_id IS NULL) "
            "AND NOT EXISTS (SELECT FROM driver_cars d "
            "                WHERE d.campaign_id = :campaign AND d.user_id = u.id) "
            "ORDER BY called, u.id LIMIT :most"
        ),
        {"campaign": campaign_id, "most": MOST_DRIVERS},
    )
    return [(row[0], row[1]) for row in rows]


def write_car(session: Session, campaign_id: int, driver_id: int, car: Car | None) -> bool:
    """Lists a driver with their car, or changes it; without a car they drive no more. False if
    it was so already."""
    mine = {"campaign_id": campaign_id, "user_id": driver_id}
    if car is None:
        gone = delete(DriverCar).filter_by(**mine).returning(DriverCar.user_id)
        return session.scalar(gone) is not None
    facts = asdict(car)
    if session.scalar(select(DriverCar.user_id).filter_by(**mine, **facts)) is not None:
        return False
    new = insert(DriverCar).values(**mine, **facts)
    session.execute(new.on_conflict_do_update(index_elements=list(mine), set_=facts))
    return True


@dataclass(frozen=True)
class Said:
    """A voter who said in a call that they need a ride, and for whom none is written down."""

    voter_id: int
    name: str
    votes_at: datetime | None


_SAID = """
SELECT p.voter_id, trim(v.first_name || ' ' || v.last_name), p.votes_at
FROM voting_plans p JOIN voters v ON v.id = p.voter_id
JOIN targets t ON t.campaign_id = p.campaign_id AND t.voter_id = p.voter_id
WHERE p.campaign_id = :campaign AND p.ride AND t.voted_at IS NULL
  AND NOT EXISTS (SELECT FROM rides r
                  WHERE r.campaign_id = p.campaign_id AND r.voter_id = p.voter_id)
ORDER BY p.votes_at NULLS LAST, p.voter_id LIMIT :most
"""


def said_so(session: Session, campaign_id: int, most: int = 20) -> list[Said]:
    """Voters whose plan to vote wants a ride that nobody has written down, the earliest first."""
    rows = session.execute(sql(_SAID), {"campaign": campaign_id, "most": most})
    return [Said(*row) for row in rows]


@dataclass(frozen=True)
class OnFile:
    """What a ride needs of a voter on file."""

    name: str
    phone: str
    address: str
    polling_place: str
    votes_at: datetime | None


_ON_FILE = f"""
SELECT trim(v.first_name || ' ' || v.last_name), coalesce(v.phone, ''),
       concat_ws(', ', nullif(v.address, ''), nullif(v.city, '')), {POLLING_PLACE}, p.votes_at
FROM voting_plans p JOIN voters v ON v.id = p.voter_id
WHERE p.campaign_id = :campaign AND p.voter_id = :voter AND p.ride
"""


def on_file(session: Session, campaign_id: int, voter_id: int) -> OnFile | None:
    """The voter, if their plan to vote wants a ride."""
    row = session.execute(sql(_ON_FILE), {"campaign": campaign_id, "voter": voter_id}).first()
    return OnFile(*row) if row is not None else None
