"""Blasts of a campaign: the list by week, the form, the preview, and what may be done with one."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, time, timedelta

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.blast import BlastState
from app.domain.channel import Channel
from app.domain.language import names
from app.domain.message import FIELDS
from app.services import blasts
from app.services.blast_facts import Preview
from app.services.blast_preview import preview
from app.services.blast_progress import progress_of
from app.services.blast_words import body_problem
from app.services.blasts import BlastRefused
from app.services.compose import Words
from app.store.bank import reports
from app.store.blasts import Blast, blasts_of
from app.store.campaigns import Campaign
from app.store.frames import frame_of
from app.web import blast_words, phase_page
from app.web.background import at_it, reckoned
from app.web.blast_form import BlastForm, adds, empty_form, form_for
from app.web.guard import open_to
from app.web.local_time import on_clock
from app.web.mail_page import mail_page, to_somebody
from app.web.of_campaign import campaign_of
from app.web.retold import retold
from app.web.sessions import parts, session
from app.web.tongue import ngettext
from app.web.tongue import translated as _
from app.web.words import number

bp = Blueprint("blasts", __name__, url_prefix="/campaigns/<int:campaign_id>/blasts")

FIRST_WORDS = "Hi {first_name}! Paid for by {organization}. STOP to opt out"
TEN = time(10)


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """All blasts, by week; the page asks for their numbers one by one."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    found = [
        blast_words.shown(one, now, campaign.zone) for one in blasts_of(session(), campaign.id)
    ]
    counts = {}
    if "counted" in request.args:  # without scripts
        counts = {
            one.blast.id: blast_words.counted(
                progress_of(session(), one.blast, now, parts().clock.wall())
            )
            for one in found
            if one.state is not BlastState.DRAFT
        }
    today = on_clock(now, campaign.zone).date()
    return render_template(
        "blasts/show.html", campaign=campaign, weeks=blast_words.weeks(found, today), counts=counts
    )


@bp.route("/new", methods=["GET", "POST"])
@open_to("organizer")
def new(campaign_id: int) -> ResponseReturnValue:
    """The form, for a draft."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    tomorrow = on_clock(now, campaign.zone).date() + timedelta(days=1)
    form = empty_form(datetime.combine(tomorrow, TEN), FIRST_WORDS)
    problems: list[str] = []
    if request.method == "POST" and not adds() and form.validate():
        try:
            made = blasts.add(
                parts().sessions, campaign.id, form.draft(None), by=current_user.id, now=now
            )
            return redirect(url_for(".one", campaign_id=campaign.id, blast_id=made), 303)
        except BlastRefused as refused:
            problems = form.show(refused.problems)
    return _form(campaign, None, form, problems)


@bp.route("/<int:blast_id>/change", methods=["GET", "POST"])
@open_to("organizer")
def change(campaign_id: int, blast_id: int) -> ResponseReturnValue:
    """The form with a draft in it."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    blast = _blast(campaign, blast_id)
    form = form_for(blast)
    problems: list[str] = []
    if request.method == "POST" and not adds() and form.validate():
        try:
            draft = form.draft(blast)
            blasts.change(
                parts().sessions, campaign.id, blast.id, draft, by=current_user.id, now=now
            )
            flash(_("The draft is saved."), "good")
            return redirect(url_for(".one", campaign_id=campaign.id, blast_id=blast.id), 303)
        except BlastRefused as refused:
            problems = form.show(refused.problems)
    return _form(campaign, blast, form, problems)


