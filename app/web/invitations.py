"""Links that let people in: an invitation to join, perhaps to a shift, and one that signs in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security.passwordless import login_token_status

from app.domain.sign_in import read_login
from app.services import invitations, people
from app.services.invitations import DeadInvitation, Joining
from app.services.roles import RoleRefused
from app.services.shifts import ShiftRefused, add_shift
from app.store.campaigns import Campaign
from app.store.people import User
from app.web import shift_link
from app.web.guard import RANKS, public, rank_of
from app.web.person_words import dead_words, problem_words, shift_words
from app.web.role_words import role_problem, what_may
from app.web.sessions import parts, session
from app.web.shift_link import Block
from app.web.sign_in import enter
from app.web.tongue import TONGUES, tongue
from app.web.tongue import translated as _

bp = Blueprint("invitations", __name__)

FIELDS = ("name", "address", "conduct")


@bp.get("/s/<token>")
@public
def sign_in(token: str) -> ResponseReturnValue:
    """Sign in whom this link was made for."""
    expired, invalid, person = login_token_status(token)  # type: ignore[no-untyped-call]
    if expired:
        return _dead(_("This sign-in link has expired. Ask your organizer for a new one."))
    if invalid or person is None or not person.active:
        return _dead(
            _(
                "We do not know this sign-in link. It may be cut off: open it again from the "
                "message it came in, or ask your organizer for a new one."
            )
        )
    enter(person, "link")
    return redirect(url_for("home.home"), 303)


@bp.get("/join/<token>")
@public
def invitation(token: str) -> ResponseReturnValue:
    """What one is invited to, and the form; one button for a volunteer who is signed in."""
    try:
        campaign = _campaign(token)
    except DeadInvitation as reason:
        return _dead(dead_words(reason))
    return _form(token, campaign, dict.fromkeys(FIELDS, ""), (tongue(),))


@bp.post("/join/<token>")
@public
def join(token: str) -> ResponseReturnValue:
    """Join a campaign as a volunteer, and begin."""
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    spoken = tuple(filter(None, request.form.getlist("languages")))
    try:
        campaign = _campaign(token)
        if current_user.is_authenticated and (not typed["address"] or _is_mine(typed["address"])):
            return _come_along(token)
        user_id = invitations.join(
            parts().sessions,
            token,
            Joining(
                typed["name"], typed["address"], spoken, bool(typed["conduct"]), _chosen_tongue()
            ),
            country=parts().settings.country,
            wall=parts().clock.wall(),
        )
    except DeadInvitation as reason:
        return _dead(dead_words(reason))
    except people.BadPerson as problem:
        problems = {
            "address" if one.field == "email" else one.field: problem_words(one)
            for one in (problem, *problem.others)
        }
        return _form(token, campaign, typed, spoken, problems, taken=problem.code == "taken"), 422
    person = session().get(User, user_id)
    assert person is not None
    enter(person, "link")
    if rank_of(person) in (RANKS["volunteer"], RANKS["team_lead"]):
        _book(person)
        return redirect(url_for("tour.begin"), 303)
    return redirect(url_for("home.home"), 303)


def _campaign(token: str) -> Campaign:
    """The campaign; a used-up link still knows those whom it let in. Raises DeadInvitation."""
    mine = current_user.is_authenticated and current_user.campaign_id
    if mine and mine == invitations.campaign_behind(session(), token):
        return session().get_one(Campaign, mine)
    return invitations.campaign_of(session(), token, wall=parts().clock.wall())


def _is_mine(address: str) -> bool:
    """Whether this is the same form a second time: the first has signed them in."""
    login = read_login(address, parts().settings.country)
    return login is not None and login.address in (current_user.email, current_user.phone)


def _come_along(token: str) -> ResponseReturnValue:
    """Somebody who has an account: into the campaign, and the shift. Organizers only look."""
    if rank_of(current_user) >= RANKS["organizer"]:
        flash(_("You are an organizer: nothing was changed. Volunteers join with this link."))
        return redirect(url_for("home.home"), 303)
    try:
        invitations.move_over(parts().sessions, token, current_user.id, wall=parts().clock.wall())
    except RoleRefused as refused:
        flash(role_problem(refused), "bad")
        return redirect(url_for("home.home"), 303)
    person = session().get_one(User, current_user.id, populate_existing=True)
    enter(person, "link")  # whoever has risen to organizer is signed out everywhere else
    _book(person)
    return redirect(url_for("home.home"), 303)


def _book(person: User) -> None:
    """Book the shift of the link, if it has one. Whoever joined is in, booked or not."""
    block = _block()
    if block is None or person.campaign_id != block.campaign_id:
        return
    clock = parts().clock
    try:
        add_shift(
            parts().sessions,
            block.campaign_id,
            block.asked(person.id),
            by=person.id,
            now=clock.now(),
            wall=clock.wall(),
        )
    except ShiftRefused as refused:
        flash(
            _("You are in, but the shift is not booked. %(why)s", why=shift_words(refused)), "warn"
        )
        return
    flash(_("You are booked: %(hours)s.", hours=block.words()), "good")


def _block() -> Block | None:
    return shift_link.read(request.args.get("shift", ""))


def _chosen_tongue() -> str:
    chosen = cookie.get("tongue", "")
    return chosen if chosen in TONGUES else ""


def _form(
    token: str,
    campaign: Campaign,
    typed: dict[str, str],
    spoken: tuple[str, ...],
    problems: dict[str, str] | None = None,
    *,
    taken: bool = False,
) -> str:
    block, role = _block(), invitations.role_behind(session(), token)
    return render_template(
        "people/join.html",
        campaign=campaign,
        role=role,
        what_may=what_may(role),
        block=block if block is not None and block.campaign_id == campaign.id else None,
        typed=typed,
        spoken=spoken,
        languages=people.LANGUAGES,
        problems=problems or {},
        taken=taken,
        here=request.full_path.rstrip("?"),
    )


def _dead(reason: str) -> ResponseReturnValue:
    return render_template("people/dead_link.html", reason=reason), 410
