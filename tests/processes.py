"""The program's own processes, as tests run them: real ones, on free ports, ended after use."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.launch import ROOT as ROOT
from tests.launch import Forked, launch

START_SECONDS = 30.0
ACCOUNT_SID = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "a token for tests"
SECRET_KEY = "a secret key for tests"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(done: Callable[[], Any], what: str, seconds: float = 60.0, every: float = 0.05) -> None:
    """Wait until `done()` is true; fail with `what` was waited for after so many seconds."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not in {seconds:g} s: {what}"
        time.sleep(every)


def environment(database_url: str = "", **settings: object) -> dict[str, str]:
    """This process's environment with the settings that tests run under; given ones win."""
    chosen = {
        "DATABASE_URL": database_url,
        "LASTMILE_SECRET_KEY": SECRET_KEY,
        "LASTMILE_SECURE_COOKIES": "false",
        "LASTMILE_CLOCK": "",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_BASE_URL": "http://127.0.0.1:9",  # nobody: a test that sends says where to
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "9",
        "SMTP_TLS": "false",
        **{name: str(value) for name, value in settings.items()},
    }
    return {**os.environ, **chosen}


def web_settings(port: int) -> dict[str, object]:
    """What a web process on `port` is told: where it is, and to be small."""
    return {
        "LASTMILE_WEB_PORT": port,
        "LASTMILE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LASTMILE_WEB_PROCESSES": 1,
        "LASTMILE_WEB_THREADS": 4,
    }


def lastmile(
    *arguments: object, environment: Mapping[str, str], typed: str = "", seconds: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run `lastmile …` to its end, with `typed` as its input; what it said, and its exit code."""
    words = [str(argument) for argument in arguments]
    with (
        tempfile.TemporaryFile() as stdin,
        tempfile.TemporaryFile() as stdout,
        tempfile.TemporaryFile() as stderr,
    ):
        stdin.write(typed.encode())
        stdin.seek(0)
        files = [stdin.fileno(), stdout.fileno(), stderr.fileno()]
        process = launch(words, environment, files)
        try:
            code = process.wait(seconds)
        finally:
            process.kill()
        stdout.seek(0)
        stderr.seek(0)
        said = stdout.read().decode(), stderr.read().decode()
    return subprocess.CompletedProcess(words, code, *said)


@dataclass
class Running:
    """A `lastmile …` process with its log."""

    arguments: list[str]
    environment: dict[str, str]
    log: Path
    fresh: bool = False
    process: subprocess.Popen[bytes] | Forked = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start it, or start it again after its end."""
        with self.log.open("ab") as log, Path(os.devnull).open("rb") as nothing:
            files = (nothing.fileno(), log.fileno(), log.fileno())
            self.process = launch(self.arguments, self.environment, files, fresh=self.fresh)

    def said(self) -> str:
        """All that it printed so far."""
        return self.log.read_text(errors="replace")

    def wait_for(self, pattern: str, seconds: float = START_SECONDS) -> re.Match[str]:
        """Wait until it prints a match of `pattern`."""
        end = time.monotonic() + seconds
        while (found := re.search(pattern, self.said())) is None:
            self.still_runs(end, f"did not say {pattern!r}")
        return found

    def wait_until_up(self, url: str, seconds: float = START_SECONDS) -> None:
        """Wait until `url` answers with success."""
        end = time.monotonic() + seconds
        while not _answers(url):
            self.still_runs(end, f"did not answer at {url}")

    def still_runs(self, end: float, complaint: str) -> None:
        """Wait a moment; fail with its log if it has ended or `end` is past."""
        code = self.process.poll()
        assert code is None, f"lastmile {self.arguments[0]} ended with {code}:\n{self.said()}"
        assert time.monotonic() < end, f"lastmile {self.arguments[0]} {complaint}:\n{self.said()}"
        time.sleep(0.02)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def hurry(self) -> None:
        """Ask it to end without waiting for whoever may still want something of it."""
        self.process.send_signal(signal.SIGINT)
        self.process.send_signal(signal.SIGCONT)  # a frozen one hears nothing

    def stop(self, seconds: float = 10.0) -> int:
        """End it politely, or by force after `seconds`; its exit code."""
        self.process.terminate()
        return self.wait(seconds)

    def wait(self, seconds: float = 10.0) -> int:
        """Wait for its end, and force it after `seconds`; its exit code."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.wait()


@dataclass
class Carrier:
    """A running `lastmile carrier`."""

    running: Running
    url: str
    smtp_port: int
    account_sid: str = ACCOUNT_SID
    auth_token: str = AUTH_TOKEN

    @property
    def settings(self) -> dict[str, str]:
        """What web and worker have to be told to use it."""
        return {
            "TWILIO_BASE_URL": self.url,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.smtp_port),
        }

    def ledger(self, **query: Any) -> list[dict[str, Any]]:
        """Everything that it took in, oldest first."""
        entries: list[dict[str, Any]] = self._control("GET", "ledger", params=query)["entries"]
        return entries

    def fault(self, **faults: dict[str, Any]) -> None:
        """Set faults, such as `http_429={"count": 3}`."""
        self._control("POST", "faults", json=faults)

    def heal(self) -> None:
        """Take all faults away."""
        self._control("DELETE", "faults")

    def turn(self, **dials: Any) -> None:
        """Turn its dials, such as `latency_ms=50`."""
        self._control("POST", "settings", json=dials)

    def text_from(self, voter: str, to: str, body: str) -> dict[str, Any]:
        """A voter writes to the campaign."""
        wish = {"from": voter, "to": to, "body": body}
        entry: dict[str, Any] = self._control("POST", "inbound", json=wish)
        return entry

    def _control(self, method: str, path: str, **options: Any) -> Any:
        url, credentials = f"{self.url}/_carrier/{path}", (self.account_sid, self.auth_token)
        answer = requests.request(method, url, auth=credentials, timeout=10, **options)
        assert answer.ok, answer.text
        return answer.json()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False
