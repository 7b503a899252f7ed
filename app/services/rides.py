"""Rides to the polls: asked for, given to a driver, driven, and the voter struck at the end."""

from dataclasses import asdict, dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.phone import clean_phone
from app.domain.ride import (
    MOST_RIDERS,
    NEEDS,
    Car,
    ImpossibleMove,
    RideState,
    misfit,
    move,
)
from app.services.strike import strike_voters
from app.store import rides
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.in_hand import in_hand
from app.store.people import AuditEntry, User
from app.store.polling_day import Ride

LONGEST = 300
"""Characters of a field."""


class RideRefused(ValueError):
    """What cannot be done with a ride: a code, and what its sentence names."""

    def __init__(self, code: str, field: str = "", **facts: object) -> None:
        super().__init__(code)
        self.code, self.field, self.facts = code, field, facts


@dataclass(frozen=True)
class NewRide:
    """A ride as it is asked for. Of the voter in a call only the touch is named."""

    key: str
    name: str = ""
    phone: str = ""
    pick_up: str = ""
    going_to: str = ""
    wanted_at: datetime | None = None
    riders: int = 1
    needs: tuple[str, ...] = ()
    note: str = ""
    touch_id: int | None = None


@patiently
def ask(
    sessions: Sessions, campaign_id: int, asked: NewRide, *, by: int, now: datetime
) -> tuple[int, bool]:
    """Writes a ride down; its id, and whether it is new: the same key again is the same ride.

    Raises RideRefused.
    """
    with sessions.begin() as session:
        known = rides.by_key(session, asked.key)
        if known is not None:
            if known.campaign_id != campaign_id or known.created_by != by:
                raise RideRefused("key")
            return known.id, False
        facts = _facts(session, campaign_id, asked, by)
        new = rides.add(
            session,
            campaign_id=campaign_id,
            key=asked.key,
            created_by=by,
            created_at=now,
            changed_at=now,
            **facts,
        )
        if new is None:  # at the same moment, under the same key
            same = rides.by_key(session, asked.key)
            if same is None or same.created_by != by:
                raise RideRefused("key")
            return same.id, False
        session.add(_audit("ride asked", new, campaign_id, by, now))
        return new, True


def _facts(session: Session, campaign_id: int, asked: NewRide, by: int) -> dict[str, object]:
    if not 1 <= asked.riders <= MOST_RIDERS:
        raise RideRefused("riders", "riders", most=MOST_RIDERS)
    facts: dict[str, object] = {
        "riders": asked.riders,
        "needs": ",".join(need for need in NEEDS if need in asked.needs),
        "wanted_at": asked.wanted_at,
        "voter_id": None,
    }
    for name in ("name", "pick_up", "going_to", "note"):
        facts[name] = " ".join(str(getattr(asked, name)).split())[:LONGEST]
    country = session.get_one(Campaign, campaign_id).country
    facts["phone"] = clean_phone(asked.phone, country) or ""
    if asked.phone.strip() and not facts["phone"]:
        raise RideRefused("phone", "phone")
    if asked.touch_id is not None:
        voter = in_hand(session, campaign_id, asked.touch_id, by)
        if voter is None:
            raise RideRefused("not_yours")
        facts["voter_id"], facts["name"] = voter.voter_id, voter.name
        facts["phone"] = facts["phone"] or voter.phone
        facts["pick_up"] = facts["pick_up"] or voter.address
        facts["going_to"] = facts["going_to"] or voter.polling_place
    if not facts["name"]:
        raise RideRefused("name", "name")
    if not facts["pick_up"]:
        raise RideRefused("pick_up", "pick_up")
    return facts


@patiently
def write_down(
    sessions: Sessions, campaign_id: int, voter_id: int, *, by: int, now: datetime
) -> int:
    """Makes a ride of what a voter said in a call, once. Raises RideRefused."""
    key = f"plan:{campaign_id}:{voter_id}"
    with sessions.begin() as session:
        known = rides.by_key(session, key)
        if known is not None:
            return known.id
        voter = rides.on_file(session, campaign_id, voter_id)
        if voter is None:
            raise RideRefused("gone")
        new = rides.add(
            session,
            campaign_id=campaign_id,
            key=key,
            voter_id=voter_id,
            name=voter.name,
            phone=voter.phone,
            pick_up=voter.address,
            going_to=voter.polling_place,
            wanted_at=voter.votes_at,
            created_by=by,
            created_at=now,
            changed_at=now,
        )
        if new is None:  # at the same moment, by somebody else
            same = rides.by_key(session, key)
            assert same is not None  # its key stood in the way
            return same.id
        session.add(_audit("ride asked", new, campaign_id, by, now))
        return new


@patiently
def give(
    sessions: Sessions,
    campaign_id: int,
    ride_id: int,
    driver_id: int | None,
    *,
    seen: int | None,
    by: int,
    now: datetime,
) -> None:
    """Gives a ride to a driver, or takes it from them; `seen` is whose it was on the page that
    asks, so that of two who give it away at once one wins and the other is told.

    Raises RideRefused.
    """
    with sessions.begin() as session:
        ride = _held(session, campaign_id, ride_id)
        if ride.driver_id != seen and ride.driver_id != driver_id:
            raise RideRefused("meanwhile", driver=_name(session, ride.driver_id))
        if ride.driver_id == driver_id:
            return
        if driver_id is None:
            _move(ride, RideState.ASKED, now)
        else:
            cars = {one.id: one for one in rides.drivers(session, campaign_id)}
            if driver_id not in cars:
                raise RideRefused("no_driver")
            _fits(cars[driver_id], ride, session.get_one(Campaign, campaign_id).zone)
            if RideState(ride.state) is not RideState.TAKEN:
                _move(ride, RideState.TAKEN, now)
        ride.driver_id, ride.changed_at = driver_id, now
        session.add(_audit("ride given", ride.id, campaign_id, by, now, driver=driver_id))


