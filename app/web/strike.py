"""The strike desk: voters who have voted come off every list at once."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.search import parse
from app.services import strike_desk as desks
from app.services.strike import StrikeRefused, Struck, ids_in
from app.services.strike_desk import GRACE, Desk, DeskRefused
from app.store import board, strike_desk
from app.store.campaigns import Campaign
from app.store.search import MOST as MOST_FOUND
from app.store.search import TooBroad
from app.web.guard import may, open_to
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("strike", __name__, url_prefix="/strike")

MOST = 200_000
RECENT = 8


@bp.get("")
@open_to("organizer", "poll_watcher")
def form() -> str:
    """The desk: a field to type a name, a number or a street; for organizers also lists."""
    return _page()


@bp.get("/results")
@open_to("organizer", "poll_watcher")
def results() -> str:
    """The voters found alone, for the page that asks while one types."""
    campaign = _campaign() or abort(404)
    return render_template("strike/_results.html", watcher=_watcher(), **_found(campaign))


@bp.post("")
@open_to("organizer", "poll_watcher")
def strike() -> ResponseReturnValue:
    """Record the ballots of a list; safe to send twice."""
    typed = request.form.get("voters", "")
    upload = request.files.get("file")
    clock = parts().clock
    try:
        voters = typed_ids(typed)
        source = "desk"
        if upload and upload.filename:
            voters += ids_in(decoded(upload.read()), upload.filename)
            source = "file"
        if not voters:
            raise StrikeRefused(_("Type at least one voter id, or choose a file."))
        if len(voters) > MOST:
            raise StrikeRefused(
                _("That is more than 200,000 at once; use `lastmile voted FILE` instead.")
            )
        campaign = _campaign()
        if campaign is None:
            raise StrikeRefused(_("Choose the campaign whose polling day this is about."))
    except StrikeRefused as problem:
        return _page(typed=typed, problem=str(problem)), 422
    struck = desks.strike_list(
        parts().sessions,
        _desk(campaign),
        list(dict.fromkeys(voters)),
        source=source,
        now=clock.now(),
    )
    return _page(struck=struck)


@bp.post("/voters")
@open_to("organizer", "poll_watcher")
def one() -> ResponseReturnValue:
    """Strike one voter, by a tap or by their number; safe to send twice."""
    campaign, key, clock = _campaign() or abort(404), _key(), parts().clock
    voter_id = request.form.get("voter", type=int)
    number = request.form.get("number", "").strip()
    if key is None or (voter_id is None and not number):
        return _answer(campaign, problem=_("Type a name or a number first."))
    try:
        done = desks.strike_one(
            parts().sessions,
            _desk(campaign),
            key,
            voter_id=voter_id,
            number=number,
            now=clock.now(),
            wall=clock.wall(),
        )
    except DeskRefused as refused:
        return _answer(campaign, problem=_refusal(refused))
    name = done.name or _("The voter")
    words = (
        _("%(name)s is struck.", name=name)
        if done.new
        else _("%(name)s had been struck before.", name=name)
    )
    return _answer(campaign, words=words, key=key if done.new else "")


@bp.post("/undo")
@open_to("organizer", "poll_watcher")
def undo() -> ResponseReturnValue:
    """Take back what this person struck a while ago; safe to send twice."""
    campaign, key, clock = _campaign() or abort(404), _key(), parts().clock
    if key is None:
        return _answer(campaign, problem=_("There is nothing of yours to take back."))
    try:
        name = desks.take_back(
            parts().sessions, _desk(campaign), key, now=clock.now(), wall=clock.wall()
        )
    except DeskRefused as refused:
        return _answer(campaign, problem=_refusal(refused))
    words = _("%(name)s is a target again. What was canceled stays canceled.", name=name)
    return _answer(campaign, words=words if name else _("Taken back."))


def _refusal(refused: DeskRefused) -> str:
    return {
        "unknown": _(
            "No voter has the number %(number)s. Check it for typing errors.",
            number=str(refused.facts.get("number", "")),
        ),
        "elsewhere": _(
            "%(name)s votes in another precinct. Ask an organizer.",
            name=str(refused.facts.get("name", "")),
        ),
        "too_late": _("It is too late to take this back. Tell an organizer."),
        "changed": _("Somebody else has recorded this ballot too, so it stands."),
    }[refused.code]


def _answer(
    campaign: Campaign, *, words: str = "", problem: str = "", key: str = ""
) -> ResponseReturnValue:
    """What was done: as JSON for the script, else the page again."""
    if request.accept_mimetypes.best == "application/json":
        told = jsonify(
            saved=not problem,
            problem=problem or None,
            field=None,
            words=words,
            undo=key or None,
            struck=None if problem else _mine(campaign).struck,
        )
        return told, 422 if problem else 200
    flash(problem or words, "bad" if problem else "good")
    return redirect(url_for(".form", campaign=campaign.id), 303)


def typed_ids(text: str) -> list[str]:
    """Ids one a line, or parted by commas, semicolons or blanks."""
    return [word for word in re.split(r"[\s,;]+", text) if word]


def decoded(content: bytes) -> str:
    """The text of a file as spreadsheets write it: UTF-8, else Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _key() -> str | None:
    try:
        return str(UUID(request.form.get("key", "")))
    except ValueError:
        return None


