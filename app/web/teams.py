"""Teams: an organizer makes them; whoever leads one sees its day, books its people, writes to them.

A lead sees their own team and no other, and nothing of any voter.
"""

from datetime import UTC, datetime, time
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_login import current_user

from app.services import teams as acts
from app.services.shifts import ShiftRefused, add_shift, remove_shift
from app.services.teams import LONGEST_NAME, LONGEST_WORDS, TeamRefused
from app.store import teams
from app.store.campaigns import Campaign
from app.store.people import Team, User
from app.web.guard import may, open_to
from app.web.of_campaign import campaign_of
from app.web.person_words import dated, stretch
from app.web.role_words import booking_problem, team_problem
from app.web.sessions import parts, session
from app.web.shifts import EVENING, booked_words, read_shift
from app.web.tongue import translated as _

bp = Blueprint("teams", __name__)

BASE = "/campaigns/<int:campaign_id>/teams"
ONE = f"{BASE}/<int:team_id>"


@bp.get("/team")
@open_to("team_lead")
def mine() -> ResponseReturnValue:
    """The team that one leads; without one, what to do about it."""
    led = teams.led_by(session(), current_user.id)
    if len(led) == 1:
        return redirect(_to(led[0]), 303)
    return render_template("teams/mine.html", teams=led)


@bp.get(BASE)
@open_to("organizer")
def show(campaign_id: int) -> str:
    """The teams of a campaign."""
    return _list(campaign_of(campaign_id))


@bp.post(BASE)
@open_to("organizer")
def add(campaign_id: int) -> ResponseReturnValue:
    """Make a team."""
    campaign, name = campaign_of(campaign_id), request.form.get("name", "")
    wall = parts().clock.wall()
    try:
        made = acts.add_team(parts().sessions, campaign.id, name, by=current_user.id, wall=wall)
    except TeamRefused as refused:
        return _list(campaign, name, team_problem(refused)), 422
    return redirect(url_for(".one", campaign_id=campaign.id, team_id=made), 303)


@bp.get(ONE)
@open_to("team_lead")
def one(campaign_id: int, team_id: int) -> str:
    """A team's day."""
    return _page(_team(campaign_id, team_id))


@bp.post(f"{ONE}/name")
@open_to("organizer")
def rename(campaign_id: int, team_id: int) -> ResponseReturnValue:
    """Give it another name."""
    team = _team(campaign_id, team_id)
    return _act(
        team, lambda **by: acts.rename(parts().sessions, team.id, request.form["name"], **by)
    )


@bp.post(f"{ONE}/lead")
@open_to("organizer")
def set_lead(campaign_id: int, team_id: int) -> ResponseReturnValue:
    """Say who leads it."""
    team, person = _team(campaign_id, team_id), request.form.get("person", type=int)
    return _act(team, lambda **by: acts.set_lead(parts().sessions, team.id, person, **by))


@bp.post(f"{ONE}/members")
@open_to("organizer")
def add_member(campaign_id: int, team_id: int) -> ResponseReturnValue:
    """Take somebody into it."""
    team, person = _team(campaign_id, team_id), request.form.get("person", 0, type=int)

    def take_in(**by: Any) -> None:
        name = acts.add_member(parts().sessions, team.id, person, **by)
        flash(_("%(name)s is in the team.", name=name), "good")

    return _act(team, take_in, find=request.form.get("find") or None)


@bp.post(f"{ONE}/members/remove")
@open_to("organizer")
def remove_member(campaign_id: int, team_id: int) -> ResponseReturnValue:
    """Take somebody out of it."""
    team, person = _team(campaign_id, team_id), request.form.get("person", 0, type=int)
    return _act(team, lambda **by: acts.remove_member(parts().sessions, team.id, person, **by))


@bp.post(f"{ONE}/remove")
@open_to("organizer")
def remove(campaign_id: int, team_id: int) -> ResponseReturnValue:
    """Take the team apart; its people stay."""
    team, wall = _team(campaign_id, team_id), parts().clock.wall()
    acts.remove_team(parts().sessions, team.id, by=current_user.id, wall=wall)
    flash(_("The team “%(name)s” is taken apart. Its people stay.", name=team.name), "good")
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


@bp.post(f"{ONE}/shifts")
@open_to("team_lead")
def book(campaign_id: int, team_id: int) -> ResponseReturnValue:
    """Book a member."""
    team, clock = _team(campaign_id, team_id), parts().clock
    try:
        asked = read_shift(request.form)
        _member(team, asked.user_id)
        held = add_shift(
            parts().sessions,
            team.campaign_id,
            asked,
            by=current_user.id,
            now=clock.now(),
            wall=clock.wall(),
        )
    except ShiftRefused as refused:
        return _page(team, {"book": booking_problem(refused)}), 422
    flash(booked_words(held.name, asked, new=held.new), "good")
    return redirect(_to(team), 303)


