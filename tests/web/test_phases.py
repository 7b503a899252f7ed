"""The page of phases: added, suggested, changed, ended, counted; and the texts at the close."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.clock import ManualClock
from app.domain.phase import PLEDGED
from app.services import universes
from app.services.compose import STAY_IN_LINE
from app.services.phases import mark_due
from app.store.engine import Sessions
from app.store.in_line import is_off
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.scene import column, texting
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/phases"
FORM: dict[str, Any] = {
    "kind": "early_vote",
    "name": "First weekend",
    "starts_at": "2026-10-30T09:00",
    "ends_at": "2026-11-01T17:00",
    "goal": "500",
    "channels": ["call", "text"],
    "whom": "",
}


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer whose campaign has six voters, two of them Democrats."""
    with sessions.begin() as session:
        _, whom = texting(session, 6)
        whom[0].party = whom[1].party = "DEM"
    return sign_in("organizer")


def test_an_empty_page_says_what_will_stand_there_and_offers_rounds(organizer: FlaskClient) -> None:
    page = organizer.get(PAGE).text
    assert "No phase yet" in page
    assert "Suggest 4 rounds" in page
    assert "Last hours" in page
    assert "5:30–7:30 pm" in page


def test_a_phase_is_added_on_the_campaign_s_clock(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    assert organizer.post(PAGE, data=FORM).status_code == 303
    page = organizer.get(PAGE).text
    assert "“First weekend” is added." in page
    assert "Goal: 500 ballots" in page
    assert column(sessions, "SELECT starts_at FROM phases") == [
        datetime(2026, 10, 30, 13, tzinfo=UTC)
    ]
    assert column(sessions, "SELECT channels FROM phases") == [["call", "text"]]
    assert organizer.get(f"{PAGE}/1/count").json["people"] == "6 people as of now"


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("ends before it starts", {"ends_at": "2026-10-30T08:00"}, "It ends before it starts"),
    ("ends after the polls close", {"ends_at": "2026-11-03T20:00"}, "The last polls close"),
    ("is over", {"starts_at": "2026-10-20T08:00", "ends_at": "2026-10-21T08:00"}, "has passed"),
    ("has a universe that is gone", {"whom": "Ours"}, "There is no universe called “Ours”"),
    ("has a goal below 0", {"goal": "-5"}, "A goal cannot be below 0"),
    ("has no number for a goal", {"goal": "many"}, "Write a whole number"),
    ("has too large a goal", {"goal": "99999999999"}, "Write a number up to"),
    ("has no name", {"name": ""}, "Give the phase a name"),
    ("has no time", {"starts_at": ""}, "Give the day and the time"),
    ("has a time that is none", {"ends_at": "tomorrow"}, "Give the day and the time"),
    ("has a day out of all time", {"ends_at": "9999-12-31T23:59"}, "Choose a day from 2000"),
]


@pytest.mark.parametrize(("what", "facts", "why"), WRONG, ids=[what for what, _, _ in WRONG])
def test_a_phase_is_refused_at_its_field_that(
    organizer: FlaskClient, sessions: Sessions, what: str, facts: dict[str, Any], why: str
) -> None:
    answer = organizer.post(PAGE, data={**FORM, **facts})
    assert answer.status_code == 422
    assert why in answer.text
    assert "The phase is not added" in answer.text
    assert column(sessions, "SELECT id FROM phases") == []


def test_rounds_are_suggested_with_one_button_and_once(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    organizer.post(f"{PAGE}/suggest", data={"whom": PLEDGED})
    page = organizer.get(PAGE).text
    assert "4 rounds added" in page
    assert page.index("Morning round") < page.index("Midday round") < page.index("Last hours")
    organizer.post(f"{PAGE}/suggest", data={"whom": PLEDGED})
    assert "there already" in organizer.get(PAGE).text
    assert column(sessions, "SELECT count(*) FROM phases") == [4]
    organizer.post(f"{PAGE}/suggest", data={"whom": "Ours"})
    assert column(sessions, "SELECT count(*) FROM phases") == [4]


def test_those_who_pledged_are_offered_first_once_there_are_any(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    selected = f'<option value="{PLEDGED}" selected>'
    assert selected not in organizer.get(PAGE).text
    with sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO answers (voter_id, question, answer, source, answered_on) "
                "VALUES (1, 'Will you vote?', 'Yes', 'list', '2026-10-01')"
            )
        )
    assert selected in organizer.get(PAGE).text


