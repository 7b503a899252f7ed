"""Starts `lastmile …` within milliseconds: one process has imported the program and forks for each.

What it starts is a process of its own, with its own environment, files and end: it can be killed,
frozen and waited for as one that a shell started. Only the seconds of imports are saved.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.orm import configure_mappers

ROOT = Path(__file__).parent.parent
TEMPLATES = "LASTMILE_TEST_TEMPLATES"
"""Names the directory in which a run keeps its compiled templates."""

FRESH = "from app.cli import main; main()"
"""What a shell's `lastmile` does."""

LATE = [
    *("app.web.app", "app.worker.process", "app.carrier.server"),
    *("app.channels.twilio_text", "twilio.rest.api.v2010"),
    *("gunicorn.workers.gthread", "gunicorn.glogging", "flask_security.cli", "argon2"),
]
"""What commands import only once they run."""

MESSAGE = 1 << 17
"""The longest message, in bytes; an environment is the largest part of one."""


class Forked:
    """A started process, with the part of Popen that tests use."""

    def __init__(self, launcher: "Launcher", pid: int) -> None:
        self._launcher = launcher
        self.pid = pid

    @property
    def returncode(self) -> int | None:
        """As of Popen: a negative one is the number of the signal that ended it."""
        return self._launcher.ended.get(self.pid)

    def poll(self) -> int | None:
        """The return code, or None while it runs."""
        while self.returncode is None and self._launcher.listen(0):
            pass
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises TimeoutExpired after `timeout` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.returncode) is None:
            left = None if end is None else max(0.0, end - time.monotonic())
            if not self._launcher.listen(left):
                raise subprocess.TimeoutExpired("lastmile", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        """Signal it, unless it is known to have ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.send_signal(signal.SIGKILL)


class Launcher:
    """The process that forks, as the tests see it."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from tests.launch import main; main()", str(theirs.fileno())],
            cwd=ROOT,
            # A library for matrices would start threads when imported; a fork has only one.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        self.ended: dict[int, int] = {}
        self._pid = 0

    def start(
        self, arguments: Sequence[str], environment: Mapping[str, str], files: Sequence[int]
    ) -> Forked:
        """Start `lastmile …`; `files` are its standard input, output and error."""
        wish = json.dumps([list(arguments), dict(environment)]).encode()
        socket.send_fds(self._channel, [wish], list(files))
        self._pid = 0
        while not self._pid:
            self.listen(None)
        self.ended.pop(self._pid, None)  # of an earlier process with the same number
        return Forked(self, self._pid)

    def listen(self, seconds: float | None) -> bool:
        """Hear who has started or ended, waiting so long for it; whether there was anything."""
        if not select.select([self._channel], [], [], seconds)[0]:
            return False
        said = self._channel.recv(MESSAGE)
        assert said, "the process that starts others has ended"
        pid, code = json.loads(said)
        if code is None:
            self._pid = pid
        else:
            self.ended[pid] = code
        return True

    def close(self) -> None:
        """End it, and with it what it started."""
        self._channel.close()
        self._process.wait()


@cache
def launcher() -> Launcher:
    """The launcher of this test worker, started by the first test that needs it."""
    made = Launcher()
    atexit.register(made.close)
    return made


def launch(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    files: Sequence[int],
    *,
    fresh: bool = False,
) -> "subprocess.Popen[bytes] | Forked":
    """Start `lastmile …`, from nothing if `fresh`, as where there is no safe fork."""
    if not fresh and sys.platform == "linux":
        return launcher().start(arguments, environment, files)
    stdin, stdout, stderr = files
    return subprocess.Popen(
        [sys.executable, "-c", FRESH, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
    )


def share_templates() -> None:
    """Let Jinja keep what it compiled: a run makes hundreds of applications of the same pages."""
    cache = FileSystemBytecodeCache(os.environ[TEMPLATES])
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": cache}


def main() -> None:
    """Import the program, then fork for each wish; a fork goes on as `lastmile …`."""
    gc.disable()  # nothing of an import is garbage
    from app.cli import COMMANDS
    from app.cli import main as lastmile
    from app.config import settings

    for name in [*COMMANDS.values(), *LATE]:
        importlib.import_module(name.partition(":")[0])
    configure_mappers()
    assert settings.cache_info().currsize == 0, "an import has read the settings"
    threads = os.listdir("/proc/self/task")
    assert len(threads) == 1, "an import has started a thread, which a fork would lack"
    share_templates()
    gc.freeze()  # or the collector would copy every page
    gc.enable()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    try:
        lastmile()
    except SystemExit as end:
        _leave(end)
        raise


def _leave(end: SystemExit) -> None:
    """End as the interpreter does, but for its memory: to free what the fork shares is to copy it,
    which takes longer than most of what a fork does."""
    if end.code is not None and not isinstance(end.code, int):
        return  # words, which the interpreter prints
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(end.code or 0)


def _serve(channel: socket.socket) -> None:
    """Fork for each wish that comes in; returns only in a fork, ready to be `lastmile …`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the tests' own affair
    signal.signal(signal.SIGCHLD, lambda *_: None)
    wake, woken = socket.socketpair()
    woken.setblocking(False)
    signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
    running: set[int] = set()
    while True:
        ready, _, _ = select.select([channel, wake], [], [])
        if wake in ready:
            wake.recv(MESSAGE)
            _report_ended(channel, running)
        if channel in ready:
            wish, files, _, _ = socket.recv_fds(channel, MESSAGE, 3)
            if not wish:
                _end(running)
            if (pid := os.fork()) == 0:
                break
            running.add(pid)
            for file in files:
                os.close(file)
            channel.send(json.dumps([pid, None]).encode())
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for each in (channel, wake, woken):
        each.close()
    _become(*json.loads(wish), files)


def _become(arguments: list[str], environment: dict[str, str], files: list[int]) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["-c", *arguments]


def _report_ended(channel: socket.socket, running: set[int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            pid, status = ended
            running.discard(pid)
            channel.send(json.dumps([pid, os.waitstatus_to_exitcode(status)]).encode())


def _end(running: set[int]) -> None:
    """The tests have ended, or were killed: so does all that they started."""
    for pid in running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    sys.exit()
