"""Filters are said in plain words, and in Spanish on Spanish pages."""

from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given

from app.domain.condition import Condition, Field, Is
from app.domain.condition_json import read
from app.web.filter_words import in_words, value_in_words
from tests.conditions import conditions


@given(conditions)
def test_every_filter_can_be_said(condition: Condition) -> None:
    assert in_words(condition).strip()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Everybody on file"),
        (
            {
                "all": [
                    {"field": "party", "is": ["dem", "UNA"]},
                    {"field": "age", "from": 18, "to": 35},
                    {"voted": {"at_least": 2, "of_last": 4, "kind": "general"}},
                ]
            },
            "Democrats or unaffiliated, aged 18 to 35, "
            "voted in at least 2 of the last 4 general elections",
        ),
        ({"not": {"voted": {"in": 2022}}}, "Not voted in 2022"),
        ({"none": [{"universe": "A"}, {"universe": "B"}]}, "Not (in “A” or in “B”)"),
        (
            {
                "all": [
                    {"reach": ["text"]},
                    {
                        "any": [
                            {"field": "city", "starts": ["Ra"]},
                            {"sample": {"share": 0.1, "seed": 7}},
                        ]
                    },
                ]
            },
            "With a phone that may be texted, (city starts with “Ra” or a random 10 % (seed 7))",
        ),
        ({"turnout": {"from": 0.3, "to": 0.7}}, "Chance to vote 30 % to 70 %"),
        ({"voted": {"at_most": 0, "of_last": 1}}, "Voted in at most 0 of the last election"),
        ({"answer": {"question": "Support", "is": ["Yes"]}}, "Answered “Yes” to “Support”"),
        (
            {"contact": {"channel": "call", "result": ["not_home"], "within_days": 7}},
            "Called with result no answer in the last 7 days",
        ),
        ({"contact": {"none": True}}, "Not contacted"),
        ({"extra": {"name": "Ward", "from": 1}}, "Ward 1 or more"),
        ({"field": "county", "is": list("ABCDEFGH")}, "County A, B, C, D, E or 3 others"),
    ],
)
def test_a_filter_is_said_in_plain_words(said: dict[str, Any], words: str) -> None:
    assert in_words(read(said)) == words


def test_everybody_is_said_too() -> None:
    assert in_words(None) == "Everybody on file"


def test_in_spanish_languages_have_spanish_names(web: Flask) -> None:
    with web.test_request_context(), force_locale("es"):
        assert value_in_words("language", "vi") == "vi (Vietnamita)"
        assert "Vietnamita" in in_words(Is(Field("language"), ("vi",)))
