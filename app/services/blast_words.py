"""What a blast says: whether its words may go out, and how many segments they make."""

import re
from collections.abc import Mapping

from app.domain.channel import Channel
from app.domain.language import names
from app.domain.message import UnknownField, fields_of
from app.domain.script_check import LONGEST, LONGEST_SUBJECT, LONGEST_TEXT

_OPT_OUT = re.compile(r"\bSTOP\b")
_PAID = {
    "en": re.compile(r"\bpaid for by\b", re.IGNORECASE),
    "es": re.compile(r"\b(pagado por|paid for by)\b", re.IGNORECASE),
}
"""Who pays is said in the first message of a sequence in Florida, California and others; a blast
may be the first that somebody gets, so it always says so."""
_HOW = {"en": "“Paid for by {organization}”", "es": "“Pagado por {organization}”"}
"""Of other languages only the payer's name is asked for."""


def tidy(words: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The words as they are kept: a language with nothing in it is left out, but for English."""
    found = {}
    for language, said in words.items():
        subject = " ".join(said.get("subject", "").split())
        body = said.get("body", "").replace("\r\n", "\n").strip()
        if subject or body or language == "en":
            found[language] = {"subject": subject, "body": body}
    return found


def word_problems(
    channel: Channel, words: Mapping[str, Mapping[str, str]], country: str = "US"
) -> dict[str, str]:
    """What keeps the words from going out, by `body-en`, `subject-es` …, with what to do."""
    problems: dict[str, str] = {}
    for language, said in words.items():
        if channel is Channel.EMAIL and (why := subject_problem(said.get("subject", ""))):
            problems[f"subject-{language}"] = why
        if why := body_problem(channel, language, said.get("body", ""), country):
            problems[f"body-{language}"] = why
    if not words.get("en", {}).get("body"):
        problems["body-en"] = "Write the words; whoever has no other language gets these."
    return problems


def subject_problem(subject: str) -> str:
    """What is wrong with the subject of a mail; empty when nothing is."""
    if not subject.strip():
        return "An email needs a subject."
    if len(subject) > LONGEST_SUBJECT:
        return f"A subject has at most {LONGEST_SUBJECT} characters; shorten it."
    return _field_problem(subject)


def body_problem(channel: Channel, language: str, body: str, country: str = "US") -> str:
    """What is wrong with the words in one language; empty when they may go out."""
    if not body.strip():
        return f"Write the words in {names().get(language, language)}."
    if why := _field_problem(body):
        return why
    if channel is Channel.TEXT and len(body) > LONGEST_TEXT:
        return f"A text has at most {LONGEST_TEXT:,} characters; shorten it."
    if len(body) > LONGEST[Channel.EMAIL]:
        return f"At most {LONGEST[Channel.EMAIL]:,} characters; shorten it."
    # Each mail has its link to unsubscribe; a text must say it in words.
    if channel is Channel.TEXT and not _OPT_OUT.search(body):
        salir = "STOP para salir" if language == "es" else "STOP to opt out"
        return f"Say how to opt out, with the word in capitals: “{salir}”."
    if country == "US" and not _says_who_pays(language, body):
        return f"Say who pays: {_HOW.get(language, '“{organization}”')}."
    return ""


def _says_who_pays(language: str, body: str) -> bool:
    if language not in _PAID and "{organization" in body:
        return True
    return _PAID.get(language, _PAID["en"]).search(body) is not None


def _field_problem(template: str) -> str:
    try:
        named = fields_of(template)
    except UnknownField as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}."
    if "volunteer" in named:
        return "Nobody calls here: {volunteer} can stand in a call script only."
    return ""
