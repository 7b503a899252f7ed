"""Requests that share one transaction: nobody waits for company, nobody is forgotten."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from app.web.together import Together


def test_one_alone_goes_at_once() -> None:
    assert Together[int, int](lambda items: [item * 2 for item in items]).do(4) == 8


def test_whoever_comes_meanwhile_goes_together_and_has_its_own_result() -> None:
    batches: list[list[int]] = []
    away, back = Event(), Event()

    def work(items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        away.set()
        assert back.wait(10)
        return [item * 2 for item in items]

    together = Together(work)
    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(together.do, 0)
        assert away.wait(10)
        others = [threads.submit(together.do, number) for number in range(1, 9)]
        while len(together.waiting) < 8:
            pass
        back.set()
        assert [each.result(10) for each in [first, *others]] == [n * 2 for n in range(9)]
    assert batches[0] == [0]
    assert sorted(batches[1]) == list(range(1, 9))
    assert len(batches) == 2


def test_when_the_work_fails_each_is_told_and_the_next_goes_on() -> None:
    def work(items: Sequence[int]) -> list[int]:
        return [1 // item for item in items]

    together = Together(work)
    assert [together.do(item) for item in (0, 1)] == [None, 1]


def test_many_threads_lose_nothing() -> None:
    together = Together[int, int](lambda items: [item + 1 for item in items])
    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(together.do, range(2_000))) == list(range(1, 2_001))
