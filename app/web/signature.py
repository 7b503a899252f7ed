"""The carrier's signature over the public address and the form of what it posts."""

import hmac
from collections.abc import Mapping

from twilio.request_validator import RequestValidator

from app.config import Settings

NO_SIGNATURE = "This address is for the carrier; the request bears no signature."
WRONG_SIGNATURE = "The signature does not fit. Check TWILIO_AUTH_TOKEN and LASTMILE_PUBLIC_URL."


class Signature:
    """Tells the carrier's posts from anybody else's."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.public_url.rstrip("/")
        self._validator = RequestValidator(settings.twilio_auth_token.get_secret_value())

    def fits(self, path: str, query: str, form: Mapping[str, str], signature: str) -> bool:
        """Whether the carrier has signed this: the address as it is, or as it else may write it.

        The address is the one that the carrier was given, not the one behind the proxy.
        """
        url = f"{self._base}{path}?{query}" if query else f"{self._base}{path}"
        fields = dict(form.items())
        usual: str = self._validator.compute_signature(url, fields)
        if hmac.compare_digest(usual.encode(), signature.encode()):
            return True
        return bool(self._validator.validate(url, fields, signature))
