"""Links that let people in: an invitation to join, and a link that signs in."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import login_user, logout_user
from flask_security.passwordless import login_token_status

from app.services import people
from app.store.campaigns import Campaign
from app.store.people import User
from app.web.guard import public
from app.web.sessions import parts, session

bp = Blueprint("invitations", __name__)


@bp.get("/s/<token>")
@public
def sign_in(token: str) -> ResponseReturnValue:
    """Sign in whom this link was made for."""
    expired, invalid, person = login_token_status(token)  # type: ignore[no-untyped-call]
    if expired:
        return _dead("This sign-in link has expired. Ask your organizer for a new one.")
    if invalid or person is None or not person.active:
        return _dead(
            "We do not know this sign-in link. It may be cut off: open it again from the message "
            "it came in, or ask your organizer for a new one."
        )
    _enter(person)
    return redirect(url_for("home.home"), 303)


@bp.route("/join/<token>", methods=["GET", "POST"])
@public
def join(token: str) -> ResponseReturnValue:
    """Join a campaign as a volunteer, and begin."""
    typed = {name: request.form.get(name, "").strip() for name in ("name", "email")}
    spoken = tuple(request.form.getlist("languages"))
    if request.method == "POST" and _joined_just_now(typed["email"]):
        return redirect(url_for("home.home"), 303)
    try:
        campaign = people.campaign_of(session(), token, wall=parts().clock.wall())
        if request.method == "GET":
            return _form(campaign, typed, ("en",))
        user_id = people.join(
            parts().sessions, token, languages=spoken, wall=parts().clock.wall(), **typed
        )
    except people.DeadInvitation as reason:
        return _dead(str(reason))
    except people.BadPerson as problem:
        return _form(campaign, typed, spoken, {problem.field: str(problem)}), 422
    person = session().get(User, user_id)
    assert person is not None
    _enter(person)
    return redirect(url_for("home.home"), 303)


def _form(
    campaign: Campaign,
    typed: dict[str, str],
    spoken: tuple[str, ...],
    problems: dict[str, str] | None = None,
) -> str:
    return render_template(
        "people/join.html",
        campaign=campaign,
        typed=typed,
        spoken=spoken,
        languages=people.LANGUAGES,
        problems=problems or {},
    )


def _joined_just_now(email: str) -> bool:
    """Whether this is the same form a second time: the first has signed them in."""
    return bool(current_user.is_authenticated and current_user.email == email.lower())


def _enter(person: User) -> None:
    if current_user.is_authenticated and current_user.id != person.id:
        logout_user()
    login_user(person, remember=True, authn_via=["link"])


def _dead(reason: str) -> ResponseReturnValue:
    return render_template("people/dead_link.html", reason=reason), 410
