"""Replies: one conversation at a time, read, answered, or handed over to an organizer."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.domain.message import UnknownField, fill
from app.domain.segment import encoding, segments
from app.domain.survey import said_in
from app.services import bank, conversation_acts, conversations
from app.services.conversations import Refusal, Refused, Thread
from app.services.suggested_replies import Suggestion
from app.store import board
from app.store import replies as stored
from app.store.campaigns import Campaign
from app.web.guard import may, open_to
from app.web.sessions import parts, session
from app.web.tongue import tongue
from app.web.tongue import translated as _
from app.web.words import moment, zone_name

bp = Blueprint("replies", __name__, url_prefix="/replies")


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
    campaign, clock = _campaign(), parts().clock
    found = None
    if campaign is not None:
        found = conversations.take(
            parts().sessions, campaign.id, current_user.id, now=clock.now(), wall=clock.wall()
        )
    if found is None:
        return redirect(url_for(".index"), 303)
    return redirect(url_for(".one", conversation_id=found), 303)


@bp.get("/<int:conversation_id>")
@open_to("volunteer")
def one(conversation_id: int) -> ResponseReturnValue:
    """The thread in hand, with what may be answered."""
    found = _thread(conversation_id)
    if found is None:
        return redirect(url_for(".index"))
    return _page(found)


@bp.post("/<int:conversation_id>/hold")
@open_to("volunteer")
def hold(conversation_id: int) -> ResponseReturnValue:
    """Keeps the conversation while its page is open; the thread as it stands."""
    clock = parts().clock
    mine = conversations.renew(
        parts().sessions, conversation_id, current_user.id, wall=clock.wall()
    )
    found = _thread(conversation_id) if mine else None
    if found is None:
        return jsonify(held=False, why=refusal_words(Refused(Refusal.OTHERS), None))
    return jsonify(held=True, thread=_said(found), seen=_seen(found))


@bp.post("/<int:conversation_id>/answer")
@open_to("volunteer")
def answer(conversation_id: int) -> ResponseReturnValue:
    """Send an answer; what was typed stays on the page when it cannot go."""
    body, key = request.form.get("body", ""), request.form.get("key", "")
    try:
        sent = conversations.answer(
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
        found = _thread(conversation_id)
        words = refusal_words(refused, _campaign())
        if _is_script():
            return jsonify(sent=False, why=words, again=refused.why is Refusal.BUSY)
        if found is None:
            flash(words, "warn")
            return redirect(url_for(".index"), 303)
        return _page(found, body=body, key=key, problem=words), 409
    campaign = _campaign_of(conversation_id) if sent.at is not None else None
    if sent.at is not None and campaign is not None:
        at = _moment(sent.at, campaign)
        if sent.paused:
            flash(_("Kept. It goes out at %(time)s, when the pause ends.", time=at), "good")
        else:
            flash(_("Kept. It goes out at %(time)s, when the hours open.", time=at), "good")
    else:
        flash(_("Your answer is on its way."), "good")
    return _onward()


@bp.post("/<int:conversation_id>/done")
@open_to("volunteer")
def done(conversation_id: int) -> ResponseReturnValue:
    """Nothing to answer."""

    def act(by: int, now: datetime) -> str:
        seen = request.form.get("seen", type=int)
        conversation_acts.done(parts().sessions, conversation_id, by, seen=seen, now=now)
        return _("Done, without an answer.")

    return _act(conversation_id, act)


@bp.post("/<int:conversation_id>/opt-out")
@open_to("volunteer")
def opt_out(conversation_id: int) -> ResponseReturnValue:
    """They want no more texts."""

    def act(by: int, now: datetime) -> str:
        conversation_acts.wants_no_texts(parts().sessions, conversation_id, by, now=now)
        return _("This number gets no more texts.")

    return _act(conversation_id, act)


@bp.post("/<int:conversation_id>/voted")
@open_to("volunteer")
def voted(conversation_id: int) -> ResponseReturnValue:
    """They say that they have voted."""

    def act(by: int, now: datetime) -> str:
        conversation_acts.has_voted(parts().sessions, conversation_id, by, now=now)
        return _("Recorded: this voter has voted and is off all lists.")

    return _act(conversation_id, act)


@bp.post("/<int:conversation_id>/wrong-number")
@open_to("volunteer")
def wrong_number(conversation_id: int) -> ResponseReturnValue:
    """The number is another person's."""

    def act(by: int, now: datetime) -> str:
        conversation_acts.wrong_number(parts().sessions, conversation_id, by, now=now)
        return _("Nobody texts or calls this number any more.")

    return _act(conversation_id, act)


