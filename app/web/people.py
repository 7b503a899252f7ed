"""People: who has an account, invitations for volunteers, sign-in links."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta

import segno
from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.config import Settings
from app.domain.channel import Channel
from app.domain.time_of_day import clean_time
from app.services import invitations
from app.services.claim import MOST_GIVEN_BACK
from app.services.shifts import ShiftRefused, check_hours
from app.store import board, desks
from app.store.call_log import often_given_back
from app.store.campaigns import Campaign
from app.store.people import User
from app.web import shift_link
from app.web.configuration import LINK_DAYS
from app.web.guard import RANKS, open_to, rank_of
from app.web.sessions import parts, session
from app.web.shift_link import Block
from app.web.sign_in import link_for
from app.web.words import plural

bp = Blueprint("people", __name__, url_prefix="/people")

MOST_USES, MOST_DAYS = 1000, 60
NOTHING: Mapping[str, str] = {}


@bp.get("")
@open_to("organizer")
def index() -> str:
    """Everybody with an account, by role; the form may come filled in from the shifts."""
    return _page(form=request.args)


@bp.post("/invitations")
@open_to("organizer")
def invite() -> ResponseReturnValue:
    """Make a link for volunteers, with a code to scan, and show it once."""
    campaign = board.campaign(session(), request.form.get("campaign", 0, type=int))
    uses = request.form.get("uses", 0, type=int)
    days = request.form.get("days", 0, type=int)
    problem = _problem(campaign is not None, uses, days)
    block = None
    if not problem:
        assert campaign is not None
        try:
            block = _block(campaign)
        except ShiftRefused as refused:
            problem = str(refused)
    if problem:
        return _page(problem=problem, form=request.form), 422
    assert campaign is not None
    token = invitations.invite(
        parts().sessions,
        campaign.id,
        by=current_user.id,
        uses=uses,
        days=days,
        wall=parts().clock.wall(),
    )
    shift = shift_link.write(block) if block else None
    link = _full(parts().settings, url_for("invitations.join", token=token, shift=shift))
    about = (
        f"{plural(uses, 'volunteer')} can join {campaign.name} with it, for {plural(days, 'day')}."
    )
    booked = f" Each is booked for {block.words()}." if block else ""
    return _page(link=link, about=about + booked, code=_code(link))


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


def _block(campaign: Campaign) -> Block | None:
    """The hours that whoever joins is booked for; None for none. Raises ShiftRefused."""
    form = request.form
    if not form.get("day"):
        return None
    try:
        day, channel = date.fromisoformat(form["day"]), Channel(form.get("channel", "call"))
    except ValueError:
        raise ShiftRefused("day", "Choose the day of the shift again, or leave it empty.") from None
    block = Block(campaign.id, day, _time("from", "begins"), _time("until", "ends"), channel)
    check_hours(block.asked(current_user.id), campaign, parts().clock.now())
    return block


def _time(field: str, verb: str) -> time:
    at = clean_time(request.form.get(field, ""))
    if at is None:
        raise ShiftRefused(field, f"Say when the shift {verb}: 17:00 or 5 pm.")
    return at


def _code(link: str) -> str:
    """The link as a QR code: an SVG without scripts and styles, dark on light in both themes."""
    drawn = segno.make(link, error="m", micro=False)
    return str(drawn.svg_inline(omitsize=True, dark="#14213d", light="#ffffff", border=4))


def _full(settings: Settings, path: str) -> str:
    return settings.public_url.rstrip("/") + path


def _leafing(everybody: Sequence[User]) -> list[tuple[User, int]]:
    """Who looked at many voters in the last day without calling them, and at how many."""
    since = parts().clock.now() - timedelta(days=1)
    found = often_given_back(session(), [one.id for one in everybody], since, MOST_GIVEN_BACK)
    return [(one, found[one.id]) for one in everybody if one.id in found]


def _page(
    *,
    link: str = "",
    about: str = "",
    problem: str = "",
    code: str = "",
    form: Mapping[str, str] = NOTHING,
) -> str:
    everybody = desks.people(session())
    roles = {role: [one for one in everybody if rank_of(one) == RANKS[role]] for role in RANKS}
    return render_template(
        "people/index.html",
        roles=roles,
        leafing=_leafing(everybody),
        most_given_back=MOST_GIVEN_BACK,
        campaigns=board.campaigns(session()),
        live=invitations.live_invitations(session(), wall=parts().clock.wall()),
        link=link,
        about=about,
        problem=problem,
        form=form,
        code=code,
        my_rank=rank_of(current_user),
        rank_of=rank_of,
    )
