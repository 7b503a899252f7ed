"""Surveys that branch: read with clear errors, and walked as the answers lead."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.survey import DEFAULT, BadSurvey, Choice, Question, Survey, from_json, to_json


def question(key: str, *answers: tuple[str, str]) -> dict[str, Any]:
    told = [{"key": name, "words": name, "next": onward} for name, onward in answers]
    return {"key": key, "words": {"en": f"{key}?"}, "answers": told}


FORK = [
    question("will", ("yes", "when"), ("maybe", "why"), ("no", "")),
    question("when", ("early", ""), ("late", "")),
    question("why", ("busy", "when"), ("undecided", "")),
]


@pytest.mark.parametrize(
    ("said", "asked", "kept"),
    [
        ({}, ["will"], {}),
        ({"will": "no"}, ["will"], {"will": "no"}),
        ({"will": "yes"}, ["will", "when"], {"will": "yes"}),
        (
            {"will": "maybe", "why": "busy"},
            ["will", "why", "when"],
            {"will": "maybe", "why": "busy"},
        ),
        # Chosen, and then left behind by another answer before it: it was never asked.
        ({"will": "no", "when": "late"}, ["will"], {"will": "no"}),
        ({"when": "late"}, ["will"], {}),
        ({"will": "nonsense"}, ["will"], {}),
    ],
)
def test_the_answers_lead_from_question_to_question(
    said: dict[str, str], asked: list[str], kept: dict[str, str]
) -> None:
    survey = from_json(FORK)
    assert [one.key for one in survey.path(said)] == asked
    assert survey.answers(said) == kept


YES_NO = (("yes", ""), ("no", ""))


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"key": "x"}, "list of questions"),
        (["x"], "not an object"),
        ([question("Will", *YES_NO)], "key 'Will' will not do"),
        ([question("a", *YES_NO), question("a", *YES_NO)], "two questions of the key “a”"),
        ([question("a", ("yes", ""), ("yes", ""))], "two answers of the key “yes”"),
        ([question("a", ("yes", ""))], "2 to 6 answers"),
        ([question("a", ("yes", "b"), ("no", ""))], "leads to “b”, and there is no question"),
        ([question("a", ("yes", "a"), ("no", ""))], "in a circle: a → a"),
        (
            [question("a", ("yes", "b"), ("no", "")), question("b", ("yes", "a"), ("no", ""))],
            "in a circle: a → b → a",
        ),
        ([question("a", *YES_NO), question("b", *YES_NO)], "No answer leads to question “b”"),
        ([{**question("a", *YES_NO), "words": {"en": " "}}], "has no words"),
        ([{**question("a", *YES_NO), "words": "{day}?"}], "{day} is no field"),
        (
            [{"key": "a", "words": "a?", "answers": [
                {"key": "x", "words": "x", "result": "gone"}, {"key": "y", "words": "y"}]}],
            "'gone' is no result",
        ),
        ([question(f"q{n}", *YES_NO) for n in range(13)], "at most 12 questions"),
    ],
)  # fmt: skip
def test_a_survey_that_cannot_be_asked_says_what_to_mend(written: Any, problem: str) -> None:
    with pytest.raises(BadSurvey, match=problem.replace("{", r"\{")):
        from_json(written)


def test_the_default_is_a_survey_like_any_other() -> None:
    assert from_json(to_json(DEFAULT)) == DEFAULT


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """Questions whose answers lead onward only, each reached from the one before."""
    count = draw(st.integers(1, 6))
    keys = [f"q{number}" for number in range(count)]
    questions = []
    for number, key in enumerate(keys):
        later = ["", *keys[number + 1 :]]
        onward = [keys[number + 1] if number + 1 < count else "", draw(st.sampled_from(later))]
        answers = [Choice(f"a{n}", {"en": f"a{n}"}, next_) for n, next_ in enumerate(onward)]
        questions.append(Question(key, {"en": f"{key}?"}, tuple(answers)))
    return Survey(tuple(questions))


SAID = st.dictionaries(
    st.sampled_from([f"q{number}" for number in range(6)]), st.sampled_from(["a0", "a1", "x"])
)


@given(surveys(), SAID)
def test_every_path_ends_asks_nothing_twice_and_is_kept_by_its_answers(
    survey: Survey, said: dict[str, str]
) -> None:
    assert from_json(to_json(survey)) == survey
    path = survey.path(said)
    keys = [one.key for one in path]
    assert len(set(keys)) == len(keys)
    kept = survey.answers(said)
    assert set(kept) <= set(keys)
    assert survey.path(kept) == path
