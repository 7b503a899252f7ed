"""Pages of a campaign that volunteers and poll watchers open too: of their own, and no other."""

from collections.abc import Callable
from uuid import UUID, uuid4

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.store import board
from app.store.campaigns import Campaign
from app.store.in_hand import InHand, in_hand
from app.web.guard import may
from app.web.sessions import parts, session


def campaign_of(campaign_id: int) -> Campaign:
    """The campaign, or 404."""
    return board.campaign(session(), campaign_id) or abort(404)


def own_campaign(campaign_id: int) -> Campaign:
    """The campaign, if the person who asks is an organizer or in it; else 404."""
    if not may("organizer") and current_user.campaign_id != campaign_id:
        abort(404)
    return campaign_of(campaign_id)


def form_key() -> str:
    """The client's own key of a form: as it was sent, else a fresh one."""
    try:
        return str(UUID(request.form.get("key", "")))
    except ValueError:
        return str(uuid4())


def act_now(campaign: Campaign, act: Callable[..., object], *what: object, **how: object) -> None:
    """Calls a service's act, for whoever is signed in and at this moment; raises what it raises."""
    now = parts().clock.now()
    act(parts().sessions, campaign.id, *what, by=current_user.id, now=now, **how)


def voter_in_hand(campaign: Campaign) -> InHand | None:
    """The voter of the call that the page is about, if this volunteer has it."""
    touch = request.values.get("touch", type=int)
    return in_hand(session(), campaign.id, touch, current_user.id) if touch else None


def way_on(campaign: Campaign, list_: str) -> ResponseReturnValue:
    """Where to after something was asked for: an organizer sees the list, a volunteer goes on with
    the call, a poll watcher with the desk."""
    if may("organizer"):
        return redirect(url_for(list_, campaign_id=campaign.id), 303)
    if request.form.get("touch", type=int) is not None:
        return redirect(url_for("calls.current"), 303)
    return redirect(url_for("home.home" if may("volunteer") else "strike.form"), 303)
