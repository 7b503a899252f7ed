"""The form of a script: read as it was typed, its questions moved, added and removed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from app.domain.disposition import Disposition
from app.domain.language import names
from app.domain.plain_sign import in_plain_signs
from app.domain.script_check import end_for
from app.domain.survey import DEFAULT, KEY, MOST_ANSWERS, MOST_QUESTIONS, to_json
from app.store.scripts import Draft, Version

RESULTS = (
    Disposition.CANVASSED,
    Disposition.ALREADY_VOTED,
    Disposition.CALL_BACK,
    Disposition.REFUSED,
    Disposition.MOVED,
    Disposition.DO_NOT_CALL,
)
"""What an answer may mean for the call."""

Written = dict[str, Any]


@dataclass
class Typed:
    """What stands in the form."""

    subject: str = ""
    body: str = ""
    note: str = ""
    base: int = 0  # the version that it was begun on
    questions: list[Written] = field(default_factory=list)  # as domain.survey reads them

    def draft(self) -> Draft:
        """What is to be saved."""
        return Draft(self.subject, self.body, self.questions, self.note)


def typed_of(version: Version) -> Typed:
    """The form with a version in it."""
    return Typed(version.subject, version.body, "", version.version, list(version.survey or []))


def typed_in(form: MultiDict[str, str]) -> Typed:
    """The form as it was sent."""
    base = form.get("base", "0")
    return Typed(
        form.get("subject", ""),
        form.get("body", "").replace("\r\n", "\n"),
        form.get("note", ""),
        int(base) if base.isascii() and base.isdigit() and len(base) < 9 else 0,
        _named([_question(form, one) for one in form.getlist("q")[: MOST_QUESTIONS + 1]]),
    )


def _question(form: MultiDict[str, str], one: str) -> Written:
    answers = form.getlist(f"q{one}-a")[: MOST_ANSWERS + 1]
    return {
        "key": form.get(f"q{one}-key", "").strip(),
        "words": _words(form, f"q{one}"),
        "answers": [_answer(form, f"q{one}a{other}") for other in answers],
    }


def _answer(form: MultiDict[str, str], name: str) -> Written:
    return {
        "key": form.get(f"{name}-key", "").strip(),
        "words": _words(form, name),
        "next": form.get(f"{name}-next", ""),
        "result": form.get(f"{name}-result", ""),
    }


def _words(form: MultiDict[str, str], name: str) -> dict[str, str]:
    fields = {key: key.removeprefix(f"{name}-") for key in form if key.startswith(f"{name}-")}
    said = {code: form[key].strip() for key, code in fields.items() if code in names()}
    return {language: words for language, words in said.items() if words}


def _named(questions: list[Written]) -> list[Written]:
    """The questions and answers with a key each; new ones have it of their words."""
    _name_all(questions, "question")
    for question in questions:
        _name_all(question["answers"], "answer")
    return questions


def _name_all(those: Sequence[Written], kind: str) -> None:
    taken = {one["key"] for one in those}
    for one in those:
        if not KEY.fullmatch(one["key"]):
            one["key"] = _free(_slug(one["words"].get("en", "")) or kind, taken)
            taken.add(one["key"])


def _slug(words: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", re.sub(r"\{[^}]*\}", "", words.lower())).strip("_")
    return slug[:30].rstrip("_") if slug[:1].isalpha() else ""


def _free(wished: str, taken: set[str]) -> str:
    number = 2
    found = wished
    while found in taken:
        found, number = f"{wished}_{number}", number + 1
    return found


def act(typed: Typed, said: str, language: str) -> str:
    """Do what a button of the form says with what was typed, short of saving; what to look at then:
    the id of an element, or nothing. A button that is none of ours changes nothing."""
    kind, _, rest = said.partition(":")
    numbers = [int(one) for one in rest.split(":") if one.isascii() and one.isdigit()]
    if kind == "plain":
        typed.subject = in_plain_signs(typed.subject, language)
        typed.body = in_plain_signs(typed.body, language)
    elif kind == "end":
        typed.body = f"{typed.body.rstrip()} {end_for(rest, language)}".strip()
    elif kind == "usual":
        typed.questions = []
    elif kind == "own":
        typed.questions = to_json(DEFAULT)
    elif kind.startswith("q-"):
        return _act_on_questions(typed.questions, kind[2:], numbers)
    elif kind.startswith("a-") and numbers and numbers[0] < len(typed.questions):
        return _act_on_answers(typed.questions[numbers[0]], kind[2:], numbers)
    return ""


def _act_on_questions(questions: list[Written], kind: str, numbers: Sequence[int]) -> str:
    if kind == "add" and len(questions) < MOST_QUESTIONS:
        answers = [{"key": "yes", "words": {"en": "Yes", "es": "Sí"}}]
        answers += [{"key": "no", "words": {"en": "No", "es": "No"}}]
        key = _free("question", {one["key"] for one in questions})
        questions.append({"key": key, "words": {}, "answers": answers})
        return f"q{len(questions) - 1}-en"
    if kind == "remove" and numbers and numbers[0] < len(questions):
        gone = questions.pop(numbers[0])
        for question in questions:
            for answer in question["answers"]:
                if answer.get("next") == gone["key"]:
                    answer["next"] = ""
        return "add-question"
    at = _moved(questions, kind, numbers[0] if numbers else -1)
    return f"q{at}-{kind}" if at is not None else ""


def _act_on_answers(question: Written, kind: str, numbers: Sequence[int]) -> str:
    answers, at = question["answers"], numbers[0]
    if kind == "add" and len(answers) < MOST_ANSWERS:
        key = _free("answer", {one["key"] for one in answers})
        answers.append({"key": key, "words": {}})
        return f"q{at}a{len(answers) - 1}-en"
    if kind == "remove" and len(numbers) > 1 and numbers[1] < len(answers):
        answers.pop(numbers[1])
        return f"q{at}-add"
    moved = _moved(answers, kind, numbers[1] if len(numbers) > 1 else -1)
    return f"q{at}a{moved}-{kind}" if moved is not None else ""


def _moved(those: list[Written], kind: str, at: int) -> int | None:
    """Moves one up or down by one; where it is then."""
    to = at + {"up": -1, "down": 1}.get(kind, len(those))
    if not (0 <= at < len(those) and 0 <= to < len(those)):
        return None
    those.insert(to, those.pop(at))
    return to


def survey_text(questions: Sequence[Mapping[str, Any]]) -> str:
    """The questions as lines of text, for the difference of two versions."""
    lines = []
    for question in questions:
        lines.append(" / ".join(question["words"].values()))
        for answer in question["answers"]:
            onward = f" → {answer['next']}" if answer.get("next") else ""
            means = f" = {answer['result']}" if answer.get("result") else ""
            lines.append(f"  • {' / '.join(answer['words'].values())}{onward}{means}")
    return "\n".join(lines)
