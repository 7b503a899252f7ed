"""Health falls fast and rises slowly, is never nothing, and is no one's fault if all suffer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sender_health import (
    LEAST,
    UP_A_MINUTE,
    Signs,
    fitness,
    health_after,
    in_words,
    share_of,
)

EVERY = 10.0  # seconds between two measurements

healths = st.floats(LEAST, 1.0)
signs = st.integers(0, 500).flatmap(
    lambda seen: st.builds(Signs, st.just(seen), *(st.integers(0, seen) for _ in range(3)))
)
GOOD, BAD = Signs(100), Signs(100, faults=100)


@given(healths, signs, st.floats(0, 600))
def test_health_stays_between_a_little_and_one(health: float, seen: Signs, seconds: float) -> None:
    assert LEAST <= health_after(health, seen, seconds) <= 1


@given(healths, signs, st.floats(0, 60))
def test_it_rises_by_a_tenth_a_minute_at_most_and_falls_by_half(
    health: float, seen: Signs, seconds: float
) -> None:
    after = health_after(health, seen, seconds)
    assert after <= health + UP_A_MINUTE * seconds / 60 + 1e-9
    assert after >= min(health / 2, fitness(seen)) - 1e-9


def test_a_dead_sender_is_nearly_out_within_a_minute_and_back_within_ten() -> None:
    health = 1.0
    for _ in range(6):
        health = health_after(health, BAD, EVERY)
    assert health < 0.05
    minutes = 0.0
    while health < 0.9:
        health = health_after(health, GOOD, EVERY)
        minutes += EVERY / 60
    assert 8 <= minutes <= 10


@given(healths, signs)
def test_worse_news_never_makes_it_healthier(health: float, seen: Signs) -> None:
    worse = Signs(seen.seen + 1, seen.faults + 1, seen.silent, seen.late)
    assert fitness(worse) <= fitness(seen) + 1e-12
    assert health_after(health, worse, EVERY) <= health_after(health, seen, EVERY) + 1e-12


@pytest.mark.parametrize(
    ("seen", "low", "high"),
    [
        (Signs(), 1, 1),
        (Signs(1, faults=1), 0.4, 0.6),  # one failure of one says little
        (Signs(9, faults=9), 0, 0.05),  # all that a probe sends in three minutes
        (Signs(200, faults=2), 0.95, 1),
        (Signs(200, faults=60), 0.2, 0.4),
        (Signs(200, silent=60), 0.2, 0.4),
        (Signs(200, late=200), 0.15, 0.35),  # its callbacks are lost: it may be well
    ],
    ids=str,
)
def test_signs_weigh_by_their_share(seen: Signs, low: float, high: float) -> None:
    assert low <= fitness(seen) <= high


@given(healths, healths)
def test_the_healthiest_always_has_its_whole_rate(one: float, other: float) -> None:
    best = max(one, other)
    assert max(share_of(one, best), share_of(other, best)) == 1
    assert share_of(one, best) <= 1


@pytest.mark.parametrize(
    ("health", "words"), [(1, "well"), (0.9, "well"), (0.7, "ailing"), (0.2, "sick")]
)
def test_health_is_said_in_words(health: float, words: str) -> None:
    assert in_words(health) == words
