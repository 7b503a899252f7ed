"""Email addresses in one spelling, or none."""

import re

from email_validator import EmailNotValidError, validate_email

_PLAIN = re.compile(
    r"[a-z0-9_]+(?:[.+-][a-z0-9_]+)*@[a-z0-9]+(?:-[a-z0-9]+)*"
    r"(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*\.(?:com|org|net|edu|gov|us|io|info)"
)
"""Plain addresses that need no further reading: they are most of any file."""


_WITHIN = re.compile(r"[^\s;,<>|\"()\[\]/]+@[^\s;,<>|\"()\[\]/]+")
"""What may be an address in "Ada <ada@example.org>" or "a@example.org; b@example.org"."""

_LONGEST_CELL = 500


def clean_email(raw: str) -> str | None:
    """The first valid address in `raw`, in lower case, or None. Nothing is looked up."""
    text = raw.strip()
    if not text or len(text) > _LONGEST_CELL:
        return None
    address = _one(text)
    if address is None:
        address = next(filter(None, map(_one, _WITHIN.findall(text))), None)
    return address


def email_fault(raw: str) -> str:
    """Why `raw` is no email address, in words for the person who has the file."""
    shown = repr(" ".join(raw[:_LONGEST_CELL].split())[:60])
    return f"email {shown} is no address" if "@" in raw else f"email {shown} has no @"


def _one(raw: str) -> str | None:
    text = raw.lower().removeprefix("mailto:")
    if len(text) > 254:
        return None
    if _PLAIN.fullmatch(text) and text.index("@") <= 64 and _short_labels(text):
        return text
    try:
        address = validate_email(text, check_deliverability=False).normalized.lower()
        return validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def _short_labels(text: str) -> bool:
    return all(len(label) <= 63 for label in text.partition("@")[2].split("."))
