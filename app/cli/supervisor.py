"""Keeps processes running: starts them, starts again what dies, ends them all."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.config import ROOT

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0  # one that ran this long starts again with the first pause
GRACE_SECONDS = 5.0


@dataclass
class Child:
    """A `lastmile …` process that is to run for as long as we do."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = field(default=0.0)  # when a dead one is started again


class Supervisor:
    """The processes that share one environment and one directory for their logs; without one
    they write where we write."""

    def __init__(
        self, environment: Mapping[str, str], logs: Path | None, say: Callable[[str], None]
    ) -> None:
        self.environment = dict(environment)
        self.logs = logs
        self.say = say
        self.children: list[Child] = []

    def keep(self, name: str, *arguments: str) -> Child:
        """Start `lastmile arguments…` and from now on keep it running."""
        child = Child(name, list(arguments))
        self.children.append(child)
        self._start(child)
        return child

    def tend(self) -> None:
        """One look round: start again whatever died, after a pause that doubles each time."""
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and (code := child.process.poll()) is not None:
                self._bury(child, code, now)
            if child.process is None and now >= child.due:
                self._start(child)

    def run(self, *arguments: str) -> str:
        """Run `lastmile arguments…` to its end; returns what it printed.

        Raises CalledProcessError, with all that it said in `output`.
        """
        return self.run_together(arguments)[0]

    def run_together(self, *commands: tuple[str, ...]) -> list[str]:
        """Run several at once, each as `run` would."""
        processes: list[subprocess.Popen[bytes]] = []
        try:
            for command in commands:  # one by one, so that those before a failure are ended too
                processes += [launch(command, self.environment, subprocess.PIPE)]
            return [self._outcome(*pair) for pair in zip(commands, processes, strict=True)]
        finally:
            signal_groups(processes, signal.SIGKILL)

    def _outcome(self, command: tuple[str, ...], process: subprocess.Popen[bytes]) -> str:
        output, _ = process.communicate()
        text = output.decode(errors="replace")
        if self.logs is not None:
            with (self.logs / "setup.log").open("a") as log:
                log.write(f"$ lastmile {' '.join(command)}\n{text}")
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command, text)
        return text

    def terminate(self) -> None:
        """Ask every child to end."""
        signal_groups(self._processes(), signal.SIGTERM)

    def stop(self) -> None:
        """End every child and all that it started: asked first, killed after a grace."""
        self.terminate()
        end = time.monotonic() + GRACE_SECONDS
        for process in self._processes():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, end - time.monotonic()))
        signal_groups(self._processes(), signal.SIGKILL)
        for process in self._processes():
            process.wait()
        self.children.clear()

    def _processes(self) -> list[subprocess.Popen[bytes]]:
        return [child.process for child in self.children if child.process is not None]

    def _start(self, child: Child) -> None:
        if self.logs is None:
            child.process = launch(child.arguments, self.environment, None)
        else:
            with (self.logs / f"{child.name}.log").open("ab") as log:
                child.process = launch(child.arguments, self.environment, log.fileno())
        child.started = time.monotonic()

    def _bury(self, child: Child, code: int, now: float) -> None:
        assert child.process is not None
        signal_groups([child.process], signal.SIGKILL)  # what it may have left behind
        child.process = None
        if now - child.started > STEADY_SECONDS:
            child.pause = FIRST_PAUSE
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        where = "" if self.logs is None else f", see {self.logs / f'{child.name}.log'}"
        self.say(f"{child.name} ended ({how}); starting it again in {child.pause:.0f} s{where}")
        child.due = now + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)


def launch(
    arguments: Iterable[str], environment: Mapping[str, str], output: int | None
) -> subprocess.Popen[bytes]:
    """Start `lastmile arguments…` in a process group of its own, which Ctrl-C does not reach."""
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli.demo_watch", *arguments],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        process_group=0,
    )


def signal_groups(processes: Iterable[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    """Send the signal to each process and all that it started."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
