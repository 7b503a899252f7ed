"""The list of scripts: those there are, those there could be, and what stands below mails."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.domain.language import names
from app.domain.purpose import RAMP
from app.domain.script_check import PURPOSES
from app.services import scripts
from app.services.scripts import Slot
from app.store.campaigns import Campaign
from app.store.frames import POSTAL_ADDRESS
from app.store.in_line import is_off
from app.store.scripts import Key
from app.store.voter_languages import languages_on_file
from app.web.guard import open_to
from app.web.kept import kept
from app.web.of_campaign import campaign_of
from app.web.scripts import words
from app.web.scripts.key import bp, here
from app.web.sessions import parts, session
from app.web.tongue import translated as _

SWITCHED = ("in_line", "remind_eve", "remind_hour", "chase")
"""Purposes that a campaign may have switched off."""


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """Every script that the campaign has or could have."""
    campaign = campaign_of(campaign_id)
    slots = scripts.listed(session(), campaign.id)
    return render_template(
        "scripts/show.html",
        campaign=campaign,
        channels=[(channel, _by_purpose(slots, channel)) for channel in Channel],
        off={purpose for purpose in SWITCHED if is_off(session(), campaign.id, purpose)},
        purposes=words.PURPOSES,
        stands=words.STANDS,
        address=campaign.setup.get(POSTAL_ADDRESS, ""),
        others=_others(campaign),
        now=parts().clock.now(),
    )


def _by_purpose(slots: Sequence[Slot], channel: Channel) -> list[tuple[str, list[Slot]]]:
    return [
        (purpose, [one for one in slots if (one.channel, one.purpose) == (channel, purpose)])
        for purpose in PURPOSES[channel]
    ]


@dataclass(frozen=True)
class Other:
    """A language in which the campaign has no script yet."""

    code: str
    voters: int = 0  # on file, who read it
    about: bool = False


def _others(campaign: Campaign) -> list[Other]:
    """The languages in which a script could be begun: those of the voter file first."""
    found, exact = kept().count(
        "languages", parts().clock.wall(), lambda: languages_on_file(session())
    )
    there = set(scripts.languages(session(), campaign.id))
    read = [Other(code, number, not exact) for code, number in found.items() if code in names()]
    return [one for one in read if one.code not in there]


@bp.get("/begin")
@open_to("organizer")
def begin(campaign_id: int) -> ResponseReturnValue:
    """Open the editor of the ramp in a language that has no script yet."""
    campaign = campaign_of(campaign_id)
    channel, language = request.args.get("channel", ""), request.args.get("language", "")
    if channel not in set(Channel) or language not in names():
        flash(_("Choose the language, and whether it is for calls, texts or emails."), "warn")
        return redirect(url_for(".show", campaign_id=campaign.id), 303)
    return redirect(here("edit", Key(campaign.id, Channel(channel), RAMP, language)), 303)


@bp.post("/postal-address")
@open_to("organizer")
def postal_address(campaign_id: int) -> ResponseReturnValue:
    """Set what stands below each mail."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    said = request.form.get("address", "")
    told = scripts.set_postal_address(
        parts().sessions, campaign.id, said, by=current_user.id, now=now
    )
    flash(
        _("The address stands below each email from now on.")
        if told
        else _("No address stands below the emails any more."),
        "good",
    )
    return redirect(url_for(".show", campaign_id=campaign.id), 303)
