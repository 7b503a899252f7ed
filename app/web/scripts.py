"""Scripts of a campaign: the list, the editor with its preview, the history of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.domain.difference import Part, difference
from app.domain.disposition import LABELS
from app.domain.first_words import Written
from app.domain.language import names
from app.domain.mail_html import text_of
from app.domain.purpose import RAMP
from app.domain.script_check import LONGEST, PURPOSES, asked_of
from app.domain.survey import (
    DEFAULT,
    MOST_ANSWERS,
    MOST_QUESTIONS,
    BadSurvey,
    parsed,
    said_in,
    way_faults,
)
from app.services import scripts
from app.services.compose import Words
from app.services.script_preview import look
from app.services.scripts import Overtaken, ScriptRefused
from app.store import scripts as stored
from app.store.campaigns import Campaign
from app.store.frames import POSTAL_ADDRESS, frame_of, places_of
from app.store.in_line import is_off
from app.store.scripts import Key, Version
from app.store.voter_languages import languages_on_file
from app.web import dashboard, scripts_words
from app.web.guard import open_to
from app.web.mail_page import mail_page
from app.web.of_campaign import campaign_of
from app.web.scripts_form import RESULTS, Typed, act, survey_text, typed_in, typed_of
from app.web.sessions import parts, session
from app.web.tongue import tongue
from app.web.tongue import translated as _

bp = Blueprint("scripts", __name__, url_prefix="/campaigns/<int:campaign_id>/scripts")

SWITCHED = ("in_line", "remind_eve", "remind_hour", "chase")
"""Purposes that a campaign may have switched off."""
ONE = "/<channel>/<purpose>/<language>"


@bp.app_template_filter("mail_text")
def mail_text(body: str) -> str:
    """The text part of a mail of this body."""
    return text_of(body)


@bp.app_template_filter("first_words")
def first_words(said: Mapping[str, str]) -> str:
    """Words by language in the page's language, or in the one that there is."""
    return said_in(said, tongue()) if said else "…"


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """Every script that the campaign has or could have."""
    campaign = campaign_of(campaign_id)
    slots = scripts.listed(session(), campaign.id)
    return render_template(
        "scripts/show.html",
        campaign=campaign,
        channels=[
            (
                channel,
                [
                    (
                        purpose,
                        [one for one in slots if (one.channel, one.purpose) == (channel, purpose)],
                    )
                    for purpose in PURPOSES[channel]
                ],
            )
            for channel in Channel
        ],
        off={purpose for purpose in SWITCHED if is_off(session(), campaign.id, purpose)},
        purposes=scripts_words.PURPOSES,
        stands=scripts_words.STANDS,
        address=campaign.setup.get(POSTAL_ADDRESS, ""),
        others=_others(campaign),
        now=parts().clock.now(),
    )


@dataclass(frozen=True)
class Other:
    """A language in which the campaign has no script yet."""

    code: str
    voters: int = 0  # on file, who read it
    about: bool = False


