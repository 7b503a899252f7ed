"""Calls: fields, progress and refusals."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.carrier.conftest import ACCOUNT_SID, SENDER, Carrier, Web, eventually

ALL = ["initiated", "ringing", "answered", "completed"]
TWIML = "<Response/>"
FIELDS = {
    *("account_sid", "annotation", "answered_by", "api_version", "caller_name", "date_created"),
    *("date_updated", "direction", "duration", "end_time", "forwarded_from", "from"),
    *("from_formatted", "group_sid", "parent_call_sid", "phone_number_sid", "price", "price_unit"),
    *("queue_time", "sid", "start_time", "status", "stir_verstat", "subresource_uris", "to"),
    *("to_formatted", "trunk_sid", "uri"),
}


@pytest.mark.parametrize(
    ("shares", "states"),
    [
        ({"answered": 1.0}, ["initiated", "ringing", "in-progress", "completed"]),
        ({"answered": 0.0, "busy": 1.0}, ["initiated", "ringing", "busy"]),
        ({"answered": 0.0, "busy": 0.0}, ["initiated", "ringing", "no-answer"]),
    ],
)
def test_a_call_is_told_from_ringing_to_its_end(
    carrier: Carrier,
    client: Client,
    phone: str,
    web: Web,
    shares: dict[str, float],
    states: list[str],
) -> None:
    carrier.settings(voters={"on": True} | shares)
    made = client.calls.create(
        to=phone,
        from_=SENDER,
        twiml=TWIML,
        status_callback=web.url,
        status_callback_event=ALL,
    )
    assert made.status == "queued"
    assert made.to_formatted == f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    eventually(lambda: web.states("CallStatus") == states)
    assert all(post.is_signed for post in web.posts)
    assert {post.form["CallSid"] for post in web.posts} == {made.sid}
    call = client.calls(made.sid).fetch()
    assert call.status == states[-1]
    assert call.start_time <= call.end_time
    answered = states[-1] == "completed"
    assert (call.duration, call.price) == (("1", "-0.01400") if answered else (None, None))


def test_only_the_end_is_told_unless_more_is_asked_for(
    client: Client, phone: str, web: Web
) -> None:
    client.calls.create(to=phone, from_=SENDER, twiml=TWIML, status_callback=web.url)
    eventually(lambda: web.states("CallStatus") == ["no-answer"])


def test_a_created_call_has_every_field(carrier: Carrier, phone: str) -> None:
    url = f"{carrier.base}/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json"
    fields = {"To": phone, "From": SENDER, "Twiml": TWIML}
    call = carrier.session.post(url, data=fields, timeout=5).json()
    assert call.keys() == FIELDS
    assert call["sid"].startswith("CA")
    assert len(call["sid"]) == 34
    assert call["uri"] == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls/{call['sid']}.json"
    listed = carrier.session.get(url, params={"To": phone}, timeout=5).json()["calls"]
    assert [item["sid"] for item in listed] == [call["sid"]]
    assert [entry["sid"] for entry in carrier.ledger(kind="call", to=phone)] == [call["sid"]]


@pytest.mark.parametrize(
    ("to", "extra", "code"), [("", {"twiml": TWIML}, 21201), ("12", {"twiml": TWIML}, 21211)]
)
def test_an_impossible_call_is_refused(
    client: Client, to: str, extra: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(to=to, from_=SENDER, **extra)
    assert (refused.value.status, refused.value.code) == (400, code)
