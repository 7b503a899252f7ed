"""What people mean by their texts."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import reply
from app.domain.reply import KEYWORDS, Meaning, meaning_of, plain
from app.domain.tables import table
from tests.replies.meanings import MORE_WORDS, OTHERS
from tests.replies.opt_outs import MORE_OPT_OUTS, OPT_OUTS


@pytest.mark.parametrize("body", [*OPT_OUTS, *MORE_OPT_OUTS.strip().splitlines()])
def test_any_reasonable_words_opt_out(body: str) -> None:
    assert meaning_of(body) is Meaning.STOP


@pytest.mark.parametrize("body", MORE_WORDS.strip().splitlines())
def test_a_text_that_only_sounds_like_an_opt_out_is_none(body: str) -> None:
    assert meaning_of(body) is not Meaning.STOP


@pytest.mark.parametrize(("body", "meaning"), OTHERS)
def test_a_text_means_what_a_person_would_take_it_for(body: str, meaning: Meaning) -> None:
    assert meaning_of(body) is meaning


def test_every_keyword_of_the_table_has_an_effect() -> None:
    assert set(KEYWORDS) == {row["word"].lower() for row in table("opt_out_words")}
    assert set(KEYWORDS.values()) == {Meaning.STOP, Meaning.START, Meaning.HELP}


@st.composite
def keyword_texts(draw: st.DrawFn) -> tuple[str, Meaning]:
    """A keyword alone, in any case, with space and punctuation around it."""
    word = draw(st.sampled_from(sorted(KEYWORDS)))
    cased = "".join(draw(st.sampled_from((c.lower(), c.upper()))) for c in word)
    around = st.text(alphabet=" \t\r\n.,!?\"'*()…“”-_", max_size=4)
    return f"{draw(around)}{cased}{draw(around)}", KEYWORDS[word]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(keyword_texts())
def test_a_keyword_alone_has_its_effect_in_any_case_and_punctuation(
    case: tuple[str, Meaning],
) -> None:
    body, meaning = case
    assert meaning_of(body) is meaning


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.sampled_from(("stop", "unsubscribe", "end", "quit", "cancel", "revoke")), st.text())
def test_an_opt_out_word_that_comes_first_opts_out_whatever_follows(word: str, rest: str) -> None:
    if not re.match(r"[\W_]*of\b", plain(rest)):
        assert meaning_of(f"{word} . {rest}") is Meaning.STOP


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.text(max_size=400))
def test_no_text_is_too_strange_to_be_read(body: str) -> None:
    assert meaning_of(body) in Meaning
    assert plain(plain(body)) == plain(body)


def test_the_longest_text_is_read_at_once() -> None:
    for part in ("no quiero mas mas mas ", "i have already just ", "dont want to ", "hi. ", "o"):
        meaning_of(part * (1600 // len(part)))  # a regular expression that runs wild hangs here


def overlooked(read: Callable[[str], Meaning]) -> list[str]:
    """The opt-outs that `read` takes for something else."""
    return [body for body in OPT_OUTS if read(body) is not Meaning.STOP]


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("STOP_PHRASES", re.compile(r"\bstop\b")),
        ("SHORT", re.compile(r"(?!)")),
        ("KEYWORDS", {"stop": Meaning.STOP}),
        ("NOT_STOP", re.compile(r"\b(cant|wont|never|dont) (you )?stop\b|\bstop me\b|\bstop$")),
        ("plain", str.lower),
    ],
)
def test_a_gap_in_the_words_would_be_seen(
    name: str, broken: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert overlooked(meaning_of) == []
    monkeypatch.setattr(reply, name, broken)
    assert overlooked(meaning_of)
