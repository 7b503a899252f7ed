"""What a person means by a text: opt out, opt in, help, voted, wrong number, or other words."""

import re
from enum import StrEnum

from app.domain.tables import table


class Meaning(StrEnum):
    """The meaning of an inbound text; stored by value."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    VOTED = "voted"
    WRONG = "wrong_number"
    OTHER = "other"


_KEYWORDS = {row["word"]: row["effect"] for row in table("opt_out_words")}
_EFFECTS = {"opt out": Meaning.STOP, "opt in": Meaning.START, "help": Meaning.HELP}

# Any reasonable words opt out (FCC, April 2025): phrases, in English and Spanish.
_STOP = re.compile(
    r"\b(stop|unsubscribe|opt[ -]?out|remove me|take me off|leave me alone"
    r"|do(n['’]?t| not) (text|contact|message)|no more (texts|messages)|quit (texting|messaging)"
    r"|lose my number"
    r"|no me (escriban?|manden?|env[ií]en?|molesten?|contacten?)|d[eé]jen? de|par[ae]n?\b"
    r"|qu[ií]t[ae]n?me|b[oó]rr[ae]n?me|alto|cancelar|basta)\b",
    re.IGNORECASE,
)
_NOT_STOP = re.compile(
    r"\b(can'?t|cannot|won'?t|will not|don'?t|never) (be )?stop|\bstop(ped)? by\b|\bpara\b",
    re.IGNORECASE,
)
_VOTED = re.compile(
    r"\b(i|we|i've|we've|already|just)( have| already| just)* voted\b"
    r"|\bvoted (already|early|today)\b|^\W*voted\W*$|\bya vot[eéó]\b"
    r"|\b(sent|mailed|returned|dropped off) (in )?my ballot\b",
    re.IGNORECASE,
)
_NOT_VOTED = re.compile(
    r"\b(not|n't|never|haven't|hasn't|no he) (\w+ )?(voted|votado)\b", re.IGNORECASE
)
_WRONG = re.compile(
    r"\bwrong (number|person)\b|\bn[uú]mero equivocado\b|\bnot (me|him|her)\b", re.I
)


def meaning_of(body: str) -> Meaning:
    """The meaning of a text. In doubt between opting out and other words: opting out."""
    words = " ".join(re.sub(r"[^\w\s]", " ", body).upper().split())
    if words in _KEYWORDS:
        return _EFFECTS[_KEYWORDS[words]]
    if _STOP.search(_NOT_STOP.sub(" ", body)):
        return Meaning.STOP
    if _VOTED.search(body) and not _NOT_VOTED.search(body):
        return Meaning.VOTED
    if _WRONG.search(body):
        return Meaning.WRONG
    return Meaning.OTHER
