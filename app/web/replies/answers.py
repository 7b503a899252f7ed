"""An answer: sent, or kept on the page with why it cannot go."""

from uuid import uuid4

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services.conversation_answer import Sent
from app.services.conversation_answer import answer as send
from app.services.conversations import Refusal, Refused
from app.store import board
from app.store import replies as stored
from app.store.campaigns import Campaign
from app.web.guard import open_to
from app.web.replies.onward import bp, campaign_here, is_script, onward
from app.web.replies.thread import thread_of, thread_page
from app.web.replies.words import moment_there, refusal_words, size_words
from app.web.sessions import parts, session
from app.web.tongue import translated as _


@bp.post("/<int:conversation_id>/answer")
@open_to("volunteer")
def answer(conversation_id: int) -> ResponseReturnValue:
    """Send an answer; what was typed stays on the page when it cannot go."""
    body, key = request.form.get("body", ""), request.form.get("key", "")
    try:
        sent = send(
            parts().sessions,
            conversation_id,
            current_user.id,
            key or str(uuid4()),
            body,
            seen=request.form.get("seen", type=int),
            wrong_number=request.form.get("suggested") == "wrong_number",
            now=parts().clock.now(),
        )
    except Refused as refused:
        return _not_sent(conversation_id, refused, body, key)
    flash(_sent_words(sent, conversation_id), "good")
    return onward()


def _not_sent(conversation_id: int, refused: Refused, body: str, key: str) -> ResponseReturnValue:
    words = refusal_words(refused, campaign_here())
    if is_script():
        return jsonify(sent=False, why=words, again=refused.why is Refusal.BUSY)
    found = thread_of(conversation_id)
    if found is None:
        flash(words, "warn")
        return redirect(url_for(".index"), 303)
    return thread_page(found, body=body, key=key, problem=words), 409


def _sent_words(sent: Sent, conversation_id: int) -> str:
    campaign = _campaign_of(conversation_id) if sent.at is not None else None
    if sent.at is None or campaign is None:
        return _("Your answer is on its way.")
    at = moment_there(sent.at, campaign)
    if sent.paused:
        return _("Kept. It goes out at %(time)s, when the pause ends.", time=at)
    return _("Kept. It goes out at %(time)s, when the hours open.", time=at)


def _campaign_of(conversation_id: int) -> Campaign | None:
    """The campaign that a conversation is of; an organizer who answers may be of none."""
    of = stored.known(session(), conversation_id)
    return board.campaign(session(), of.campaign_id) if of is not None else None


@bp.post("/size")
@open_to("volunteer")
def size() -> ResponseReturnValue:
    """How many segments an answer makes, as it stands in the box."""
    return jsonify(size=size_words(request.form.get("body", "").replace("\r\n", "\n").strip()))
