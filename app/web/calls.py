"""The call screen: take a call, see who it is, record what came of it, take the next."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.disposition import LABELS
from app.domain.follow import HOW_WORDS
from app.services import claim, record
from app.services.claim import CallCard, NoCall
from app.services.people import LANGUAGES
from app.store import board, desks
from app.store.voting_plans import plan_of
from app.web.call_form import COMMON, FINAL, MORE, Answers, read
from app.web.guard import open_to
from app.web.ring import CallState, call_state, can_ring
from app.web.sessions import parts, session

bp = Blueprint("calls", __name__, url_prefix="/calls")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
"""Of the fields for a time on the call screen."""


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
    clock = parts().clock
    card = claim.held_call(parts().sessions, current_user.id, now=clock.now(), wall=clock.wall())
    if card is None:
        return _no_call()
    # A call that is on, or has ended, goes on under its own key: one attempt, counted once.
    on = call_state(card.touch_id)
    return _screen(card, Answers(on.key, result=on.suggested) if on else Answers(str(uuid4())), on)


@bp.post("/current")
@open_to("volunteer")
def save() -> ResponseReturnValue:
    """Record the result of the call in hand and take the next."""
    clock = parts().clock
    now, wall = clock.now(), clock.wall()
    answers = Answers(**{name: request.form.get(name, "") for name in Answers.__dataclass_fields__})
    card = claim.held_call(parts().sessions, current_user.id, now=now, wall=wall)
    try:
        entry = read(answers, card, current_user.id)
        record.record_call(parts().sessions, entry, now=now, wall=wall)
    except record.NotYours as problem:
        flash(str(problem), "warn")
    except record.BadRecord as problem:
        if card is None:
            flash(str(problem), "warn")
        else:
            on = call_state(card.touch_id)
            return _screen(card, answers, on, problem=str(problem)), 422
    return _next()


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


def _next() -> ResponseReturnValue:
    """Claim and show; a script that waits for a call is told in JSON."""
    if not current_user.campaign_id:
        cookie["no_call"] = {
            "reason": "You are not in a campaign yet. Ask your organizer for an invitation."
        }
        return _answer(False)
    clock = parts().clock
    found = claim.next_call(
        parts().sessions,
        current_user.campaign_id,
        current_user.id,
        now=clock.now(),
        wall=clock.wall(),
        lease=timedelta(minutes=parts().settings.call_lease_minutes),
    )
    if isinstance(found, NoCall):
        until = found.until.isoformat() if found.until else None
        cookie["no_call"] = {"reason": found.reason, "until": until}
        return _answer(False)
    cookie.pop("no_call", None)
    return _answer(True)


def _answer(has_call: bool) -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        return jsonify(call=has_call, **cookie.get("no_call", {}))
    return redirect(url_for("calls.current"), 303)


def _no_call() -> ResponseReturnValue:
    why = cookie.get("no_call") or {"reason": "You have no call in hand."}
    until = datetime.fromisoformat(why["until"]) if why.get("until") else None
    campaign = board.campaign(session(), current_user.campaign_id or 0)
    return render_template(
        "calls/none.html",
        reason=why["reason"],
        until=until,
        campaign=campaign,
        now=parts().clock.now(),
        tally=_tally(),
    )


def _screen(
    card: CallCard, answers: Answers, on: CallState | None = None, problem: str = ""
) -> str:
    now = parts().clock.now()
    return render_template(
        "calls/current.html",
        card=card,
        answers=answers,
        problem=problem,
        now=now,
        speed=parts().clock.speed,
        common=COMMON,
        more=MORE,
        final=FINAL,
        labels=LABELS,
        languages=LANGUAGES,
        callback=_callback_frame(card, now),
        told=plan_of(session(), card.campaign_id, card.voter_id),
        ways_to_vote=HOW_WORDS,
        tally=_tally(),
        campaign=board.campaign(session(), card.campaign_id),
        rings=can_ring(card.campaign_id),
        on=on,
    )


def _callback_frame(card: CallCard, now: datetime) -> dict[str, str]:
    """The first, the usual and the last time for a callback, on the voter's clock.

    The first is on a step of the field: a browser counts the steps from there, and refused 6 pm.
    """
    there = ZoneInfo(card.zone)
    now += (EPOCH - now) % STEP
    usual = min(now + timedelta(hours=2), card.polls_close_at - timedelta(minutes=30))
    frame = {"min": now, "usual": max(usual, now), "max": card.polls_close_at}
    return {name: f"{at.astimezone(there):%Y-%m-%dT%H:%M}" for name, at in frame.items()}


def _tally() -> desks.Tally:
    campaign = board.campaign(session(), current_user.campaign_id or 0)
    if campaign is None:
        return desks.Tally(0, 0)
    today = parts().clock.now().astimezone(ZoneInfo(campaign.zone))
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    return desks.tally(session(), campaign.id, current_user.id, midnight.astimezone(UTC))
