"""Phases of a campaign: the list, the form, the suggested rounds, and the texts at the close."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.domain.purpose import IN_LINE
from app.services import phases
from app.services.in_line_words import WordsRefused, set_in_line, words_of
from app.services.phases import PhaseRefused
from app.store import in_line
from app.store.campaigns import Campaign
from app.store.frames import frame_of
from app.store.phases import Phase
from app.web import phase_page, plan_words, reserves
from app.web.guard import open_to
from app.web.local_time import on_clock
from app.web.of_campaign import campaign_of
from app.web.phase_form import PhaseForm, form_for, likely_choice, people, people_choices
from app.web.retold import retold
from app.web.sessions import parts, session
from app.web.tongue import ngettext
from app.web.tongue import translated as _

bp = Blueprint("phases", __name__, url_prefix="/campaigns/<int:campaign_id>/phases")


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """The phases in the order of time, and the forms."""
    return _page(campaign_of(campaign_id))


@bp.post("")
@open_to("organizer")
def add(campaign_id: int) -> ResponseReturnValue:
    """Add a phase."""
    campaign, form, now = campaign_of(campaign_id), PhaseForm(), parts().clock.now()
    problems: list[str] = []
    if form.validate():
        try:
            draft = form.draft(campaign.zone, None, now)
            phases.add(parts().sessions, campaign.id, draft, by=current_user.id, now=now)
            flash(_("“%(name)s” is added.", name=draft.name.strip()), "good")
            return _back(campaign)
        except PhaseRefused as refused:
            problems = form.show(refused.problems)
    return _page(campaign, form, problems), 422


@bp.route("/<int:phase_id>", methods=["GET", "POST"])
@open_to("organizer")
def change(campaign_id: int, phase_id: int) -> ResponseReturnValue:
    """The form with a phase in it."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    phase = _phase(campaign, phase_id)
    form = form_for(phase, campaign.zone)
    problems: list[str] = []
    if request.method == "POST" and form.validate():
        try:
            draft = form.draft(campaign.zone, phase, now)
            phases.change(
                parts().sessions, campaign.id, phase.id, draft, by=current_user.id, now=now
            )
            flash(_("“%(name)s” is changed.", name=draft.name.strip()), "good")
            return _back(campaign)
        except PhaseRefused as refused:
            problems = form.show(refused.problems)
    page = render_template(
        "phases/edit.html",
        campaign=campaign,
        phase=phase,
        form=form,
        problems=problems,
        begun=phase.starts_at <= now,
        over=phase.ends_at <= now,
        hours=plan_words.hours,
    )
    return page, 422 if request.method == "POST" else 200


@bp.post("/<int:phase_id>/remove")
@open_to("organizer")
def remove(campaign_id: int, phase_id: int) -> ResponseReturnValue:
    """Remove a phase that has not begun, or end one that is on."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    try:
        done = phases.remove(parts().sessions, campaign.id, phase_id, by=current_user.id, now=now)
        flash(retold(done), "good")
    except PhaseRefused as refused:
        flash(retold(refused), "bad")
    return _back(campaign)


@bp.post("/suggest")
@open_to("organizer")
def suggest(campaign_id: int) -> ResponseReturnValue:
    """Add the rounds of polling day."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    whom = people(request.form.get("whom", ""))
    try:
        added = phases.suggest(parts().sessions, campaign.id, whom, by=current_user.id, now=now)
    except PhaseRefused as refused:
        flash(retold(refused), "bad")
        return _back(campaign)
    if added:
        said = ngettext(
            "%(count)s round added. Change or remove them below.",
            "%(count)s rounds added. Change or remove them below.",
            added,
            count=added,
        )
        flash(said, "good")
    else:
        flash(_("The rounds of polling day are there already."), "plain")
    return _back(campaign)


@bp.get("/<int:phase_id>/count")
@open_to("organizer")
def count(campaign_id: int, phase_id: int) -> ResponseReturnValue:
    """The numbers of a phase, for the page to ask for one by one."""
    campaign = campaign_of(campaign_id)
    phase = _phase(campaign, phase_id)
    return jsonify(asdict(phase_page.counted(session(), campaign, phase, parts().clock.now())))


