"""Webhooks of calls: signed, TwiML that puts through or says why not; the button and its answer."""

import re
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from app.clock import ManualClock
from app.config import Settings
from app.store.engine import Sessions
from app.store.people import User
from app.wiring import Parts
from tests import factories
from tests.booth import CALLER_ID, OWN_PHONE, Booth, Line, calling
from tests.factories import NOON
from tests.scene import column
from tests.web.conftest import as_person
from tests.web.shared import shared_app

PUBLIC = "https://vote.example"
TOKEN = "a token"
JSON = {"Accept": "application/json"}

SETTINGS = Settings(
    _env_file=None,
    public_url=PUBLIC,
    twilio_account_sid="AC1",
    twilio_auth_token=TOKEN,
    secret_key="key",
    secure_cookies=False,
)


class Wired(Parts):
    """Parts whose carrier of calls is in memory."""

    line = Line()

    def voice(self) -> Any:
        return self.line


@pytest.fixture
def web(sessions: Sessions) -> Any:
    Wired.line = Line()
    return shared_app(
        Wired(SETTINGS.model_copy(), sessions.kw["bind"], sessions, ManualClock(NOON))
    )


@pytest.fixture
def booth(sessions: Sessions) -> Booth:
    return Booth(sessions, calling(sessions))


def post(web: Any, path: str, token: str = TOKEN, **form: str) -> TestResponse:
    """Posts as the carrier does, signed with `token`."""
    signature = RequestValidator(token).compute_signature(PUBLIC + path, form)
    headers = {"X-Twilio-Signature": signature}
    answer: TestResponse = web.test_client().post(path, data=form, headers=headers)
    return answer


def verbs(answer: TestResponse) -> list[ElementTree.Element]:
    """The verbs of our own TwiML."""
    return list(ElementTree.fromstring(answer.text))  # noqa: S314


def test_whoever_picks_up_is_put_through_with_the_campaigns_number(web: Any, booth: Booth) -> None:
    booth.ring()
    path = f"/webhooks/voice/{booth.key}"
    answer = post(web, path, CallSid="CA1", CallStatus="in-progress", AnsweredBy="human")
    assert answer.mimetype == "text/xml"
    dial, say, _hangup = verbs(answer)
    assert (dial.tag, dial.get("callerId"), dial.get("answerOnBridge")) == (
        "Dial",
        CALLER_ID,
        "true",
    )
    [number] = dial
    assert number.text == booth.card.phone
    assert number.get("machineDetection") == "Enable"
    hook = PUBLIC + path + "/voter"
    assert number.get("statusCallback") == number.get("amdStatusCallback") == hook
    assert number.get("statusCallbackEvent") == "initiated ringing answered completed"
    assert say.text == "The call has ended. Save on your screen what came of it."


def test_who_may_not_be_called_any_more_is_not_dialed(web: Any, booth: Booth) -> None:
    booth.ring()
    with booth.sessions.begin() as session:
        session.execute(text("UPDATE targets SET voted_at = :now"), {"now": NOON})
    answer = post(web, f"/webhooks/voice/{booth.key}", CallSid="CA1")
    assert [verb.tag for verb in verbs(answer)] == ["Say", "Hangup"]
    assert "This voter has voted" in answer.text


def test_legs_are_heard_and_their_numbers_are_not_kept(web: Any, booth: Booth) -> None:
    booth.ring()
    booth.pick_up()
    path = f"/webhooks/voice/{booth.key}/voter"
    form = {"CallSid": "CA2", "To": "+19195550001", "Called": "+19195550001", "From": CALLER_ID}
    assert post(web, path, CallStatus="busy", CallDuration="0", **form).status_code == 204
    assert post(web, path, CallStatus="busy", CallDuration="0", **form).status_code == 204
    assert booth.call().voter_status == "busy"
    [payload] = column(booth.sessions, "SELECT payload FROM callbacks")
    assert payload == {"CallSid": "CA2", "CallStatus": "busy", "CallDuration": "0"}


@pytest.mark.parametrize("leg", ["", "/caller", "/voter"])
def test_nobody_else_may_say_how_a_call_goes(web: Any, booth: Booth, leg: str) -> None:
    booth.ring()
    path = f"/webhooks/voice/{booth.key}{leg}"
    for token in ("", "another"):
        answer = post(web, path, token, CallSid="CA1", CallStatus="completed")
        assert answer.status_code == 403
    assert booth.call().status == "queued"


def test_a_webhook_that_lacks_its_fields_or_its_call_says_so(web: Any, booth: Booth) -> None:
    assert post(web, f"/webhooks/voice/{booth.key}").status_code == 400
    assert post(web, f"/webhooks/voice/{booth.key}/voter", CallSid="CA1").status_code == 400
    unknown = f"/webhooks/voice/{uuid4()}"
    assert post(web, f"{unknown}/voter", CallSid="CA1", CallStatus="busy").status_code == 404
    assert "Hangup" in post(web, unknown, CallSid="CA1").text


@pytest.fixture
def ana(sessions: Sessions) -> User:
    return calling(sessions, 2)


def form_of(client: FlaskClient) -> dict[str, str]:
    """The form of the button, as the page has it."""
    client.post("/calls")
    page = client.get("/calls/current").text
    names = ("key", "touch_id", "fence")
    return {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in names}


