"""Mail through an SMTP relay, with a one-click unsubscribe in every message."""

import smtplib
from collections.abc import Sequence
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP

from app.channels.port import Accepted, MailOut, NoAnswer, NotProcessed, Outcome, Refused

# RFC 8058 wants its headers unfolded, and signers want them as they were.
UNFOLDED = SMTP.clone(max_line_length=998)


def compose(mail: MailOut) -> EmailMessage:
    """The message with RFC 8058 headers and a Message-ID that belongs to the touch."""
    message = EmailMessage(policy=UNFOLDED)
    message["From"] = mail.sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Message-ID"] = mail.message_id
    foot = ""
    if mail.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        foot = f"\n-- \nUnsubscribe: {mail.unsubscribe_url}\n"
    message.set_content(f"{mail.body}\n{foot}")
    return message


class SmtpMails:
    """The mail port over SMTP; one connection for a batch."""

    def __init__(
        self, host: str, port: int, *, user: str, password: str, tls: bool, timeout: float
    ) -> None:
        self._host = host
        self._port = port
        self._user = user
        self._password = password
        self._tls = tls
        self._timeout = timeout

    def _connect(self) -> smtplib.SMTP:
        relay = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            if self._tls:
                relay.starttls()
            if self._user:
                relay.login(self._user, self._password)
        except BaseException:
            relay.close()
            raise
        return relay

    def send(self, mails: Sequence[MailOut]) -> list[Outcome]:
        """Hands mails over one by one; a lost connection ends the batch."""
        if not self._host:
            return [NotProcessed("no mail relay is set: SMTP_HOST", wait_seconds=60)] * len(mails)
        try:
            relay = self._connect()
        except smtplib.SMTPAuthenticationError as error:
            return [Refused(error.smtp_code, "the relay refused the sign-in")] * len(mails)
        except (OSError, smtplib.SMTPException) as error:
            return [NotProcessed(f"no relay: {type(error).__name__}")] * len(mails)
        outcomes: list[Outcome] = []
        try:
            for mail in mails:
                outcomes.append(_send(relay, mail))
                if isinstance(outcomes[-1], NoAnswer):
                    break
        finally:
            with suppress(OSError, smtplib.SMTPException):
                relay.quit()
        unsent = len(mails) - len(outcomes)
        return outcomes + [NotProcessed("the connection was lost before this mail")] * unsent


def _send(relay: smtplib.SMTP, mail: MailOut) -> Outcome:
    try:
        relay.send_message(compose(mail))
    except smtplib.SMTPRecipientsRefused as error:
        return _reply(*error.recipients[mail.to])
    except smtplib.SMTPResponseException as error:
        return _reply(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return NoAnswer(type(error).__name__)
    return Accepted(mail.message_id, 1, status="delivered")


def _reply(code: int, words: bytes | str) -> Outcome:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    if 400 <= code < 500:
        return NotProcessed(said[:200], code, wait_seconds=60)
    return Refused(code, said[:200])
