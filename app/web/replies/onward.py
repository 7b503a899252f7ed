"""What all pages of the replies stand on: their blueprint, the campaign, and where to go on."""

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services import conversations
from app.store import board
from app.store.campaigns import Campaign
from app.web.guard import may
from app.web.sessions import parts, session

bp = Blueprint("replies", __name__, url_prefix="/replies")


def campaign_here() -> Campaign | None:
    """The campaign of whoever asks."""
    return board.campaign(session(), current_user.campaign_id or 0)


def next_page() -> str:
    """Takes up the conversation that waits longest; its address, or that of the page which says
    that none waits."""
    campaign, clock = campaign_here(), parts().clock
    if campaign is None:
        return url_for(".index")
    found = conversations.take(
        parts().sessions, campaign.id, current_user.id, now=clock.now(), wall=clock.wall()
    )
    return url_for(".one", conversation_id=found) if found is not None else url_for(".index")


def onward() -> ResponseReturnValue:
    """To the next conversation that waits, or to where it says that none does; organizers back to
    their inbox."""
    page = url_for("inbox.index") if may("organizer") else next_page()
    return jsonify(sent=True, onward=page) if is_script() else redirect(page, 303)


def is_script() -> bool:
    """Whether the page's script asks, and not the browser."""
    return request.accept_mimetypes.best == "application/json"
