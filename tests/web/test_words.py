"""How figures and times read on the pages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask

from app.web import words
from app.web.person_words import stretch

EASTERN = "America/New_York"
NOW = datetime(2026, 10, 29, 22, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 s"),
        (40, "40 s"),
        (12 * 60, "12 min"),
        (3600, "1 h"),
        (4800, "1 h 20 min"),
        (86400, "1 d"),
        (3 * 86400 + 4 * 3600 + 59, "3 d 4 h"),
    ],
)
def test_a_length_of_time_is_said_in_two_units(seconds: int, said: str) -> None:
    assert words.span(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (timedelta(), "6:40 pm"),
        (timedelta(minutes=40), "6 pm"),
        (timedelta(hours=6, minutes=30), "12:10 pm"),
        (timedelta(hours=18, minutes=30), "12:10 am"),
        (timedelta(days=4), "Sun 6:40 pm"),
        (timedelta(days=17), "Oct 12, 6:40 pm"),
    ],
)
def test_a_moment_is_said_on_the_voters_clock(back: timedelta, said: str) -> None:
    assert words.moment(NOW - back, NOW, EASTERN) == said


@pytest.mark.parametrize(
    ("amount", "said"), [(Decimal(8120), "$8,120"), (Decimal("0.0079"), "$0.01"), (12.5, "$12.50")]
)
def test_money_has_cents_only_where_there_are_some(amount: Decimal, said: str) -> None:
    assert words.money(amount) == said


def test_phones_read_as_at_home() -> None:
    assert words.phone("+15125550142") == "(512) 555-0142"
    assert words.phone("+442079460000") == "+44 20 7946 0000"
    assert words.phone("nonsense") == "nonsense"


def test_counts_agree_with_their_nouns() -> None:
    assert words.plural(1, "call") == "1 call"
    assert words.plural(4120, "reply", "replies") == "4,120 replies"


@pytest.mark.parametrize(
    ("say", "said"),
    [
        (lambda: words.clock(NOW, EASTERN), "6:40\N{NO-BREAK SPACE}p.\N{NO-BREAK SPACE}m."),
        (lambda: words.clock(NOW - timedelta(hours=6, minutes=40), EASTERN), "mediodía"),
        (lambda: words.day(NOW.date()), "jue 29 oct"),
        (lambda: words.moment(NOW - timedelta(days=4), NOW, EASTERN)[:3], "dom"),
        (lambda: words.moment(NOW - timedelta(days=17), NOW, EASTERN)[:6], "12 oct"),
        (lambda: words.zone_name(EASTERN), "del Este"),
        (lambda: words.language("es"), "Español"),
        (lambda: words.spoken("es"), "español"),
    ],
)
def test_times_and_names_are_said_in_spanish(
    say: Callable[[], str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "tongue", lambda: "es")
    assert say() == said


@pytest.mark.parametrize(
    ("tongue", "hours", "said"),
    [
        ("en", (17, 20), "5–8 pm"),
        ("en", (11, 14), "11 am–2 pm"),
        ("es", (17, 20), "5–8 p. m."),
        ("es", (11, 14), "11 a. m.–2 p. m."),
        ("es", (12, 15), "mediodía–3 p. m."),
    ],
)
def test_a_stretch_of_hours_is_said_in_both_languages(
    web: Flask, tongue: str, hours: tuple[int, int], said: str
) -> None:
    midnight = datetime(2026, 10, 29, 4, tzinfo=UTC)
    first, last = (midnight + timedelta(hours=hour) for hour in hours)
    with web.test_request_context(headers={"Accept-Language": tongue}):
        assert stretch(first, last, EASTERN).replace("\N{NO-BREAK SPACE}", " ") == said