@bp.post("/close")
@open_to("organizer")
def close(campaign_id: int) -> ResponseReturnValue:
    """Switch the texts at the close on or off, or set their words."""
    switched = {
        True: _("The texts at the close are on."),
        False: _("The texts at the close are off."),
    }
    return _set_words(campaign_of(campaign_id), IN_LINE, switched, "close")


@bp.post("/follow/<purpose>")
@open_to("organizer")
def follow(campaign_id: int, purpose: str) -> ResponseReturnValue:
    """Switch reminders or the ballot chase on or off, or set the words of their texts."""
    titles = {one: title for one, title, _ in phase_page.FOLLOWED}
    title = _(titles.get(purpose) or abort(404))
    switched = {
        True: _("%(what)s: on.", what=title),
        False: _("%(what)s: off.", what=title),
    }
    return _set_words(campaign_of(campaign_id), purpose, switched, purpose)


def _set_words(
    campaign: Campaign, purpose: str, switched: Mapping[bool, str], anchor: str
) -> ResponseReturnValue:
    off = in_line.is_off(session(), campaign.id, purpose)
    on = request.form["switch"] == "on" if "switch" in request.form else not off
    words = {
        language: request.form[f"words-{language}"]
        for language in words_of(session(), campaign.id, purpose)
        if f"words-{language}" in request.form
    }
    try:
        set_in_line(
            parts().sessions,
            campaign.id,
            on=on,
            words=words,
            by=current_user.id,
            now=parts().clock.now(),
            purpose=purpose,
        )
    except WordsRefused as refused:
        return _page(campaign, wrong_words={purpose: refused.problems}), 422
    flash(_("The words are saved.") if words else switched[on], "good")
    return redirect(url_for(".show", campaign_id=campaign.id, _anchor=anchor), 303)


@bp.post("/close/count")
@open_to("organizer")
def count_segments(campaign_id: int) -> ResponseReturnValue:
    """The segments of a text at the close as it stands in the form."""
    body = request.form.get("body", "").replace("\r\n", "\n").strip()
    found = phase_page.wording(campaign_of(campaign_id), "en", body)
    return jsonify(segments=phase_page.segments_words(found.segments), encoding=found.encoding)


def _phase(campaign: Campaign, phase_id: int) -> Phase:
    phase = session().get(Phase, phase_id)
    if phase is None or phase.campaign_id != campaign.id:
        abort(404)
    return phase


def _back(campaign: Campaign) -> ResponseReturnValue:
    return redirect(url_for(".show", campaign_id=campaign.id), 303)


def _page(
    campaign: Campaign,
    form: PhaseForm | None = None,
    problems: list[str] | None = None,
    wrong_words: dict[str, dict[str, str]] | None = None,  # purpose → language → problem
) -> str:
    now = parts().clock.now()
    found = phase_page.shown(session(), campaign.id, now)
    schedule = frame_of(session(), campaign).schedule
    counts = {}
    if "counted" in request.args:  # without scripts
        counts = {
            one.phase.id: phase_page.counted(session(), campaign, one.phase, now) for one in found
        }
    return render_template(
        "phases/show.html",
        campaign=campaign,
        now=now,
        phases=found,
        counts=counts,
        form=form or _empty(campaign),
        problems=problems or [],
        rounds=phase_page.rounds(session(), campaign, schedule, now),
        choices=people_choices(),
        likely=likely_choice(),
        close=phase_page.at_the_close(session(), campaign, schedule),
        followed=phase_page.followed(session(), campaign),
        reserves=reserves.shown(session(), campaign, now),
        wrong_words=wrong_words or {},
        said=request.form,
        hours=plan_words.hours,
        on_clock=lambda at: on_clock(at, campaign.zone),
    )


def _empty(campaign: Campaign) -> PhaseForm:
    """A form for a phase that begins at the next full hour; never filled by another form's post."""
    begin = phase_page.hour_on(parts().clock.now())
    return PhaseForm(
        formdata=None,
        data={
            "starts_at": on_clock(begin, campaign.zone),
            "ends_at": on_clock(begin + timedelta(hours=3), campaign.zone),
            "channels": [channel.value for channel in Channel],
            "goal": 0,
        },
    )
