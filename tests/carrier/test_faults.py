"""Every fault, and what of it shows in the answer, the ledger and the callbacks."""

import time

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.carrier.conftest import SENDER, Carrier, Web, eventually


def send(client: Client, phone: str, web: Web | None = None) -> str:
    extra = {"status_callback": web.url} if web else {}
    return str(client.messages.create(to=phone, from_=SENDER, body="Hi", **extra).sid)


def code_of(client: Client, phone: str) -> int | None:
    """The code with which a text is refused, if it is."""
    try:
        send(client, phone)
    except TwilioRestException as error:
        return int(error.code)
    return None


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("http_429", 429, 20429),
        ("http_500", 500, 20500),
        ("error_21610", 400, 21610),
        ("error_21614", 400, 21614),
    ],
)
def test_a_refusing_fault_leaves_no_trace_and_ends_after_its_count(
    carrier: Carrier, client: Client, phone: str, fault: str, status: int, code: int
) -> None:
    carrier.faults(**{fault: {"count": 1}})
    with pytest.raises(TwilioRestException) as refused:
        send(client, phone)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert carrier.ledger(to=phone) == []
    assert carrier.control("GET", "faults")[fault]["fired"] == 1
    if code == 21610:  # the carrier now holds a block, as Twilio would
        with pytest.raises(TwilioRestException):
            send(client, phone)
    else:
        send(client, phone)


def test_too_many_requests_say_when_to_come_back(carrier: Carrier, phone: str) -> None:
    carrier.faults(http_429={"count": 1})
    url = f"{carrier.base}/2010-04-01/Accounts/{carrier.client().account_sid}/Messages.json"
    answer = carrier.session.post(url, data={"To": phone}, timeout=30)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")


@pytest.mark.parametrize(("fault", "kept"), [("hang_before", 0), ("timeout_after_accept", 1)])
@pytest.mark.parametrize("seconds", [0, 30])
def test_a_lost_answer_is_kept_or_not_as_the_fault_says(
    carrier: Carrier, phone: str, web: Web, fault: str, kept: int, seconds: int
) -> None:
    carrier.faults(**{fault: {"count": 1, "seconds": seconds}})
    with pytest.raises(requests.exceptions.RequestException):
        send(carrier.client(timeout=0.3), phone, web)
    assert len(carrier.ledger(to=phone)) == kept
    if kept:
        eventually(lambda: web.states() == ["sent", "delivered"])
        assert len(carrier.client().messages.list(to=phone)) == 1


def test_what_is_taken_in_late_shows_though_nobody_waited(
    carrier: Carrier, phone: str, web: Web
) -> None:
    carrier.faults(accept_late={"count": 1, "seconds": 0.6})
    with pytest.raises(requests.exceptions.RequestException):
        send(carrier.client(timeout=0.2), phone, web)
    assert carrier.client().messages.list(to=phone) == []
    eventually(lambda: web.states() == ["sent", "delivered"])
    assert len(carrier.client().messages.list(to=phone)) == 1


@pytest.mark.parametrize(
    ("fault", "spec", "states"),
    [
        ("drop_callbacks", {"probability": 1}, []),
        ("drop_callbacks", {"count": 1}, ["delivered"]),
        ("double_callbacks", {"probability": 1}, ["sent", "sent", "delivered", "delivered"]),
        ("reorder_callbacks", {"probability": 1}, ["delivered", "sent"]),
        ("late_callbacks", {"count": 1, "seconds": 0.3}, ["sent", "delivered"]),
    ],
)
def test_callbacks_go_wrong_as_asked(
    carrier: Carrier,
    client: Client,
    phone: str,
    web: Web,
    fault: str,
    spec: dict[str, float],
    states: list[str],
) -> None:
    carrier.faults(**{fault: spec})
    began = time.monotonic()
    sid = send(client, phone, web)
    eventually(lambda: client.messages(sid).fetch().status == "delivered")
    eventually(lambda: len(web.posts) >= len(states))
    if fault == "late_callbacks":
        assert time.monotonic() - began >= 0.3
    time.sleep(0.1)
    assert web.states() == states


def test_a_fault_can_strike_one_sender_alone(carrier: Carrier, client: Client, phone: str) -> None:
    carrier.faults(failed_30001={"probability": 1, "sender": SENDER})
    sid = send(client, phone)
    other = str(client.messages.create(to=phone, from_="+19195550101", body="Hi").sid)
    eventually(lambda: client.messages(other).fetch().status == "delivered")
    eventually(lambda: client.messages(sid).fetch().status == "failed")


