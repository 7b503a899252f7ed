"""What the first words to a voter must have: a way to opt out, who pays, and fields that fill."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from app.domain.channel import Channel
from app.domain.message import UnknownField, fields_of
from app.domain.tables import table

PAID = re.compile(
    r"\b(paid for|ad paid|sponsored|promoted|authorized|financed|pagado|financiado)\b",
    re.IGNORECASE,
)
"""Words with which a message says who pays, in the languages that we write ourselves. Of other
languages only the payer's name is asked for."""
OURS = ("en", "es")


@dataclass(frozen=True)
class Written:
    """A script as it would go out."""

    channel: Channel
    language: str
    subject: str
    body: str


def says_how_to_stop(body: str) -> bool:
    """Whether a text names a word that opts out. Source: data/opt_out_words.csv."""
    words = [row["word"] for row in table("opt_out_words") if row["effect"] == "opt out"]
    found = body.upper()
    return any(re.search(rf"\b{re.escape(word)}\b", found) for word in words)


def says_who_pays(script: Written, organization: str) -> bool:
    """Whether it names the payer, and in a language of ours also that they pay."""
    whole = f"{script.subject} {script.body}"
    named = "{organization" in whole or bool(organization and organization in whole)
    return named and (script.language not in OURS or PAID.search(whole) is not None)


def unfillable(script: Written, known: Collection[str]) -> str:
    """The first field that nothing fills, or what is wrong with the braces; empty when all is well.

    `known` are the campaign's own facts that are not empty: candidate and organization.
    """
    try:
        named = fields_of(script.subject) | fields_of(script.body)
    except UnknownField as wrong:
        return str(wrong)
    for name in ("candidate", "organization"):
        if name in named and name not in known:
            return f"{{{name}}}"
    if "volunteer" in named and script.channel is not Channel.CALL:
        return "{volunteer}"
    return ""
