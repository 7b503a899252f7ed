"""Times, days and places as voters read them in their own language."""

from datetime import UTC, datetime

import pytest

from app.domain.segment import encoding
from app.domain.spoken import (
    VotesAt,
    day_in_words,
    phrases,
    time_in_words,
    vote_time_in_words,
)
from app.domain.tables import table

OURS = [row["language"] for row in table("spoken_words")]
CLOSES = datetime(2026, 11, 3, 19, 30, tzinfo=UTC)
SATURDAY = datetime(2026, 10, 31, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "clock", "day", "precinct", "at", "by"),
    [
        (
            "en",
            "7:30 pm",
            "Saturday, October 31",
            "precinct 12",
            "Saturday at 1 pm",
            "Tuesday by 7:30 pm",
        ),
        (
            "es",
            "7:30 p.m.",
            "sabado 31 de octubre",
            "precinto 12",
            "el sabado a la 1 p.m.",
            "el martes antes de las 7:30 p.m.",
        ),
        (
            "vi",
            "19:30",
            "Thứ Bảy, 31 tháng 10",
            "khu vực bầu cử 12",
            "Thứ Bảy lúc 13:00",
            "Thứ Ba trước 19:30",
        ),
        # Of a language that is not ours nothing is half said.
        (
            "am",
            "7:30 pm",
            "Saturday, October 31",
            "precinct 12",
            "Saturday at 1 pm",
            "Tuesday by 7:30 pm",
        ),
    ],
)
def test_times_days_and_places_are_said_in_the_language(
    language: str, clock: str, day: str, precinct: str, at: str, by: str
) -> None:
    assert time_in_words(CLOSES, language) == clock
    assert day_in_words(SATURDAY, language) == day
    assert VotesAt("", "12").said(language) == precinct
    assert vote_time_in_words(SATURDAY, CLOSES, language) == at
    assert vote_time_in_words(None, CLOSES, language) == by


def test_a_polling_place_comes_before_the_precinct_and_nothing_stays_nothing() -> None:
    assert VotesAt("Lincoln School, 1 Main St", "12").said("es") == "Lincoln School, 1 Main St"
    assert VotesAt().said("es") == ""


@pytest.mark.parametrize("language", [one for one in OURS if one not in ("en", "am")])
def test_no_english_is_left_in_a_language_of_ours(language: str) -> None:
    said = [
        day_in_words(CLOSES, language),
        vote_time_in_words(None, CLOSES, language),
        *phrases(language).values(),
    ]
    for english in ("Tuesday", "November", " by ", "precinct ", "neighbor", "polling"):
        assert all(english not in one for one in said), english


@pytest.mark.parametrize("month", range(1, 13))
def test_spanish_days_and_times_stay_in_the_alphabet_of_a_text(month: int) -> None:
    for day in range(1, 8):
        at = datetime(2026, month, day, 17, 5, tzinfo=UTC)
        said = f"{day_in_words(at, 'es')} {vote_time_in_words(at, at, 'es')}"
        assert encoding(said) == "GSM-7", said
