"""What the call screen shows: the card of one voter or why there is none, whole or as a part."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template
from flask_login import current_user

from app.domain.disposition import LABELS
from app.domain.follow import HOW_WORDS
from app.services.claim import CallCard, NoCall
from app.services.people import LANGUAGES
from app.store import board, desks
from app.store.campaigns import Campaign
from app.store.voting_plans import plan_of
from app.web.call_form import COMMON, FINAL, MORE, Answers
from app.web.ring import CallState, can_ring
from app.web.sessions import parts, session
from app.web.words import plural

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
"""Of the fields for a time on the call screen."""


def campaign() -> Campaign | None:
    """The campaign of the person who asks."""
    return board.campaign(session(), current_user.campaign_id or 0)


def card_facts(
    card: CallCard,
    answers: Answers,
    on: CallState | None = None,
    problem: str = "",
    field: str = "",
) -> dict[str, Any]:
    """What calls/_card.html needs."""
    now = parts().clock.now()
    return {
        "card": card,
        "answers": answers,
        "problem": problem,
        "problem_field": field,
        "now": now,
        "speed": parts().clock.speed,
        "common": COMMON,
        "more": MORE,
        "final": FINAL,
        "labels": LABELS,
        "languages": LANGUAGES,
        "callback": callback_frame(card, now),
        "told": plan_of(session(), card.campaign_id, card.voter_id),
        "ways_to_vote": HOW_WORDS,
        "tally": tally(),
        "rings": can_ring(card.campaign_id),
        "on": on,
    }


def none_facts(none: NoCall) -> dict[str, Any]:
    """What calls/_none.html needs."""
    return {
        "reason": none.reason,
        "until": none.until,
        "campaign": campaign(),
        "now": parts().clock.now(),
        "tally": tally(),
    }


def page(facts: dict[str, Any], undo: dict[str, Any] | None = None) -> str:
    """The whole page around a card or the reason why there is none."""
    here = campaign()
    return render_template(
        "calls/current.html", campaign_name=here.name if here else "", undo=undo, **facts
    )


def card_part(facts: dict[str, Any]) -> str:
    """The card alone."""
    return render_template("calls/_card.html", **facts)


def none_part(none: NoCall) -> dict[str, Any]:
    """Why there is no call, as the answer to a script."""
    return {
        "reason": none.reason,
        "until": none.until.isoformat() if none.until else None,
        "html": render_template("calls/_none.html", **none_facts(none)),
    }


def callback_frame(card: CallCard, now: datetime) -> dict[str, str]:
    """The first, the usual and the last time for a callback, on the voter's clock.

    The first is on a step of the field: a browser counts the steps from there, and refused 6 pm.
    """
    there = ZoneInfo(card.zone)
    now += (EPOCH - now) % STEP
    usual = min(now + timedelta(hours=2), card.polls_close_at - timedelta(minutes=30))
    frame = {"min": now, "usual": max(usual, now), "max": card.polls_close_at}
    return {name: f"{at.astimezone(there):%Y-%m-%dT%H:%M}" for name, at in frame.items()}


def tally() -> desks.Tally:
    """This volunteer's day so far."""
    here = campaign()
    if here is None:
        return desks.Tally(0, 0)
    today = parts().clock.now().astimezone(ZoneInfo(here.zone))
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    return desks.tally(session(), here.id, current_user.id, midnight.astimezone(UTC))


def tally_told() -> dict[str, Any]:
    """The day so far in numbers and in words, for a script."""
    made = tally()
    words = f"{plural(made.calls, 'call')} · {plural(made.conversations, 'conversation')} today"
    return {**asdict(made), "words": words}
