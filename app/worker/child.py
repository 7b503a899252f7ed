"""A command in a process of its own beside the worker, which ends with it."""

import os
import subprocess
import sys
from itertools import count

from app.wiring import Parts

GRACE_SECONDS = 10


class Child:
    """At most one process at a time that runs a command on the worker's database."""

    def __init__(self, parts: Parts, name: str) -> None:
        self._parts, self._name = parts, name
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        """Whether it is at work."""
        return self._process is not None and self._process.poll() is None

    def next_name(self) -> str:
        """Under which name the next one works."""
        return f"{self._name}{next(self._numbers)}"

    def start(self, *words: str) -> None:
        """Runs `lastmile` with these words."""
        url = self._parts.engine.url.render_as_string(hide_password=False)
        environment = {**os.environ, "DATABASE_URL": url.replace("+psycopg", "", 1)}
        command = [sys.executable, "-m", "app.cli", *words]
        self._process = subprocess.Popen(command, env=environment)

    def end(self) -> None:
        """Stops it: asks, waits, then kills."""
        if self._process is None or not self.runs:
            return
        self._process.terminate()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
