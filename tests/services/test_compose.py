"""Times and days as they are said."""

from datetime import UTC, datetime

import pytest

from app.services.compose import day_in_words, time_in_words


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [
        (0, 0, "12 am"),
        (0, 5, "12:05 am"),
        (9, 0, "9 am"),
        (10, 0, "10 am"),
        (11, 59, "11:59 am"),
        (12, 0, "12 pm"),
        (12, 30, "12:30 pm"),
        (19, 0, "7 pm"),
        (19, 30, "7:30 pm"),
        (20, 0, "8 pm"),
    ],
)
def test_a_time_is_said_as_on_the_phone(hour: int, minute: int, words: str) -> None:
    assert time_in_words(datetime(2026, 11, 3, hour, minute, tzinfo=UTC)) == words


@pytest.mark.parametrize(
    ("month", "day", "words"), [(11, 3, "Tuesday, November 3"), (10, 31, "Saturday, October 31")]
)
def test_a_day_is_said_with_its_weekday(month: int, day: int, words: str) -> None:
    assert day_in_words(datetime(2026, month, day, tzinfo=UTC)) == words
