"""Grouped: threads that ask in the same moment are answered in one go, each with its own answer."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Semaphore

import pytest

from app.services.grouped import MOST, Grouped

PATIENCE = 20


class Counter:
    """A service that doubles numbers, keeps what it was given, and can be held up before it."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.has_begun, self.may_go_on = Semaphore(0), Event()
        self.may_go_on.set()

    def serve(self, numbers: Sequence[int]) -> list[int]:
        self.asked.append(list(numbers))
        self.has_begun.release()
        assert self.may_go_on.wait(PATIENCE)
        if any(one < 0 for one in numbers):
            raise ValueError(f"{min(numbers)} is too small")
        return [2 * one for one in numbers]


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(MOST + 4) as pool:
        yield pool


def held_up(
    counter: Counter, grouped: Grouped[int, int], threads: ThreadPoolExecutor, numbers: range
) -> list[Future[int]]:
    """One question under way, and all others waiting behind it."""
    counter.may_go_on.clear()
    first = threads.submit(grouped.ask, 1000)
    assert counter.has_begun.acquire(timeout=PATIENCE)
    others = [threads.submit(grouped.ask, one) for one in numbers]
    while len(grouped._waiting) < len(others):
        assert not any(one.done() for one in others)
    counter.may_go_on.set()
    return [first, *others]


def test_whoever_asks_while_nobody_else_does_is_answered_alone(counter: Counter) -> None:
    grouped = Grouped(counter.serve)
    assert [grouped.ask(one) for one in (1, 2)] == [2, 4]
    assert counter.asked == [[1], [2]]


def test_whoever_asks_meanwhile_is_answered_together_with_the_others(
    counter: Counter, threads: ThreadPoolExecutor
) -> None:
    asked = held_up(counter, Grouped(counter.serve), threads, range(5))
    assert [one.result(PATIENCE) for one in asked] == [2000, 0, 2, 4, 6, 8]
    assert [sorted(some) for some in counter.asked] == [[1000], [0, 1, 2, 3, 4]]


def test_no_more_than_so_many_are_answered_in_one_go(
    counter: Counter, threads: ThreadPoolExecutor
) -> None:
    asked = held_up(counter, Grouped(counter.serve, most=3), threads, range(7))
    assert [one.result(PATIENCE) for one in asked] == [2000, *(2 * one for one in range(7))]
    assert [len(some) for some in counter.asked] == [1, 3, 3, 1]


def test_an_error_is_told_to_whose_question_it_is_and_to_nobody_else(
    counter: Counter, threads: ThreadPoolExecutor
) -> None:
    grouped = Grouped(counter.serve)
    _, wrong, *others = held_up(counter, grouped, threads, range(-1, 4))
    with pytest.raises(ValueError, match="-1 is too small"):
        wrong.result(PATIENCE)
    assert [one.result(PATIENCE) for one in others] == [0, 2, 4, 6]
    with pytest.raises(ValueError, match="-2 is too small"):
        grouped.ask(-2)
    assert grouped.ask(7) == 14


def test_each_of_many_threads_gets_the_answer_to_its_own_question(
    counter: Counter, threads: ThreadPoolExecutor
) -> None:
    grouped = Grouped(counter.serve, most=4)
    numbers = range(2000)
    assert list(threads.map(grouped.ask, numbers)) == [2 * one for one in numbers]
    assert sorted(one for some in counter.asked for one in some) == list(numbers)
