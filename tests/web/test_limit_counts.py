"""Counts of tries in memory: what counts, until when, and that old ones are forgotten."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st
from limits import parse
from limits.strategies import FixedWindowRateLimiter

from app.web.limit_counts import EVERY_SECONDS, Counts


class At:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


TRIES = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 100)), max_size=60)


@given(TRIES)
def test_tries_count_from_the_first_on_for_their_time(tries: list[tuple[str, int]]) -> None:
    clock, seconds = At(), 90
    counts = Counts(clock=clock)
    begun: dict[str, float] = {}
    seen: dict[str, int] = {}
    for key, later in tries:
        clock.now += later
        if key not in begun or clock.now >= begun[key] + seconds:
            begun[key], seen[key] = clock.now, 0
        seen[key] += 1
        assert counts.incr(key, seconds) == seen[key]
        assert counts.get(key) == seen[key]
        assert counts.get_expiry(key) == begun[key] + seconds


def test_a_limit_lets_so_many_through_and_again_when_its_time_is_over() -> None:
    counts = Counts()
    limiter, limit = FixedWindowRateLimiter(counts), parse("3 per hour")
    assert [limiter.hit(limit, "ana") for _ in range(5)] == [True] * 3 + [False] * 2
    assert limiter.hit(limit, "ben")
    counts.reset()
    assert limiter.hit(limit, "ana")


def test_what_counts_no_more_is_forgotten() -> None:
    clock = At()
    counts = Counts(clock=clock)
    for number in range(100):
        counts.incr(f"somebody {number}", EVERY_SECONDS)
    clock.now += 2 * EVERY_SECONDS
    counts.incr("somebody else", 1)
    assert counts.reset() == 1


def test_threads_count_together() -> None:
    counts = Counts()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: counts.incr("all", 60), range(4_000)))
    assert counts.get("all") == 4_000
