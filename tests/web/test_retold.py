"""What domain and services say in English is known by its form on the pages."""

from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import force_locale
from markupsafe import Markup

from app.domain import lookout_words, message, phase, rehearsal, shortfall, voice_words
from app.domain.alarm import Trouble
from app.domain.channel import Channel
from app.domain.condition import FIELDS
from app.domain.kind import KINDS
from app.domain.lookout import Cause, Course, Kind, Verdict
from app.services import export, rules
from app.store import plan_inputs
from app.web.retold import form_of, retold
from app.web.told import TOLD
from app.web.tongue import ended

TABLES: dict[str, Collection[str]] = {
    "why a plan was made": plan_inputs.WHY.values(),
    "why something is missing": shortfall.WHY.values(),
    "what would help": shortfall.REMEDY.values(),
    "courses": lookout_words.COURSES.values(),
    "titles of incidents": lookout_words.TITLES.values(),
    "causes of silence": lookout_words.CAUSES.values(),
    "what is done about it": lookout_words.ADVICE.values(),
    "promises": rehearsal.PROMISES.values(),
    "phases": phase.KIND_WORDS.values(),
    "built-in people": phase.BUILT_IN,
    "merge fields": message.FIELDS.values(),
    "fields of filters": [word for one in FIELDS.values() for word in (one.title, one.topic)],
    "kinds of lists": [one.title for one in KINDS.values()],
    "fields of lists": [field.title for one in KINDS.values() for field in one.fields],
    "exports": export.KINDS.values(),
    "silence until the close": (rules.NOTHING_GOES_OUT,),
}

SENTENCES = {
    "Find 4 callers for Tue, Nov 3, 5–8 pm": {"count": "4", "when": "Tue, Nov 3, 5–8 pm"},
    "Raise the budget by $1,200": {"amount": "$1,200"},
    "1,200 calls of the ramp find no day: no hour is open.": {
        "missing": "1,200",
        "channel": "calls",
        "why": "no hour is open",
    },
    "The limit of 300 a day is below the peak of 400: raise the limit or lower the peak.": {
        "limit": "300",
        "peak": "400",
    },
    "Row 214: phone '555-01' has 5 digits; kept the voter without a phone": {
        "row": "214",
        "lost": "phone '555-01' has 5 digits; kept the voter without a phone",
    },
}


@pytest.mark.parametrize("table", TABLES, ids=lambda name: name.replace(" ", "-"))
def test_all_words_of_a_table_are_known(table: str) -> None:
    assert not set(TABLES[table]) - set(TOLD) - {""}


@pytest.mark.parametrize("said", SENTENCES)
def test_a_sentence_is_taken_apart_into_its_facts(said: str) -> None:
    found = form_of(said)
    assert found is not None
    form, facts = found
    assert facts == SENTENCES[said]
    assert form % facts == said


@pytest.mark.parametrize("cause", Cause)
def test_every_silence_is_known(cause: Cause) -> None:
    at = datetime(2026, 11, 3, 17, 40, tzinfo=UTC)
    causes = ((Channel.CALL, cause), (Channel.TEXT, cause))
    verdict = Verdict(Course.SILENT, at, cause, causes)
    trouble: Trouble = lookout_words.silence(verdict, "America/New_York")
    found = form_of(trouble.said)
    assert found is not None
    assert found[1]["why"] == lookout_words.CAUSES[cause]
    over = lookout_words.over(Kind.SILENCE, trouble.said, Course.CLOSED, at, "America/New_York")
    assert (form_of(over) or ("", {}))[1]["said"] == trouble.said


@pytest.mark.parametrize("name", ["LOST", "VOICEMAIL", "NOT_PICKED_UP", "GIVEN_UP"])
def test_why_nobody_was_rung_is_known(name: str) -> None:
    assert getattr(voice_words, name) in TOLD


@pytest.mark.parametrize(
    "said",
    [
        *(voice_words.refused(code) for code in (13224, 21210, 20003)),
        *(voice_words.not_processed(code) for code in (20429, None)),
        *(voice_words.barred(reason) for reason in ("has voted", "daily cap reached")),
    ],
)
def test_what_a_carrier_refuses_is_known(said: str) -> None:
    assert said in TOLD or form_of(said) is not None


def test_what_nobody_knows_stays_as_it_is() -> None:
    assert form_of("Ana wrote this herself.") is None


def test_days_and_hours_among_the_facts_follow_the_language(web: Flask) -> None:
    sentence = "Find 4 callers for Tue, Nov 3, 5–8 pm"
    with web.test_request_context(), force_locale("es"):
        said = retold(sentence)
    assert "mar 3 nov, 5–8 p. m." in said.replace("\N{NO-BREAK SPACE}", " ")
    assert retold(sentence) == sentence


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Va hasta 1\xa0p.\xa0m..", "Va hasta 1\xa0p.\xa0m."),
        ("A las 8 a. m.. Empieza sola.", "A las 8 a. m. Empieza sola."),
        ("Hasta 1 p. m....", "Hasta 1 p. m...."),
        ("Until 1 pm.", "Until 1 pm."),
    ],
)  # fmt: skip
def test_a_time_that_ends_a_sentence_ends_it_once(said: str, shown: str) -> None:
    assert ended(said) == shown
    assert isinstance(ended(Markup(said)), Markup)  # noqa: S704
