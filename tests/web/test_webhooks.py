"""What the carrier posts: nothing without a valid signature, everything kept, every door polite."""

from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from app.clock import ManualClock
from app.config import Settings
from app.domain.channel import Channel
from app.domain.touch import AttemptState, TouchState
from app.services.sender_checks import known_checks
from app.services.unsubscribe import Unsubscribe
from app.store.campaigns import SenderCheck
from app.store.engine import Sessions, make_engine, make_sessions
from app.web.app import create_app
from app.wiring import Parts
from tests import factories
from tests.conftest import end_others
from tests.factories import NOON
from tests.scene import TOUCHES, column, counts, texting
from tests.web.shared import shared_app

PUBLIC = "https://vote.example"
TOKEN = "a token"
SID = "SM" + "b" * 32
SETTINGS = Settings(_env_file=None, public_url=PUBLIC, twilio_auth_token=TOKEN, secret_key="key")


@pytest.fixture
def client(sessions: Sessions) -> FlaskClient:
    """The pages, behind a proxy: the public address is not the one that Flask sees."""
    web = shared_app(Parts(SETTINGS, sessions.kw["bind"], sessions, ManualClock(NOON)))
    web.config["WTF_CSRF_ENABLED"] = True  # the carrier has no token
    return web.test_client()


def post(client: FlaskClient, path: str, token: str = TOKEN, **form: str) -> TestResponse:
    """Posts as the carrier does, signed with `token`."""
    signature = RequestValidator(token).compute_signature(PUBLIC + path, form)
    return client.post(path, data=form, headers={"X-Twilio-Signature": signature})


def text_on_its_way(sessions: Sessions) -> str:
    with sessions.begin() as session:
        campaign, whom = texting(session, 1)
        facts = {"channel": Channel.TEXT, "state": TouchState.ATTEMPTING}
        [touch] = factories.calls(session, campaign, whom, **facts)
        attempt = factories.attempt(session, touch, state=AttemptState.ATTEMPTING)
        return f"/webhooks/text-status/{attempt.id}"


def test_a_signed_callback_is_applied(client: FlaskClient, sessions: Sessions) -> None:
    path = text_on_its_way(sessions)
    assert post(client, path, MessageSid=SID, MessageStatus="delivered").status_code == 204
    assert counts(sessions, TOUCHES) == {"delivered": 1}


def test_a_callback_of_a_test_message_is_taken_though_it_has_no_attempt(
    client: FlaskClient, sessions: Sessions
) -> None:
    test = uuid4()
    with sessions.begin() as session:
        texting(session, 1)
        row = SenderCheck(sender_id=1, kind="test", facts={"attempt": str(test)}, checked_at=NOON)
        session.add(row)
    for attempt, status in ((test, 204), (uuid4(), 404)):
        path = f"/webhooks/text-status/{attempt}"
        said = post(client, path, MessageSid=f"SM{attempt.hex}", MessageStatus="delivered")
        assert said.status_code == status
    with sessions() as session:
        assert known_checks(session, 1)[1]["test"].said == "test_arrived"


def test_a_callback_is_answered_at_a_door_of_its_own(
    client: FlaskClient, sessions: Sessions
) -> None:
    path = text_on_its_way(sessions)
    answer = post(client, path, MessageSid=SID, MessageStatus="sent")
    assert "Content-Security-Policy" not in answer.headers  # as every page has
    assert client.get(path).status_code == 405


def test_a_failure_has_its_effects_before_it_is_answered(
    client: FlaskClient, sessions: Sessions
) -> None:
    path = text_on_its_way(sessions)
    form = {"MessageSid": SID, "MessageStatus": "undelivered", "ErrorCode": "30006"}
    assert post(client, path, **form).status_code == 204
    assert counts(sessions, TOUCHES) == {"undelivered": 1}
    assert column(sessions, "SELECT channel FROM dead_addresses") == ["text"]


def test_callbacks_are_stored_though_their_common_connection_is_gone(
    client: FlaskClient, sessions: Sessions
) -> None:
    path = text_on_its_way(sessions)
    assert post(client, path, MessageSid=SID, MessageStatus="sent").status_code == 204
    end_others(sessions.kw["bind"])
    assert post(client, path, MessageSid=SID, MessageStatus="delivered").status_code == 204
    assert counts(sessions, TOUCHES) == {"delivered": 1}


def test_without_a_database_a_callback_is_not_answered_with_success() -> None:
    nowhere = make_engine("postgresql://nobody@127.0.0.1:9/nothing")
    parts = Parts(SETTINGS, nowhere, make_sessions(nowhere), ManualClock(NOON))
    form = {"MessageSid": SID, "MessageStatus": "sent"}
    answer = post(create_app(parts).test_client(), f"/webhooks/text-status/{uuid4()}", **form)
    assert answer.status_code == 503
    assert "send it again" in answer.text


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("x", b"MessageSid=SM1", 403),
        ("x", b"\xff", 400),
        ("x", b"a" * 70_000, 400),
        (str(uuid4()), b"&&&===", 403),
    ],
    ids=["path", "bytes", "large", "separators"],
)
def test_what_is_no_form_of_a_callback_is_refused(
    client: FlaskClient, path: str, body: bytes, status: int
) -> None:
    kind = "application/x-www-form-urlencoded"
    answer = client.post(f"/webhooks/text-status/{path}", data=body, content_type=kind)
    assert answer.status_code == status