def test_an_early_callback_comes_before_the_answer(
    carrier: Carrier, client: Client, phone: str, web: Web
) -> None:
    carrier.faults(early_callbacks={"count": 1})
    carrier.settings(delivery_seconds=30)
    sid = send(client, phone, web)
    assert [post.form["MessageSid"] for post in web.posts] == [sid]
    assert web.states() == ["sent"]


def test_latency_delays_and_the_rate_refuses(carrier: Carrier, client: Client, phone: str) -> None:
    carrier.settings(latency_ms=150)
    began = time.monotonic()
    send(client, phone)
    assert time.monotonic() - began >= 0.15
    carrier.settings(latency_ms=0, rate_per_second=5)
    codes = [code_of(client, phone) for _ in range(12)]
    assert set(codes) == {None, 20429}
    assert 4 <= codes.count(20429) <= 8


def test_a_slow_carrier_takes_in_a_text_whose_sender_has_given_up(
    carrier: Carrier, phone: str
) -> None:
    carrier.settings(latency_ms=600)
    with pytest.raises(requests.exceptions.RequestException):
        send(carrier.client(timeout=0.2), phone)
    assert carrier.ledger(to=phone) == []
    eventually(lambda: len(carrier.ledger(to=phone)) == 1)


def test_a_text_that_is_taken_in_when_it_is_not_valid_any_more_is_not_sent(
    carrier: Carrier, phone: str, web: Web
) -> None:
    carrier.faults(accept_late={"count": 2, "seconds": 1.2})
    client = carrier.client(timeout=10)
    for seconds in (1, 60):
        client.messages.create(
            to=phone, from_=SENDER, body="Hi", validity_period=seconds, status_callback=web.url
        )
    ended = {"failed", "delivered"}
    eventually(lambda: {one["status"] for one in carrier.ledger(to=phone)} == ended)
    [failed] = [one for one in carrier.ledger(to=phone) if one["status"] == "failed"]
    assert (failed["error_code"], failed["validity_period"]) == (30036, 1)
    assert [step["status"] for step in failed["history"]] == ["queued", "failed"]
    eventually(lambda: web.states().count("failed") == 1)


@pytest.mark.parametrize(
    ("path", "wish", "words"),
    [
        ("faults", {"http_418": {"count": 1}}, "no fault is called 'http_418'"),
        ("faults", {"http_429": {}}, "either a probability or a count"),
        ("faults", {"http_429": {"probability": 2}}, "between 0 and 1"),
        ("faults", {"http_429": {"count": -1}}, "zero or more"),
        ("faults", {"http_429": {"count": 1, "sender": SENDER}}, "strikes every sender"),
        ("settings", {"speed": 1}, "no setting is called 'speed'"),
        ("settings", {"latency_ms": "fast"}, "latency_ms is a number"),
        ("settings", {"voters": {"stop": 3}}, "share between 0 and 1"),
        ("settings", [], "JSON object"),
        ("faults", {"http_429": 1}, "give an object of probability or count"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_with_the_reason(
    carrier: Carrier, path: str, wish: object, words: str
) -> None:
    before = carrier.control("GET", path)
    answer = carrier.session.post(f"{carrier.base}/_carrier/{path}", json=wish, timeout=30)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert carrier.control("GET", path) == before


def test_faults_are_read_and_cleared(carrier: Carrier, client: Client, phone: str) -> None:
    carrier.faults(http_500={"probability": 1}, http_429={"count": 2})
    assert carrier.control("GET", "faults") == {
        "http_500": {"probability": 1, "count": None, "seconds": 0.0, "sender": "", "fired": 0},
        "http_429": {"probability": None, "count": 2, "seconds": 0.0, "sender": "", "fired": 0},
    }
    assert carrier.control("DELETE", "faults") == {}
    send(client, phone)


@pytest.mark.parametrize(
    ("wish", "words"), [({"from": "+19195550142"}, "give body, to as well"), (7, "JSON object")]
)
def test_a_voters_text_that_lacks_something_is_refused(
    carrier: Carrier, wish: object, words: str
) -> None:
    answer = carrier.session.post(f"{carrier.base}/_carrier/inbound", json=wish, timeout=30)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
