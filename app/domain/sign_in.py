"""What a person signs in with: a phone or an email, and a code of six digits sent there."""

import hashlib
import hmac
from datetime import timedelta
from typing import NamedTuple

from app.domain.channel import Channel
from app.domain.email import clean_email
from app.domain.phone import clean_phones

DIGITS = 6
LIFE = timedelta(minutes=10)
TRIES = 5
"""Of each code; a million codes and five tries."""
MOST_CODES = 5
"""Codes to one account within LIFE: what a text costs and a phone that buzzes bound it."""


class Login(NamedTuple):
    """A phone (E.164, channel text) or an email address (lower case, channel email)."""

    channel: Channel
    address: str


def read_login(raw: str, country: str) -> Login | None:
    """The phone or the email that was typed; None for what is neither.

    A number at a premium rate is nobody's phone: codes to it would cost whoever sends them.
    """
    if "@" in raw:
        email = clean_email(raw)
        return Login(Channel.EMAIL, email) if email else None
    phones, _ = clean_phones([(raw, "")], country)
    return Login(Channel.TEXT, phones[0].number) if phones else None


def digits_of(raw: str) -> str:
    """A code as it was typed or pasted, without what is no digit: "123 456" is 123456."""
    return "".join(sign for sign in raw[:40] if sign in "0123456789")


def code_hash(key: str, login: Login, code: str) -> str:
    """What is stored of a code. Without the key nobody can try the million codes on it."""
    said = f"sign-in:{login.address}:{code}".encode()
    return hmac.new(key.encode(), said, hashlib.sha256).hexdigest()
