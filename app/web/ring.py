"""Click-to-call on the call screen: the tap, and where the call stands."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.touch import AttemptState
from app.domain.voice import LIVE, Stage, next_key, stage_of, suggestion
from app.domain.voice_words import told
from app.services.own_phone import BadPhone, own_phone
from app.services.ring import RECENT, CannotRing, Wish, ring
from app.store.voice_calls import latest_call, name_of, rate_of
from app.web.guard import open_to
from app.web.retold import retold
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("ring", __name__, url_prefix="/calls/ring")


@dataclass(frozen=True)
class CallState:
    """Where a call through the carrier stands, as the page shows it."""

    words: str
    live: bool = False  # a phone rings, or they talk
    over: bool = False  # the voter was rung, and the call has ended
    suggested: str = ""  # a disposition to choose unless the volunteer has
    key: str = ""  # under which the result is to be saved
    wait: float | None = None  # seconds after which the page asks again by itself
    problem: bool = False


@bp.post("")
@open_to("volunteer")
def call() -> ResponseReturnValue:
    """Ring the volunteer's phone, and then the voter's."""
    state = _call()
    if request.accept_mimetypes.best == "application/json":
        return jsonify(call=state)
    if state.problem:
        flash(state.words, "warn")
    return redirect(url_for("calls.current"), 303)


def _call() -> CallState:
    clock, form = parts().clock, request.form
    voice = parts().voice()
    touch_id = form.get("touch_id", 0, type=int)
    try:
        if voice is None:
            raise CannotRing("This server has no carrier for calls; dial by hand.")
        caller = own_phone(
            parts().sessions,
            current_user.id,
            current_user.campaign_id or 0,
            form.get("phone", ""),
            now=clock.now(),
        )
        wish = Wish(
            _key(form.get("key", "")),
            touch_id,
            form.get("fence", -1, type=int),
            current_user.id,
            caller,
        )
        lease = timedelta(minutes=parts().settings.call_lease_minutes)
        ring(parts().sessions, voice, wish, now=clock.now(), wall=clock.wall(), lease=lease)
    except (CannotRing, BadPhone) as problem:
        wait = getattr(problem, "wait_seconds", None)
        words = retold(problem)
        return CallState(words, problem=True, wait=wait, key=form.get("key", ""))
    state = call_state(touch_id)
    assert state is not None  # it was committed above
    return state


def _key(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise CannotRing("This form is incomplete. Load the page again.") from None


def has_carrier() -> bool:
    """Whether this server has an account for calls."""
    settings = parts().settings
    return bool(settings.twilio_account_sid and settings.twilio_auth_token.get_secret_value())


def can_ring(campaign_id: int) -> bool:
    """Whether the button rings: there is a carrier, and the campaign shows a number."""
    rate = rate_of(session(), campaign_id) if has_carrier() else None
    return rate is not None and bool(rate.caller_id)


def call_state(touch_id: int) -> CallState | None:
    """Where this volunteer's last call for a touch stands; None if there is none to go on with."""
    since = parts().clock.wall() - RECENT
    found = latest_call(session(), current_user.id, touch_id, since)
    if found is None or found.attempt.state is AttemptState.DONE:
        return None
    rung = found.attempt.state is not AttemptState.ABSENT
    stage = stage_of(found.legs, rung=rung)
    offered = suggestion(found.legs) if stage is Stage.ENDED else None
    name = name_of(session(), touch_id) or _("this voter")
    return CallState(
        words=" ".join(map(retold, told(stage, found.legs, found.attempt.note, name))),
        live=stage in LIVE,
        over=stage is Stage.ENDED,
        suggested=offered.value if offered is not None else "",
        key=str(found.call.id if rung else next_key(found.call.id)),
        problem=not rung,
    )
