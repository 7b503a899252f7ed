"""The pages of the replies: how many wait, the one in hand, and what lets it go."""

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.services import bank, conversations
from app.services.conversations import Refusal, Refused
from app.store import board
from app.store import replies as stored
from app.web.guard import open_to
from app.web.replies.onward import bp, campaign_here, next_page
from app.web.replies.thread import said, seen, thread_of, thread_page
from app.web.replies.words import refusal_words
from app.web.sessions import parts, session
from app.web.tongue import translated as _


@bp.get("")
@open_to("volunteer")
def index() -> ResponseReturnValue:
    """How many wait, and the button that takes the next; whoever has one in hand goes on."""
    clock = parts().clock
    held = stored.held(session(), current_user.id, clock.wall())
    if held is not None:
        return redirect(url_for(".one", conversation_id=held))
    return _index()


@bp.post("")
@open_to("volunteer")
def take() -> ResponseReturnValue:
    """Take up the conversation that waits longest."""
    return redirect(next_page(), 303)


@bp.get("/<int:conversation_id>")
@open_to("volunteer")
def one(conversation_id: int) -> ResponseReturnValue:
    """The thread in hand, with what may be answered."""
    found = thread_of(conversation_id)
    if found is None:
        return redirect(url_for(".index"))
    return thread_page(found)


@bp.post("/<int:conversation_id>/hold")
@open_to("volunteer")
def hold(conversation_id: int) -> ResponseReturnValue:
    """Keeps the conversation while its page is open; the thread as it stands."""
    clock = parts().clock
    mine = conversations.renew(
        parts().sessions, conversation_id, current_user.id, wall=clock.wall()
    )
    found = thread_of(conversation_id) if mine else None
    if found is None:
        return jsonify(held=False, why=refusal_words(Refused(Refusal.OTHERS), None))
    return jsonify(held=True, thread=said(found), seen=seen(found))


@bp.post("/leave")
@open_to("volunteer")
def leave() -> ResponseReturnValue:
    """Let go of what is in hand, for others to answer."""
    conversations.put_back(parts().sessions, current_user.id)
    return redirect(url_for("home.home"), 303)


@bp.post("/<int:conversation_id>/take-up")
@open_to("organizer")
def take_up(conversation_id: int) -> ResponseReturnValue:
    """An organizer takes up what was handed over."""
    clock = parts().clock
    if not conversations.take_up(
        parts().sessions, conversation_id, current_user.id, now=clock.now(), wall=clock.wall()
    ):
        flash(_("Somebody else has this conversation in hand."), "warn")
        return redirect(url_for("inbox.index"), 303)
    return redirect(url_for(".one", conversation_id=conversation_id), 303)


def _index() -> str:
    campaign, clock = campaign_here(), parts().clock
    facts = {"waiting": 0, "others": 0, "texts": 0, "calls": 0}
    if campaign is not None:
        now = clock.now()
        facts = {
            "waiting": stored.waiting(session(), campaign.id),
            "others": stored.with_others(session(), campaign.id, current_user.id, clock.wall()),
            "texts": bank.waiting(session(), campaign.id, current_user.id, now),
            "calls": board.waiting(session(), campaign.id, now)[Channel.CALL].due,
        }
    return render_template("replies/index.html", campaign=campaign, **facts)
