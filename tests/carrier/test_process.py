"""The process: its ports, its end, and what it still knows after it was killed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.carrier.conftest import SENDER, Carrier, Web, command, eventually, new_phone
from tests.carrier.test_mail import deliver, mail
from tests.processes import environment, lastmile

Start = Callable[..., Carrier]


def test_a_killed_carrier_still_knows_its_messages_and_its_blocks(
    start: Start, web: Web, tmp_path: Path
) -> None:
    path = tmp_path / "kept" / "ledger.jsonl"
    options = ("--ledger", str(path), "--voters", "off", "--delivery-seconds", "2")
    first = start(*options, fresh=True)
    phone, gone = new_phone(), new_phone()
    made = first.client().messages.create(
        to=phone, from_=SENDER, body="Sí", status_callback=web.url
    )
    wish = {"from": gone, "to": SENDER, "body": "STOP"}
    first.control("POST", "inbound", json=wish)
    deliver(first, mail("a@b.example", "<a@b.example>"))
    first.stop(kill=True)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"entry": {"sid": "SM0')  # torn by the kill

    second = start(*options[:-1], "0.1")
    message = second.client().messages(made.sid).fetch()
    assert (message.body, message.date_created) == ("Sí", made.date_created)
    eventually(lambda: web.states() == ["sent", "delivered"])  # taken up where it stopped
    with pytest.raises(TwilioRestException) as refused:
        second.client().messages.create(to=gone, from_=SENDER, body="Hi")
    assert refused.value.code == 21610
    deliver(second, mail("a@b.example", "<a@b.example>"))
    assert [entry["duplicate"] for entry in second.ledger(kind="mail")] == [False, True]
    before = second.ledger()
    assert second.stop() == 0
    assert start(*options).ledger() == before
    assert path.read_bytes().startswith(whole)


def test_a_ledger_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text("not a ledger\n")
    ended = lastmile(*command("--ledger", str(path)), environment=environment(), seconds=10)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"Error: {path}, line 1: not a line of a ledger\n"


@pytest.mark.parametrize("option", ["--port", "--smtp-port"])
def test_a_port_in_use_is_one_clear_line(carrier: Carrier, option: str) -> None:
    taken = carrier.base.rpartition(":")[2]
    ports = {"--port": "0", "--smtp-port": "0"} | {option: taken}
    words = [word for pair in ports.items() for word in pair]
    ended = lastmile(*command(*words), environment=environment(), seconds=10)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.splitlines()) == 1
    assert f"127.0.0.1:{taken}" in ended.stderr
    assert f"choose another with {option}" in ended.stderr


def test_it_ends_at_once_while_much_is_under_way(start: Start) -> None:
    carrier = start("--delivery-seconds", "60")
    client = carrier.client()
    for _ in range(20):
        client.messages.create(to=new_phone(), from_=SENDER, body="Hi")
    assert carrier.stop() == 0


def test_a_sink_accepts_everything_and_keeps_only_a_count(start: Start, web: Web) -> None:
    carrier = start("--sink")
    client = carrier.client()
    sids = {
        client.messages.create(
            to="+15005550004", from_=SENDER, body="Hi", status_callback=web.url
        ).sid
        for _ in range(5)
    }
    assert len(sids) == 5
    assert carrier.control("GET", "summary")["text"]["total"] == 5
    assert web.posts == []


@pytest.mark.parametrize(
    ("share", "words"),
    [("stop", "write NAME=N, such as stop=0.1"), ("stop=2", "between 0 and 1"), ("x=0", "reply_")],
)
def test_a_share_that_is_none_is_one_clear_line(share: str, words: str) -> None:
    ended = lastmile(*command("--share", share), environment=environment(), seconds=10)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.splitlines()) == 1
    assert words in ended.stderr
