"""People: who has an account, invitations for volunteers, sign-in links."""

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.config import Settings
from app.services import people
from app.store import board, desks
from app.store.people import User
from app.web.configuration import LINK_DAYS
from app.web.guard import RANKS, open_to, rank_of
from app.web.sessions import parts, session
from app.web.sign_in import link_for

bp = Blueprint("people", __name__, url_prefix="/people")

MOST_USES, MOST_DAYS = 1000, 60


@bp.get("")
@open_to("organizer")
def index() -> str:
    """Everybody with an account, by role."""
    return _page()


@bp.post("/invitations")
@open_to("organizer")
def invite() -> ResponseReturnValue:
    """Make a link for volunteers and show it once."""
    campaign = board.campaign(session(), request.form.get("campaign", 0, type=int))
    uses = request.form.get("uses", 0, type=int)
    days = request.form.get("days", 0, type=int)
    problem = _problem(campaign is not None, uses, days)
    if problem:
        return _page(problem=problem), 422
    assert campaign is not None
    token = people.invite(
        parts().sessions,
        campaign.id,
        by=current_user.id,
        uses=uses,
        days=days,
        wall=parts().clock.wall(),
    )
    link = _full(parts().settings, url_for("invitations.join", token=token))
    return _page(
        link=link, about=f"{uses} volunteers can join {campaign.name} with it, for {days} days."
    )


@bp.post("/<int:user_id>/link")
@open_to("organizer")
def sign_in_link(user_id: int) -> ResponseReturnValue:
    """A link that signs this person in; only for accounts below one's own, and for oneself."""
    person = session().get(User, user_id) or abort(404)
    if person.id != current_user.id and rank_of(person) >= rank_of(current_user):
        flash(f"Only an admin can make a sign-in link for {person.name}.", "bad")
        return _page(), 403
    about = f"It signs in {person.name} for {LINK_DAYS} days. Send it to nobody else."
    return _page(link=link_for(person), about=about)


def _problem(campaign_known: bool, uses: int, days: int) -> str:
    if not campaign_known:
        return "Choose the campaign that the volunteers join."
    if not 1 <= uses <= MOST_USES:
        return f"Say how many may join with this link: 1 to {MOST_USES:,}."
    if not 1 <= days <= MOST_DAYS:
        return f"Say for how many days the link works: 1 to {MOST_DAYS}."
    return ""


def _full(settings: Settings, path: str) -> str:
    return settings.public_url.rstrip("/") + path


def _page(*, link: str = "", about: str = "", problem: str = "") -> str:
    everybody = desks.people(session())
    roles = {role: [one for one in everybody if rank_of(one) == RANKS[role]] for role in RANKS}
    return render_template(
        "people/index.html",
        roles=roles,
        campaigns=board.campaigns(session()),
        live=people.live_invitations(session(), wall=parts().clock.wall()),
        link=link,
        about=about,
        problem=problem,
        form=request.form,
        my_rank=rank_of(current_user),
        rank_of=rank_of,
    )
