"""Mail over a kept connection, with a relay that hangs up at every step."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Thread
from uuid import UUID, uuid4

import pytest

from app.channels import smtp_mail
from app.channels.port import Accepted, MailOut, NoAnswer, NotProcessed, Outcome, Refused
from app.channels.smtp_mail import SmtpMails

GREETING, GOOD_BYE = "220 relay", "221 bye"


@dataclass
class Relay:
    """A relay of a few lines: `says` has its answer to a command, or None to hang up."""

    says: dict[str, list[str | None]] = field(default_factory=dict)
    connections: int = 0
    mails: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """Takes no more connections, not even by an accept that waits."""
        with suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()

    def _run(self) -> None:
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            self.connections += 1
            Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line, line.makefile("rwb") as file:
            self._say(file, GREETING)
            while raw := file.readline():
                command = raw.decode().split()[0].upper().partition(":")[0]
                self.heard.append(command)
                said = self._answer(command)
                if said is None:
                    return
                self._say(file, said)
                if said.startswith("354"):
                    self.mails.append(_content(file))
                    said = self._answer("CONTENT")
                    if said is None:
                        return
                    self._say(file, said)
                if command == "QUIT":
                    return

    def _answer(self, command: str) -> str | None:
        if self.says.get(command):
            return self.says[command].pop(0)
        usual = {"DATA": "354 go on", "QUIT": GOOD_BYE, "EHLO": "250 relay"}
        return usual.get(command, "250 fine")

    def _say(self, file: object, words: str) -> None:
        file.write(f"{words}\r\n".encode())  # type: ignore[attr-defined]
        file.flush()  # type: ignore[attr-defined]


def _content(file: object) -> str:
    lines = []
    for raw in file:  # type: ignore[attr-defined]
        if raw == b".\r\n":
            break
        lines.append(raw.decode())
    return "".join(lines)


@pytest.fixture
def relay() -> Iterator[Relay]:
    """A relay that takes everything."""
    made = Relay()
    yield made
    made.close()


@pytest.fixture
def mails(relay: Relay) -> Iterator[SmtpMails]:
    """The port to it."""
    port = SmtpMails("127.0.0.1", relay.port, user="", password="", tls=False, timeout=5)
    yield port
    port.close()


def mail(number: int = 1, **facts: object) -> MailOut:
    made = MailOut(
        attempt_id=uuid4(),
        message_id=f"<touch-{number}@rivera.example>",
        to=f"voter{number}@example.org",
        sender="Ana Rivera <ana@rivera.example>",
        subject="Vote",
        body=".A line that begins with a dot",
        unsubscribe_url="https://vote.example.org/unsubscribe/x",
    )
    return replace(made, **facts)  # type: ignore[arg-type]


def kinds(said: list[Outcome]) -> list[type[object]]:
    return [type(one) for one in said]


def test_one_connection_serves_batch_after_batch(relay: Relay, mails: SmtpMails) -> None:
    said = mails.send([mail(1), mail(2)]) + mails.send([mail(3)])
    assert kinds(said) == [Accepted] * 3
    assert relay.connections == 1
    assert "..A line that begins with a dot" in relay.mails[0]
    assert "Message-ID: <touch-3@rivera.example>" in relay.mails[2]


def test_a_connection_that_was_idle_is_asked_and_made_anew_when_it_is_gone(
    relay: Relay, mails: SmtpMails, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails.send([mail(1)])
    monkeypatch.setattr(smtp_mail, "ASKED_AFTER", 0.0)
    mails.send([mail(2)])
    assert (relay.connections, relay.heard.count("NOOP")) == (1, 1)
    relay.says["NOOP"] = [None]
    assert kinds(mails.send([mail(3)])) == [Accepted]
    assert relay.connections == 2


def test_an_idle_connection_is_closed_once_nothing_was_due_for_a_minute(
    relay: Relay, mails: SmtpMails, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails.send([mail(1)])
    mails.send([])
    assert "QUIT" not in relay.heard
    monkeypatch.setattr(smtp_mail, "CLOSED_AFTER", 0.0)
    mails.send([])
    assert relay.heard[-1] == "QUIT"
    assert kinds(mails.send([mail(2)])) == [Accepted]
    assert relay.connections == 2


LOST = [
    ("EHLO", NotProcessed),
    ("MAIL", NotProcessed),
    ("RCPT", NotProcessed),
    ("DATA", NoAnswer),
    ("CONTENT", NoAnswer),
]


@pytest.mark.parametrize(("step", "outcome"), LOST, ids=[step for step, _ in LOST])
def test_what_is_lost_before_the_mail_is_asked_for_surely_did_not_go_out(
    relay: Relay, mails: SmtpMails, step: str, outcome: type[object]
) -> None:
    # EHLO may be tried again as HELO.
    relay.says = {step: [None], "HELO": [None]}
    said = mails.send([mail(1), mail(2), mail(3)])
    assert kinds(said) == [outcome, NotProcessed, NotProcessed], "the others wait"
    assert kinds(mails.send([mail(2)])) == [Accepted], "a new connection is made"


REPLIES = [
    ("MAIL", "421 closing", NotProcessed, 421),
    ("RCPT", "450 busy", NotProcessed, 450),
    ("RCPT", "550 no such mailbox", Refused, 550),
    ("DATA", "451 later", NotProcessed, 451),
    ("CONTENT", "452 full", NotProcessed, 452),
    ("CONTENT", "554 no", Refused, 554),
]


@pytest.mark.parametrize(
    ("step", "words", "outcome", "code"), REPLIES, ids=[words for _, words, _, _ in REPLIES]
)
def test_four_is_put_off_and_five_is_refused(
    relay: Relay,
    mails: SmtpMails,
    step: str,
    words: str,
    outcome: type[NotProcessed] | type[Refused],
    code: int,
) -> None:
    relay.says = {step: [words]}
    first, second = mails.send([mail(1), mail(2)])
    assert isinstance(first, outcome)
    assert first.code == code
    hung_up = code == 421
    assert isinstance(second, NotProcessed if hung_up else Accepted)
    assert relay.connections == 1


def test_a_wrong_password_is_not_tried_for_each_mail(relay: Relay) -> None:
    relay.says = {"EHLO": ["250-relay\r\n250 AUTH PLAIN"] * 9, "AUTH": ["535 who are you"] * 9}
    port = SmtpMails("127.0.0.1", relay.port, user="ana", password="x", tls=False, timeout=5)
    first, *others = port.send([mail(1), mail(2), mail(3)])
    assert isinstance(first, Refused)
    assert first.code == 535
    assert kinds(others) == [NotProcessed] * 2
    assert relay.connections == 1


def test_without_a_relay_mails_wait(relay: Relay) -> None:
    relay.close()
    port = SmtpMails("127.0.0.1", relay.port, user="", password="", tls=False, timeout=5)
    assert kinds(port.send([mail(1), mail(2)])) == [NotProcessed] * 2


def test_what_is_not_wanted_or_too_late_does_not_leave(relay: Relay, mails: SmtpMails) -> None:
    batch = [mail(1), mail(2), mail(3, leave_within=0.0), mail(4)]
    asked: list[UUID] = []

    def wanted(attempt_id: UUID) -> bool:
        asked.append(attempt_id)
        return attempt_id != batch[1].attempt_id

    said = mails.send(batch, wanted)
    assert kinds(said) == [Accepted, NotProcessed, NotProcessed, Accepted]
    assert asked == [one.attempt_id for one in batch], "each right before it goes"
    assert len(relay.mails) == 2


def test_an_address_that_smtp_cannot_say_is_refused(relay: Relay, mails: SmtpMails) -> None:
    said = mails.send([mail(1, to="jürgen@example.org"), mail(2)])
    assert kinds(said) == [Refused, Accepted]


def test_a_mail_with_a_page_has_both_and_the_page_last(relay: Relay, mails: SmtpMails) -> None:
    facts = {"body": "Good day", "html": "<p>Buen día</p>", "unsubscribe_word": "Salir"}
    assert kinds(mails.send([mail(**facts)])) == [Accepted]
    got = message_from_bytes(relay.mails[0].encode(), policy=policy.default)
    assert isinstance(got, EmailMessage)
    assert got.get_content_type() == "multipart/alternative"
    text, page = got.iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert "Salir: https://vote.example.org/unsubscribe/x" in text.get_content()
    assert "<p>Buen día</p>" in page.get_content()
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
