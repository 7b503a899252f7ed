"""The survey of a call script: questions whose answers say which question comes next."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.disposition import Disposition
from app.domain.message import UnknownField, fields_of

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST_QUESTIONS = 12
MOST_ANSWERS = 6
"""Of one question: as many as a thumb and a row of keys can tell apart."""


class BadSurvey(ValueError):
    """A survey that cannot be asked; the message says where and what to mend."""


class WayCode(StrEnum):
    """What is wrong with the ways through a survey."""

    NOWHERE = "nowhere"  # an answer leads to a question that is not there
    LOOP = "loop"  # answers lead back to where they came from
    LOST = "lost"  # no answer leads to a question


@dataclass(frozen=True)
class WayFault:
    """One thing that is wrong with the ways through a survey."""

    code: WayCode
    question: str  # its key
    answer: str = ""  # that leads nowhere
    path: tuple[str, ...] = ()  # the keys of a loop, the first also at its end; or where it leads


@dataclass(frozen=True)
class Choice:
    """One answer to a question."""

    key: str
    words: Mapping[str, str]  # by language
    next: str = ""  # the key of the question that follows; empty: none
    result: Disposition | None = None  # of the call, which it suggests


@dataclass(frozen=True)
class Question:
    """One question; its key is what the answers are kept under."""

    key: str
    words: Mapping[str, str]  # by language; merge fields are filled in
    answers: tuple[Choice, ...]

    def choice(self, key: str) -> Choice | None:
        """The answer of this key."""
        return next((one for one in self.answers if one.key == key), None)


@dataclass(frozen=True)
class Survey:
    """Questions; the first is asked first, and the others as the answers lead to them."""

    questions: tuple[Question, ...] = ()

    def question(self, key: str) -> Question | None:
        """The question of this key."""
        return next((one for one in self.questions if one.key == key), None)

    def path(self, given: Mapping[str, str]) -> list[Question]:
        """The questions that are asked when `given` (question → answer) is what was said, the last
        of them without an answer yet or with one that ends the survey."""
        asked: list[Question] = []
        at = self.questions[0] if self.questions else None
        while at is not None:
            asked.append(at)
            said = at.choice(given.get(at.key, ""))
            at = self.question(said.next) if said is not None and said.next else None
        return asked

    def answers(self, given: Mapping[str, str]) -> dict[str, str]:
        """Of what was given, the answers to questions on the path: the others were never asked."""
        return {
            one.key: given[one.key]
            for one in self.path(given)
            if one.choice(given.get(one.key, "")) is not None
        }


def said_in(words: Mapping[str, str], language: str) -> str:
    """The words in a language, else in English, else in whatever there is."""
    return words.get(language) or words.get("en") or next(iter(words.values()))


def from_json(written: Any) -> Survey:
    """The survey that is written as a list of questions; raises BadSurvey.

    `[{"key": "will_vote", "words": {"en": "Will you vote?", "es": …}, "answers": [{"key": "yes",
    "words": {"en": "Yes"}, "next": "when", "result": "canvassed"}, …]}, …]`. Words may be a plain
    string, which is English; `next` and `result` may be left out.
    """
    survey = parsed(written)
    for fault in way_faults(survey):
        raise BadSurvey(_said(fault))
    return survey


def parsed(written: Any) -> Survey:
    """As `from_json`, but its ways may be wrong: see `way_faults`."""
    if not isinstance(written, list):
        raise BadSurvey("A survey is a list of questions.")
    if len(written) > MOST_QUESTIONS:
        raise BadSurvey(f"A survey has at most {MOST_QUESTIONS} questions; leave some out.")
    survey = Survey(tuple(_question(number, one) for number, one in enumerate(written, 1)))
    _no_twins([one.key for one in survey.questions], "There are two questions")
    return survey


def to_json(survey: Survey) -> list[dict[str, Any]]:
    """The survey as `from_json` reads it."""
    return [
        {
            "key": question.key,
            "words": dict(question.words),
            "answers": [_written(choice) for choice in question.answers],
        }
        for question in survey.questions
    ]


def _written(choice: Choice) -> dict[str, Any]:
    told: dict[str, Any] = {"key": choice.key, "words": dict(choice.words)}
    if choice.next:
        told["next"] = choice.next
    if choice.result is not None:
        told["result"] = choice.result.value
    return told


def _question(number: int, written: Any) -> Question:
    where = f"Question {number}"
    key = _key(where, written)
    where = f"Question “{key}”"
    answers = written.get("answers")
    if not isinstance(answers, list) or not 2 <= len(answers) <= MOST_ANSWERS:
        raise BadSurvey(f"{where} needs 2 to {MOST_ANSWERS} answers.")
    choices = tuple(_choice(f"{where}, answer {n}", one) for n, one in enumerate(answers, 1))
    _no_twins([one.key for one in choices], f"{where} has two answers")
    return Question(key, _words(where, written), choices)


def _choice(where: str, written: Any) -> Choice:
    key = _key(where, written)
    onward = written.get("next") or ""
    if not isinstance(onward, str):
        raise BadSurvey(f"{where}: “next” is the key of a question, or is left out.")
    return Choice(key, _words(where, written), onward, _result(where, written.get("result")))


def _result(where: str, written: Any) -> Disposition | None:
    if not written:
        return None
    try:
        return Disposition(written)
    except ValueError:
        raise BadSurvey(
            f"{where}: {written!r} is no result of a call; use {', '.join(Disposition)}."
        ) from None


def _key(where: str, written: Any) -> str:
    if not isinstance(written, dict):
        raise BadSurvey(f"{where} is not an object with a key, words and the rest.")
    key = written.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise BadSurvey(
            f"{where}: the key {key!r} will not do; use small letters, digits and _, "
            "beginning with a letter, at most 40."
        )
    return key


def _words(where: str, written: Mapping[str, Any]) -> Mapping[str, str]:
    words = written.get("words")
    told = {"en": words} if isinstance(words, str) else words
    if (
        not isinstance(told, dict)
        or not told
        or not all(isinstance(one, str) and one.strip() for one in told.values())
    ):
        raise BadSurvey(f"{where} has no words; write them by language, as {{“en”: “…”}}.")
    for language, one in told.items():
        try:
            fields_of(one)
        except UnknownField as bad:
            raise BadSurvey(f"{where}, words in “{language}”: {bad}.") from None
    return dict(told)


def _no_twins(keys: Sequence[str], whose: str) -> None:
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise BadSurvey(f"{whose} of the key “{twice}”; give each one of its own.")


def way_faults(survey: Survey) -> list[WayFault]:
    """What is wrong with the ways: every answer that leads to no question, every loop that can be
    got into, every question that nobody is ever asked."""
    keys = {one.key for one in survey.questions}
    faults = [
        WayFault(WayCode.NOWHERE, question.key, choice.key, (choice.next,))
        for question in survey.questions
        for choice in question.answers
        if choice.next and choice.next not in keys
    ]
    reached: set[str] = set()
    for question in survey.questions[:1]:
        _walk(survey, question, (), reached, faults)
    return faults + [
        WayFault(WayCode.LOST, one.key) for one in survey.questions if one.key not in reached
    ]


def _walk(
    survey: Survey,
    at: Question,
    behind: tuple[str, ...],
    reached: set[str],
    faults: list[WayFault],
) -> None:
    if at.key in behind:
        path = (*behind[behind.index(at.key) :], at.key)
        if not any(set(path) == set(one.path) for one in faults):
            faults.append(WayFault(WayCode.LOOP, at.key, path=path))
        return
    if at.key in reached:
        return
    for choice in at.answers:
        onward = survey.question(choice.next)
        if onward is not None:
            _walk(survey, onward, (*behind, at.key), reached, faults)
    reached.add(at.key)


def _said(fault: WayFault) -> str:
    if fault.code is WayCode.LOOP:
        return f"The survey goes round in a circle: {' → '.join(fault.path)}."
    if fault.code is WayCode.LOST:
        return f"No answer leads to question “{fault.question}”; lead one there or leave it out."
    return (
        f"Question “{fault.question}”, answer “{fault.answer}” leads to “{fault.path[0]}”, "
        "and there is no question of this key."
    )


WILL_VOTE = "will_vote"
"""The question whose “yes” is a pledge to vote, wherever it is asked under this key."""
DEFAULT = Survey(
    (
        Question(
            WILL_VOTE,
            {"en": "Will you vote on {polling_day}?", "es": "¿Va a votar en estas elecciones?"},
            (
                Choice("yes", {"en": "Yes", "es": "Sí"}, result=Disposition.CANVASSED),
                Choice("maybe", {"en": "Maybe", "es": "Tal vez"}, result=Disposition.CANVASSED),
                Choice("no", {"en": "No", "es": "No"}, result=Disposition.CANVASSED),
                Choice(
                    "voted",
                    {"en": "Already voted", "es": "Ya votó"},
                    result=Disposition.ALREADY_VOTED,
                ),
            ),
        ),
    )
)
"""What is asked in a campaign that has no survey of its own."""
