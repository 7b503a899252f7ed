"""What voters write: signed to the campaign, answered in TwiML, and blocked after a STOP."""

from collections.abc import Callable
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from app.carrier.voter import WORDS, Shares, voter
from tests.carrier.conftest import ACCOUNT_SID, SENDER, Carrier, Web, eventually, new_phone

Start = Callable[..., Carrier]


def write(carrier: Carrier, phone: str, body: str) -> Any:
    return carrier.control("POST", "inbound", json={"from": phone, "to": SENDER, "body": body})


def replies(carrier: Carrier, phone: str) -> list[tuple[str, str]]:
    entries = carrier.ledger(to=phone, direction="outbound-reply")
    return [(entry["body"], entry["status"]) for entry in entries]


def test_a_voters_text_is_signed_answered_and_blocked_after_stop(
    start: Start, web: Web, phone: str
) -> None:
    options = ("--inbound-url", web.url + "/in?a=1", "--voters", "off", "--delivery-seconds", "0.1")
    carrier = start(*options)
    web.twiml = (
        "<Response><Message>One &amp; only</Message><Message><Body>Two</Body></Message></Response>"
    )
    heard = write(carrier, phone, "Where do I vote? ¿Dónde?")
    post = web.posts[0]
    assert post.is_signed
    assert post.form["MessageSid"] == post.form["SmsMessageSid"] == heard["sid"]
    assert (post.form["From"], post.form["To"]) == (phone, SENDER)
    assert (post.form["AccountSid"], post.form["ApiVersion"]) == (ACCOUNT_SID, "2010-04-01")
    assert (post.form["Body"], post.form["NumMedia"]) == ("Where do I vote? ¿Dónde?", "0")
    assert post.form["NumSegments"] == "1"
    answers = [("One & only", "delivered"), ("Two", "delivered")]
    eventually(lambda: replies(carrier, phone) == answers)

    web.twiml = "<Response><Message>You are off our list.</Message></Response>"
    write(carrier, phone, " stop\n")
    confirmation = ("You are off our list.", "delivered")
    eventually(lambda: replies(carrier, phone)[2:] == [confirmation])
    client = carrier.client()
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=phone, from_=SENDER, body="Vote!")
    assert (refused.value.status, refused.value.code) == (400, 21610)
    client.messages.create(to=phone, from_="+19195550101", body="Another sender may")

    web.twiml = "<Response><Message>Sorry!</Message></Response>"
    write(carrier, phone, "why?")
    assert replies(carrier, phone)[3:] == [("Sorry!", "failed")]
    assert carrier.ledger(to=phone, direction="outbound-reply")[3]["error_code"] == 21610

    write(carrier, phone, "START")
    client.messages.create(to=phone, from_=SENDER, body="Welcome back")


@pytest.mark.parametrize("twiml", ["", "<Response/>", "thanks", "<Response><Message>"])
def test_an_answer_without_messages_sends_none(start: Start, web: Web, twiml: str) -> None:
    carrier = start("--inbound-url", web.url)
    web.twiml = twiml
    phone = new_phone()
    write(carrier, phone, "hello")
    assert replies(carrier, phone) == []


def test_free_text_blocks_nothing_at_the_carrier(carrier: Carrier, phone: str) -> None:
    write(carrier, phone, "please stop texting me")
    carrier.client().messages.create(to=phone, from_=SENDER, body="Hi")


def test_simulated_voters_answer_once_and_the_same_in_every_run(start: Start, web: Web) -> None:
    shares = ("stop=0.3", "help=0.2", "voted=0.2", "other=0.3", "reply_seconds=0.05")
    options = [word for share in shares for word in ("--share", share)]
    carrier = start(
        *("--inbound-url", web.url, "--seed", "5", "--delivery-seconds", "0.05", *options),
        *("--share", "undelivered=0", "--share", "landline=0"),
    )
    client = carrier.client()
    phones = [new_phone() for _ in range(20)]
    for phone in phones:
        client.messages.create(to=phone, from_=SENDER, body="Will you vote?")
    heard = eventually(lambda: len(web.posts) == 20 and {p.form["From"]: p for p in web.posts})
    same = Shares(stop=0.3, help=0.2, voted=0.2, other=0.3, undelivered=0, landline=0)
    for phone in phones:
        assert heard[phone].form["Body"] == voter(5, phone, same).reply
        assert heard[phone].form["To"] == SENDER
        assert heard[phone].is_signed
    unblocked = next(p for p in phones if voter(5, p, same).reply in WORDS["other"])
    client.messages.create(to=unblocked, from_=SENDER, body="Once more")
    eventually(lambda: carrier.ledger(to=unblocked)[-1]["status"] == "delivered")
    assert len(web.posts) == 20


def test_the_default_shares_are_what_they_say() -> None:
    phones = [f"+1919{number}" for number in range(2_000_000, 2_020_000)]
    voters = [voter(1, phone, Shares()) for phone in phones]
    for kind, share in [("stop", 0.03), ("help", 0.01), ("voted", 0.02), ("other", 0.04)]:
        count = sum(v.reply in WORDS[kind] for v in voters)
        assert count / len(voters) == pytest.approx(share, abs=0.005), kind
    assert sum(v.call == "completed" for v in voters) / len(voters) == pytest.approx(0.21, abs=0.01)
    assert voters == [voter(1, phone, Shares()) for phone in phones]
    assert voters != [voter(2, phone, Shares()) for phone in phones]


def test_without_voters_nobody_writes(client: Client, phone: str) -> None:
    client.messages.create(to=phone, from_=SENDER, body="Hi")
    assert voter(1, phone, Shares(on=False)).reply is None
