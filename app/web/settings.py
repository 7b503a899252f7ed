"""Settings: what of a running campaign may be changed."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services.campaign_settings import (
    SettingsMoved,
    SettingsRefused,
    change_settings,
    settings_of,
)
from app.services.closing import last_close
from app.services.voice_settings import change_voice, voice_settings_of
from app.store.campaigns import Campaign
from app.store.own_messages import paid_for_own
from app.web.guard import open_to
from app.web.local_time import on_clock
from app.web.of_campaign import campaign_of
from app.web.ring import has_carrier
from app.web.sessions import parts, session
from app.web.settings_form import SettingsPage, VoiceForm
from app.web.tongue import translated as _

bp = Blueprint("settings", __name__, url_prefix="/campaigns/<int:campaign_id>/settings")


@bp.route("", methods=["GET", "POST"])
@open_to("organizer")
def show(campaign_id: int) -> ResponseReturnValue:
    """The settings."""
    campaign = campaign_of(campaign_id)
    stored = settings_of(session(), campaign_id)
    if request.method == "GET":
        return _page(campaign, SettingsPage(stored, campaign.zone))
    page = SettingsPage(stored, campaign.zone, request.form)
    problems: list[str] = []
    if page.validate():
        try:
            return _save(campaign_id, page)
        except SettingsRefused as refused:
            problems = page.show(refused.problems)
        except SettingsMoved as moved:
            session().rollback()  # to see what they stored
            page.merge(moved.stored)
            problems = [_("Somebody else saved these settings since you opened them.")]
    return _page(campaign_of(campaign_id), page, problems=problems, wrong=True), 422


@bp.post("/calls")
@open_to("organizer")
def calls(campaign_id: int) -> ResponseReturnValue:
    """Set how the campaign calls through the carrier."""
    campaign = campaign_of(campaign_id)
    form = VoiceForm.of(voice_settings_of(session(), campaign_id), request.form)
    try:
        if form.validate():
            by, now = current_user.id, parts().clock.now()
            change_voice(parts().sessions, campaign_id, form.settings(), by=by, now=now)
            flash(_("Saved. Call screens follow when they load the next voter."), "good")
            return redirect(url_for(".show", campaign_id=campaign_id), 303)
    except SettingsRefused as refused:
        form.show(refused.problems)
    return _page(campaign, _stored(campaign), voice=form, wrong=True), 422


def _save(campaign_id: int, page: SettingsPage) -> ResponseReturnValue:
    changed = change_settings(
        parts().sessions,
        campaign_id,
        page.settings(),
        loaded=page.form.loaded.data or "",
        by=current_user.id,
        now=parts().clock.now(),
    )
    if changed:
        flash(_("Saved. The plan follows within half a minute."), "good")
    else:
        flash(_("Nothing was different, so nothing has changed."), "plain")
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


def _page(campaign: Campaign, page: SettingsPage, **facts: Any) -> str:
    now, zone = parts().clock.now(), campaign.zone
    closes = last_close(session(), campaign.id)
    shown: dict[str, Any] = {"problems": [], "wrong": False}
    shown["voice"] = VoiceForm.of(voice_settings_of(session(), campaign.id))
    shown["has_carrier"] = has_carrier()
    return render_template(
        "settings/show.html",
        campaign=campaign,
        page=page,
        form=page.form,
        now=now,
        started=campaign.starts_at <= now,
        gone=campaign.spent + campaign.reserved,
        own_messages=paid_for_own(session(), campaign.id),
        soon=on_clock(now, zone).isoformat(timespec="minutes"),
        latest=on_clock(closes, zone).isoformat(timespec="minutes"),
        **{**shown, **facts},
    )


def _stored(campaign: Campaign) -> SettingsPage:
    return SettingsPage(settings_of(session(), campaign.id), campaign.zone)
