"""Calls: fields, progress and refusals."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.carrier.conftest import ACCOUNT_SID, SENDER, Carrier, Web, eventually, new_phone

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
        ({"answered": 0.0, "busy": 0.0, "machine": 0.0}, ["initiated", "ringing", "no-answer"]),
        (
            {"answered": 0.0, "busy": 0.0, "machine": 1.0},
            ["initiated", "ringing", "in-progress", "completed"],
        ),
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
    call = carrier.session.post(url, data=fields, timeout=30).json()
    assert call.keys() == FIELDS
    assert call["sid"].startswith("CA")
    assert len(call["sid"]) == 34
    assert call["uri"] == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls/{call['sid']}.json"
    listed = carrier.session.get(url, params={"To": phone}, timeout=30).json()["calls"]
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


DIAL = """<Response>
  <Dial callerId="{caller}"><Number statusCallback="{hook}/voter" machineDetection="Enable"
    statusCallbackEvent="initiated ringing answered completed"
    amdStatusCallback="{hook}/voter">{voter}</Number></Dial>
  <Say>The call has ended.</Say>
</Response>"""


@pytest.mark.parametrize(
    ("shares", "states", "answered_by"),
    [
        ({"answered": 1.0}, ["initiated", "ringing", "in-progress", "completed"], "human"),
        (
            {"answered": 0.0, "busy": 0.0, "machine": 1.0},
            ["initiated", "ringing", "in-progress", "completed"],
            "machine_start",
        ),
        ({"answered": 0.0, "busy": 1.0}, ["initiated", "ringing", "busy"], None),
    ],
)
def test_a_picked_up_call_is_asked_what_to_do_and_dials(
    carrier: Carrier,
    client: Client,
    phone: str,
    web: Web,
    shares: dict[str, float],
    states: list[str],
    answered_by: str | None,
) -> None:
    carrier.settings(voters={"on": True} | shares)
    voter, caller_id = new_phone(), "+19195550199"
    web.twiml = DIAL.format(caller=caller_id, hook=web.url, voter=voter)
    made = client.calls.create(
        to=phone, from_=SENDER, url=web.url, machine_detection="Enable", status_callback=web.url
    )
    eventually(lambda: client.calls(made.sid).fetch().status == "completed")
    asked = next(post for post in web.posts if "CallbackSource" not in post.form)
    assert asked.is_signed
    assert (asked.form["CallSid"], asked.form["AnsweredBy"]) == (made.sid, "human")
    [leg] = client.calls.list(parent_call_sid=made.sid)
    assert (leg.direction, leg.to, leg._from) == ("outbound-dial", voter, caller_id)
    assert (leg.status, leg.answered_by) == (states[-1], answered_by)
    of_voter = [post for post in web.posts if post.url.endswith("/voter")]
    assert all(post.is_signed for post in of_voter)
    told = [post.form for post in of_voter if "CallStatus" in post.form]
    assert [form["CallStatus"] for form in told] == states
    assert {form["ParentCallSid"] for form in told} == {made.sid}
    detected = [post.form["AnsweredBy"] for post in of_voter if "CallStatus" not in post.form]
    assert detected == ([answered_by] if answered_by else [])
    [entry] = carrier.ledger(to=phone)
    assert entry["said"] == ["The call has ended."]


def test_who_does_not_pick_up_is_not_asked_what_to_do(
    carrier: Carrier, client: Client, phone: str, web: Web
) -> None:
    carrier.settings(voters={"on": True, "picks_up": 0.0})
    client.calls.create(to=phone, from_=SENDER, url=web.url, status_callback=web.url)
    eventually(lambda: web.states("CallStatus") == ["no-answer"])


@pytest.mark.parametrize(("to", "code"), [("+15005550001", 21217), ("+15005550004", 21216)])
def test_the_carriers_test_numbers_are_refused(client: Client, to: str, code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(to=to, from_=SENDER, twiml=TWIML)
    assert refused.value.code == code
