"""A simulated process: a thread that runs only while it is let, so that all is in one order."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from app.rehearsal.gate import Crash, Gate
from app.rehearsal.world import World


class Process:
    """Runs pieces of work, each to its end or until it stands still at a gate."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.gate = Gate(world, name, self._stand_still)
        self.wakes_at: datetime | None = None  # while it stands still
        self.failed: BaseException | None = None
        self._work: Callable[[], None] | None = None
        self._go, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it has not died."""
        return not self.gate.dead

    @property
    def idle(self) -> bool:
        """Whether it can be given work."""
        return self.alive and self._work is None

    def give(self, work: Callable[[], None]) -> None:
        """Runs the work until it is done, or the process stands still or dies."""
        assert self.idle
        self._work = work
        self._turn()

    def wake(self) -> None:
        """Lets a process that stands still go on, if its time has come."""
        if self.wakes_at is not None and self.wakes_at <= self.world.now:
            self.wakes_at = None
            self._turn()

    def end(self) -> None:
        """Ends the process wherever it is."""
        standing = self.wakes_at is not None
        self.gate.dead = True
        self.wakes_at = None
        if self._thread.is_alive() and (standing or self._work is None):
            self._turn()
        self._thread.join()

    def _turn(self) -> None:
        self._go.release()
        self._done.acquire()

    def _live(self) -> None:
        while True:
            self._go.acquire()
            try:
                if self.gate.dead:
                    return
                assert self._work is not None
                self._work()
            except Crash:
                return
            except BaseException as error:  # the world decides what it means
                self.failed = error
            finally:
                self._work = None
                self._done.release()

    def _stand_still(self, seconds: float) -> None:
        self.wakes_at = self.world.now + timedelta(seconds=seconds)
        self._done.release()
        self._go.acquire()
