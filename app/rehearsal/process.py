"""A simulated process: it runs only while it is let, so that all is in one order."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from app.rehearsal.gate import Crash, Gate
from app.rehearsal.world import World


class Inline(ThreadPoolExecutor):
    """Runs what it is given at once, where it is: one thread, one order."""

    def __init__(self) -> None:
        super().__init__(1)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Runs it now."""
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done


class InlineLoop:
    """An event loop that runs in the thread that asks."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(Inline())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine to its end."""
        return self._loop.run_until_complete(work)

    def stop(self) -> None:
        """Ends whatever was left in it, so that another may run in it."""
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        if left:
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    def close(self) -> None:
        """Ends the loop."""
        self._loop.close()


class Stage:
    """A thread and an event loop in which one process after another is played: a week sees dozens
    come and go, and to make both anew costs more than most of them do."""

    def __init__(self) -> None:
        self.loop = InlineLoop()
        self._work: Callable[[], None] | None = None
        self._go, self._done = threading.Lock(), threading.Lock()  # held but for a moment
        self._go.acquire()
        self._done.acquire()
        self._thread = threading.Thread(target=self._live, name="stage", daemon=True)
        self._thread.start()

    def play(self, work: Callable[[], None]) -> None:
        """Runs the work, which raises nothing, until it is done or stands still."""
        self._work = work
        self.go_on()

    def go_on(self) -> None:
        """Goes on with what stands still."""
        self._go.release()
        self._done.acquire()

    def stand_still(self) -> None:
        """Called from within the work: lets the others go on, until it may go on itself."""
        self._done.release()
        self._go.acquire()

    def clear(self) -> None:
        """Leaves nothing of the process that was played."""
        self.loop.stop()

    def close(self) -> None:
        """Ends the thread and the loop."""
        self._work = None
        self.go_on()
        self._thread.join()
        self.loop.close()

    def _live(self) -> None:
        while True:
            self._go.acquire()
            if self._work is None:
                self._done.release()
                return
            self._work()
            self._done.release()


class Process:
    """Runs pieces of work on its stage, each to its end or until it stands still at a gate."""

    def __init__(self, world: World, name: str, stage: Stage) -> None:
        self.world, self.name, self.stage = world, name, stage
        self.gate = Gate(world, name, self._stand_still)
        self.wakes_at: datetime | None = None  # while it stands still
        self.failed: BaseException | None = None
        self._at_work = False

    @property
    def alive(self) -> bool:
        """Whether it has not died."""
        return not self.gate.dead

    @property
    def idle(self) -> bool:
        """Whether it can be given work."""
        return self.alive and not self._at_work

    def give(self, work: Callable[[], None]) -> None:
        """Runs the work until it is done, or the process stands still or dies."""
        assert self.idle
        self._at_work = True
        self.stage.play(lambda: self._run(work))

    def wake(self) -> None:
        """Lets a process that stands still go on, if its time has come."""
        if self.wakes_at is not None and self.wakes_at <= self.world.now:
            self.wakes_at = None
            self.stage.go_on()

    def end(self) -> None:
        """Ends the process wherever it is; its stage is free then."""
        self.gate.dead = True
        if self.wakes_at is not None:
            self.wakes_at = None
            self.stage.go_on()  # into the crash that the gate has for the dead
        self.stage.clear()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Crash:
            pass
        except BaseException as error:  # the world decides what it means
            self.failed = error
        finally:
            self._at_work = False

    def _stand_still(self, seconds: float) -> None:
        self.wakes_at = self.world.now + timedelta(seconds=seconds)
        self.stage.stand_still()