@bp.post("/<int:conversation_id>/hand-over")
@open_to("volunteer")
def hand_over(conversation_id: int) -> ResponseReturnValue:
    """Leave it to an organizer."""

    def act(by: int, now: datetime) -> str:
        why = request.form.get("why", "")
        conversation_acts.hand_over(parts().sessions, conversation_id, why, by, now=now)
        return _("Your organizers have it now.")

    return _act(conversation_id, act)


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
        flash(refusal_words(refused, _campaign()), "warn")
        return redirect(url_for(".index"), 303)
    if _is_script():
        return jsonify(kept=dict(kept))
    flash(_("The answers are kept."), "good")
    return redirect(url_for(".one", conversation_id=conversation_id), 303)


@bp.post("/size")
@open_to("volunteer")
def size() -> ResponseReturnValue:
    """How many segments an answer makes, as it stands in the box."""
    return jsonify(size=size_words(request.form.get("body", "").replace("\r\n", "\n").strip()))


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


def _act(conversation_id: int, act: Callable[[int, datetime], str]) -> ResponseReturnValue:
    """Does it and goes on with the next, or says why not."""
    try:
        flash(act(current_user.id, parts().clock.now()), "good")
    except Refused as refused:
        flash(refusal_words(refused, _campaign()), "warn")
    return _onward()


def _onward() -> ResponseReturnValue:
    """To the next conversation that waits, or to where it says that none does; organizers back to
    their inbox."""
    campaign, clock = _campaign(), parts().clock
    found = None
    if may("organizer"):
        onward = url_for("inbox.index")
        return jsonify(sent=True, onward=onward) if _is_script() else redirect(onward, 303)
    if campaign is not None:
        found = conversations.take(
            parts().sessions, campaign.id, current_user.id, now=clock.now(), wall=clock.wall()
        )
    onward = url_for(".one", conversation_id=found) if found is not None else url_for(".index")
    return jsonify(sent=True, onward=onward) if _is_script() else redirect(onward, 303)


def _thread(conversation_id: int) -> Thread | None:
    now = parts().clock.now()
    return conversations.thread(session(), conversation_id, current_user.id, now=now)


def _page(found: Thread, body: str = "", key: str = "", problem: str = "") -> str:
    campaign = board.campaign(session(), found.of.campaign_id)
    return render_template(
        "replies/one.html",
        campaign=campaign,
        thread=found,
        said=_said(found),
        seen=_seen(found),
        key=key or str(uuid4()),
        body=body,
        problem=problem,
        size=size_words(body) if body else "",
        barred=refusal_words(Refused(found.may_answer), campaign) if found.may_answer else "",
        opens=_moment(found.opens_at, campaign) if found.opens_at and campaign else "",
        suggestions=_suggested(found),
        suggestion_names=suggestion_names(),
        questions=_questions(found),
    )


def _said(found: Thread) -> str:
    campaign = board.campaign(session(), found.of.campaign_id)
    return render_template(
        "replies/_thread.html",
        texts=found.said,
        states=state_words(),
        name=found.of.first_name,
        zone=campaign.zone if campaign else "UTC",
        now=parts().clock.now(),
    )


def _seen(found: Thread) -> int:
    return max((one.id for one in found.said), default=0)


def _suggested(found: Thread) -> list[Suggestion]:
    """Those in the voter's language first."""
    spoken = found.of.language if found.of.language == "es" else "en"
    return sorted(found.suggestions, key=lambda one: one.language != spoken)