def _watcher() -> bool:
    return not may("organizer")


def _choices() -> list[Campaign]:
    """The campaigns whose polling day one may strike for, the next first; a watcher's own alone."""
    if _watcher():
        own = current_user.campaign_id and board.campaign(session(), current_user.campaign_id)
        return [own] if own else []
    today = parts().clock.now().date()
    # Stable: those that are over come last, in the order of their days.
    return sorted(
        board.campaigns(session()), key=lambda one: one.polling_day + timedelta(days=1) < today
    )


def _campaign() -> Campaign | None:
    """The campaign that was asked for; None if it is not there, or not the watcher's."""
    chosen = request.values.get("campaign", type=int)
    if chosen is None or (_watcher() and chosen != current_user.campaign_id):
        return None
    return board.campaign(session(), chosen)


def _desk(campaign: Campaign) -> Desk:
    return Desk(current_user.id, campaign.id, campaign.polling_day, _watcher())


def _found(campaign: Campaign) -> dict[str, Any]:
    typed = request.args.get("q", "").strip()[:100]
    asked = parse(typed, campaign.country)
    found, broad = [], False
    try:
        if typed:
            found = strike_desk.look(
                session(), asked, typed, campaign.polling_day, _desk(campaign).within
            )
    except TooBroad:
        broad = True
    return {
        "campaign": campaign,
        "typed": typed,
        "found": found,
        "broad": broad,
        "most": MOST_FOUND,
        "keys": [str(uuid4()) for _each in found],
        "now": parts().clock.now(),
    }


def _midnight(campaign: Campaign) -> datetime:
    here = ZoneInfo(campaign.zone)
    today = parts().clock.now().astimezone(here).date()
    return datetime.combine(today, time(), here).astimezone(UTC)


def _mine(campaign: Campaign) -> strike_desk.Mine:
    return strike_desk.struck_by(session(), current_user.id, campaign.id, _midnight(campaign))


def _page(*, typed: str = "", problem: str = "", struck: Struck | None = None) -> str:
    choices = _choices()
    wanted = request.values.get("campaign", type=int) or current_user.campaign_id
    chosen = next((one for one in choices if one.id == wanted), choices[0] if choices else None)
    facts: dict[str, Any] = {"found": [], "typed": "", "broad": False, "keys": []}
    watched: list[Any] = []
    if chosen is not None:
        clock = parts().clock
        facts = _found(chosen)
        watched = list(strike_desk.precincts_of(session(), current_user.id, chosen.id))
        facts["mine"] = _mine(chosen)
        facts["recent"] = strike_desk.recent(
            session(),
            current_user.id,
            chosen.id,
            since=_midnight(chosen) - timedelta(days=1),
            until=clock.wall() - GRACE,
            most=RECENT,
        )
    facts["campaign"] = chosen
    return render_template(
        "strike/show.html",
        campaigns=choices,
        listed=typed,
        problem=problem,
        struck=struck,
        watcher=_watcher(),
        watched=watched,
        number_key=str(uuid4()),
        **facts,
    )
