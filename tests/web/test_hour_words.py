"""Changes to hours are said on the pages as everywhere else, and in Spanish on Spanish pages."""

from datetime import UTC, datetime, time

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st

from app.domain import rule_words
from app.domain.channel import Channel
from app.domain.rule import Blackout, CallingHours, Change, OwnHours, PollHours, Silence
from app.web import hour_words

EASTERN = "America/New_York"
channels = st.lists(st.sampled_from(Channel), min_size=1, unique=True).map(tuple)
weekdays = st.lists(st.integers(0, 6), min_size=1, unique=True).map(
    lambda days: tuple(sorted(days))
)
times = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))
minutes = st.integers(28_400_000, 31_600_000)  # since 1970: in the years 2024 to 2030
instants = minutes.map(lambda passed: datetime.fromtimestamp(passed * 60, UTC))
changes = st.one_of(
    st.builds(
        CallingHours,
        st.sampled_from(("federal", "custom", "CA-canada", "NC", "FL", "XX")),
        channels,
        weekdays,
        times,
        times,
        st.none() | st.integers(1, 9),
    ),
    st.builds(PollHours, st.sampled_from(("NC", "TX")), times, times),
    st.builds(Silence, st.just("") | st.just("00:00 on the eve"), st.just("polls close"), channels),
    st.builds(Blackout, instants, instants, channels),
    st.builds(OwnHours, channels, weekdays, times, times),
)


@given(changes)
def test_in_english_a_change_is_said_as_the_log_says_it(change: Change) -> None:
    assert hour_words.change_in_words(change, EASTERN) == rule_words.change_in_words(
        change, EASTERN
    )


def test_in_spanish_days_and_hours_are_spanish(web: Flask) -> None:
    change = OwnHours((Channel.CALL,), (0, 1, 2, 5), time(10), time(20))
    with web.test_request_context(), force_locale("es"):
        said = hour_words.change_in_words(change, EASTERN)
    assert "lun–mié" in said
    assert "10 a. m.–8 p. m." in said.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("number", range(7))
def test_a_weekday_has_the_name_that_the_log_gives_it(number: int) -> None:
    assert hour_words.weekday_name(number) == rule_words.DAYS[number]