def test_a_signed_callback_for_no_attempt_at_all_is_refused(client: FlaskClient) -> None:
    answer = post(client, "/webhooks/text-status/1", MessageSid=SID, MessageStatus="sent")
    assert answer.status_code == 404


def test_a_callback_as_another_kind_of_form_is_taken_too(
    client: FlaskClient, sessions: Sessions
) -> None:
    path, form = text_on_its_way(sessions), {"MessageSid": SID, "MessageStatus": "delivered"}
    headers = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(PUBLIC + path, form)}
    kind = "multipart/form-data"
    answer = client.post(path, data=form, headers=headers, content_type=kind)
    assert answer.status_code == 204
    assert counts(sessions, TOUCHES) == {"delivered": 1}


def test_the_carrier_may_sign_the_address_with_its_port(
    client: FlaskClient, sessions: Sessions
) -> None:
    path, form = text_on_its_way(sessions), {"MessageSid": SID, "MessageStatus": "sent"}
    signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}:443{path}", form)
    answer = client.post(path, data=form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 204


@pytest.mark.parametrize("signature", ["é", "", "nonsense"])
def test_nonsense_for_a_signature_is_refused(client: FlaskClient, signature: str) -> None:
    headers = {"X-Twilio-Signature": signature}
    answer = client.post(f"/webhooks/text-status/{uuid4()}", headers=headers)
    assert answer.status_code == 403


def test_an_unsigned_callback_changes_nothing(client: FlaskClient, sessions: Sessions) -> None:
    path = text_on_its_way(sessions)
    answer = client.post(path, data={"MessageSid": SID, "MessageStatus": "delivered"})
    assert answer.status_code == 403
    assert "no signature" in answer.text
    assert counts(sessions, TOUCHES) == {"attempting": 1}
    assert column(sessions, "SELECT count(*) FROM callbacks") == [0]


def test_a_forged_callback_changes_nothing(client: FlaskClient, sessions: Sessions) -> None:
    path = text_on_its_way(sessions)
    answer = post(client, path, "another token", MessageSid=SID, MessageStatus="delivered")
    assert answer.status_code == 403
    assert "TWILIO_AUTH_TOKEN" in answer.text
    assert counts(sessions, TOUCHES) == {"attempting": 1}


def test_a_callback_for_an_unknown_message_says_so(client: FlaskClient, sessions: Sessions) -> None:
    path = f"/webhooks/text-status/{uuid4()}"
    answer = post(client, path, MessageSid=SID, MessageStatus="sent")
    assert answer.status_code == 404
    assert "No attempt has this id" in answer.text
    assert column(sessions, "SELECT verdict FROM callbacks") == ["unknown attempt"]


def test_a_callback_that_lacks_its_fields_says_which(
    client: FlaskClient, sessions: Sessions
) -> None:
    answer = post(client, text_on_its_way(sessions), MessageSid=SID)
    assert answer.status_code == 400
    assert "MessageStatus" in answer.text


def test_stop_is_answered_once_as_twiml(client: FlaskClient, sessions: Sessions) -> None:
    form = {"From": "+19195550001", "To": "+19195550142", "Body": "STOP"}
    first = post(client, "/webhooks/inbound", MessageSid="SM1", **form)
    again = post(client, "/webhooks/inbound", MessageSid="SM1", **form)
    assert "<Message>" in first.text
    assert "<Message>" not in again.text
    assert column(sessions, "SELECT address FROM opt_outs") == ["+19195550001"]


def test_no_phone_number_of_a_callback_is_kept_twice(
    client: FlaskClient, sessions: Sessions
) -> None:
    path = text_on_its_way(sessions)
    post(client, path, MessageSid=SID, MessageStatus="sent", To="+19195550001", Body="Hi")
    [payload] = column(sessions, "SELECT payload FROM callbacks")
    assert payload == {"MessageSid": SID, "MessageStatus": "sent"}


def test_unsubscribing_takes_one_click_and_no_sign_in(
    client: FlaskClient, sessions: Sessions
) -> None:
    link = Unsubscribe("key", PUBLIC).url("luz@example.org").removeprefix(PUBLIC)
    shown = client.get(link)
    assert "l…@example.org" in shown.text
    assert column(sessions, "SELECT count(*) FROM opt_outs") == [0]
    for _ in range(2):
        assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert column(sessions, "SELECT address FROM opt_outs WHERE channel = 'email'") == [
        "luz@example.org"
    ]


def test_a_broken_unsubscribe_link_says_what_to_do(client: FlaskClient) -> None:
    answer = client.get("/unsubscribe/nonsense")
    assert answer.status_code == 404
    assert "not complete" in answer.text
