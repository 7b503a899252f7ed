"""The SMTP side."""

import smtplib
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from tests.carrier.conftest import Carrier


def mail(to: str, message_id: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ana <ana@campaign.example>"
    message["To"] = to
    message["Subject"] = "¿Dónde voto? Your polling place"
    message["Message-ID"] = message_id
    message["List-Unsubscribe"] = "<https://campaign.example/u/abc>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("Polls close at 7:30 pm.\nSí.")
    return message


def deliver(carrier: Carrier, message: EmailMessage, login: tuple[str, str] | None = None) -> None:
    with smtplib.SMTP("127.0.0.1", carrier.smtp_port, timeout=30) as relay:
        if login:
            relay.login(*login)
        relay.send_message(message)


def test_a_mail_is_recorded_with_its_headers_and_a_second_one_is_a_duplicate(
    carrier: Carrier,
) -> None:
    to = "vera@voter.example"
    deliver(carrier, mail(to, "<attempt-1@campaign.example>"))
    deliver(carrier, mail(to, "<attempt-1@campaign.example>"))
    deliver(carrier, mail(to, "<attempt-2@campaign.example>"))
    entries = carrier.ledger(kind="mail", to=to)
    assert [entry["duplicate"] for entry in entries] == [False, True, False]
    entry = entries[0]
    assert entry["message_id"] == "<attempt-1@campaign.example>"
    assert entry["from"] == "ana@campaign.example"
    assert entry["subject"] == "¿Dónde voto? Your polling place"
    assert entry["body"].splitlines() == ["Polls close at 7:30 pm.", "Sí."]
    assert entry["headers"]["List-Unsubscribe"] == "<https://campaign.example/u/abc>"
    assert entry["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert entry["headers"]["To"] == to


@pytest.mark.parametrize(
    ("fault", "code"), [("smtp_421", 421), ("smtp_450", 450), ("smtp_550", 550)]
)
def test_a_refused_mail_leaves_no_trace(carrier: Carrier, fault: str, code: int) -> None:
    to = f"{fault}@voter.example"
    carrier.faults(**{fault: {"count": 1}})
    with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused)) as refused:
        deliver(carrier, mail(to, "<a@campaign.example>"))
    assert str(code) in str(refused.value)
    assert carrier.ledger(kind="mail", to=to) == []
    deliver(carrier, mail(to, "<a@campaign.example>"))
    assert [entry["duplicate"] for entry in carrier.ledger(to=to)] == [False]


def test_a_mail_may_be_taken_though_the_answer_is_lost(carrier: Carrier) -> None:
    to = "lost@voter.example"
    carrier.faults(smtp_drop_after_accept={"count": 1})
    with pytest.raises(smtplib.SMTPServerDisconnected):
        deliver(carrier, mail(to, "<b@campaign.example>"))
    deliver(carrier, mail(to, "<b@campaign.example>"))
    assert [entry["duplicate"] for entry in carrier.ledger(to=to)] == [False, True]


def test_a_password_is_asked_for_when_one_is_set(start: Callable[..., Carrier]) -> None:
    carrier = start("--smtp-user", "relay", "--smtp-password", "secret")
    message = mail("auth@voter.example", "<c@campaign.example>")
    with pytest.raises(smtplib.SMTPSenderRefused):
        deliver(carrier, message)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        deliver(carrier, message, ("relay", "wrong"))
    deliver(carrier, message, ("relay", "secret"))
    assert len(carrier.ledger(to="auth@voter.example")) == 1
