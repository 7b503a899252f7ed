"""Scripts in the domain: plain signs, differences, what is asked of words, ways of a survey."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.channel import Channel
from app.domain.difference import difference
from app.domain.first_words import Written
from app.domain.plain_sign import PLAIN, in_plain_signs, odd_signs, plain_sign
from app.domain.script_check import ENDS, asked_of
from app.domain.segment import GSM_7, encoding
from app.domain.survey import BadSurvey, WayCode, from_json, parsed, way_faults


@pytest.mark.parametrize(
    ("body", "signs", "plain"),
    [
        ("It’s “it” – …", ["’", "“", "”", "–", "…"], 'It\'s "it" - ...'),
        ("¿Votará en el día?", ["á", "í"], "¿Votara en el dia?"),
        ("ñ é ü à € ¿", [], "ñ é ü à € ¿"),
        ("Go 🗳 now", ["🗳"], "Go 🗳 now"),
        ("a\u00a0b\u200b", ["\u00a0", "\u200b"], "a b"),
    ],
)
def test_odd_signs_are_named_and_have_plain_ones_where_there_are_any(
    body: str, signs: list[str], plain: str
) -> None:
    assert odd_signs(body) == signs
    assert in_plain_signs(body) == plain


@pytest.mark.parametrize("sign", PLAIN)
def test_every_plain_sign_is_in_the_alphabet_of_a_text(sign: str) -> None:
    assert GSM_7.issuperset(plain_sign(sign) or "")
    assert encoding(sign) == "UCS-2" or sign in GSM_7


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    found = difference(before, after)
    assert "".join(one.words for one in found if one.kind != "new") == before
    assert "".join(one.words for one in found if one.kind != "gone") == after


def test_long_texts_are_held_against_each_other_by_lines() -> None:
    lines = [f"line {number} of many words that make it long\n" for number in range(400)]
    found = difference("".join(lines), "".join([*lines[:200], "new\n", *lines[200:]]))
    assert [(one.kind, one.words) for one in found if one.kind != "same"] == [("new", "new\n")]


@pytest.mark.parametrize(
    ("channel", "language", "body", "country", "missing"),
    [
        (Channel.TEXT, "en", "Go!", "US", {"who_pays", "opt_out"}),
        (Channel.TEXT, "en", "Go! Paid for by {organization}. STOP to end", "US", set()),
        (Channel.TEXT, "es", "¡Va! Pagado por {organization}. STOP", "US", set()),
        (Channel.TEXT, "en", "Go!", "CA", {"opt_out"}),
        (Channel.EMAIL, "en", "Go!", "US", {"who_pays"}),
        (Channel.CALL, "en", "Hi!", "US", {"who_calls"}),
        (Channel.CALL, "en", "Hi, I'm {volunteer}", "US", set()),
    ],
)
def test_what_law_and_custom_ask_is_found_missing(
    channel: Channel, language: str, body: str, country: str, missing: set[str]
) -> None:
    asked = asked_of(Written(channel, language, "", body), "Rivera", country)
    assert {one.code for one in asked if not one.met} == missing


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_one_tap_adds_is_what_was_missing(language: str) -> None:
    ends = " ".join(ENDS[code, language] for code in ("who_pays", "opt_out"))
    asked = asked_of(Written(Channel.TEXT, language, "", ends), "Rivera", "US")
    assert all(one.met for one in asked)
    assert encoding(ends) == "GSM-7"


def ask(key: str, *nexts: str) -> dict[str, object]:
    answers = [{"key": f"a{n}", "words": "x", "next": to} for n, to in enumerate((*nexts, ""))]
    return {"key": key, "words": key, "answers": answers}


@pytest.mark.parametrize(
    ("written", "faults"),
    [
        ([ask("a", "b"), ask("b", "")], []),
        ([ask("a", "b"), ask("b", "a")], [(WayCode.LOOP, "a")]),
        ([ask("a", "a")], [(WayCode.LOOP, "a")]),
        ([ask("a", ""), ask("b", ""), ask("c", "")], [(WayCode.LOST, "b"), (WayCode.LOST, "c")]),
        ([ask("a", "z")], [(WayCode.NOWHERE, "a")]),
        (
            [ask("a", "b", "z"), ask("b", "b"), ask("c", "")],
            [(WayCode.NOWHERE, "a"), (WayCode.LOOP, "b"), (WayCode.LOST, "c")],
        ),
    ],
)
def test_all_that_is_wrong_with_the_ways_is_named(
    written: list[object], faults: list[tuple[WayCode, str]]
) -> None:
    assert [(one.code, one.question) for one in way_faults(parsed(written))] == faults
    if faults:
        with pytest.raises(BadSurvey):
            from_json(written)