def _questions(found: Thread) -> list[dict[str, Any]]:
    """The survey in the language of the page, with what was answered."""
    told = []
    for question in found.survey.questions:
        words = said_in(question.words, tongue())
        try:
            words = fill(words, found.facts)
        except UnknownField:
            continue
        choices = [(one.key, said_in(one.words, tongue())) for one in question.answers]
        answered = found.answers.get(question.key, "")
        told.append({"key": question.key, "words": words, "choices": choices, "answered": answered})
    return told


def _index() -> str:
    campaign, clock = _campaign(), parts().clock
    facts = {"waiting": 0, "others": 0, "texts": 0, "calls": 0}
    if campaign is not None:
        now = clock.now()
        facts = {
            "waiting": conversations.waiting(session(), campaign.id, now),
            "others": stored.with_others(session(), campaign.id, current_user.id, clock.wall()),
            "texts": bank.waiting(session(), campaign.id, current_user.id, now),
            "calls": board.waiting(session(), campaign.id, now)[Channel.CALL].due,
        }
    return render_template("replies/index.html", campaign=campaign, **facts)


def _campaign() -> Campaign | None:
    return board.campaign(session(), current_user.campaign_id or 0)


def _campaign_of(conversation_id: int) -> Campaign | None:
    """The campaign that a conversation is of; an organizer who answers may be of none."""
    of = stored.known(session(), conversation_id)
    return board.campaign(session(), of.campaign_id) if of is not None else None


def _moment(at: datetime, campaign: Campaign) -> str:
    return f"{moment(at, parts().clock.now(), campaign.zone)} {zone_name(campaign.zone)}"


def _is_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def size_words(body: str) -> str:
    """1 segment, GSM-7."""
    number, code = segments(body), encoding(body)
    if number == 1:
        return _("1 segment, %(code)s", code=code)
    return _("%(count)s segments, %(code)s", count=number, code=code)


def suggestion_names() -> dict[str, str]:
    """What each suggested reply is about."""
    return {
        "polling_place": _("Where to vote"),
        "hours": _("Until when"),
        "registration": _("Registration"),
        "thanks": _("Thank you"),
        "wrong_number": _("Sorry, wrong number"),
    }


def state_words() -> dict[str, str]:
    """What became of a text of ours."""
    return {
        "ready": _("waits to go out"),
        "claimed": _("waits to go out"),
        "attempting": _("on its way"),
        "unknown": _("on its way"),
        "unsure": _("may have arrived, or not"),
        "accepted": _("sent"),
        "sent": _("sent"),
        "delivered": _("delivered"),
        "undelivered": _("not delivered"),
        "failed": _("not delivered"),
        "skipped": _("not sent"),
        "expired": _("not sent: the hours ended first"),
        "canceled": _("not sent"),
    }


def refusal_words(refused: Refused, campaign: Campaign | None) -> str:
    """Why it cannot be, in a sentence."""
    at = ""
    if refused.until is not None and campaign is not None:
        at = _moment(refused.until, campaign)
    return {
        Refusal.OTHERS: _("You were away too long, and somebody else has this conversation now."),
        Refusal.GONE: _("This conversation is not there any more. Take the next one."),
        Refusal.EMPTY: _("Write an answer first, or choose one."),
        Refusal.LONG: _("A text has at most 1,600 characters; shorten it."),
        Refusal.OPTED_OUT: _("They want no more texts, so nothing can be answered."),
        Refusal.DEAD: _("This number is a wrong one, so nothing can be answered."),
        Refusal.CLOSED: _("The polls have closed, and nothing goes out any more."),
        Refusal.BUSY: _("Another text to them is on its way. Send again in a few seconds."),
        Refusal.WAITS: _("The answer before this one goes out at %(time)s. Write then.", time=at),
        Refusal.MONEY: _("The budget does not last for it. Tell your organizer; hand it over."),
    }[refused.why]
