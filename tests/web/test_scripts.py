"""The pages of scripts: written, looked at, saved as versions, used again; the mail as a page."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.domain.channel import Channel
from app.store.campaigns import Script
from app.store.engine import Sessions
from app.store.voters import Voter
from app.web.scripts.form import Typed, act
from tests.scene import column, texting
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/scripts"
TEXT = f"{PAGE}/text/ramp/en"
CALL = f"{PAGE}/call/ramp/en"
MAIL = f"{PAGE}/email/ramp/en"
BODY = (
    "Hi {first_name}, vote at {polling_place|your polling place}! Paid for by {organization}. STOP"
)


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer whose campaign has six voters, one of whom reads Spanish and one of whom has no
    precinct."""
    with sessions.begin() as session:
        _, whom = texting(session, 6)
        for voter in whom:
            voter.precinct = "12"
        whom[0].language = "es"
        whom[1].precinct = ""
        whom[2].first_name = "Maximiliana-Josephine"
    return sign_in("organizer")


def test_the_list_has_each_occasion_in_each_language(organizer: FlaskClient) -> None:
    page = organizer.get(PAGE).text
    for words in ("Stay in line", "Mail ballot not back", "your words", "our words", "Spanish"):
        assert words in page
    assert "the words of the ramp" in page


def test_what_is_saved_is_a_new_version_and_the_first_stays(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    form = {"body": BODY, "base": "1", "note": "shorter"}
    assert organizer.post(TEXT, data=form).status_code == 303
    bodies = column(sessions, "SELECT body FROM scripts WHERE channel = 'text' ORDER BY version")
    assert len(bodies) == 2
    assert bodies[1] == BODY
    page = organizer.get(f"{TEXT}/history").text
    assert "From version 1 to version 2" in page
    assert "shorter" in page
    assert "Came with the campaign" in page


def test_an_earlier_version_is_used_again_as_a_new_one(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    organizer.post(TEXT, data={"body": BODY, "base": "1"})
    first = column(sessions, "SELECT id FROM scripts WHERE channel = 'text' AND version = 1")[0]
    assert organizer.post(f"{PAGE}/versions/{first}/again", data={"base": 2}).status_code == 303
    bodies = column(sessions, "SELECT body FROM scripts WHERE channel = 'text' ORDER BY version")
    assert bodies[2] == bodies[0]
    # The same button pressed twice changes nothing more.
    organizer.post(f"{PAGE}/versions/{first}/again", data={"base": 2})
    assert column(sessions, "SELECT max(version) FROM scripts WHERE channel = 'text'") == [3]


WRONG = [
    ("Hi {name}", "is no field"),
    ("Hi {first_name", "A brace stands alone"),
    ("Hi {polling_place|}", "write 1 to 80 characters after the bar"),
    ("I am {volunteer}", "can stand in a call script only"),
    ("x" * 1601, "At most 1,600 characters"),
    (" ", "Write the words"),
]


@pytest.mark.parametrize(("body", "words"), WRONG)
def test_what_cannot_be_filled_is_refused_and_what_was_typed_is_kept(
    organizer: FlaskClient, sessions: Sessions, body: str, words: str
) -> None:
    answer = organizer.post(TEXT, data={"body": body, "base": "1", "note": "my own note"})
    assert answer.status_code == 422
    assert words in answer.text
    assert "What you typed is kept" in answer.text
    assert "my own note" in answer.text
    assert column(sessions, "SELECT max(version) FROM scripts WHERE channel = 'text'") == [1]


def test_whoever_saves_second_sees_what_the_first_changed(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    organizer.post(TEXT, data={"body": "First. Paid for by {organization}", "base": "1"})
    late = organizer.post(TEXT, data={"body": "Second. Paid for by {organization}", "base": "1"})
    assert late.status_code == 409
    assert "saved version 2 meanwhile" in late.text
    assert "<del>" in late.text
    assert "Second." in late.text
    assert 'name="base" value="2"' in late.text
    again = organizer.post(TEXT, data={"body": "Second. Paid for by {organization}", "base": "2"})
    assert again.status_code == 303
    assert column(sessions, "SELECT max(version) FROM scripts WHERE channel = 'text'") == [3]


def test_the_preview_shows_few_voters_and_counts_those_who_cannot_be_sent_to(
    organizer: FlaskClient,
) -> None:
    page = organizer.post(
        f"{TEXT}/look", data={"body": "Hi {first_name}: {polling_place} – go"}
    ).text
    assert "Maximiliana-Josephine" in page
    assert "Hi Maximiliana-Josephine: precinct 12 – go" in page
    assert "1 voter cannot be sent this" in page
    assert "Nothing is sent to this voter" in page
    assert "5 voters" in page
    assert "It does not say how to opt out" in page
    assert "70 characters a segment" in page
    assert "+1" not in page, "no phone number stands in it"


def test_a_fallback_stands_where_nothing_is_known(organizer: FlaskClient) -> None:
    page = organizer.post(f"{TEXT}/look", data={"body": BODY}).text
    assert "vote at your polling place!" in page
    assert "cannot be sent this" not in page
    assert "It says who pays." in page


@pytest.mark.parametrize(
    ("doing", "body", "after"),
    [
        ("plain", "It’s – “go”…", "It&#39;s - &#34;go&#34;..."),
        ("end:opt_out", "Go!", "Go! STOP to opt out"),
        ("end:who_pays", "Go!", "Go! Paid for by {organization}."),
        ("none of ours", "Go!", "Go!"),
    ],
)
def test_what_is_offered_is_put_in_by_one_tap_and_not_saved(
    organizer: FlaskClient, sessions: Sessions, doing: str, body: str, after: str
) -> None:
    answer = organizer.post(TEXT, data={"body": body, "base": "1", "act": doing})
    assert answer.status_code == 200
    assert f">{after}</textarea>" in answer.text
    assert column(sessions, "SELECT max(version) FROM scripts WHERE channel = 'text'") == [1]


QUESTIONS = {
    "q": ["0", "1"],
    "q0-key": "",
    "q0-en": "Will you vote?",
    "q0-a": ["0", "1"],
    "q0a0-key": "",
    "q0a0-en": "Yes",
    "q0a0-next": "ride",
    "q0a0-result": "canvassed",
    "q0a1-key": "no",
    "q0a1-en": "No",
    "q1-key": "ride",
    "q1-en": "Do you need a ride?",
    "q1-es": "¿Necesita transporte?",
    "q1-vi": "Quý vị có cần xe không?",
    "q1-a": ["0", "1"],
    "q1a0-key": "yes",
    "q1a0-en": "Yes",
    "q1a1-key": "no",
    "q1a1-en": "No",
}


def test_questions_are_saved_with_the_script_in_every_language(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.add(Script(campaign_id=1, channel=Channel.CALL, language="es", body="Hola"))
    form = {"body": "Hi, I'm {volunteer}.", "base": "1", **QUESTIONS}
    assert organizer.post(CALL, data=form).status_code == 303
    kept = column(sessions, "SELECT survey -> 0 ->> 'key' FROM scripts WHERE version = 2")
    assert kept == ["will_you_vote", "will_you_vote"]
    page = organizer.get(CALL).text
    assert "Do you need a ride?" in page
    assert "Will you vote?" in page
    assert 'id="q1-vi" name="q1-vi" value="Quý vị có cần xe không?" lang="vi"' in page
    asked = column(
        sessions, "SELECT survey -> 1 -> 'words' ->> 'vi' FROM scripts WHERE version = 2"
    )
    assert set(asked) == {"Quý vị có cần xe không?"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"q1a0-next": "will_you_vote"}, "go round in a circle"),
        ({"q0a0-next": ""}, "No answer leads to “Do you need a ride?”"),
        ({"q0a0-next": "gone"}, "a question that is not there"),
    ],
)
def test_loops_and_questions_out_of_reach_are_named(
    organizer: FlaskClient, change: dict[str, Any], words: str
) -> None:
    form = {"body": "Hi, I'm {volunteer}.", "base": "1", **QUESTIONS, **change}
    assert words in organizer.post(f"{CALL}/look", data=form).text
    answer = organizer.post(CALL, data=form)
    assert answer.status_code == 422
    assert "Do you need a ride?" in answer.text


def asked() -> Typed:
    """Three questions of two answers."""
    answers: Callable[[], list[dict[str, Any]]] = lambda: [  # noqa: E731
        {"key": key, "words": {"en": key}, "next": ""} for key in ("yes", "no")
    ]
    return Typed(questions=[{"key": key, "words": {}, "answers": answers()} for key in "abc"])


@pytest.mark.parametrize(
    ("doing", "keys", "focus"),
    [
        ("q-up:1", "bac", "q0-up"),
        ("q-down:0", "bac", "q1-down"),
        ("q-up:0", "abc", ""),
        ("q-down:2", "abc", ""),
        ("q-remove:1", "ac", "add-question"),
        ("q-remove:9", "abc", ""),
        ("q-up", "abc", ""),
        ("a-remove:7:7", "abc", ""),
    ],
)
def test_questions_are_moved_and_removed(doing: str, keys: str, focus: str) -> None:
    typed = asked()
    assert act(typed, doing, "en") == focus
    assert "".join(one["key"] for one in typed.questions) == keys


def test_answers_are_added_moved_and_removed() -> None:
    typed = asked()
    assert act(typed, "a-add:0", "en") == "q0a2-en"
    assert act(typed, "a-up:0:1", "en") == "q0a0-up"
    assert act(typed, "a-remove:0:1", "en") == "q0-add"
    assert [one["key"] for one in typed.questions[0]["answers"]] == ["no", "answer"]
    assert act(typed, "q-add", "en") == "q3-en"
    assert act(typed, "usual", "en") == ""
    assert typed.questions == []


def test_the_mail_is_shown_as_a_page_that_may_do_nothing(organizer: FlaskClient) -> None:
    typed = {
        "subject": "Vote, {first_name}",
        "body": "**Go** to [the list](https://example.org) <b>x</b>",
        "base": "1",
    }
    answer = organizer.post(f"{MAIL}/page", data=typed)
    assert "<strong>Go</strong>" in answer.text
    assert '<a href="https://example.org">the list</a>' in answer.text
    assert "<b>x</b>" not in answer.text
    assert "Paid for by" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_postal_address_stands_below_each_mail(organizer: FlaskClient) -> None:
    organizer.post(f"{PAGE}/postal-address", data={"address": " 1 Main St \r\n\r\nTown"})
    assert "1 Main St\nTown" in organizer.get(PAGE).text
    assert "1 Main St<br>Town" in organizer.get(f"{MAIL}/page").text


@pytest.mark.parametrize(
    "address", ["fax/ramp/en", "text/callback/en", "text/ramp/xx", "text/blast:1/en"]
)
def test_a_script_that_cannot_be_is_not_found(organizer: FlaskClient, address: str) -> None:
    assert organizer.get(f"{PAGE}/{address}").status_code == 404


def test_a_language_of_the_voter_file_is_offered_and_written_in(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.execute(update(Voter).where(Voter.id == 1).values(language="vi"))
    page = " ".join(organizer.get(PAGE).text.split())
    assert "Vietnamese, 1 voter" in page
    begun = organizer.get(f"{PAGE}/begin?language=vi&channel=text")
    assert (begun.status_code, begun.location) == (303, f"{PAGE}/text/ramp/vi")
    words = "Chào {first_name}! Bầu cử {polling_day}. {organization}. STOP"
    looked = organizer.post(f"{begun.location}/look", data={"body": words, "base": "0"}).text
    assert "Thứ Ba, 3 tháng 11" in looked
    assert "UCS-2" in looked
    assert organizer.post(begun.location, data={"body": words, "base": "0"}).status_code == 303
    assert "Vietnamese, 1 voter" not in " ".join(organizer.get(PAGE).text.split())
    assert f'href="{PAGE}/text/in_line/vi"' in organizer.get(PAGE).text


@pytest.mark.parametrize("query", ["", "?language=xx&channel=text", "?language=vi&channel=fax"])
def test_what_is_no_language_is_not_begun(organizer: FlaskClient, query: str) -> None:
    assert organizer.get(f"{PAGE}/begin{query}").location == PAGE


def test_a_volunteer_sees_no_scripts(organizer: FlaskClient, sign_in: SignIn) -> None:
    assert sign_in("volunteer", 1).get(PAGE).status_code == 403


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    "address",
    [
        "",
        "/call/callback/es",
        "/call/ramp/es",
        "/text/in_line/es",
        "/email/chase/es",
        "/text/chase/en/history",
    ],
)
def test_each_page_opens_in_both_languages(
    organizer: FlaskClient, address: str, language: str
) -> None:
    answer = organizer.get(f"{PAGE}{address}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
