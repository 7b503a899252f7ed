"""People: who has an account and in which role, links that invite, links that sign in."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services import invitations, own_shifts
from app.services.claim import MOST_GIVEN_BACK
from app.services.invitations import INVITED
from app.services.people import LANGUAGES
from app.services.roles import RANKS, RoleRefused, change_role, note_link, switch
from app.services.shifts import ShiftRefused
from app.store import board, people_desk
from app.store.people import Team, User
from app.store.people_desk import PAGE, Wanted
from app.web import invite_form, role_words, shift_link
from app.web.configuration import LINK_DAYS
from app.web.guard import open_to, rank_of
from app.web.person_words import dated
from app.web.sessions import parts, session
from app.web.sign_in import link_for
from app.web.tongue import translated as _
from app.web.words import day as day_words

bp = Blueprint("people", __name__, url_prefix="/people")

DAY = timedelta(days=1)
NOTHING: Mapping[str, str] = {}


@bp.get("")
@open_to("organizer")
def index() -> str:
    """Who has an account, searched and paged; the invitation may come filled in from the shifts."""
    return _page(form=request.args)


@bp.post("/invitations")
@open_to("organizer")
def invite() -> ResponseReturnValue:
    """Make a link, with a code to scan, and show it once."""
    form = request.form
    campaign = board.campaign(session(), form.get("campaign", 0, type=int))
    uses, days = form.get("uses", 0, type=int), form.get("days", 0, type=int)
    role = form.get("role", "volunteer")
    problem, block = invite_form.problem(campaign is not None, role, uses, days), None
    if not problem:
        assert campaign is not None
        try:
            block = invite_form.block(campaign, role)
        except ShiftRefused as refused:
            problem = role_words.booking_problem(refused) if refused.code else str(refused)
    if problem:
        return _page(problem=problem, form=form), 422
    assert campaign is not None
    wall = parts().clock.wall()
    token = invitations.invite(
        parts().sessions,
        campaign.id,
        by=current_user.id,
        uses=uses,
        days=days,
        wall=wall,
        role=role,
    )
    shift = shift_link.write(block) if block else None
    link = parts().settings.public_url.rstrip("/") + url_for(
        "invitations.join", token=token, shift=shift
    )
    ends = (wall + timedelta(days=days)).astimezone(ZoneInfo(campaign.zone))
    until = day_words(ends.date())
    about = [invite_form.about(uses, campaign.name, until), role_words.what_may(role)]
    if block:
        about.append(_("Each is booked for %(hours)s.", hours=block.words()))
    return _page(link=link, about=about, code=invite_form.drawn(link))


@bp.post("/invitations/<int:invitation_id>/end")
@open_to("organizer")
def take_back(invitation_id: int) -> ResponseReturnValue:
    """End a link; twice is once."""
    gone = invitations.take_back(
        parts().sessions,
        invitation_id,
        by=current_user.id,
        my_rank=rank_of(current_user),
        wall=parts().clock.wall(),
    )
    if gone:
        flash(_("The link lets nobody in any more. Who has joined with it stays."), "good")
    else:
        flash(_("This link was used up or taken back already."), "plain")
    return redirect(url_for(".index", _anchor="links"), 303)


@bp.get("/<int:user_id>")
@open_to("organizer")
def person(user_id: int) -> str:
    """One account: role, team, shifts, and what may be done with it."""
    return _person(_user(user_id))


@bp.post("/<int:user_id>/role")
@open_to("organizer")
def set_role(user_id: int) -> ResponseReturnValue:
    """Give another role, never above one's own."""
    one, role = _user(user_id), request.form.get("role", "")
    try:
        changed = change_role(
            parts().sessions, one.id, role, by=current_user.id, wall=parts().clock.wall()
        )
    except RoleRefused as refused:
        return _person(one, problem=role_words.role_problem(refused)), 422
    if changed:
        said = _("%(name)s has the role “%(role)s” now.", name=one.name, role=role_words.role(role))
        flash(said, "good")
    return redirect(url_for(".person", user_id=one.id), 303)


