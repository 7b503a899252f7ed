"""Rides to the polls: asked for, given to drivers, driven, printed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.hours import Place, Schedule
from app.domain.local import instant
from app.domain.ride import Car, RideState, is_late
from app.domain.time_of_day import clean_time
from app.services import rides as acts
from app.services.rides import NewRide, RideRefused
from app.store import rides as stored
from app.store.campaigns import Campaign
from app.store.frames import frame_of
from app.store.rides import Listed
from app.web.guard import open_to
from app.web.of_campaign import (
    act_now,
    campaign_of,
    form_key,
    own_campaign,
    voter_in_hand,
    way_on,
)
from app.web.polling_words import car_in_words, needs, ride_refusal, ride_states
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
    campaign = own_campaign(campaign_id)
    try:
        act_now(campaign, acts.ask, _asked(campaign))
    except RideRefused as refused:
        return _form(campaign, ride_refusal(refused), refused.field), 422
    flash(_("The ride is asked for. An organizer finds a driver."), "good")
    return way_on(campaign, ".show")


@bp.post("/said")
@open_to("organizer")
def write_down(campaign_id: int) -> ResponseReturnValue:
    """Make a ride of what a voter said in a call."""
    voter = request.form.get("voter", 0, type=int)
    words = _("The ride is written down. Find a driver below.")
    return _act(campaign_id, words, acts.write_down, voter)


@bp.post("/<int:ride_id>/driver")
@open_to("organizer")
def give(campaign_id: int, ride_id: int) -> ResponseReturnValue:
    """Give a ride to a driver, or to nobody."""
    driver, seen = (request.form.get(name, type=int) for name in ("driver", "seen"))
    words = _("The ride has a driver.") if driver else _("The ride waits for a driver.")
    return _act(campaign_id, words, acts.give, ride_id, driver, seen=seen)


@bp.post("/<int:ride_id>/cancel")
@open_to("organizer")
def cancel(campaign_id: int, ride_id: int) -> ResponseReturnValue:
    """Nobody needs the ride any more."""
    return _act(campaign_id, _("The ride is canceled."), acts.cancel, ride_id)


@bp.post("/<int:ride_id>/finish")
@open_to("organizer")
def finish(campaign_id: int, ride_id: int) -> ResponseReturnValue:
    """An organizer hears that a ride is done."""
    voted = request.form.get("voted") == "yes"
    words = _("The ride is done, and the voter is struck.") if voted else _("The ride is done.")
    return _act(campaign_id, words, acts.finish, ride_id, voted=voted, organizer=True)


@bp.post("/drivers")
@open_to("organizer")
def drives(campaign_id: int) -> ResponseReturnValue:
    """List somebody as a driver with their car and hours, change these, or take them off."""
    campaign, person = campaign_of(campaign_id), request.form.get("person", 0, type=int)
    off = request.form.get("off") == "yes"
    try:
        act_now(campaign, acts.drives, person, None if off else _car())
    except RideRefused as refused:
        return _page(campaign, ride_refusal(refused), refused.field), 422
    flash(_("Taken off the drivers.") if off else _("Listed as a driver."), "good")
    return redirect(url_for(".show", campaign_id=campaign.id), 303)


def _car() -> Car:
    """The car as typed; raises RideRefused for a time that is none."""
    form = request.form
    times = {}
    for field in ("from", "until"):
        times[field] = clean_time(written) if (written := form.get(field, "").strip()) else None
        if written and times[field] is None:
            raise RideRefused("wanted_at", field)
    seats = form.get("seats", 0, type=int)
    return Car(seats, form.get("wheelchair") == "yes", times["from"], times["until"])


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
    campaign, act = own_campaign(campaign_id), request.form.get("act", "")
    if act == "on_way":
        _try(campaign, _("Noted: you are on the way."), acts.set_off, ride_id)
    elif act == "voted":
        words = _("Done, and struck off every list. Thank you.")
        _try(campaign, words, acts.finish, ride_id, voted=True)
    elif act == "not_voted":
        _try(campaign, _("Done. Thank you."), acts.finish, ride_id, voted=False)
    elif act == "back":
        words = _("Given back. An organizer finds somebody else.")
        _try(campaign, words, acts.give_back, ride_id)
    return redirect(url_for(".mine", campaign_id=campaign.id), 303)


def _act(
    campaign_id: int, words: str, act: Callable[..., object], *what: object, **how: object
) -> ResponseReturnValue:
    """Does something with a ride, and leads back to the list."""
    _try(campaign_of(campaign_id), words, act, *what, **how)
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


def _try(
    campaign: Campaign, words: str, act: Callable[..., object], *what: object, **how: object
) -> None:
    """Does something with a ride, and says so or why not."""
    try:
        act_now(campaign, act, *what, **how)
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
    voter = voter_in_hand(campaign)
    return render_template(
        "rides/ask.html",
        campaign=campaign,
        voter=voter,
        touch=request.values["touch"] if voter else None,
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


def _page(campaign: Campaign, problem: str = "", field: str = "") -> str:
    found = shown(campaign, stored.open_rides(session(), campaign.id))
    return render_template(
        "rides/show.html",
        campaign=campaign,
        now=parts().clock.now(),
        rides=found,
        late=sum(one.late for one in found),
        ended=stored.ended_rides(session(), campaign.id),
        drivers=stored.drivers(session(), campaign.id),
        said_so=stored.said_so(session(), campaign.id),
        others=stored.may_drive(session(), campaign.id),
        states=ride_states(),
        ASKED=RideState.ASKED,
        DONE=RideState.DONE,
        car=car_in_words,
        most=stored.MOST,
        a_car=Car(),
        problem=problem,
        problem_field=field,
        said=request.form,
        typed_of=request.form.get("person", type=int),
    )
