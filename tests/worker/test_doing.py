"""What a worker is doing: a job that stands still is seen, a long one that goes on is not."""

import asyncio

from app.worker.doing import Doing
from app.worker.timetable import Loop


class Seconds:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_job_is_hung_once_its_own_patience_is_over() -> None:
    clock = Seconds()
    doing = Doing(clock)
    with doing.job("plan", 600), doing.job("send texts", 120):
        clock.at = 120
        assert doing.hung() is None
        clock.at = 121
        assert doing.hung() == ("send texts", 121)
    assert doing.hung() is None


def test_a_job_that_says_that_it_goes_on_does_not_hang_even_from_its_coroutines() -> None:
    clock, loop = Seconds(), Loop()
    doing = Doing(clock)

    async def lane() -> None:
        await asyncio.to_thread(doing.goes_on)

    with doing.job("send texts", 120):
        clock.at = 100
        loop.run(lane())
        clock.at = 200
        assert doing.hung() is None
        clock.at = 221
        assert doing.hung() == ("send texts", 121)
    loop.stop()


def test_the_job_that_has_run_longest_is_told_of() -> None:
    clock = Seconds()
    doing = Doing(clock)
    assert doing.longest() == ("", 0.0)
    with doing.job("plan", 600):
        clock.at = 5
        with doing.job("beat", 120):
            clock.at = 8
            assert doing.longest() == ("plan", 8)