def test_a_phase_with_a_saved_universe_is_said_in_words(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    universes.save(sessions, "Ours", {"field": "party", "is": ["DEM"]}, now=NOON)
    organizer.post(PAGE, data={**FORM, "whom": "Ours"})
    assert "Democrats:" in organizer.get(PAGE).text
    assert organizer.get(f"{PAGE}/1/count").json["people"] == "2 people as of now"
    edit = organizer.get(f"{PAGE}/1").text
    assert "As it is: Democrats" in edit
    same = {**FORM, "whom": "as it is", "name": "Second weekend"}
    assert organizer.post(f"{PAGE}/1", data=same).status_code == 303
    assert "Second weekend" in organizer.get(PAGE).text
    assert organizer.get(f"{PAGE}/1/count").json["people"] == "2 people as of now"


def test_progress_is_shown_while_it_is_on_and_without_scripts(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    organizer.post(PAGE, data={**FORM, "starts_at": "2026-10-29T08:00", "goal": "4"})
    mark_due(sessions, NOON)
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET voted_at = now() WHERE voter_id < 4"))
    answer = organizer.get(f"{PAGE}/1/count").json
    assert (answer["done"], answer["percent"]) == ("3 of 4 ballots (75 %)", 75)
    page = organizer.get(f"{PAGE}?counted=1").text
    assert "3 of 4 ballots (75 %)" in page
    assert "End First weekend now" in page
    later = {**FORM, "name": "Longer", "ends_at": "2026-11-02T17:00", "whom": "as it is"}
    assert organizer.post(f"{PAGE}/1", data=later).status_code == 303
    organizer.post(f"{PAGE}/1/remove")
    assert "“Longer” has ended" in organizer.get(PAGE).text
    assert organizer.post(f"{PAGE}/1", data=later).status_code == 422
    organizer.post(f"{PAGE}/1/remove")
    assert "stays as a record" in organizer.get(PAGE).text


def test_a_phase_to_come_is_removed(organizer: FlaskClient) -> None:
    organizer.post(PAGE, data=FORM)
    organizer.post(f"{PAGE}/1/remove")
    assert "“First weekend” is removed." in organizer.get(PAGE).text
    assert organizer.get(f"{PAGE}/1").status_code == 404


def test_a_phase_belongs_to_its_campaign(organizer: FlaskClient, sessions: Sessions) -> None:
    organizer.post(PAGE, data=FORM)
    with sessions.begin() as session:
        factories.campaign(session, name="Another")
    for path in ("2/phases/1", "2/phases/1/count", "3/phases"):
        assert organizer.get(f"/campaigns/{path}").status_code == 404
    organizer.post("/campaigns/2/phases/1/remove")
    assert column(sessions, "SELECT count(*) FROM phases") == [1]


def test_a_filter_that_no_longer_makes_sense_is_said_on_its_card(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    organizer.post(PAGE, data=FORM)
    with sessions.begin() as session:
        session.execute(text("""UPDATE phases SET filter = '{"name": "gone"}'"""))
    assert "gone" in organizer.get(f"{PAGE}/1/count").json["problem"]
    assert "There is no universe called “gone”" in organizer.get(f"{PAGE}?counted=1").text


def test_the_texts_at_the_close_are_switched_off_and_on(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    page = organizer.get(PAGE).text
    assert "Switch them off" in page
    assert "6:30–7:10 pm" in page
    organizer.post(f"{PAGE}/close", data={"switch": "off"})
    assert "Switch them on" in organizer.get(PAGE).text
    organizer.post(f"{PAGE}/close", data={"words-en": "Stay!"})  # does not switch them on
    assert "Switch them on" in organizer.get(PAGE).text
    organizer.post(f"{PAGE}/close", data={"switch": "on"})
    page = organizer.get(PAGE).text
    assert "Switch them off" in page
    assert "Stay!</textarea>" in page


def test_the_words_at_the_close_have_their_segments_counted(organizer: FlaskClient) -> None:
    page = organizer.get(PAGE).text
    assert STAY_IN_LINE["es"] in page
    assert page.count('<b data-out="segments">1 segment</b>') == 2 + 3 * 2  # and those that follow

    def count(body: str) -> Any:
        return organizer.post(f"{PAGE}/close/count", data={"body": body}).json

    assert count("a" * 161) == {"segments": "2 segments", "encoding": "GSM-7"}
    assert count("más")["encoding"] == "UCS-2"
    assert count("{nothing}")["segments"] == "1 segment"


def test_words_that_cannot_go_out_are_refused_where_they_stand(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    answer = organizer.post(f"{PAGE}/close", data={"words-en": "Go, {name}!", "words-es": "¡Vaya!"})
    assert answer.status_code == 422
    assert "{name} is no field" in answer.text
    assert "Go, {name}!</textarea>" in answer.text
    assert "¡Vaya!</textarea>" in answer.text
    assert column(sessions, "SELECT id FROM scripts WHERE purpose = 'in_line'") == []


def test_a_campaign_that_sends_no_texts_says_so(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.campaign(session)
    page = sign_in("organizer").get(PAGE).text
    assert "sends no texts" in page
    assert 'phases/close"' not in page


@pytest.mark.parametrize("purpose", ["remind_eve", "remind_hour", "chase"])
def test_reminders_and_the_chase_have_a_switch_and_words_of_their_own(
    organizer: FlaskClient, sessions: Sessions, purpose: str
) -> None:
    page = f"{PAGE}/follow/{purpose}"
    assert organizer.post(page, data={"switch": "off"}).status_code == 303
    with sessions() as session:
        assert is_off(session, 1, purpose)
        assert not is_off(session, 1)
    organizer.post(page, data={"switch": "on"})
    organizer.post(page, data={"words-en": "Vote {vote_time}!"})
    with sessions() as session:
        assert not is_off(session, 1, purpose)
    shown = organizer.get(PAGE).text
    assert shown.count("Vote {vote_time}!") == 1
    answer = organizer.post(page, data={"words-en": "Go, {name}!"})
    assert answer.status_code == 422
    assert "{name} is no field" in answer.text
    assert organizer.post(f"{PAGE}/follow/ramp", data={"switch": "off"}).status_code == 404


def test_no_two_fields_of_words_and_no_two_of_their_buttons_have_one_name(
    organizer: FlaskClient,
) -> None:
    page = organizer.get(PAGE).text
    labels = re.findall(r'<label for="words-[^"]+">(.+?)</label>', page)
    buttons = re.findall(r'<button[^>]* aria-label="(S[^"]+)">(?:Save|Switch)', page)
    assert len(set(labels)) == len(labels) == 2 * 4
    assert len(set(buttons)) == len(buttons) == 2 * 4


def test_when_the_polls_have_closed_nothing_can_be_added(
    organizer: FlaskClient, parts: Parts
) -> None:
    organizer.post(PAGE, data=FORM)
    clock = parts.clock
    assert isinstance(clock, ManualClock)
    clock.at += timedelta(days=6)
    page = organizer.get(PAGE).text
    assert "Add the phase" not in page
    assert "over" in page
    organizer.post(f"{PAGE}/suggest", data={"whom": ""})
    assert "no round left" in organizer.get(PAGE).text


def test_volunteers_have_no_business_here(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.campaign(session)
    assert sign_in("volunteer", 1).get(PAGE).status_code == 403
