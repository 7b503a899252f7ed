"""The history of a script: its versions, the difference of two, and an earlier one used again."""

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services import scripts
from app.services.scripts import Overtaken, ScriptRefused
from app.store import scripts as stored
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.scripts import words
from app.web.scripts.compared import compared
from app.web.scripts.key import ONE, bp, here, script_of, told
from app.web.sessions import parts, session
from app.web.tongue import translated as _


@bp.get(f"{ONE}/history")
@open_to("organizer")
def history(campaign_id: int, channel: str, purpose: str, language: str) -> str:
    """The versions of a script, and the difference of two of them."""
    campaign, key = script_of(campaign_id, channel, purpose, language)
    versions = stored.versions(session(), key, scripts.MOST_VERSIONS)
    by_number = {one.version: one for one in versions}
    new = by_number.get(request.args.get("to", 0, int)) or next(iter(versions), None)
    old = by_number.get(request.args.get("from", 0, int))
    if old is None and new is not None:
        old = next((one for one in versions if one.version < new.version), None)
    return render_template(
        "scripts/history.html",
        campaign=campaign,
        key=key,
        versions=versions,
        old=old,
        new=new,
        compared=compared(old, new) if old is not None and new is not None else None,
        purposes=words.PURPOSES,
        most=scripts.MOST_VERSIONS,
        now=parts().clock.now(),
    )


@bp.post("/versions/<int:script_id>/again")
@open_to("organizer")
def again(campaign_id: int, script_id: int) -> ResponseReturnValue:
    """Make an earlier version the newest."""
    campaign = campaign_of(campaign_id)
    found = stored.version_of(session(), campaign.id, script_id) or abort(404)
    key, version = found
    note = _("Version %(number)s again", number=version.version)
    base = request.form.get("base", 0, int)
    try:
        saved = scripts.use_again(
            parts().sessions,
            campaign.id,
            script_id,
            base=base,
            note=note,
            by=current_user.id,
            now=parts().clock.now(),
        )
        flash(told(saved, campaign), "good")
    except ScriptRefused:
        flash(_("That version cannot be sent as it is; open the script and write it anew."), "bad")
    except Overtaken:
        flash(_("Somebody else saved a version meanwhile; it is on top of the list."), "warn")
    return redirect(here("history", key), 303)