def _others(campaign: Campaign) -> list[Other]:
    """The languages in which a script could be begun: those of the voter file first."""
    kept: dashboard.Kept = current_app.extensions["lastmile-kept"]
    found, exact = kept.count(
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
    return redirect(_here("edit", Key(campaign.id, Channel(channel), RAMP, language)), 303)


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


@bp.route(ONE, methods=["GET", "POST"])
@open_to("organizer")
def edit(campaign_id: int, channel: str, purpose: str, language: str) -> ResponseReturnValue:
    """The editor of one script; sent with an act it shows what the act did, else it saves."""
    campaign, key = _script(campaign_id, channel, purpose, language)
    newest = scripts.as_it_stands(session(), key)
    if request.method == "GET":
        return _editor(campaign, key, newest, typed_of(newest))
    typed = typed_in(request.form)
    doing = request.form.get("act", "")
    if doing:
        focus = act(typed, doing, language)
        return _editor(campaign, key, newest, typed, focus=focus)
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
        return _editor(campaign, key, newest, typed, refused=refused), 422
    except Overtaken as overtaken:
        return _overtaken(campaign, key, overtaken.newest, typed), 409
    flash(_told(saved, campaign), "good")
    return redirect(_here("edit", key), 303)


@bp.post(f"{ONE}/look")
@open_to("organizer")
def live(campaign_id: int, channel: str, purpose: str, language: str) -> str:
    """What the words as they stand in the form would do, as a part of the editor."""
    campaign, key = _script(campaign_id, channel, purpose, language)
    return render_template(
        "scripts/_live.html", **_looked_at(campaign, key, typed_in(request.form))
    )


@bp.post(f"{ONE}/questions")
@open_to("organizer")
def questions(campaign_id: int, channel: str, purpose: str, language: str) -> str:
    """The questions after an act, as a part of the editor."""
    campaign, key = _script(campaign_id, channel, purpose, language)
    if not scripts.has_survey(key):
        abort(404)
    typed = typed_in(request.form)
    focus = act(typed, request.form.get("act", ""), language)
    return render_template(
        "scripts/_survey.html", **_survey_facts(campaign, key, typed), focus=focus
    )


@bp.route("/email/<purpose>/<language>/page", methods=["GET", "POST"])
@open_to("organizer")
def mail(campaign_id: int, purpose: str, language: str) -> Response:
    """The mail as its page, for the frame: as stored, or as it stands in the form."""
    campaign, key = _script(campaign_id, Channel.EMAIL.value, purpose, language)
    typed = (
        typed_in(request.form)
        if request.method == "POST"
        else typed_of(scripts.as_it_stands(session(), key))
    )
    frame = frame_of(session(), campaign)
    found = look(session(), frame, key, typed.draft(), 0)
    words = next((one.words for one in found.readers if one.words is not None), None)
    return mail_page(frame, words or Words(typed.subject, typed.body), language)


@bp.get(f"{ONE}/history")
@open_to("organizer")
def history(campaign_id: int, channel: str, purpose: str, language: str) -> str:
    """The versions of a script, and the difference of two of them."""
    campaign, key = _script(campaign_id, channel, purpose, language)
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
        compared=_compared(old, new) if old is not None and new is not None else None,
        purposes=scripts_words.PURPOSES,
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
        flash(_told(saved, campaign), "good")
    except ScriptRefused:
        flash(_("That version cannot be sent as it is; open the script and write it anew."), "bad")
    except Overtaken:
        flash(_("Somebody else saved a version meanwhile; it is on top of the list."), "warn")
    return redirect(_here("history", key), 303)


def _told(saved: scripts.Saved, campaign: Campaign) -> str:
    if not saved.changed:
        return _("Nothing has changed, so nothing new is saved.")
    if campaign.state == "draft":
        return _("Saved as version %(number)s.", number=saved.version)
    return _("Saved as version %(number)s. It goes out from now on.", number=saved.version)


def _script(campaign_id: int, channel: str, purpose: str, language: str) -> tuple[Campaign, Key]:
    campaign = campaign_of(campaign_id)
    if channel not in set(Channel):
        abort(404)
    key = Key(campaign.id, Channel(channel), purpose, language)
    if not scripts.is_script(key):
        abort(404)
    return campaign, key


def _here(endpoint: str, key: Key) -> str:
    return url_for(
        f".{endpoint}",
        campaign_id=key.campaign_id,
        channel=key.channel.value,
        purpose=key.purpose,
        language=key.language,
    )


def _editor(
    campaign: Campaign,
    key: Key,
    newest: Version,
    typed: Typed,
    *,
    refused: ScriptRefused | None = None,
    focus: str = "",
    theirs: "Compared | None" = None,
) -> str:
    found = refused.problems if refused is not None else []
    return render_template(
        "scripts/edit.html",
        **_looked_at(campaign, key, typed),
        newest=newest,
        focus=focus,
        theirs=theirs,
        refused={one.field: scripts_words.problem(one, str(refused)) for one in found},
        purposes=scripts_words.PURPOSES,
        channel_purposes=PURPOSES[key.channel],
        tags=scripts_words.field_tags(key.channel, key.language),
        longest=LONGEST[key.channel],
        may_be_empty=scripts.may_be_empty(key),
        now=parts().clock.now(),
    )


def _overtaken(campaign: Campaign, key: Key, newest: Version, typed: Typed) -> str:
    """What was typed, against what somebody else saved; saved once more it comes on top."""
    typed.base = newest.version
    mine = Version(0, 0, typed.subject, typed.body, typed.questions, "", None, "")
    return _editor(campaign, key, newest, typed, theirs=_compared(newest, mine))


@dataclass(frozen=True)
class Compared:
    """Two versions held against each other."""

    subject: list[Part]
    body: list[Part]
    questions: list[Part]


def _compared(old: Version, new: Version) -> Compared:
    return Compared(
        difference(old.subject, new.subject),
        difference(old.body, new.body),
        difference(survey_text(old.survey or []), survey_text(new.survey or [])),
    )


def _looked_at(campaign: Campaign, key: Key, typed: Typed) -> dict[str, Any]:
    """What the live part shows, and the form with it."""
    draft = scripts.tidy(typed.draft())
    clock = parts().clock
    kept: dashboard.Kept = current_app.extensions["lastmile-kept"]
    places = kept.count(
        ("places", campaign.id), clock.wall(), lambda: places_of(session(), campaign.id)
    )
    written = Written(key.channel, key.language, draft.subject, draft.body)
    return {
        **_survey_facts(campaign, key, typed),
        "found": look(session(), frame_of(session(), campaign), key, draft, sum(places.values())),
        "problems": [scripts_words.problem(one) for one in scripts.check(key, draft)],
        "asked": asked_of(written, campaign.organization, campaign.country) if draft.body else [],
        "asked_words": scripts_words.ASKED,
        "kinds": scripts_words.KINDS,
    }


def _languages(key: Key, typed: Typed) -> list[str]:
    """Those in which the campaign speaks, with this script's and those of the questions."""
    asked = {code for one in typed.questions for code in one["words"]}
    there = scripts.languages(session(), key.campaign_id)
    return [*there, *sorted(({key.language} | asked) - set(there))]


def _survey_facts(campaign: Campaign, key: Key, typed: Typed) -> dict[str, Any]:
    """What the part with the questions shows."""
    facts: dict[str, Any] = {
        "campaign": campaign,
        "key": key,
        "typed": typed,
        "languages": _languages(key, typed),
    }
    if not scripts.has_survey(key):
        return {**facts, "has_survey": False}
    wrong: list[str] = []
    try:
        survey = parsed(typed.questions)
        wrong = [scripts_words.way(one, survey) for one in way_faults(survey)]
    except BadSurvey as bad:
        wrong = [str(bad)]
    return {
        **facts,
        "has_survey": True,
        "usual": DEFAULT,
        "wrong": wrong if typed.questions else [],
        "results": [(one.value, _(LABELS[one])) for one in RESULTS],
        "most_questions": MOST_QUESTIONS,
        "most_answers": MOST_ANSWERS,
    }
