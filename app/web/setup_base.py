"""What all pages of the set-up stand on: their blueprint, and what is seen of a campaign."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services.set_up_facts import Seen, see
from app.store.campaigns import Campaign
from app.web.sessions import parts, session

bp = Blueprint("setup", __name__, url_prefix="/campaigns")


def seen_of(campaign: Campaign) -> Seen:
    """What its set-up has and lacks."""
    clock = parts().clock
    public_url = parts().settings.public_url
    return see(session(), campaign, public_url, now=clock.now(), wall=clock.wall())


def back_to(campaign_id: int, endpoint: str = "setup.show") -> ResponseReturnValue:
    """On to a page of the set-up."""
    return redirect(url_for(endpoint, campaign_id=campaign_id), 303)


def me() -> int:
    """Who asks."""
    return int(current_user.id)
