"""Email addresses in one spelling, or none."""

import re

from email_validator import EmailNotValidError, validate_email

_PLAIN = re.compile(
    r"[a-z0-9_]+(?:[.+-][a-z0-9_]+)*@[a-z0-9]+(?:-[a-z0-9]+)*"
    r"(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*\.(?:com|org|net|edu|gov|us|io|info)"
)
"""Plain addresses that need no further reading: they are most of any file."""


def clean_email(raw: str) -> str | None:
    """`raw` in lower case if it is a valid address, else None. Nothing is looked up."""
    text = raw.strip().lower().removeprefix("mailto:")
    if not text or len(text) > 254:
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
