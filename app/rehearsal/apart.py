"""Apart: the parts of a large rehearsal, each in a process of its own, all at once."""

import logging
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import current_thread, main_thread
from types import ModuleType
from typing import TYPE_CHECKING

import structlog

from app.failure import log_error
from app.garbage import collect_seldom, quickly

if TYPE_CHECKING:  # each process begins with this module, and loads those quickly
    from app.rehearsal.findings import Findings
    from app.rehearsal.part import Task

GRACE_SECONDS = 10.0
"""For a part that is told to end, to drop its copy."""


class PartLost(RuntimeError):
    """The process of a part ended without findings."""


def play_apart(
    tasks: "Sequence[Task]", database_url: str, progress: Callable[[float], None]
) -> "list[Findings]":
    """Plays the parts at once and returns the findings of each, in their order.

    `progress` is told how far the slowest is; what it raises ends all parts. Raises
    RehearsalRefused, NoRoom, PartLost.
    """
    spawn = multiprocessing.get_context("spawn")
    shares = [0.0] * len(tasks)
    found: dict[int, Findings] = {}
    ears: dict[Connection, int] = {}
    processes: list[BaseProcess] = []
    try:
        for number, task in enumerate(tasks):
            ear, mouth = spawn.Pipe()
            process = spawn.Process(target=_play, args=(number, database_url, mouth), daemon=True)
            with _deaf(), _alone():
                process.start()
            mouth.close()
            ears[ear] = number
            processes.append(process)
            with suppress(ConnectionError):  # one that is gone already is heard to be
                ear.send(task)
        while len(found) < len(tasks):
            for ready in wait(list(ears)):
                ear = next(one for one in ears if one is ready)
                number, said = ears[ear], _hear(ear)
                if isinstance(said, float):
                    shares[number] = said
                    progress(min(shares))
                else:
                    found[number] = said
                    del ears[ear]
                    ear.close()
    finally:
        for ear in ears:
            ear.close()  # whoever still plays notices, and ends
        for one in processes:
            one.join(GRACE_SECONDS)
            one.kill()
            one.join()
            one.close()
    return [found[number] for number in range(len(tasks))]


@contextmanager
def _deaf() -> Iterator[None]:
    """What is started meanwhile does not hear Ctrl-C, which a terminal says to all its processes,
    not even before it can say so itself."""
    if current_thread() is not main_thread():
        yield  # which has no say in signals
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _alone() -> Iterator[None]:
    """What is started meanwhile does not load the program that starts it, as it would before all
    else: it needs nothing of it."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


def _hear(ear: Connection) -> "Findings | float":
    """What a part says next: how far it is, or at last what it found."""
    try:
        said = ear.recv()
    except (EOFError, ConnectionError):
        raise PartLost("a part of the rehearsal ended without findings") from None
    if isinstance(said, Exception):
        raise said
    return said  # type: ignore[no-any-return]


def _play(number: int, database_url: str, mouth: Connection) -> None:
    """What the process of a part does. It ends when nobody listens any more, so that it needs no
    signals, which come to all of a terminal's processes at once."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    with quickly():
        from app.rehearsal.copy import NoRoom
        from app.rehearsal.part import RehearsalRefused, play_part
        from app.store.engine import make_engine

        task = mouth.recv()
    collect_seldom()
    # What the played workers log would look like the real ones'.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    engine = make_engine(database_url)
    try:
        mouth.send(play_part(engine, task, mouth.send))
    except (RehearsalRefused, NoRoom) as refused:
        mouth.send(refused)
    except ConnectionError:
        pass  # nobody listens
    except Exception as error:
        structlog.reset_defaults()
        log_error("a part of a rehearsal failed", error, part=number)
        raise SystemExit(1) from None
    finally:
        engine.dispose()