def test_the_first_time_the_volunteer_says_which_phone_she_holds(web: Any, ana: User) -> None:
    client = as_person(web, ana)
    form = form_of(client)
    assert "The phone you hold" in client.get("/calls/current").text
    refused = client.post("/calls/ring", data={**form, "phone": "12"}, headers=JSON).json
    assert refused is not None
    assert "with its area code" in refused["call"]["words"]
    told = client.post("/calls/ring", data={**form, "phone": "(919) 555-0190"}, headers=JSON).json
    assert told is not None
    assert told["call"]["live"]
    assert Wired.line.asked[0].to == OWN_PHONE
    assert "We ring (919) 555-0190. Another phone" in client.get("/calls/current").text


def test_the_page_goes_on_under_the_key_of_the_call(web: Any, ana: User) -> None:
    client = as_person(web, ana)
    form = {**form_of(client), "phone": OWN_PHONE}
    answer = client.post("/calls/ring", data=form)  # without a script
    assert (answer.status_code, answer.location) == (303, "/calls/current")
    page = client.get("/calls/current").text
    assert f'name="key" value="{form["key"]}"' in page
    assert "We ask the carrier" in page or "Your phone rings" in page
    assert "disabled>Call (919)" in page


def test_news_tell_how_the_call_goes_and_what_to_choose(
    web: Any, ana: User, sessions: Sessions
) -> None:
    client = as_person(web, ana)
    form = {**form_of(client), "phone": OWN_PHONE}
    client.post("/calls/ring", data=form, headers=JSON)
    for leg, sid, status in (("caller", "CA1", "ringing"), ("voter", "CA2", "busy")):
        hook = f"/webhooks/voice/{form['key']}/{leg}"
        assert post(web, hook, CallSid=sid, CallStatus=status).status_code == 204
    news: Any = client.get(f"/calls/current/news?touch={form['touch_id']}", headers=JSON).json
    assert news["news"] == "open"
    assert news["call"] == {
        "words": "The line was busy. “Busy” is chosen below; change it if it was otherwise.",
        "live": False,
        "over": True,
        "suggested": "busy",
        "key": form["key"],
        "wait": None,
        "problem": False,
    }
    assert client.post("/calls/current", data={**form, "result": "busy"}).status_code == 303
    assert column(sessions, "SELECT disposition FROM attempts") == ["busy"]
    assert column(sessions, "SELECT max(calls) FROM targets") == [1]


def test_the_call_is_told_in_the_language_of_the_page(web: Any, ana: User) -> None:
    client = as_person(web, ana)
    client.post("/tongue", data={"tongue": "es"})
    form = form_of(client)
    refused: Any = client.post("/calls/ring", data={**form, "phone": "12"}, headers=JSON).json
    assert "con código de área" in refused["call"]["words"]
    client.post("/calls/ring", data={**form, "phone": OWN_PHONE}, headers=JSON)
    for leg, sid, status in (("caller", "CA1", "ringing"), ("voter", "CA2", "busy")):
        post(web, f"/webhooks/voice/{form['key']}/{leg}", CallSid=sid, CallStatus=status)
    news: Any = client.get(f"/calls/current/news?touch={form['touch_id']}", headers=JSON).json
    assert news["call"]["words"] == (
        "La línea estaba ocupada. Abajo está elegido «Ocupado»; cámbielo si fue otra cosa."
    )


def test_a_call_that_was_rung_cannot_be_given_back_unsaid(web: Any, ana: User) -> None:
    client = as_person(web, ana)
    form = {**form_of(client), "phone": OWN_PHONE}
    client.post("/calls/ring", data=form)
    assert client.post("/calls/release", data=form).location == "/calls/current"
    assert "A phone was rung for this call" in client.get("/calls/current").text


@pytest.mark.parametrize("what", ["no number", "no account"])
def test_without_number_or_account_the_button_is_a_plain_link(
    web: Any, ana: User, sessions: Sessions, what: str
) -> None:
    if what == "no number":
        with sessions.begin() as session:
            session.execute(text("UPDATE voice_rates SET caller_id = ''"))
    else:
        web.extensions["lastmile"].settings.twilio_account_sid = ""
    client = as_person(web, ana)
    client.post("/calls")
    assert "/calls/ring" not in client.get("/calls/current").text
    form = form_of(client)
    page = client.post("/calls/reveal", data=form, follow_redirects=True).text
    assert re.search(r'<a class="btn btn-primary dial" id="dial" [^>]*href="tel:\+1919', page)


def test_the_settings_page_sets_number_rate_and_price(web: Any, sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = factories.campaign(session)
    client = as_person(web, factories.person(sessions, "organizer"))
    path = f"/campaigns/{campaign.id}/settings"
    assert "Calls through Twilio" in client.get(path).text
    form = {"caller_id": "(919) 555-0142", "voice_per_second": "2", "voice_price": "0.028"}
    for _ in range(2):
        assert client.post(f"{path}/calls", data=form).location == path
    rows = "SELECT caller_id || ' ' || per_second || ' ' || price FROM voice_rates"
    assert column(sessions, rows) == [f"{CALLER_ID} 2 0.02800"]
    acts = "SELECT count(*) FROM audit WHERE action = 'calls through the carrier changed'"
    assert column(sessions, acts) == [1]
    bad = client.post(f"{path}/calls", data={**form, "caller_id": "Rivera", "voice_price": "11"})
    assert bad.status_code == 422
    bad = client.post(f"{path}/calls", data={**form, "caller_id": "Rivera"})
    assert "Write a phone number that your Twilio account may show." in bad.text
    assert column(sessions, rows) == [f"{CALLER_ID} 2 0.02800"]
