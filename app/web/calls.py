"""The call screen: take a call, see who it is, record what came of it, take the next."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, abort, current_app, flash, jsonify, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services import claim, open_call, record
from app.services.call_card import CallCard
from app.services.claim import Asks
from app.services.no_call import NO_CAMPAIGN, NoCall, Reasons
from app.services.undo import undo_call
from app.web.call_form import Answers, answers_in, read
from app.web.call_page import card_facts, card_part, none_facts, none_part, page, tally_told
from app.web.call_words import not_undone_words, problem_words, saved_words
from app.web.guard import open_to
from app.web.kept import kept
from app.web.news_door import frame_lately
from app.web.ring import CallState, call_state
from app.web.sessions import parts, session
from app.web.together import Together
from app.web.tongue import translated as _
from app.web.words import phone

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
    answers = answers_in(request.form)
    try:
        entry = read(answers, current_user.id, _zone_of)
        done = record.record_call(parts().sessions, entry, now=clock.now(), wall=clock.wall())
    except (record.NotYours, record.BadRecord) as problem:
        return _refused(problem, answers)
    undo = {
        "key": str(entry.key),
        "until_seconds": UNDO_SECONDS,
        "words": saved_words(entry.result, done),
    }
    if _for_script():
        return jsonify(_told(saved=True, undo=undo, next_=_claim() if _wants_next() else None))
    cookie["undo"] = undo
    return _next()


@bp.post("/undo")
@open_to("volunteer")
def undo() -> ResponseReturnValue:
    """Take back what was just saved; the call is in hand again."""
    clock = parts().clock
    try:
        key = UUID(request.form.get("key", ""))
    except ValueError:
        abort(400)
    undone = undo_call(
        parts().sessions,
        key,
        current_user.id,
        now=clock.now(),
        wall=clock.wall(),
        lease=_lease(),
    )
    problem = "" if undone.done else not_undone_words(undone)
    if _for_script():
        back = _claim() if undone.done and _wants_next() else None
        return jsonify(undone=undone.done, **_told(problem=problem, next_=back))
    flash(problem or _("Undone. Nothing of it is kept."), "warn" if problem else "good")
    return redirect(url_for("calls.current"), 303)


@bp.post("/reveal")
@open_to("volunteer")
def reveal() -> ResponseReturnValue:
    """Show the whole number of the call in hand, and note that it was shown."""
    clock = parts().clock
    touch_id = request.form.get("touch_id", 0, type=int)
    number = open_call.reveal(
        parts().sessions, touch_id, current_user.id, now=clock.now(), wall=clock.wall()
    )
    if not _for_script():
        return redirect(url_for("calls.current"), 303)
    if number is None:
        return jsonify(problem=_("You do not have this call any more. Load the page again.")), 410
    return jsonify(phone=number, words=phone(number), href=f"tel:{number}")


@bp.post("/release")
@open_to("volunteer")
def release() -> ResponseReturnValue:
    """Give the call in hand back to the list, for somebody else."""
    touch_id = request.form.get("touch_id", 0, type=int)
    if open_call.give_back(parts().sessions, touch_id, current_user.id, now=parts().clock.now()):
        flash(_("The call is back on the list."), "good")
        return redirect(url_for("home.home"), 303)
    if call_state(touch_id) is None:
        return redirect(url_for("home.home"), 303)
    flash(_("A phone was rung for this call. Save what came of it; then you can stop."), "warn")
    return redirect(url_for("calls.current"), 303)


@bp.get("/current/news")
@open_to("volunteer")
def news() -> ResponseReturnValue:
    """What changed about the call on the screen, for the page to ask every three seconds; most are
    answered by news_door before they come here."""
    clock = parts().clock
    touch_id = request.args.get("touch", type=int) or abort(400)
    word, rung = open_call.news_and_ring(
        session(),
        touch_id,
        current_user.id,
        now=clock.now(),
        wall=clock.wall(),
        frame_by=partial(frame_lately, kept(), clock),
    )
    on = call_state(touch_id) if rung else None
    told = {"call": on} if on is not None else {}
    return jsonify(news=word, now=clock.now().isoformat(), speed=clock.speed, **told)


def _held() -> CallCard | None:
    clock = parts().clock
    return open_call.held_call(
        parts().sessions, current_user.id, now=clock.now(), wall=clock.wall()
    )


def _zone_of(touch_id: int) -> str | None:
    return open_call.zone_of_call(parts().sessions, touch_id, current_user.id)


def _lease() -> timedelta:
    return timedelta(minutes=parts().settings.call_lease_minutes)


def _as_begun(card: CallCard) -> tuple[Answers, CallState | None]:
    # A call that is on, or has ended, goes on under its own key: one attempt, counted once.
    on = None if card.fresh else call_state(card.touch_id)
    return (Answers(on.key, result=on.suggested) if on else Answers(str(uuid4())), on)


def _refused(problem: record.NotYours | record.BadRecord, answers: Answers) -> ResponseReturnValue:
    words, field = problem_words(problem), getattr(problem, "field", "")
    if _for_script():
        return jsonify(_told(problem=words, field=field)), 422
    card = _held()
    if card is None or isinstance(problem, record.NotYours):
        flash(words, "warn")
        return _next()
    return page(card_facts(card, answers, call_state(card.touch_id), words, field)), 422


def _told(
    *,
    saved: bool = False,
    problem: str = "",
    field: str = "",
    undo: dict[str, Any] | None = None,
    next_: CallCard | NoCall | None = None,
) -> dict[str, Any]:
    """The answer to a script: what came of the record, and the next card as a part of a page."""
    card = next_ if isinstance(next_, CallCard) else None
    return {
        "saved": saved,
        "problem": problem or None,
        "field": field or None,
        "undo": undo,
        "tally": tally_told(),
        "html": card_part(card_facts(card, *_as_begun(card))) if card is not None else None,
        "none": none_part(next_) if isinstance(next_, NoCall) else None,
    }


def _for_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _wants_next() -> bool:
    return request.form.get("next", "yes") != "no"


def _claim() -> CallCard | NoCall:
    clock = parts().clock
    campaign, user = current_user.campaign_id, current_user.id
    if not campaign:
        return NO_CAMPAIGN
    now, wall, lease = clock.now(), clock.wall(), _lease()
    ready = _ready_calls().do(Asks(campaign, user, now, wall, lease))
    return ready or claim.next_call(
        parts().sessions, campaign, user, now=now, wall=wall, lease=lease, reasons=_reasons()
    )


def _ready_calls() -> Together[Asks, CallCard | None]:
    """Whoever asks this process for a call in the same moment is served in one transaction."""
    known: Together[Asks, CallCard | None] = current_app.extensions.setdefault(
        "lastmile-ready-calls", Together(partial(claim.ready_calls, parts().sessions))
    )
    return known


def _reasons() -> Reasons:
    known: Reasons = current_app.extensions.setdefault("lastmile-reasons", Reasons())
    return known


def _next() -> ResponseReturnValue:
    """Claim and show; a script that waits for a call is told in JSON."""
    found = _claim()
    if not _for_script():
        return redirect(url_for("calls.current"), 303)
    told = _told(next_=found)
    none = told["none"] or {}
    return jsonify(
        call=isinstance(found, CallCard),
        reason=none.get("reason"),
        until=none.get("until"),
        **told,
    )


def _why() -> NoCall:
    """Why there is no call in hand."""
    if not current_user.campaign_id:
        return NO_CAMPAIGN
    clock = parts().clock
    return claim.why_no_call(
        parts().sessions,
        current_user.campaign_id,
        current_user.id,
        now=clock.now(),
        wall=clock.wall(),
        reasons=_reasons(),
    )
