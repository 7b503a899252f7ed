"""Status callbacks: their order, fields, signatures, and what happens when nobody answers."""

import pytest
from twilio.rest import Client

from tests.carrier.conftest import ACCOUNT_SID, SENDER, Carrier, Web, eventually

PATH = "/status?attempt=7&x=a%20b%2Fc%7e"  # a client that tidies URLs would break the signature


def send(client: Client, phone: str, web: Web, path: str = PATH) -> str:
    callback = web.url + path
    made = client.messages.create(to=phone, from_=SENDER, body="Hi", status_callback=callback)
    return str(made.sid)


def test_a_delivered_text_is_told_as_sent_then_delivered_with_valid_signatures(
    client: Client, phone: str, web: Web
) -> None:
    sid = send(client, phone, web)
    eventually(lambda: len(web.posts) == 2)
    assert web.states() == ["sent", "delivered"]
    for post in web.posts:
        assert post.is_signed
        assert post.url == web.url + PATH
        assert post.form["MessageSid"] == post.form["SmsSid"] == sid
        assert post.form["SmsStatus"] == post.form["MessageStatus"]
        assert (post.form["To"], post.form["From"]) == (phone, SENDER)
        assert post.form["AccountSid"] == ACCOUNT_SID
        assert post.form["ApiVersion"] == "2010-04-01"
        assert "ErrorCode" not in post.form
    assert len(web.posts[1].form["RawDlrDoneDate"]) == 10
    web.posts[0].form["MessageStatus"] = "delivered"
    assert not web.posts[0].is_signed


@pytest.mark.parametrize(
    ("fault", "states", "code"),
    [
        ("undelivered_30003", ["sent", "undelivered"], 30003),
        ("undelivered_30005", ["sent", "undelivered"], 30005),
        ("undelivered_30006", ["sent", "undelivered"], 30006),
        ("undelivered_30007", ["sent", "undelivered"], 30007),
        ("undelivered_30008", ["sent", "undelivered"], 30008),
        ("failed_30001", ["failed"], 30001),
    ],
)
def test_a_text_that_does_not_arrive_says_why(
    carrier: Carrier,
    client: Client,
    phone: str,
    web: Web,
    fault: str,
    states: list[str],
    code: int,
) -> None:
    carrier.faults(**{fault: {"count": 1}})
    sid = send(client, phone, web)
    eventually(lambda: web.states() == states)
    assert web.posts[-1].form["ErrorCode"] == str(code)
    message = client.messages(sid).fetch()
    assert (message.status, message.error_code) == (states[-1], code)
    assert message.error_message
    assert (message.price is None) == (states == ["failed"])


def test_a_web_that_fails_is_asked_again_and_then_given_up(
    carrier: Carrier, client: Client, phone: str, web: Web
) -> None:
    web.statuses = [500, 503, 200]
    send(client, phone, web)
    eventually(lambda: len(web.posts) == 4)
    assert web.states() == ["sent", "sent", "sent", "delivered"]

    web.posts.clear()
    web.statuses = [500] * 4
    before = carrier.control("GET", "summary")["callbacks"].get("given_up", 0)
    send(client, phone, web)
    eventually(lambda: len(web.posts) == 5)
    assert web.states() == ["sent"] * 4 + ["delivered"]
    assert carrier.control("GET", "summary")["callbacks"]["given_up"] == before + 1


def test_a_web_that_refuses_is_not_asked_again(client: Client, phone: str, web: Web) -> None:
    web.statuses = [403]
    send(client, phone, web)
    eventually(lambda: len(web.posts) == 2)
    assert web.states() == ["sent", "delivered"]


def test_a_web_that_cannot_be_reached_stops_nothing(client: Client, phone: str) -> None:
    made = client.messages.create(
        to=phone, from_=SENDER, body="Hi", status_callback="http://127.0.0.1:9/closed"
    )
    eventually(lambda: client.messages(made.sid).fetch().status == "delivered")


def test_hundreds_of_callbacks_all_arrive(
    carrier: Carrier, client: Client, phone: str, web: Web
) -> None:
    for _ in range(100):
        send(client, phone, web)
    eventually(lambda: len(web.posts) == 200)
    assert sorted(web.states()) == ["delivered"] * 100 + ["sent"] * 100
