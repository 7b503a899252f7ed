"""Rides to the polls: asked for, given to drivers, driven, printed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.hours import Place, Schedule
from app.domain.local import instant
from app.domain.ride import SEATS, Car, RideState, is_late
from app.domain.time_of_day import clean_time
from app.services import rides as acts
from app.services.rides import NewRide, RideRefused
from app.store import rides as stored
from app.store.campaigns import Campaign
from app.store.frames import frame_of
from app.store.in_hand import in_hand
from app.store.rides import Driver, Listed
from app.web.guard import may, open_to
from app.web.of_campaign import campaign_of, form_key, own_campaign
from app.web.polling_words import needs, ride_refusal, ride_states
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("rides", __name__, url_prefix="/campaigns/<int:campaign_id>/rides")


@dataclass(frozen=True)
class Shown:
    """A ride as the page has it."""

    ride: Listed
    late: bool
    zone: str  # of the voter's clock
    closes_at: datetime | None
    needs: list[str]


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """The rides on which somebody waits, the late ones first, and who drives."""
    return _page(campaign_of(campaign_id))


@bp.get("/list")
@open_to("organizer")
def printed(campaign_id: int) -> str:
    """The open rides by driver, to be printed."""
    campaign = campaign_of(campaign_id)
    found = shown(campaign, stored.open_rides(session(), campaign.id))
    by_driver: dict[tuple[str, int | None], list[Shown]] = {}  # two drivers may share a name
    for one in sorted(found, key=lambda each: each.ride.driver.casefold()):
        by_driver.setdefault((one.ride.driver, one.ride.driver_id), []).append(one)
    return render_template(
        "rides/printed.html",
        campaign=campaign,
        by_driver=by_driver,
        now=parts().clock.now(),
        states=ride_states(),
    )


@bp.get("/ask")
@open_to("volunteer", "poll_watcher")
def ask_for(campaign_id: int) -> str:
    """The form; with `touch`, about the voter whom this volunteer has on the phone."""
    return _form(own_campaign(campaign_id))


@bp.post("/ask")
@open_to("volunteer", "poll_watcher")
def ask(campaign_id: int) -> ResponseReturnValue:
    """Ask for a ride; the same form sent twice is one ride."""
    campaign, now = own_campaign(campaign_id), parts().clock.now()
    try:
        asked = _asked(campaign)
        acts.ask(parts().sessions, campaign.id, asked, by=current_user.id, now=now)
    except RideRefused as refused:
        return _form(campaign, ride_refusal(refused), refused.field), 422
    flash(_("The ride is asked for. An organizer finds a driver."), "good")
    if may("organizer"):
        return redirect(url_for(".show", campaign_id=campaign.id), 303)
    if asked.touch_id is not None:
        return redirect(url_for("calls.current"), 303)
    return redirect(url_for("home.home"), 303)


@bp.post("/said")
@open_to("organizer")
def write_down(campaign_id: int) -> ResponseReturnValue:
    """Make a ride of what a voter said in a call."""
    campaign, voter = campaign_of(campaign_id), request.form.get("voter", 0, type=int)
    return _act(
        campaign,
        lambda: acts.write_down(
            parts().sessions, campaign.id, voter, by=current_user.id, now=parts().clock.now()
        ),
        _("The ride is written down. Find a driver below."),
    )


@bp.post("/<int:ride_id>/driver")
@open_to("organizer")
def give(campaign_id: int, ride_id: int) -> ResponseReturnValue:
    """Give a ride to a driver, or to nobody."""
    campaign = campaign_of(campaign_id)
    driver, seen = (request.form.get(name, type=int) for name in ("driver", "seen"))
    return _act(
        campaign,
        lambda: acts.give(
            parts().sessions,
            campaign.id,
            ride_id,
            driver,
            seen=seen,
            by=current_user.id,
            now=parts().clock.now(),
        ),
        _("The ride has a driver.") if driver else _("The ride waits for a driver."),
    )


@bp.post("/<int:ride_id>/cancel")
@open_to("organizer")
def cancel(campaign_id: int, ride_id: int) -> ResponseReturnValue:
    """Nobody needs the ride any more."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    return _act(
        campaign,
        lambda: acts.cancel(parts().sessions, campaign.id, ride_id, by=current_user.id, now=now),
        _("The ride is canceled."),
    )


@bp.post("/<int:ride_id>/finish")
@open_to("organizer")
def finish(campaign_id: int, ride_id: int) -> ResponseReturnValue:
    """An organizer hears that a ride is done."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    voted = request.form.get("voted") == "yes"
    return _act(
        campaign,
        lambda: acts.finish(
            parts().sessions,
            campaign.id,
            ride_id,
            voted=voted,
            by=current_user.id,
            now=now,
            organizer=True,
        ),
        _("The ride is done.") if not voted else _("The ride is done, and the voter is struck."),
    )


@bp.post("/drivers")
@open_to("organizer")
def drives(campaign_id: int) -> ResponseReturnValue:
    """List somebody as a driver with their car, or take them off."""
    campaign = campaign_of(campaign_id)
    seats = request.form.get("seats", SEATS, type=int)
    car = Car(seats, request.form.get("wheelchair") == "yes")
    off = request.form.get("off") == "yes"
    return _act(
        campaign,
        lambda: acts.drives(
            parts().sessions,
            campaign.id,
            request.form.get("person", 0, type=int),
            None if off else car,
            by=current_user.id,
            now=parts().clock.now(),
        ),
        _("Taken off the drivers.") if off else _("Listed as a driver."),
    )


@bp.get("/mine")
@open_to("volunteer", "poll_watcher")
def mine(campaign_id: int) -> str:
    """A driver's own rides, on a phone."""
    campaign = own_campaign(campaign_id)
    return render_template(
        "rides/mine.html",
        campaign=campaign,
        rides=shown(campaign, stored.rides_of(session(), campaign.id, current_user.id)),
        now=parts().clock.now(),
        states=ride_states(),
    )