@bp.post(f"{ONE}/shifts/remove")
@open_to("team_lead")
def cancel(campaign_id: int, team_id: int) -> ResponseReturnValue:
    """Cancel a member's shift; twice is once."""
    team, clock = _team(campaign_id, team_id), parts().clock
    shift = request.form.get("shift", 0, type=int)
    if not teams.owns_shift(session(), team.id, team.campaign_id, shift):
        flash(_("This shift was gone already."), "plain")
        return redirect(_to(team), 303)
    try:
        remove_shift(
            parts().sessions,
            team.campaign_id,
            shift,
            by=current_user.id,
            now=clock.now(),
            wall=clock.wall(),
        )
        flash(_("The shift is canceled."), "good")
    except ShiftRefused as refused:
        flash(booking_problem(refused), "bad")
    return redirect(_to(team), 303)


@bp.post(f"{ONE}/words")
@open_to("team_lead")
def write(campaign_id: int, team_id: int) -> ResponseReturnValue:
    """Write to one member or to all."""
    team, form, clock = _team(campaign_id, team_id), request.form, parts().clock
    try:
        made = acts.write_to(
            parts().sessions,
            team.id,
            form.get("words", ""),
            form.get("key", "")[:60] or uuid4().hex,
            to=form.get("person", type=int),
            by=current_user.id,
            now=clock.now(),
            wall=clock.wall(),
        )
    except TeamRefused as refused:
        return _page(team, {"words": team_problem(refused)}), 422
    if made:
        said = ngettext("%(num)s person is written to.", "%(num)s people are written to.", made)
        flash(str(said), "good")
    else:
        flash(_("It was sent already, or nobody can be reached."), "plain")
    return redirect(_to(team), 303)


def _act(team: Team, act: Any, **back: Any) -> ResponseReturnValue:
    """Do it, and back to the team; what cannot be is said there."""
    try:
        act(by=current_user.id, wall=parts().clock.wall())
    except TeamRefused as refused:
        return _page(_team(team.campaign_id, team.id), {refused.field: team_problem(refused)}), 422
    return redirect(url_for(".one", campaign_id=team.campaign_id, team_id=team.id, **back), 303)


def _to(team: Team) -> str:
    return url_for(".one", campaign_id=team.campaign_id, team_id=team.id)


def _team(campaign_id: int, team_id: int) -> Team:
    """The team, for organizers and for its lead; for everybody else there is none."""
    team = teams.team_of(session(), campaign_id, team_id)
    if team is None or not (may("organizer") or team.lead_id == current_user.id):
        abort(404)
    return team


def _member(team: Team, user_id: int) -> None:
    person = session().get(User, user_id, populate_existing=True)
    if person is None or person.team_id != team.id:
        raise ShiftRefused("person", "Choose whom the shift is for.", "nobody")


def _list(campaign: Campaign, name: str = "", problem: str = "") -> str:
    return render_template(
        "teams/show.html",
        campaign=campaign,
        teams=teams.lines(session(), campaign.id, parts().clock.now()),
        name=name,
        problem=problem,
        longest=LONGEST_NAME,
    )


def _page(team: Team, problems: dict[str, str] | None = None) -> str:
    campaign, clock = campaign_of(team.campaign_id), parts().clock
    now, here = clock.now(), ZoneInfo(campaign.zone)
    today = now.astimezone(here).date()
    begin = datetime.combine(today, time(), here).astimezone(UTC)
    members = teams.members(
        session(), campaign.id, team.id, begin=begin, now=now, wall=clock.wall()
    )
    find = request.args.get("find", "").strip()
    searches = may("organizer") and len(find) > 1
    typed = {**EVENING, "day": today.isoformat(), **request.form}
    return render_template(
        "teams/one.html",
        campaign=campaign,
        team=team,
        lead=session().get(User, team.lead_id) if team.lead_id else None,
        members=members,
        now=now,
        find=find,
        found=teams.could_join(session(), campaign.id, team.id, find) if searches else None,
        problems=problems or {},
        typed=typed,
        key=request.form.get("key") or uuid4().hex,
        longest=LONGEST_NAME,
        longest_words=LONGEST_WORDS,
        dated=dated,
        stretch=stretch,
    )
