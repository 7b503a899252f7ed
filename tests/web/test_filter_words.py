"""Filters are said on the pages as everywhere else, and in Spanish on Spanish pages."""

from flask_babel import force_locale
from hypothesis import given

from app.domain import in_words as domain
from app.domain.condition import Condition, Field, Is
from app.web import filter_words
from app.web.app import create_app
from app.wiring import Parts
from tests.conditions import conditions


@given(conditions)
def test_in_english_a_filter_is_said_as_the_log_says_it(condition: Condition) -> None:
    assert filter_words.in_words(condition) == domain.in_words(condition)


def test_everybody_is_said_too() -> None:
    assert filter_words.in_words(None) == domain.in_words(None)


def test_in_spanish_languages_have_spanish_names(parts: Parts) -> None:
    with create_app(parts).test_request_context(), force_locale("es"):
        assert filter_words.value_in_words("language", "vi") == "vi (Vietnamita)"
        assert "Vietnamita" in filter_words.in_words(Is(Field("language"), ("vi",)))
