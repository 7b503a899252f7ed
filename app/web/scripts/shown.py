"""What the editor of a script shows: the form, and what its words and questions would do."""

from typing import Any

from flask import render_template

from app.domain.disposition import LABELS
from app.domain.first_words import Written
from app.domain.script_check import LONGEST, PURPOSES, asked_of
from app.domain.survey import (
    DEFAULT,
    MOST_ANSWERS,
    MOST_QUESTIONS,
    BadSurvey,
    parsed,
    way_faults,
)
from app.services import scripts
from app.services.script_preview import look
from app.services.scripts import ScriptRefused
from app.store.campaigns import Campaign
from app.store.frames import frame_of, places_of
from app.store.scripts import Key, Version
from app.web.kept import kept
from app.web.scripts import words
from app.web.scripts.compared import Compared, compared
from app.web.scripts.form import RESULTS, Typed
from app.web.sessions import parts, session
from app.web.tongue import translated as _


def editor_page(
    campaign: Campaign,
    key: Key,
    newest: Version,
    typed: Typed,
    *,
    refused: ScriptRefused | None = None,
    focus: str = "",
    theirs: Compared | None = None,
) -> str:
    """The page of the editor."""
    found = refused.problems if refused is not None else []
    return render_template(
        "scripts/edit.html",
        **looked_at(campaign, key, typed),
        newest=newest,
        focus=focus,
        theirs=theirs,
        refused={one.field: words.problem(one, str(refused)) for one in found},
        purposes=words.PURPOSES,
        channel_purposes=PURPOSES[key.channel],
        tags=words.field_tags(key.channel, key.language),
        longest=LONGEST[key.channel],
        may_be_empty=scripts.may_be_empty(key),
        now=parts().clock.now(),
    )


def overtaken_page(campaign: Campaign, key: Key, newest: Version, typed: Typed) -> str:
    """What was typed, against what somebody else saved; saved once more it comes on top."""
    typed.base = newest.version
    mine = Version(0, 0, typed.subject, typed.body, typed.questions, "", None, "")
    return editor_page(campaign, key, newest, typed, theirs=compared(newest, mine))


def looked_at(campaign: Campaign, key: Key, typed: Typed) -> dict[str, Any]:
    """What the live part shows, and the form with it."""
    draft = scripts.tidy(typed.draft())
    clock = parts().clock
    places = kept().count(
        ("places", campaign.id), clock.wall(), lambda: places_of(session(), campaign.id)
    )
    written = Written(key.channel, key.language, draft.subject, draft.body)
    return {
        **survey_facts(campaign, key, typed),
        "found": look(session(), frame_of(session(), campaign), key, draft, sum(places.values())),
        "problems": [words.problem(one) for one in scripts.check(key, draft)],
        "asked": asked_of(written, campaign.organization, campaign.country) if draft.body else [],
        "asked_words": words.ASKED,
        "kinds": words.KINDS,
    }


def _languages(key: Key, typed: Typed) -> list[str]:
    """Those in which the campaign speaks, with this script's and those of the questions."""
    asked = {code for one in typed.questions for code in one["words"]}
    there = scripts.languages(session(), key.campaign_id)
    return [*there, *sorted(({key.language} | asked) - set(there))]


def survey_facts(campaign: Campaign, key: Key, typed: Typed) -> dict[str, Any]:
    """What the part with the questions shows."""
    facts: dict[str, Any] = {
        "campaign": campaign,
        "key": key,
        "typed": typed,
        "languages": _languages(key, typed),
    }
    if not scripts.has_survey(key):
        return {**facts, "has_survey": False}
    return {
        **facts,
        "has_survey": True,
        "usual": DEFAULT,
        "wrong": _wrong_questions(typed) if typed.questions else [],
        "results": [(one.value, _(LABELS[one])) for one in RESULTS],
        "most_questions": MOST_QUESTIONS,
        "most_answers": MOST_ANSWERS,
    }


def _wrong_questions(typed: Typed) -> list[str]:
    try:
        survey = parsed(typed.questions)
    except BadSurvey as bad:
        return [str(bad)]
    return [words.way(one, survey) for one in way_faults(survey)]
