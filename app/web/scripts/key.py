"""What all pages of the scripts stand on: their blueprint, and which script is meant."""

from collections.abc import Mapping

from flask import Blueprint, abort, url_for

from app.domain.channel import Channel
from app.domain.mail_html import text_of
from app.domain.survey import said_in
from app.services import scripts
from app.store.campaigns import Campaign
from app.store.scripts import Key
from app.web.of_campaign import campaign_of
from app.web.tongue import tongue
from app.web.tongue import translated as _

bp = Blueprint("scripts", __name__, url_prefix="/campaigns/<int:campaign_id>/scripts")
ONE = "/<channel>/<purpose>/<language>"


@bp.app_template_filter("mail_text")
def mail_text(body: str) -> str:
    """The text part of a mail of this body."""
    return text_of(body)


@bp.app_template_filter("first_words")
def first_words(said: Mapping[str, str]) -> str:
    """Words by language in the page's language, or in the one that there is."""
    return said_in(said, tongue()) if said else "…"


def script_of(campaign_id: int, channel: str, purpose: str, language: str) -> tuple[Campaign, Key]:
    """The campaign, and which of its scripts is meant; 404 for none that can be."""
    campaign = campaign_of(campaign_id)
    if channel not in set(Channel):
        abort(404)
    key = Key(campaign.id, Channel(channel), purpose, language)
    if not scripts.is_script(key):
        abort(404)
    return campaign, key


def here(endpoint: str, key: Key) -> str:
    """The address of a page of this script."""
    return url_for(
        f".{endpoint}",
        campaign_id=key.campaign_id,
        channel=key.channel.value,
        purpose=key.purpose,
        language=key.language,
    )


def told(saved: scripts.Saved, campaign: Campaign) -> str:
    """What came of saving."""
    if not saved.changed:
        return _("Nothing has changed, so nothing new is saved.")
    if campaign.state == "draft":
        return _("Saved as version %(number)s.", number=saved.version)
    return _("Saved as version %(number)s. It goes out from now on.", number=saved.version)
