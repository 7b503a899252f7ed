"""Mail through an SMTP relay over one kept connection, with a one-click unsubscribe in each."""

import smtplib
from collections.abc import Callable, Sequence
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from uuid import UUID

import structlog

from app.channels.port import Accepted, MailOut, NoAnswer, NotProcessed, Outcome, Refused
from app.channels.punctual import seconds_passed
from app.channels.why import why

log = structlog.get_logger()

# RFC 8058 wants its headers unfolded, and signers want them as they were.
UNFOLDED = SMTP.clone(max_line_length=998)

ASKED_AFTER = 5.0
"""A connection that was idle for so many seconds is asked whether the relay is still there."""
CLOSED_AFTER = 60.0
"""One that was idle for so long is closed; relays wait five minutes (RFC 5321 4.5.3.2)."""
SIGN_IN = (530, 534, 535)
"""The relay does not know us (RFC 4954 6)."""
LOST = (OSError, smtplib.SMTPServerDisconnected)


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
        foot = f"\n-- \n{mail.unsubscribe_word}: {mail.unsubscribe_url}\n"
    message.set_content(f"{mail.body}\n{foot}")
    if mail.html:  # the last part is the best one (RFC 2046 5.1.4)
        message.add_alternative(mail.html, subtype="html")
    return message


class SmtpMails:
    """The mail port over SMTP. One connection is kept from batch to batch; for one thread."""

    def __init__(
        self, host: str, port: int, *, user: str, password: str, tls: bool, timeout: float
    ) -> None:
        self._host = host
        self._port = port
        self._user = user
        self._password = password
        self._tls = tls
        self._timeout = timeout
        self._relay: smtplib.SMTP | None = None
        self._used_at = 0.0

    def send(
        self, mails: Sequence[MailOut], wanted: Callable[[UUID], bool] | None = None
    ) -> list[Outcome]:
        """Hands mails over one by one; once the relay cannot be reached the others are put off."""
        at = seconds_passed()
        if not mails:
            if at - self._used_at >= CLOSED_AFTER:
                self.close()
            return []
        if not self._host:
            return [NotProcessed("no mail relay is set: SMTP_HOST", wait_seconds=60)] * len(mails)
        outcomes: list[Outcome] = []
        for mail in mails:
            outcomes.append(self._send(mail, at + mail.leave_within, wanted))
            if _is_out_of_reach(outcomes[-1]):
                break
        put_off = NotProcessed("the relay was out of reach before this mail")
        return outcomes + [put_off] * (len(mails) - len(outcomes))

    def close(self) -> None:
        """Closes the connection that is kept."""
        relay, self._relay = self._relay, None
        if relay is not None:
            with suppress(OSError, smtplib.SMTPException):
                relay.quit()
            relay.close()

    def _send(
        self, mail: MailOut, leaves_by: float, wanted: Callable[[UUID], bool] | None
    ) -> Outcome:
        try:
            relay = self._connected()
        except smtplib.SMTPAuthenticationError as error:
            return _reply(error.smtp_code, "the relay refused the sign-in")
        except (OSError, smtplib.SMTPException) as error:
            log.warning("no mail relay", error=type(error).__name__)
            return NotProcessed(f"no mail relay, {why(error)}")
        # Asked with the line open, so that little time lies between the answer and the mail.
        if wanted is not None and not wanted(mail.attempt_id):
            return NotProcessed("not wanted any more when it was to be sent", wait_seconds=0)
        said = self._hand_over(relay, mail, leaves_by)
        self._used_at = seconds_passed()
        return said

    def _connected(self) -> smtplib.SMTP:
        """The kept connection if the relay is still there, else a new one."""
        if self._relay is not None and seconds_passed() - self._used_at >= ASKED_AFTER:
            try:
                answers = self._relay.noop()[0] == 250
            except (OSError, smtplib.SMTPException):
                answers = False
            if not answers:
                self.close()
        if self._relay is None:
            self._relay = self._connect()
        return self._relay

    def _connect(self) -> smtplib.SMTP:
        relay = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            if self._tls:
                relay.starttls()
            if self._user:
                relay.login(self._user, self._password)
            relay.ehlo_or_helo_if_needed()
        except BaseException:
            relay.close()
            raise
        return relay

    def _hand_over(self, relay: smtplib.SMTP, mail: MailOut, leaves_by: float) -> Outcome:
        """One mail over an open connection, by steps: until the last nothing can have gone out."""
        try:
            content = compose(mail).as_bytes()
            refused = _envelope(relay, mail, len(content))
        except ValueError:  # UnicodeError too
            self._start_over(relay)
            return Refused(553, "an address that cannot be written in plain letters")
        except LOST as error:
            self._lose()
            log.warning("mail relay lost", error=type(error).__name__)
            return NotProcessed(f"the mail relay was lost, {why(error)}")
        if refused is not None:
            return self._refused(relay, refused)
        if seconds_passed() >= leaves_by:
            self._start_over(relay)
            return NotProcessed("too late to leave when the relay was ready", wait_seconds=0)
        try:
            said = relay.data(content)
        except smtplib.SMTPDataError as error:  # refused before any of it was sent
            return self._refused(relay, (error.smtp_code, error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:
            self._lose()
            return NoAnswer(type(error).__name__)
        if said[0] == 250:
            return Accepted(mail.message_id, 1, status="delivered")
        return self._refused(relay, said)

    def _refused(self, relay: smtplib.SMTP, said: tuple[int, bytes | str]) -> Outcome:
        if said[0] == 421:  # the relay is about to hang up
            self._lose()
        else:
            self._start_over(relay)
        return _reply(*said)

    def _start_over(self, relay: smtplib.SMTP) -> None:
        """Forgets the envelope, so that the connection can take another mail."""
        try:
            relay.rset()
        except (OSError, smtplib.SMTPException):
            self._lose()

    def _lose(self) -> None:
        if self._relay is not None:
            self._relay.close()
            self._relay = None


def _envelope(relay: smtplib.SMTP, mail: MailOut, size: int) -> tuple[int, bytes | str] | None:
    """Names sender and recipient; the relay's words if it will not have one of them."""
    options = [f"size={size}"] if relay.has_extn("size") else []
    said: tuple[int, bytes | str] = relay.mail(parseaddr(mail.sender)[1], options)
    if said[0] == 250:
        said = relay.rcpt(mail.to)
    return None if said[0] in (250, 251) else said


def _is_out_of_reach(said: Outcome) -> bool:
    """Whether the next mail would only wait for the same relay; what we held back is no sign."""
    if isinstance(said, NotProcessed):
        return said.code == 421 or (said.code is None and said.wait_seconds > 0)
    # Another try with the same password would only lock the account.
    return isinstance(said, NoAnswer) or (isinstance(said, Refused) and said.code in SIGN_IN)


def _reply(code: int, words: bytes | str) -> Outcome:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    if 400 <= code < 500:
        return NotProcessed(said[:200], code, wait_seconds=60)
    return Refused(code, said[:200])
