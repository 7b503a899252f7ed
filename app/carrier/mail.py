"""The SMTP side: takes mail for anyone and records it."""

import warnings
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from app.carrier.clock import now
from app.carrier.fault import Fault, Faults
from app.carrier.ledger import Entry, Ledger, Step
from app.carrier.resource import new_sid

HEADERS = ("Message-ID", "From", "To", "Subject", "List-Unsubscribe", "List-Unsubscribe-Post")
GREATEST_SIZE = 10_000_000  # bytes

# Said by aiosmtpd on every connection that asks for a password; there is no TLS here by design.
warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")


class Mailbox:
    """The hooks that aiosmtpd calls for each command of a session."""

    def __init__(self, ledger: Ledger, faults: Faults, keep: bool) -> None:
        self.count = 0
        self._ledger = ledger
        self._faults = faults
        self._keep = keep

    async def handle_MAIL(  # noqa: N802  the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A sender is named."""
        if self._faults.strike(Fault.SMTP_421):
            return "421 4.3.2 Service not available, try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A recipient is named."""
        if self._faults.strike(Fault.SMTP_450):
            return "450 4.2.1 Mailbox busy, try again later"
        if self._faults.strike(Fault.SMTP_550):
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """The mail itself: an entry for each recipient."""
        self.count += len(envelope.rcpt_tos)
        if self._keep:
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            mail = message_from_bytes(content, EmailMessage, policy=policy.default)
            for recipient in envelope.rcpt_tos:
                self._ledger.add(self._entry(mail, envelope.mail_from or "", recipient))
        if self._faults.strike(Fault.SMTP_DROP_AFTER_ACCEPT) and server.transport is not None:
            server.transport.close()
        return "250 2.0.0 OK"

    def _entry(self, mail: EmailMessage, sender: str, recipient: str) -> Entry:
        at = now()
        message_id = str(mail["Message-ID"] or "")
        known = bool(message_id) and self._ledger.mailed(message_id, recipient)
        facts: dict[str, Any] = {
            "message_id": message_id,
            "subject": str(mail["Subject"] or ""),
            "headers": {name: str(mail[name]) for name in HEADERS if name in mail},
            "duplicate": known,  # a receiver's mail system shows such a mail once
        }
        history = [Step("delivered", at)]
        sid = new_sid("ML")
        return Entry(
            *("mail", sid, at, sender, recipient, _body(mail), "outbound-api", history),
            facts=facts,
        )


def _body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain", "html"))
    return str(part.get_content()) if part is not None else ""


def smtp_session(mailbox: Mailbox, user: str | None, password: str | None) -> SMTP:
    """The protocol for one connection; with a user, nobody is served without the password."""

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        expected = (user or "").encode(), (password or "").encode()
        given = isinstance(data, LoginPassword) and (data.login, data.password) == expected
        return AuthResult(success=given, handled=False)

    return SMTP(
        mailbox,
        hostname="carrier.invalid",
        ident="lastmile carrier",
        data_size_limit=GREATEST_SIZE,
        enable_SMTPUTF8=True,
        auth_required=user is not None,
        auth_require_tls=False,
        authenticator=authenticate,
    )
