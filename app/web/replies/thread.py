"""The thread in hand, as its page and its script show it."""

from typing import Any
from uuid import uuid4

from flask import render_template
from flask_login import current_user

from app.domain.message import UnknownField, fill
from app.domain.survey import said_in
from app.services import conversation_thread
from app.services.conversation_thread import Thread
from app.services.conversations import Refused
from app.services.suggested_replies import Suggestion
from app.store import board
from app.web.replies.words import STATES, SUGGESTIONS, moment_there, refusal_words, size_words
from app.web.sessions import parts, session
from app.web.tongue import tongue


def thread_of(conversation_id: int) -> Thread | None:
    """The thread, if whoever asks has it in hand."""
    now = parts().clock.now()
    return conversation_thread.thread(session(), conversation_id, current_user.id, now=now)


def thread_page(found: Thread, body: str = "", key: str = "", problem: str = "") -> str:
    """Its page, with what was typed and why it could not go."""
    campaign = board.campaign(session(), found.of.campaign_id)
    may = found.may
    return render_template(
        "replies/one.html",
        campaign=campaign,
        thread=found,
        said=said(found),
        seen=seen(found),
        key=key or str(uuid4()),
        body=body,
        problem=problem,
        size=size_words(body) if body else "",
        barred=refusal_words(Refused(may.why), campaign) if may.why else "",
        opens=moment_there(may.opens_at, campaign) if may.opens_at and campaign else "",
        suggestions=_suggested(found),
        suggestion_names=SUGGESTIONS,
        questions=_questions(found),
    )


def said(found: Thread) -> str:
    """What was said, as a part of the page."""
    campaign = board.campaign(session(), found.of.campaign_id)
    return render_template(
        "replies/_thread.html",
        texts=found.said,
        states=STATES,
        name=found.of.first_name,
        zone=campaign.zone if campaign else "UTC",
        now=parts().clock.now(),
    )


def seen(found: Thread) -> int:
    """The newest text of theirs that the page shows."""
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
