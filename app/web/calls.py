"""The call screen: take a call, see who it is, record what came of it, take the next."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from flask import Blueprint, abort, flash, jsonify, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services import claim, record
from app.services.claim import CallCard, NoCall
from app.web.call_form import Answers, read
from app.web.call_page import card_facts, card_part, none_facts, none_part, page, tally_told
from app.web.guard import open_to
from app.web.ring import CallState, call_state
from app.web.sessions import parts

bp = Blueprint("calls", __name__, url_prefix="/calls")

UNDO_SECONDS = 10


@bp.get("")
@open_to("volunteer")
def index() -> ResponseReturnValue:
    """Whoever types this address wants the page with the button."""
    return redirect(url_for("home.home"))


@bp.post("")
@open_to("volunteer")
def take() -> ResponseReturnValue:
    """Take the next call, or keep the one in hand."""
    return _next()


@bp.get("/current")
@open_to("volunteer")
def current() -> ResponseReturnValue:
    """The call in hand; without one, why there is none."""
    card = _held()
    undo = cookie.pop("undo", None)
    if card is None:
        return page(none_facts(_why()), undo)
    return page(card_facts(card, *_as_begun(card)), undo)


@bp.post("/current")
@open_to("volunteer")
def save() -> ResponseReturnValue:
    """Record the result of the call in hand and take the next, unless the form says `next=no`.

    A script is answered in JSON: see `_told`. The same key twice is answered alike.
    """
    clock = parts().clock
    now, wall = clock.now(), clock.wall()
    answers = Answers(**{name: request.form.get(name, "") for name in Answers.__dataclass_fields__})
    card = _held()
    try:
        entry = read(answers, card, current_user.id)
        done = record.record_call(parts().sessions, entry, now=now, wall=wall)
    except (record.NotYours, record.BadRecord) as problem:
        return _refused(problem, card, answers)
    undo = {"key": str(entry.key), "until_seconds": UNDO_SECONDS, "words": done.message}
    if _for_script():
        more = request.form.get("next", "yes") != "no"
        return jsonify(_told(saved=True, undo=undo, next_=_claim() if more else None))
    cookie["undo"] = undo
    return _next()


@bp.post("/undo")
@open_to("volunteer")
def undo() -> ResponseReturnValue:
    """Take back what was just saved; the call is in hand again."""
    abort(501)


@bp.post("/reveal")
@open_to("volunteer")
def reveal() -> ResponseReturnValue:
    """Show the whole number of the call in hand, and note that it was shown."""
    abort(501)


@bp.post("/release")
@open_to("volunteer")
def release() -> ResponseReturnValue:
    """Give the call in hand back to the list, for somebody else."""
    touch_id = request.form.get("touch_id", 0, type=int)
    if claim.give_back(parts().sessions, touch_id, current_user.id, now=parts().clock.now()):
        flash("The call is back on the list.", "good")
        return redirect(url_for("home.home"), 303)
    if call_state(touch_id) is None:
        return redirect(url_for("home.home"), 303)
    flash("A phone was rung for this call. Save what came of it; then you can stop.", "warn")
    return redirect(url_for("calls.current"), 303)


@bp.get("/current/news")
@open_to("volunteer")
def news() -> ResponseReturnValue:
    """What changed about the call on the screen, for the page to ask every two seconds."""
    clock = parts().clock
    touch_id = request.args.get("touch", type=int) or abort(400)
    word = claim.call_news(
        parts().sessions, touch_id, current_user.id, now=clock.now(), wall=clock.wall()
    )
    on = call_state(touch_id)
    told = {"call": on} if on is not None else {}
    return jsonify(news=word, now=clock.now().isoformat(), speed=clock.speed, **told)


def _held() -> CallCard | None:
    clock = parts().clock
    return claim.held_call(parts().sessions, current_user.id, now=clock.now(), wall=clock.wall())


def _as_begun(card: CallCard) -> tuple[Answers, CallState | None]:
    # A call that is on, or has ended, goes on under its own key: one attempt, counted once.
    on = call_state(card.touch_id)
    return (Answers(on.key, result=on.suggested) if on else Answers(str(uuid4())), on)


def _refused(problem: Exception, card: CallCard | None, answers: Answers) -> ResponseReturnValue:
    field = getattr(problem, "field", "")
    if _for_script():
        return jsonify(_told(problem=str(problem), field=field)), 422
    if card is None or isinstance(problem, record.NotYours):
        flash(str(problem), "warn")
        return _next()
    facts = card_facts(card, answers, call_state(card.touch_id), str(problem), field)
    return page(facts), 422


def _told(
    *,
    saved: bool = False,
    problem: str = "",
    field: str = "",
    undo: dict[str, Any] | None = None,
    next_: CallCard | NoCall | None = None,
) -> dict[str, Any]:
    """The answer to a script: what came of the record, and the next card as a part of a page."""
    return {
        "saved": saved,
        "problem": problem or None,
        "field": field or None,
        "undo": undo,
        "tally": tally_told(),
        "html": card_part(card_facts(next_, *_as_begun(next_)))
        if isinstance(next_, CallCard)
        else None,
        "none": none_part(next_) if isinstance(next_, NoCall) else None,
    }


def _for_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _claim() -> CallCard | NoCall:
    clock = parts().clock
    if not current_user.campaign_id:
        return NoCall("You are not in a campaign yet. Ask your organizer for an invitation.", None)
    return claim.next_call(
        parts().sessions,
        current_user.campaign_id,
        current_user.id,
        now=clock.now(),
        wall=clock.wall(),
        lease=timedelta(minutes=parts().settings.call_lease_minutes),
    )


def _next() -> ResponseReturnValue:
    """Claim and show; a script that waits for a call is told in JSON."""
    found = _claim()
    cookie.pop("no_call", None)
    if isinstance(found, NoCall):
        cookie["no_call"] = _waits(found)
    if _for_script():
        told = _told(next_=found)
        return jsonify(call=isinstance(found, CallCard), **told, **_waits(found))
    return redirect(url_for("calls.current"), 303)


def _waits(found: CallCard | NoCall) -> dict[str, str | None]:
    if isinstance(found, CallCard):
        return {}
    return {"reason": found.reason, "until": found.until.isoformat() if found.until else None}


def _why() -> NoCall:
    why = cookie.get("no_call") or {"reason": "You have no call in hand."}
    return NoCall(why["reason"], datetime.fromisoformat(why["until"]) if why.get("until") else None)
