"""The campaign of a page that volunteers and poll watchers open too: their own, and no other."""

from uuid import UUID, uuid4

from flask import abort, request
from flask_login import current_user

from app.store import board
from app.store.campaigns import Campaign
from app.web.guard import may
from app.web.sessions import session


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
