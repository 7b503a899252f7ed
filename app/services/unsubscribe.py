"""Unsubscribe: a signed link in every mail, honored without signing in."""

from datetime import datetime

from itsdangerous import BadSignature, URLSafeSerializer

from app.domain.channel import Channel
from app.store.engine import Sessions
from app.store.wishes import opt_out


class BadLink(ValueError):
    """A link that we did not make, or not whole."""


class Unsubscribe:
    """Makes and reads the links; they never expire, since mail is kept for years."""

    def __init__(self, secret: str, public_url: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="unsubscribe")
        self._public_url = public_url.rstrip("/")

    def url(self, address: str) -> str:
        """The link for one email address."""
        return f"{self._public_url}/unsubscribe/{self._signer.dumps(address)}"

    def address(self, token: str) -> str:
        """The address of a link's token; raises BadLink."""
        try:
            return str(self._signer.loads(token))
        except BadSignature as error:
            raise BadLink(
                "This link is not complete. Open it again from the mail, or reply to the mail "
                "with “unsubscribe”."
            ) from error


def unsubscribe(sessions: Sessions, address: str, now: datetime) -> None:
    """Opts the address out of mail and cancels what is pending; twice is the same as once."""
    with sessions.begin() as session:
        opt_out(session, address, Channel.EMAIL, source="unsubscribe", words="", now=now)
