"""What the call screen shows: the card of one voter or why there is none, whole or as a part."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, render_template, url_for
from flask_login import current_user

from app.services.call_card import CallCard
from app.services.no_call import NoCall, Why
from app.store import board, desks
from app.store.campaigns import Campaign
from app.store.voter_languages import languages_on_file
from app.web.call_form import ANSWER_KEYS, COMMON, FINAL, KEYS, MORE, Answers
from app.web.call_words import (
    RESULTS,
    WAYS,
    none_words,
    said_words,
    tally_words,
    until_words,
    where_words,
)
from app.web.kept import kept
from app.web.ring import CallState, can_ring, has_carrier
from app.web.sessions import parts, session
from app.web.tongue import tongue
from app.web.tongue import translated as _
from app.web.words import all_languages, language, moment

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
"""Of the fields for a time on the call screen."""


def campaign() -> Campaign | None:
    """The campaign of the person who asks, read once a request."""
    if "call_campaign" not in g:
        g.call_campaign = board.campaign(session(), current_user.campaign_id or 0)
    found: Campaign | None = g.call_campaign
    return found


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
        "keys": KEYS,
        "answer_keys": ANSWER_KEYS,
        "labels": RESULTS,
        "languages": language_choice(answers.language),
        "where": where_words(card.polling_place, card.precinct),
        "callback": callback_frame(card, now),
        "contacts": [
            (one, said_words(one, moment(one.at, now, card.zone))) for one in card.history
        ],
        "ways_to_vote": WAYS,
        "tally": tally_words(tally()),
        "rings": has_carrier() and can_ring(card.campaign_id),
        "on": on,
    }


def none_facts(none: NoCall) -> dict[str, Any]:
    """What calls/_none.html needs."""
    now, here = parts().clock.now(), campaign()
    return {
        "reason": none_words(none),
        "until": until_words(none, now, here.zone if here else "UTC"),
        "waiting": none.why is Why.WAITING,
        "instead": [] if none.why is Why.NO_CAMPAIGN else _instead(),
        "campaign": here,
        "tally": tally_words(tally()),
    }


def _instead() -> list[tuple[str, str]]:
    """What can be done while nobody can be called: an address and words for each."""
    pages = (
        ("replies.index", _("Answer voters who wrote back")),
        ("bank.index", _("Send texts by hand")),
        ("my_shifts.index", _("Book a shift")),
    )
    return [(url_for(page), words) for page, words in pages]


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
    facts = none_facts(none)
    return {
        "reason": facts["reason"],
        "until": none.until.isoformat() if none.until else None,
        "html": render_template("calls/_none.html", **facts),
    }


def language_choice(chosen: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(code, name) of the languages that voters on file speak, the commonest first; and of all
    others, by name, where one is chosen or asked for. Else the page's script lists those, since
    they would be a third of each card."""

    def find() -> list[tuple[str, str]]:
        return [(code, language(code)) for code in languages_on_file(session())[0]]

    here = kept().count(("languages", tongue()), parts().clock.wall(), find)
    known = dict(here)
    asked = chosen and chosen not in known
    return here, [one for one in all_languages() if one[0] not in known] if asked else []


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
    """This volunteer's day so far, counted once a request."""
    if "call_tally" not in g:
        g.call_tally = _count()
    found: desks.Tally = g.call_tally
    return found


def _count() -> desks.Tally:
    zone = _zone()
    if zone is None:
        return desks.Tally(0, 0)
    today = parts().clock.now().astimezone(ZoneInfo(zone))
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    return desks.tally(session(), current_user.campaign_id, current_user.id, midnight)


def _zone() -> str | None:
    """The clock of the campaign of the person who asks, which does not change."""

    def find() -> str | None:
        here = campaign()
        return here.zone if here is not None else None

    return kept().count(("zone", current_user.campaign_id), parts().clock.wall(), find)


def tally_told() -> dict[str, Any]:
    """The day so far in numbers and in words, for a script."""
    return {**asdict(tally()), "words": tally_words(tally())}
