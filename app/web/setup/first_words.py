"""The first words of each channel, in English."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.channel import Channel
from app.services.set_up.draft import SetUpRefused
from app.services.set_up.first_words import first_words
from app.store.campaigns import Campaign, Script
from app.store.set_up import newest_scripts
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.sessions import parts, session
from app.web.setup.base import back_to, bp, me, show_refused
from app.web.setup.forms import WORDS, WordsForm
from app.web.tongue import translated as _


@bp.route("/<int:campaign_id>/set-up/words", methods=["GET", "POST"])
@open_to("organizer")
def words(campaign_id: int) -> ResponseReturnValue:
    """The first words of each channel, in English."""
    campaign = campaign_of(campaign_id)
    scripts = _scripts(campaign)
    chosen = [Channel(name) for name in campaign.setup.get("channels", ())]
    channels = tuple(one for one in Channel if one in (chosen or list(Channel)) or one in scripts)
    form = WordsForm(data=_stored(scripts))
    if request.method == "POST" and _saved(campaign, form, channels):
        flash(_("The words are saved."), "good")
        return back_to(campaign.id)
    page = render_template("setup/words.html", campaign=campaign, form=form, channels=channels)
    return page, 422 if request.method == "POST" else 200


def _scripts(campaign: Campaign) -> dict[Channel, Script]:
    """The English ones by channel."""
    found = newest_scripts(session(), campaign.id)
    return {one.channel: one for one in found if one.language == "en"}


def _stored(scripts: dict[Channel, Script]) -> dict[str, str]:
    """What stands in the form: the words that there are, else a beginning."""
    stored = dict(WORDS)
    for channel, script in scripts.items():
        stored[f"{channel.value}_body"] = script.body
        if channel is Channel.EMAIL:
            stored["email_subject"] = script.subject
    return stored


def _saved(campaign: Campaign, form: WordsForm, channels: tuple[Channel, ...]) -> bool:
    """Saves what was typed, or shows at the fields why not."""
    said, now = form.words(channels), parts().clock.now()
    try:
        first_words(parts().sessions, campaign.id, said, by=me(), now=now)
    except SetUpRefused as refused:
        show_refused(form, refused)
        return False
    return True
