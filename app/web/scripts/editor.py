"""The editor of a script: its words and questions, what they would do, and the saving of them."""

from flask import Response, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.services import scripts
from app.services.compose import Words
from app.services.script_preview import look
from app.services.scripts import Overtaken, ScriptRefused
from app.store.frames import frame_of
from app.web.guard import open_to
from app.web.mail_page import mail_page
from app.web.scripts.form import act, typed_in, typed_of
from app.web.scripts.key import ONE, bp, here, script_of, told
from app.web.scripts.shown import editor_page, looked_at, overtaken_page, survey_facts
from app.web.sessions import parts, session


@bp.route(ONE, methods=["GET", "POST"])
@open_to("organizer")
def edit(campaign_id: int, channel: str, purpose: str, language: str) -> ResponseReturnValue:
    """The editor of one script; sent with an act it shows what the act did, else it saves."""
    campaign, key = script_of(campaign_id, channel, purpose, language)
    newest = scripts.as_it_stands(session(), key)
    if request.method == "GET":
        return editor_page(campaign, key, newest, typed_of(newest))
    typed = typed_in(request.form)
    doing = request.form.get("act", "")
    if doing:
        focus = act(typed, doing, language)
        return editor_page(campaign, key, newest, typed, focus=focus)
    try:
        saved = scripts.save(
            parts().sessions,
            key,
            typed.draft(),
            base=typed.base,
            by=current_user.id,
            now=parts().clock.now(),
        )
    except ScriptRefused as refused:
        return editor_page(campaign, key, newest, typed, refused=refused), 422
    except Overtaken as overtaken:
        return overtaken_page(campaign, key, overtaken.newest, typed), 409
    flash(told(saved, campaign), "good")
    return redirect(here("edit", key), 303)


@bp.post(f"{ONE}/look")
@open_to("organizer")
def live(campaign_id: int, channel: str, purpose: str, language: str) -> str:
    """What the words as they stand in the form would do, as a part of the editor."""
    campaign, key = script_of(campaign_id, channel, purpose, language)
    return render_template("scripts/_live.html", **looked_at(campaign, key, typed_in(request.form)))


@bp.post(f"{ONE}/questions")
@open_to("organizer")
def questions(campaign_id: int, channel: str, purpose: str, language: str) -> str:
    """The questions after an act, as a part of the editor."""
    campaign, key = script_of(campaign_id, channel, purpose, language)
    if not scripts.has_survey(key):
        abort(404)
    typed = typed_in(request.form)
    focus = act(typed, request.form.get("act", ""), language)
    return render_template(
        "scripts/_survey.html", **survey_facts(campaign, key, typed), focus=focus
    )


@bp.route("/email/<purpose>/<language>/page", methods=["GET", "POST"])
@open_to("organizer")
def mail(campaign_id: int, purpose: str, language: str) -> Response:
    """The mail as its page, for the frame: as stored, or as it stands in the form."""
    campaign, key = script_of(campaign_id, Channel.EMAIL.value, purpose, language)
    typed = (
        typed_in(request.form)
        if request.method == "POST"
        else typed_of(scripts.as_it_stands(session(), key))
    )
    frame = frame_of(session(), campaign)
    found = look(session(), frame, key, typed.draft(), 0)
    words = next((one.words for one in found.readers if one.words is not None), None)
    return mail_page(frame, words or Words(typed.subject, typed.body), language)
