"""`lastmile worker --keep`: a worker that is started again whenever it dies, hangs or freezes.

The worker says each second that it is there, over the socket that systemd's watchdog uses too.
"""

import os
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import click

from app.cli.demo_watch import SUPERVISOR_PID
from app.cli.supervisor import Child, Supervisor, signal_groups
from app.config import Settings

LOOK_SECONDS = 0.5
START_SECONDS = 60.0
"""A worker that has not said anything yet may still be starting."""
FINISH_SECONDS = 60.0
"""A worker that is told to end finishes what it holds."""


class Ear:
    """Hears the worker's signs of life."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(LOOK_SECONDS)
        self._heard: float | None = None

    def listen(self) -> None:
        """Waits for a sign, at most until the next look."""
        try:
            self._socket.recv(64)
        except TimeoutError:
            return
        self._heard = time.monotonic()

    def silent_for(self, child: Child) -> float:
        """Seconds since the last sign of this child; 0 while it may still be starting."""
        now = time.monotonic()
        if self._heard is None or self._heard < child.started:
            return max(now - child.started - START_SECONDS, 0.0)
        return now - self._heard

    def close(self) -> None:
        """Stops listening."""
        self._socket.close()


def keep_worker(chosen: Settings) -> None:
    """Keeps a worker running until SIGTERM or SIGINT; then lets it finish what it holds."""
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with _ear() as ear:
        environment = {**os.environ, SUPERVISOR_PID: str(os.getpid())}
        environment["NOTIFY_SOCKET"] = str(ear.path)
        supervisor = Supervisor(environment, None, click.echo)
        child = supervisor.keep("worker", "worker")
        try:
            while not ended.is_set():
                ear.listen()
                _end_if_frozen(child, ear, chosen.job_patience_seconds)
                supervisor.tend()
            supervisor.terminate()
            _wait(child)
        finally:
            supervisor.stop()


def _end_if_frozen(child: Child, ear: Ear, patience: float) -> None:
    """Ends a worker whose own watch has stopped too: it is stopped, or stuck in one instruction."""
    silent = ear.silent_for(child)
    if child.process is not None and child.process.poll() is None and silent > patience:
        click.echo(f"worker has been silent for {silent:.0f} s; ending it")
        signal_groups([child.process], signal.SIGKILL)
        child.process.wait()


def _wait(child: Child) -> None:
    end = time.monotonic() + FINISH_SECONDS
    while child.process is not None and child.process.poll() is None and time.monotonic() < end:
        time.sleep(0.1)


@contextmanager
def _ear() -> Iterator[Ear]:
    with tempfile.TemporaryDirectory(prefix="lastmile-") as directory:
        ear = Ear(Path(directory) / "notify")
        try:
            yield ear
        finally:
            ear.close()