@bp.get("/<int:blast_id>")
@open_to("organizer")
def one(campaign_id: int, blast_id: int) -> str:
    """One blast; of a draft the page asks for the preview, of every other for its numbers."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    blast = _blast(campaign, blast_id)
    found = blast_words.shown(blast, now, campaign.zone)
    seen, counts = None, None
    if "counted" in request.args:  # without scripts
        if found.state is BlastState.DRAFT:
            seen = _preview(campaign, blast, preview(session(), blast, parts().clock.now()))
        else:
            counts = blast_words.counted(progress_of(session(), blast, now, parts().clock.wall()))
    return render_template(
        "blasts/one.html",
        campaign=campaign,
        one=found,
        blast=blast,
        seen=seen,
        counts=counts,
        reports=reports(session(), blast.id) if blast.by_hand else [],
        now=now,
    )


@bp.get("/<int:blast_id>/preview")
@open_to("organizer")
def show_preview(campaign_id: int, blast_id: int) -> ResponseReturnValue:
    """The preview of a draft, as a part of its page; it counts, so it may take a while."""
    campaign = campaign_of(campaign_id)
    blast, now = _blast(campaign, blast_id), parts().clock.now()
    said = (str(blast.filter), str(blast.words), blast.timing, blast.state)
    found = reckoned(("blast", blast.id, *said), lambda own: preview(own, blast, now))
    return at_it() if found is None else _preview(campaign, blast, found)


@bp.get("/<int:blast_id>/mail/<language>")
@open_to("organizer")
def mail(campaign_id: int, blast_id: int, language: str) -> Response:
    """A mail of the blast as its page, for the frame, as a made-up voter gets it."""
    campaign = campaign_of(campaign_id)
    said = _blast(campaign, blast_id).words.get(language) or abort(404)
    written = Words(said.get("subject", ""), said.get("body", ""), language)
    frame = frame_of(session(), campaign)
    return mail_page(frame, to_somebody(frame, written, language), language)


@bp.get("/<int:blast_id>/count")
@open_to("organizer")
def count(campaign_id: int, blast_id: int) -> ResponseReturnValue:
    """The numbers of a blast, for the pages to ask for."""
    blast = _blast(campaign_of(campaign_id), blast_id)
    clock = parts().clock
    found = progress_of(session(), blast, clock.now(), clock.wall())
    told = asdict(blast_words.counted(found))
    return jsonify({name: said for name, said in told.items() if name != "hands" or said})


@bp.post("/words")
@open_to("organizer")
def check_words(campaign_id: int) -> ResponseReturnValue:
    """The segments of the words as they stand in the form, and what is wrong with them."""
    campaign = campaign_of(campaign_id)
    body = request.form.get("body", "").replace("\r\n", "\n").strip()
    language = request.form.get("language", "")
    language = language if language in names() else "en"
    channel = Channel.EMAIL if request.form.get("channel") == "email" else Channel.TEXT
    found = phase_page.wording(campaign, language, body)
    wrong = body_problem(channel, language, body, campaign.country) if body else ""
    size = f"{phase_page.segments_words(found.segments)}, {found.encoding}"
    return jsonify(size=size if channel is Channel.TEXT else "", problem=retold(wrong))


@bp.post("/<int:blast_id>/schedule")
@open_to("organizer")
def schedule(campaign_id: int, blast_id: int) -> ResponseReturnValue:
    """Let a draft begin by itself when its time comes."""

    def act(by: int, now: datetime) -> str:
        found = blasts.schedule(parts().sessions, campaign_id, blast_id, by=by, now=now)
        return ngettext(
            "Scheduled for %(count)s voter. It begins by itself.",
            "Scheduled for %(count)s voters. It begins by itself.",
            found.people,
            count=number(found.people),
        )

    return _act(campaign_id, blast_id, act)


@bp.post("/<int:blast_id>/take-back")
@open_to("organizer")
def take_back(campaign_id: int, blast_id: int) -> ResponseReturnValue:
    """Make a scheduled blast that has not begun a draft again."""

    def act(by: int, now: datetime) -> str:
        blasts.take_back(parts().sessions, campaign_id, blast_id, by=by, now=now)
        return _("It is a draft again and does not begin until you schedule it.")

    return _act(campaign_id, blast_id, act)


@bp.post("/<int:blast_id>/pause")
@open_to("organizer")
def pause(campaign_id: int, blast_id: int) -> ResponseReturnValue:
    """Stop a blast until somebody lets it go on."""

    def act(by: int, now: datetime) -> str:
        held = blasts.pause(parts().sessions, campaign_id, blast_id, by=by, now=now)
        if not held:
            return _("Paused. Nothing of it was waiting; let it go on before its time ends.")
        return ngettext(
            "Paused. %(count)s that waited are held back; let it go on before its time ends.",
            "Paused. %(count)s that waited are held back; let it go on before its time ends.",
            held,
            count=number(held),
        )

    return _act(campaign_id, blast_id, act)


@bp.post("/<int:blast_id>/resume")
@open_to("organizer")
def resume(campaign_id: int, blast_id: int) -> ResponseReturnValue:
    """Let a paused blast go on."""

    def act(by: int, now: datetime) -> str:
        blasts.resume(parts().sessions, campaign_id, blast_id, by=by, now=now)
        return _("It goes on with those who have not got it.")

    return _act(campaign_id, blast_id, act)


@bp.post("/<int:blast_id>/cancel")
@open_to("organizer")
def cancel(campaign_id: int, blast_id: int) -> ResponseReturnValue:
    """End a blast for good."""

    def act(by: int, now: datetime) -> str:
        blasts.cancel(parts().sessions, campaign_id, blast_id, by=by, now=now)
        return _("Canceled. Nothing more of it goes out.")

    return _act(campaign_id, blast_id, act)


def _act(
    campaign_id: int, blast_id: int, act: Callable[[int, datetime], str]
) -> ResponseReturnValue:
    """Does it and says what was done, or why not."""
    _blast(campaign_of(campaign_id), blast_id)
    try:
        flash(act(current_user.id, parts().clock.now()), "good")
    except BlastRefused as refused:
        flash(retold(refused), "bad")
    return redirect(url_for(".one", campaign_id=campaign_id, blast_id=blast_id), 303)


def _blast(campaign: Campaign, blast_id: int) -> Blast:
    blast = session().get(Blast, blast_id)
    if blast is None or blast.campaign_id != campaign.id:
        abort(404)
    return blast


def _preview(campaign: Campaign, blast: Blast, found: Preview) -> str:
    return render_template(
        "blasts/_preview.html",
        campaign=campaign,
        blast=blast,
        found=found,
        barred=blast_words.barred(found),
        starts=blast_words.starts(found),
        when=blast_words.when(blast),
        now=parts().clock.now(),
    )


def _form(
    campaign: Campaign, blast: Blast | None, form: BlastForm, problems: list[str]
) -> ResponseReturnValue:
    page = render_template(
        "blasts/edit.html",
        campaign=campaign,
        blast=blast,
        form=form,
        problems=problems,
        merge_fields={name: words for name, words in FIELDS.items() if name != "volunteer"},
    )
    return page, 422 if request.method == "POST" and not adds() else 200