@bp.post("/<int:ride_id>/mine")
@open_to("volunteer", "poll_watcher")
def drive(campaign_id: int, ride_id: int) -> ResponseReturnValue:
    """The driver sets off, is done, or gives the ride back."""
    campaign, now = own_campaign(campaign_id), parts().clock.now()
    sessions, act = parts().sessions, request.form.get("act", "")
    done = {
        "on_way": (
            lambda: acts.set_off(sessions, campaign.id, ride_id, by=current_user.id, now=now),
            _("Noted: you are on the way."),
        ),
        "voted": (
            lambda: acts.finish(
                sessions, campaign.id, ride_id, voted=True, by=current_user.id, now=now
            ),
            _("Done, and struck off every list. Thank you."),
        ),
        "not_voted": (
            lambda: acts.finish(
                sessions, campaign.id, ride_id, voted=False, by=current_user.id, now=now
            ),
            _("Done. Thank you."),
        ),
        "back": (
            lambda: acts.give_back(sessions, campaign.id, ride_id, by=current_user.id, now=now),
            _("Given back. An organizer finds somebody else."),
        ),
    }.get(act)
    if done is not None:
        _try(*done)
    return redirect(url_for(".mine", campaign_id=campaign.id), 303)


def _act(campaign: Campaign, act: Any, words: str) -> ResponseReturnValue:
    _try(act, words)
    return redirect(url_for(".show", campaign_id=campaign.id), 303)


def _try(act: Any, words: str) -> None:
    try:
        act()
        flash(words, "good")
    except RideRefused as refused:
        flash(ride_refusal(refused), "bad")


def _asked(campaign: Campaign) -> NewRide:
    form = request.form
    written = form.get("wanted", "").strip()
    at = clean_time(written) if written else None
    if written and at is None:
        raise RideRefused("wanted_at", "wanted")
    return NewRide(
        key=form_key(),
        name=form.get("name", ""),
        phone=form.get("phone", ""),
        pick_up=form.get("pick_up", ""),
        going_to=form.get("going_to", ""),
        wanted_at=None if at is None else instant(campaign.polling_day, at, campaign.zone),
        riders=form.get("riders", 0, type=int),
        needs=tuple(form.getlist("needs")),
        note=form.get("note", ""),
        touch_id=form.get("touch", type=int),
    )


def _form(campaign: Campaign, problem: str = "", field: str = "") -> str:
    touch = request.values.get("touch", type=int)
    voter = in_hand(session(), campaign.id, touch, current_user.id) if touch else None
    return render_template(
        "rides/ask.html",
        campaign=campaign,
        voter=voter,
        touch=touch if voter else None,
        needs=needs(),
        problem=problem,
        problem_field=field,
        said=request.form,
        key=form_key(),
    )


def shown(campaign: Campaign, found: list[Listed]) -> list[Shown]:
    """Rides as the pages have them, the late ones first, then by the time that is wanted."""
    now, names = parts().clock.now(), needs()
    schedule = frame_of(session(), campaign).schedule if found else None
    rows = [_shown(campaign, schedule, one, now, names) for one in found]
    return sorted(rows, key=lambda one: not one.late)


def _shown(
    campaign: Campaign,
    schedule: Schedule | None,
    ride: Listed,
    now: datetime,
    names: dict[str, str],
) -> Shown:
    place = Place.of(ride.place) if ride.place else Place("", (campaign.zone,))
    closes = schedule.polls_close_at(place) if schedule is not None else None
    zone = place.clock(campaign.zone).key
    wants = [names[one] for one in ride.needs.split(",") if one in names]
    late = is_late(ride.state, ride.wanted_at, closes, now)
    return Shown(ride, late, zone, closes, wants)


def _page(campaign: Campaign) -> str:
    found = shown(campaign, stored.open_rides(session(), campaign.id))
    drivers = stored.drivers(session(), campaign.id)
    return render_template(
        "rides/show.html",
        campaign=campaign,
        now=parts().clock.now(),
        rides=found,
        late=sum(one.late for one in found),
        ended=stored.ended_rides(session(), campaign.id),
        drivers=drivers,
        said_so=stored.said_so(session(), campaign.id),
        others=stored.may_drive(session(), campaign.id),
        states=ride_states(),
        ASKED=RideState.ASKED,
        DONE=RideState.DONE,
        car=_car,
        most=stored.MOST,
        seats=SEATS,
    )


def _car(driver: Driver) -> str:
    """What a driver's car takes, and what of it is promised."""
    if driver.car.wheelchair:
        return _(
            "%(name)s (%(seats)s seats and a wheelchair, %(riders)s to drive)",
            name=driver.name,
            seats=driver.car.seats,
            riders=driver.riders,
        )
    return _(
        "%(name)s (%(seats)s seats, %(riders)s to drive)",
        name=driver.name,
        seats=driver.car.seats,
        riders=driver.riders,
    )
