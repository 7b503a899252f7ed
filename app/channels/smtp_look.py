"""A look at a mail relay: every step of a sending but the mail."""

import smtplib
from contextlib import suppress

from app.channels.identity import RelaySeen
from app.channels.why import why

LONGEST = 8.0  # seconds; somebody waits for the page


class SmtpLook:
    """The relay port over SMTP."""

    def __init__(
        self, host: str, port: int, *, user: str, password: str, tls: bool, timeout: float
    ) -> None:
        self._host, self._port = host, port
        self._user, self._password = user, password
        self._tls, self._timeout = tls, min(timeout, LONGEST)

    def look(self) -> RelaySeen:
        """Connects, encrypts, says hello, signs in, and leaves."""
        if not self._host:
            return RelaySeen("nothing", "no relay is set")
        reached = "connect"
        try:
            relay = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        except (OSError, smtplib.SMTPException) as error:
            return RelaySeen(reached, why(error))
        try:
            if self._tls:
                reached = "tls"
                relay.starttls()
            reached = "hello"
            relay.ehlo_or_helo_if_needed()
            if self._user:
                reached = "sign_in"
                relay.login(self._user, self._password)
            return RelaySeen("all", encrypted=self._tls)
        except smtplib.SMTPResponseException as error:
            return RelaySeen(reached, why(error), error.smtp_code, self._tls and reached != "tls")
        except (OSError, smtplib.SMTPException) as error:
            return RelaySeen(reached, why(error), None, self._tls and reached != "tls")
        finally:
            with suppress(OSError, smtplib.SMTPException):
                relay.quit()
            relay.close()
