"""The call screen and the device: save and next in JSON, undo, the number, why there is none."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from app.clock import ManualClock
from app.domain.survey import from_json
from app.services.claim import MOST_GIVEN_BACK
from app.services.surveys import set_survey
from app.store.engine import Sessions
from app.store.touches import Target, Touch
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.scene import column
from tests.web.conftest import SignIn, as_person

JSON = {"Accept": "application/json"}
MOST_STATEMENTS = 25
SURVEY = [
    {
        "key": "will_vote",
        "words": {"en": "Will you vote?", "es": "¿Va a votar?"},
        "answers": [
            {"key": "yes", "words": {"en": "Yes", "es": "Sí"}, "next": "how"},
            {"key": "no", "words": {"en": "No"}},
        ],
    },
    {
        "key": "how",
        "words": {"en": "How will you get to {polling_place}?"},
        "answers": [{"key": "car", "words": "By car"}, {"key": "bus", "words": "By bus"}],
    },
]


@pytest.fixture
def volunteer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 3)
    return sign_in("volunteer", campaign.id)


def form_in(page: str) -> dict[str, str]:
    """The hidden fields of the card."""
    names = ("key", "touch_id", "fence")
    record = page[page.index('id="record"') :]
    return {n: re.findall(rf'name="{n}" value="([^"]+)"', record)[0] for n in names}


def take(client: FlaskClient) -> dict[str, str]:
    client.post("/calls")
    return form_in(client.get("/calls/current").text)


def post(client: FlaskClient, path: str, **data: str) -> dict[str, Any]:
    answer = client.post(path, data=data, headers=JSON)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json  # type: ignore[assignment]
    return told


def test_saving_by_script_brings_the_next_card_in_the_same_answer(volunteer: FlaskClient) -> None:
    first = take(volunteer)
    told = post(volunteer, "/calls/current", **first, result="not_home")
    assert told["saved"] is True
    assert (told["problem"], told["field"], told["none"]) == (None, None, None)
    assert told["undo"] == {
        "key": first["key"],
        "until_seconds": 10,
        "words": "Saved: No answer for Luz.",
    }
    assert told["tally"]["calls"] == 1
    assert " ".join(told["tally"]["words"].split()) == "1 call · 0 conversations · 0 plans"
    assert form_in(told["html"])["touch_id"] != first["touch_id"]
    assert "<html" not in told["html"]


def test_the_same_record_twice_is_answered_alike_and_stored_once(
    volunteer: FlaskClient, sessions: Sessions
) -> None:
    form = {**take(volunteer), "result": "canvassed"}
    answers = [post(volunteer, "/calls/current", **form) for _ in range(2)]
    for told in answers:
        told.pop("html")  # a new key for the same next card
    assert answers[0] == answers[1]
    assert column(sessions, "SELECT count(*) FROM attempts") == [1]


def test_a_record_from_the_queue_is_stored_and_takes_no_call(
    volunteer: FlaskClient, sessions: Sessions
) -> None:
    told = post(volunteer, "/calls/current", **take(volunteer), result="not_home", next="no")
    assert (told["saved"], told["html"], told["none"]) == (True, None, None)
    assert column(sessions, "SELECT count(*) FROM touches WHERE state = 'claimed'") == [0]


def test_the_last_call_brings_the_reason_why_there_is_no_next(
    sign_in: SignIn, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 1)
    client = sign_in("volunteer", campaign.id)
    told = post(client, "/calls/current", **take(client), result="not_home")
    assert told["html"] is None
    assert told["none"]["reason"] == "Everyone who may be called now has been tried."
    assert told["none"]["until"] == (NOON + timedelta(hours=3)).isoformat()
    assert "The next round begins 3 pm (Eastern time)." in told["none"]["html"]


def test_a_bad_field_is_named(volunteer: FlaskClient) -> None:
    form = take(volunteer)
    for more, field in (
        ({}, "result"),
        ({"result": "call_back"}, "callback_at"),
        ({"result": "call_back", "callback_at": "2026-10-29T11:00"}, "callback_at"),
        ({"result": "other_language"}, "language"),
        ({"result": "moved"}, "sure"),
        ({"result": "canvassed", "votes_at": "2026-11-03T22:00"}, "votes_at"),
    ):
        answer = volunteer.post("/calls/current", data={**form, **more}, headers=JSON)
        assert answer.status_code == 422
        assert answer.json is not None
        assert (answer.json["saved"], answer.json["field"]) == (False, field)
        assert answer.json["problem"]


def test_whoever_is_signed_out_is_told_so_in_json(
    volunteer: FlaskClient, sessions: Sessions
) -> None:
    form = take(volunteer)
    volunteer.post("/sign-out")
    answer = volunteer.post("/calls/current", data={**form, "result": "not_home"}, headers=JSON)
    assert answer.status_code == 401
    assert answer.json is not None
    assert column(sessions, "SELECT count(*) FROM attempts") == [0]


LATE = {
    "its lease is over": "UPDATE touches SET state = 'ready', lease_until = NULL WHERE id = :id",
    "somebody else has it": "UPDATE touches SET claimed_by = 'user:99', fence = 9 WHERE id = :id",
    "the voter voted": "UPDATE touches SET state = 'canceled', lease_until = NULL WHERE id = :id",
}


@pytest.mark.parametrize(
    ("why", "state"),
    [
        ("its lease is over", "done"),
        ("somebody else has it", "claimed"),
        ("the voter voted", "canceled"),
    ],
)
def test_a_record_that_comes_late_is_kept(
    volunteer: FlaskClient, sessions: Sessions, why: str, state: str
) -> None:
    form = take(volunteer)
    with sessions.begin() as session:
        session.execute(text(LATE[why]), {"id": int(form["touch_id"])})
    told = post(
        volunteer,
        "/calls/current",
        **form,
        result="call_back",
        callback_at="2026-10-29T11:00",  # it has passed meanwhile
        note="Ask for Luz",
        next="no",
    )
    assert told["saved"] is True
    assert column(sessions, "SELECT disposition || note FROM attempts") == ["call_backAsk for Luz"]
    query = "SELECT state FROM touches WHERE id = :id"
    assert column(sessions, query, id=int(form["touch_id"])) == [state]


def test_undo_brings_the_same_voter_back(volunteer: FlaskClient, sessions: Sessions) -> None:
    first = take(volunteer)
    post(volunteer, "/calls/current", **first, result="refused")
    for _ in range(2):
        told = post(volunteer, "/calls/undo", key=first["key"])
        assert (told["undone"], told["problem"]) == (True, None)
        again = form_in(told["html"])
        assert again["touch_id"] == first["touch_id"]
        assert again["key"] != first["key"]
    assert column(sessions, "SELECT count(*) FROM targets WHERE out <> ''") == [0]
    # … and can be saved anew.
    assert post(volunteer, "/calls/current", **again, result="canvassed")["tally"]["calls"] == 1


def test_what_cannot_be_undone_says_why(volunteer: FlaskClient, parts: Parts) -> None:
    assert isinstance(parts.clock, ManualClock)
    form = take(volunteer)
    post(volunteer, "/calls/current", **form, result="refused")
    parts.clock.at += timedelta(seconds=16)
    told = post(volunteer, "/calls/undo", key=form["key"])
    assert (told["undone"], told["html"]) == (False, None)
    assert "too late" in told["problem"]
    assert volunteer.post("/calls/undo", data={"key": "x"}).status_code == 400


def test_undo_works_without_a_script(volunteer: FlaskClient) -> None:
    first = take(volunteer)
    volunteer.post("/calls/current", data={**first, "result": "not_home"})
    page = volunteer.get("/calls/current").text
    assert f'name="key" value="{first["key"]}"' in page
    assert "Saved: No answer for Luz." in page
    volunteer.post("/calls/undo", data={"key": first["key"]})
    page = volunteer.get("/calls/current").text
    assert "Undone." in page
    assert form_in(page)["touch_id"] == first["touch_id"]


def test_the_number_is_shown_on_demand_and_the_log_says_so(
    volunteer: FlaskClient, sessions: Sessions
) -> None:
    form = take(volunteer)
    page = volunteer.get("/calls/current").text
    assert "555-0001" not in page
    assert "+19195550001" not in page
    for _ in range(2):
        told = post(volunteer, "/calls/reveal", touch_id=form["touch_id"])
        assert told == {
            "phone": "+19195550001",
            "words": "(919) 555-0001",
            "href": "tel:+19195550001",
        }
    assert 'href="tel:+19195550001"' in volunteer.get("/calls/current").text
    query = "SELECT action || ' ' || subject FROM audit WHERE action LIKE '%shown' ORDER BY id"
    shown = f"number shown touch:{form['touch_id']}"
    assert column(sessions, query) == ["voter shown voter:1", shown]


def test_nobody_is_shown_the_number_of_a_call_they_do_not_have(
    volunteer: FlaskClient, sign_in: SignIn
) -> None:
    form = take(volunteer)
    other = sign_in("volunteer", 1, name="Vera")
    answer = other.post("/calls/reveal", data={"touch_id": form["touch_id"]}, headers=JSON)
    assert answer.status_code == 410
    post(volunteer, "/calls/current", **form, result="not_home")
    answer = volunteer.post("/calls/reveal", data={"touch_id": form["touch_id"]}, headers=JSON)
    assert answer.status_code == 410


def test_a_lease_outlives_a_tunnel_and_at_its_end_the_voter_is_gone_from_the_page(
    volunteer: FlaskClient, parts: Parts
) -> None:
    assert isinstance(parts.clock, ManualClock)
    take(volunteer)
    parts.clock.at += timedelta(minutes=19)
    answer = volunteer.get("/calls/current")
    assert "Voter1" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    parts.clock.at += timedelta(minutes=2)
    page = volunteer.get("/calls/current").text
    assert "Voter1" not in page
    assert "You have no call in hand." in page


def test_whoever_leafs_through_the_voters_waits(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = factories.call_list(session, MOST_GIVEN_BACK + 1)
    client = sign_in("volunteer", campaign.id)
    for _ in range(MOST_GIVEN_BACK):
        client.post("/calls/release", data=take(client))
    told = post(client, "/calls")
    assert told["call"] is False
    assert "gave back many calls" in told["reason"]
    assert "gave back many calls" in client.get("/calls/current").text
    assert told["until"] == (NOON + timedelta(minutes=10)).isoformat()
    people = " ".join(sign_in("organizer", name="Olive").get("/people").text.split())
    assert f"<b>Volunteer</b> gave back {MOST_GIVEN_BACK} calls in the last day." in people


def test_the_survey_is_asked_as_it_branches_and_its_answers_are_kept(
    volunteer: FlaskClient, sessions: Sessions
) -> None:
    assert from_json(SURVEY)
    set_survey(sessions, 1, SURVEY, by=None, now=NOON)
    form = take(volunteer)
    page = volunteer.get("/calls/current").text
    assert 'data-question="will_vote" data-first' in page
    assert 'name="q-will_vote" id="q-will_vote-yes" value="yes" data-next="how"' in page
    assert "How will you get to precinct LINCOLN SCHOOL?" in page
    said = {"q-will_vote": "yes", "q-how": "bus", "q-other": "x"}
    post(volunteer, "/calls/current", **form, **said, result="canvassed", next="no")
    query = "SELECT question || ' ' || answer || ' ' || source FROM answers ORDER BY question"
    assert column(sessions, query) == ["how bus call", "will_vote yes call"]
    # The next caller sees what was said; another answer takes the others out of the way.
    with sessions.begin() as session:
        touch = session.get_one(Touch, int(form["touch_id"]))
        touch.state, touch.value = touch.state.READY, 9
        session.get_one(Target, (1, touch.voter_id)).next_call_at = None
    form = take(volunteer)
    assert "Said before: Yes" in volunteer.get("/calls/current").text
    said = {"q-will_vote": "no", "q-how": "car"}
    post(volunteer, "/calls/current", **form, **said, result="canvassed", next="no")
    assert column(sessions, query) == ["how bus call", "will_vote no call"]


def test_the_survey_is_asked_in_the_voters_language_where_there_is_a_script(
    web: Flask, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        whom = factories.voters(session, 1, language="es")
        factories.targets(session, campaign, whom)
        factories.calls(session, campaign, whom)
        script = {"campaign": campaign.id, "body": "Hola {first_name}, soy {volunteer}."}
        session.execute(
            text(
                "INSERT INTO scripts (campaign_id, channel, language, body) "
                "VALUES (:campaign, 'call', 'es', :body)"
            ),
            script,
        )
    set_survey(sessions, campaign.id, SURVEY, by=None, now=NOON)
    person = factories.person(sessions, "volunteer", campaign.id, languages=("en", "es"))
    client = as_person(web, person)
    take(client)
    page = client.get("/calls/current").text
    assert "Hola Luz, soy Volunteer." in page
    assert "¿Va a votar?" in page


def test_keys_are_told_on_the_screen(volunteer: FlaskClient) -> None:
    take(volunteer)
    page = volunteer.get("/calls/current").text
    for key, value in (("1", "not_home"), ("5", "canvassed"), ("7", "already_voted")):
        assert re.search(rf'value="{value}"[^>]* data-key="{key}"', page), key
    assert 'data-key="q"' in page
    assert 'data-key="c"' in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE campaigns SET state = 'paused', paused_until = '2026-10-29T18:00Z'",
         "An organizer has paused the calls."),
        ("UPDATE targets SET language = 'vi'", "speaks another language: Vietnamese."),
        ("DELETE FROM targets", "nobody to call yet"),
        ("UPDATE targets SET out = 'moved away'", "Everyone who may be called has been called."),
    ],
)  # fmt: skip
def test_there_is_never_no_call_without_a_reason(
    volunteer: FlaskClient, sessions: Sessions, change: str, words: str
) -> None:
    with sessions.begin() as session:
        session.execute(text(change))
    told = post(volunteer, "/calls")
    assert words in told["reason"]
    page = volunteer.get("/calls/current").text
    assert words in page
    assert "What you can do meanwhile" in page


def test_saving_asks_the_database_little(volunteer: FlaskClient, sessions: Sessions) -> None:
    form = take(volunteer)
    asked: list[str] = []
    bind = sessions.kw["bind"]

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(bind, "before_cursor_execute", note)
    try:
        told = post(volunteer, "/calls/current", **form, result="not_home")
    finally:
        event.remove(bind, "before_cursor_execute", note)
    assert told["html"]
    assert len(asked) <= MOST_STATEMENTS, "\n".join(asked)


def test_a_volunteer_gets_no_more_cards_than_anybody_can_call(
    sign_in: SignIn, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 1)
    client = sign_in("volunteer", campaign.id)
    form = take(client)
    answers = [client.post("/calls", headers=JSON).status_code for _ in range(120)]
    assert answers[-1] == 429
    # What waits on a device is never turned away.
    assert post(client, "/calls/current", **form, result="not_home", next="no")["saved"] is True


def test_a_yes_to_the_question_is_a_pledge_to_vote(
    volunteer: FlaskClient, sessions: Sessions
) -> None:
    form = take(volunteer)
    assert 'id="will_vote"' not in volunteer.get("/calls/current").text  # asked once is enough
    told = post(volunteer, "/calls/current", **form, **{"q-will_vote": "yes"}, result="canvassed")
    assert " ".join(told["tally"]["words"].split()) == "1 call · 1 conversation · 1 plan"
    assert column(sessions, "SELECT source FROM voting_plans") == ["call"]


def test_whoever_waits_for_the_calls_of_others_is_told_so(
    sign_in: SignIn, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 1)
    sign_in("volunteer", campaign.id).post("/calls")
    other = sign_in("volunteer", campaign.id, name="Vera")
    assert post(other, "/calls")["reason"] == "Others are calling whoever is left."


def test_a_room_that_waits_has_the_targets_looked_at_once(
    volunteer: FlaskClient, sessions: Sessions, parts: Parts
) -> None:
    assert isinstance(parts.clock, ManualClock)
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET out = 'refused'"))
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(sessions.kw["bind"], "before_cursor_execute", note)
    try:
        for _ in range(3):
            assert post(volunteer, "/calls")["call"] is False
        parts.clock.at += timedelta(seconds=5)
        post(volunteer, "/calls")
    finally:
        event.remove(sessions.kw["bind"], "before_cursor_execute", note)
    assert sum("min(next_call_at)" in statement for statement in asked) == 2