def _fits(driver: rides.Driver, ride: Ride, zone: str) -> None:
    wanted = ride.wanted_at.astimezone(ZoneInfo(zone)).time() if ride.wanted_at else None
    why = misfit(driver.car, ride.riders, ride.needs, wanted)
    if why:
        raise RideRefused(
            f"misfit_{why}", driver=driver.name, riders=ride.riders, **asdict(driver.car)
        )


@patiently
def set_off(sessions: Sessions, campaign_id: int, ride_id: int, *, by: int, now: datetime) -> None:
    """The driver is on the way; again it changes nothing. Raises RideRefused."""
    with sessions.begin() as session:
        ride = _own(session, campaign_id, ride_id, by)
        if RideState(ride.state) is RideState.ON_WAY:
            return
        _move(ride, RideState.ON_WAY, now)
        session.add(_audit("ride on its way", ride.id, campaign_id, by, now))


@patiently
def finish(
    sessions: Sessions,
    campaign_id: int,
    ride_id: int,
    *,
    voted: bool,
    by: int,
    now: datetime,
    organizer: bool = False,
) -> None:
    """The ride is done; with `voted` the voter is struck in the same transaction. Again it changes
    nothing. Raises RideRefused."""
    with sessions.begin() as session:
        ride = (
            _held(session, campaign_id, ride_id)
            if organizer
            else _own(session, campaign_id, ride_id, by)
        )
        if RideState(ride.state) is RideState.DONE:
            return
        _move(ride, RideState.DONE, now)
        if voted and ride.voter_id is not None:
            day = session.get_one(Campaign, campaign_id).polling_day
            strike_voters(session, day, [ride.voter_id], by=by, source="desk", at=now)
        session.add(_audit("ride done", ride.id, campaign_id, by, now, voted=voted))


@patiently
def give_back(
    sessions: Sessions, campaign_id: int, ride_id: int, *, by: int, now: datetime
) -> None:
    """The driver cannot drive it: it waits for another. Raises RideRefused."""
    with sessions.begin() as session:
        ride = _own(session, campaign_id, ride_id, by)
        _move(ride, RideState.ASKED, now)
        ride.driver_id = None
        session.add(_audit("ride given back", ride.id, campaign_id, by, now))


@patiently
def cancel(sessions: Sessions, campaign_id: int, ride_id: int, *, by: int, now: datetime) -> None:
    """Nobody needs it any more; again it changes nothing. Raises RideRefused."""
    with sessions.begin() as session:
        ride = _held(session, campaign_id, ride_id)
        if RideState(ride.state) is RideState.CANCELED:
            return
        _move(ride, RideState.CANCELED, now)
        session.add(_audit("ride canceled", ride.id, campaign_id, by, now))


def drives(
    sessions: Sessions,
    campaign_id: int,
    driver_id: int,
    car: Car | None,
    *,
    by: int,
    now: datetime,
) -> None:
    """Lists somebody of the campaign as a driver with this car; without one, they drive no more.
    Rides that they have stay with them until they are given to others. Raises RideRefused."""
    with sessions.begin() as session:
        user = session.get(User, driver_id)
        if user is None or user.campaign_id not in (None, campaign_id):
            raise RideRefused("no_driver")
        if car is not None and not 1 <= car.seats <= MOST_RIDERS:
            raise RideRefused("seats", "seats", most=MOST_RIDERS)
        if car is not None and _ends_first(car):
            raise RideRefused("hours", "until")
        if not rides.write_car(session, campaign_id, driver_id, car):
            return
        session.add(
            AuditEntry(
                at=now,
                user_id=by,
                action="driver listed" if car else "driver taken off",
                subject=f"user:{driver_id}",
                details={"campaign": campaign_id, **(_plain(car) if car else {})},
            )
        )


def _ends_first(car: Car) -> bool:
    begin, end = car.drives_from, car.drives_until
    return begin is not None and end is not None and end <= begin


def _plain(car: Car) -> dict[str, object]:
    return {name: str(v) if isinstance(v, time) else v for name, v in asdict(car).items()}


def _held(session: Session, campaign_id: int, ride_id: int) -> Ride:
    ride = rides.hold(session, campaign_id, ride_id)
    if ride is None:
        raise RideRefused("gone")
    return ride


def _own(session: Session, campaign_id: int, ride_id: int, by: int) -> Ride:
    ride = _held(session, campaign_id, ride_id)
    if ride.driver_id != by:
        raise RideRefused("other_driver")
    return ride


def _move(ride: Ride, onward: RideState, now: datetime) -> None:
    try:
        ride.state = move(RideState(ride.state), onward).value
    except ImpossibleMove as over:
        raise RideRefused("over") from over
    ride.changed_at = now


def _name(session: Session, user_id: int | None) -> str:
    user = session.get(User, user_id) if user_id is not None else None
    return user.name if user is not None else ""


def _audit(
    action: str, ride_id: int, campaign_id: int, by: int, now: datetime, **details: object
) -> AuditEntry:
    return AuditEntry(
        at=now,
        user_id=by,
        action=action,
        subject=f"ride:{ride_id}",
        details={"campaign": campaign_id, **details},
    )