@bp.post("/<int:user_id>/switch")
@open_to("organizer")
def turn(user_id: int) -> ResponseReturnValue:
    """Switch the account off or on."""
    one, on = _user(user_id), request.form.get("on") == "yes"
    try:
        switch(parts().sessions, one.id, on=on, by=current_user.id, wall=parts().clock.wall())
    except RoleRefused as refused:
        return _person(one, problem=role_words.role_problem(refused)), 422
    if on:
        flash(_("The account of %(name)s is on again.", name=one.name), "good")
    else:
        flash(
            _("The account of %(name)s is off, and signed out everywhere.", name=one.name), "good"
        )
    return redirect(url_for(".person", user_id=one.id), 303)


@bp.post("/<int:user_id>/link")
@open_to("organizer")
def sign_in_link(user_id: int) -> ResponseReturnValue:
    """A link that signs this person in; only for accounts below one's own, and for oneself."""
    one = _user(user_id)
    if not _may_enter(one):
        words = _("Only an admin can make a sign-in link for %(name)s.", name=one.name)
        return _person(one, problem=words), 403
    if not one.active:
        words = _("The account of %(name)s is switched off.", name=one.name)
        return _person(one, problem=words), 422
    note_link(parts().sessions, one.id, by=current_user.id, wall=parts().clock.wall())
    return _person(one, link=link_for(one))


def _may_enter(one: User) -> bool:
    return bool(one.id == current_user.id or rank_of(one) < rank_of(current_user))


def _user(user_id: int) -> User:
    return session().get(User, user_id, populate_existing=True) or abort(404)


def _wanted() -> Wanted:
    said = request.args
    return Wanted(
        words=said.get("find", ""),
        role=said.get("as", "") if said.get("as", "") in RANKS else "",
        campaign_id=said.get("of", type=int),
        team_id=said.get("team", type=int),
        off=said.get("off") == "yes",
    )


def _page(
    *,
    link: str = "",
    about: list[str] | None = None,
    problem: str = "",
    code: str = "",
    form: Mapping[str, Any] = NOTHING,
) -> str:
    wanted, clock = _wanted(), parts().clock
    fits = people_desk.count(session(), wanted)
    last = max(-(-fits // PAGE), 1)
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    rows = people_desk.find(session(), wanted, page=page, now=clock.now())
    mine = rank_of(current_user)
    return render_template(
        "people/index.html",
        rows=rows,
        fits=fits,
        page=page,
        last=last,
        wanted=wanted,
        searched=wanted != Wanted(),
        now=clock.now(),
        zone=_zone(),
        leafing=people_desk.leafing(session(), clock.now() - DAY, MOST_GIVEN_BACK),
        most_given_back=MOST_GIVEN_BACK,
        campaigns=board.campaigns(session()),
        roles=role_words.ORDER,
        counts=people_desk.by_role(session()),
        invited=[one for one in INVITED if RANKS[one] <= mine],
        links=invitations.live_links(session(), wall=clock.wall()),
        link=link,
        about=about or [],
        problem=problem,
        form=form,
        code=code,
        my_rank=mine,
        ranks=RANKS,
        role_words=role_words,
        query={
            name: request.args[name]
            for name in ("find", "as", "of", "team", "off")
            if request.args.get(name)
        },
    )


def _zone() -> str:
    """The clock on which times of people are told: of one's own campaign, else UTC."""
    mine = current_user.campaign_id and board.campaign(session(), current_user.campaign_id)
    return mine.zone if mine else "UTC"


def _person(one: User, *, link: str = "", problem: str = "") -> str:
    now, mine = parts().clock.now(), rank_of(current_user)
    own = [role.name for role in one.roles]
    changes = one.id == current_user.id or rank_of(one) < mine or mine >= RANKS["admin"]
    campaign = board.campaign(session(), one.campaign_id) if one.campaign_id else None
    return render_template(
        "people/person.html",
        one=one,
        own=own[0] if own else "",
        campaign=campaign,
        team=session().get(Team, one.team_id) if one.team_id else None,
        record=people_desk.record_of(session(), one.id, now),
        shifts=own_shifts.upcoming(session(), one.id, now),
        roles=[role for role in role_words.ORDER if RANKS[role] <= mine],
        changes=changes,
        enters=_may_enter(one),
        link=link,
        link_days=LINK_DAYS,
        problem=problem,
        languages=LANGUAGES,
        dated=dated,
        role_words=role_words,
    )
