"""Merge fields: every one filled, or nothing goes out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.message import FIELDS, Unfilled, UnknownField, bare_fields, fields_of, fill

FACTS = {name: f"<{name}>" for name in FIELDS}


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_that_is_offered_can_be_filled(name: str) -> None:
    assert fill(f"a {{{name}}} b {{{name}}}", FACTS) == f"a <{name}> b <{name}>"
    assert fields_of(f"{{{name}}}") == {name}


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("Hi {name}", r"\{name\} is no field; use \{first_name\}"),
        ("Hi {First_Name}", "is no field"),
        ("Hi {first name}", "is no field"),
        ("Hi { first_name }", "is no field"),
        ("Hi {}", "is no field"),
        ("Hi {0}", "is no field"),
        ("Hi {first_name.__class__}", "is no field"),
        ("Hi {first_name!r}", "is no field"),
        ("Hi {{first_name}}", "stands alone"),
        ("Hi {first_name", "stands alone"),
        ("Hi first_name}", "stands alone"),
        ("Hi }{", "stands alone"),
        ("Hi {first_name|}", "after the bar"),
        ("Hi {first_name| }", "after the bar"),
        ("Hi {first_name|" + "x" * 81 + "}", "after the bar"),
        ("Hi {name|friend}", "is no field"),
        ("Hi {first_name|{candidate}}", "is no field|stands alone"),
    ],
)
def test_a_brace_that_is_no_field_never_goes_out(template: str, words: str) -> None:
    for ask in (fields_of, lambda text: fill(text, FACTS)):
        with pytest.raises(UnknownField, match=words):
            ask(template)


@pytest.mark.parametrize("facts", [{}, {"first_name": ""}, {"first_name": " "}])
def test_a_field_with_nothing_to_put_is_refused(facts: dict[str, str]) -> None:
    with pytest.raises(UnknownField, match=r"nothing to put for \{first_name\}"):
        fill("Hi {first_name}!", facts)


@pytest.mark.parametrize("template", ["", "Polls close at 7.", "100% (really)", "$5 \\1 \\g<0>"])
def test_words_without_fields_stay_as_they_are(template: str) -> None:
    assert fields_of(template) == set()
    assert fill(template, {}) == template


def test_what_a_voter_is_called_is_never_read_as_a_template() -> None:
    facts = FACTS | {"first_name": "{candidate} \\1"}
    assert fill("Hi {first_name}", facts) == "Hi {candidate} \\1"


WHERE = "Vote at {polling_place|your polling place}"


@pytest.mark.parametrize(
    ("template", "facts", "usual", "words"),
    [
        (WHERE, {"polling_place": "Lincoln School"}, {}, "Vote at Lincoln School"),
        (WHERE, {"polling_place": ""}, {}, "Vote at your polling place"),
        (WHERE, {}, {"polling_place": "a place"}, "Vote at your polling place"),
        ("{first_name}, hi", {"first_name": " "}, {"first_name": "neighbor"}, "neighbor, hi"),
        ("{first_name| friend }!", {}, {}, "friend!"),
        ("{first_name|a \\1 $5}", {}, {}, "a \\1 $5"),
    ],
)
def test_what_is_known_comes_before_the_fallback_and_that_before_what_is_usual(
    template: str, facts: dict[str, str], usual: dict[str, str], words: str
) -> None:
    assert fill(template, facts, usual) == words


def test_a_template_that_only_some_voters_cannot_have_says_so_apart() -> None:
    with pytest.raises(Unfilled, match=r"nothing to put for \{polling_place\}") as refused:
        fill("{first_name}: {polling_place}", {"first_name": "Ana"})
    assert refused.value.name == "polling_place"
    with pytest.raises(UnknownField) as refused_for_all:
        fill("{place}", {})
    assert not isinstance(refused_for_all.value, Unfilled)


def test_a_field_is_bare_where_it_stands_once_without_a_fallback() -> None:
    assert bare_fields("{first_name|a} {polling_place} {polling_place|b} {") == {"polling_place"}


parts = st.one_of(
    st.sampled_from([f"{{{name}}}" for name in FIELDS]),
    st.sampled_from([f"{{{name}|x}}" for name in FIELDS]),
    st.text(max_size=8),
    st.just("{x}"),
)


@settings(derandomize=True, deadline=None)
@given(st.lists(parts, max_size=6).map("".join))
def test_whatever_is_filled_has_no_brace_left(template: str) -> None:
    try:
        found = fill(template, FACTS)
    except UnknownField:
        return
    assert not {"{", "}"} & set(found)
