"""What a reply leads to besides an answer: done, opted out, voted, handed over, answers kept."""

from collections.abc import Callable
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services import conversation_acts
from app.services.conversations import Refused
from app.web.guard import open_to
from app.web.replies.onward import bp, campaign_here, is_script, onward
from app.web.replies.words import refusal_words
from app.web.sessions import parts
from app.web.tongue import translated as _


@bp.post("/<int:conversation_id>/done")
@open_to("volunteer")
def done(conversation_id: int) -> ResponseReturnValue:
    """Nothing to answer."""
    seen = request.form.get("seen", type=int)
    return _act(conversation_acts.done, conversation_id, _("Done, without an answer."), seen=seen)


@bp.post("/<int:conversation_id>/opt-out")
@open_to("volunteer")
def opt_out(conversation_id: int) -> ResponseReturnValue:
    """They want no more texts."""
    said = _("This number gets no more texts.")
    return _act(conversation_acts.wants_no_texts, conversation_id, said)


@bp.post("/<int:conversation_id>/voted")
@open_to("volunteer")
def voted(conversation_id: int) -> ResponseReturnValue:
    """They say that they have voted."""
    said = _("Recorded: this voter has voted and is off all lists.")
    return _act(conversation_acts.has_voted, conversation_id, said)


@bp.post("/<int:conversation_id>/wrong-number")
@open_to("volunteer")
def wrong_number(conversation_id: int) -> ResponseReturnValue:
    """The number is another person's."""
    said = _("Nobody texts or calls this number any more.")
    return _act(conversation_acts.wrong_number, conversation_id, said)


@bp.post("/<int:conversation_id>/hand-over")
@open_to("volunteer")
def hand_over(conversation_id: int) -> ResponseReturnValue:
    """Leave it to an organizer."""
    why = request.form.get("why", "")
    said = _("Your organizers have it now.")
    return _act(conversation_acts.hand_over, conversation_id, said, why=why)


def _act(
    act: Callable[..., None], conversation_id: int, said: str, **facts: Any
) -> ResponseReturnValue:
    """Does it and goes on with the next, or says why not."""
    now = parts().clock.now()
    try:
        act(parts().sessions, conversation_id, user_id=current_user.id, now=now, **facts)
        flash(said, "good")
    except Refused as refused:
        flash(refusal_words(refused, campaign_here()), "warn")
    return onward()


@bp.post("/<int:conversation_id>/survey")
@open_to("volunteer")
def survey(conversation_id: int) -> ResponseReturnValue:
    """Keep what the voter answered to the campaign's questions."""
    try:
        kept = conversation_acts.keep_answers(
            parts().sessions,
            conversation_id,
            current_user.id,
            request.form.to_dict(),
            now=parts().clock.now(),
        )
    except Refused as refused:
        flash(refusal_words(refused, campaign_here()), "warn")
        return redirect(url_for(".index"), 303)
    if is_script():
        return jsonify(kept=dict(kept))
    flash(_("The answers are kept."), "good")
    return redirect(url_for(".one", conversation_id=conversation_id), 303)
