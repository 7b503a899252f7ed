"""What the demo keeps in var/: its lock, its secret, its files, and its children's environment."""

import contextlib
import fcntl
import hashlib
import os
import secrets
import shlex
import shutil
import signal
import socket
import time
from pathlib import Path

from app.cli.demo_watch import SUPERVISOR_PID

CLOCK = "start=2026-10-27T19:30:00-04:00 speed=60 night=21:00-08:00 zone=America/New_York"
"""Seven days before the polls close in North Carolina; a campaign hour lasts a minute."""

INBOUND_PATH = "/webhooks/inbound"
PATIENCE_SECONDS = 15.0


class DemoError(Exception):
    """The demo cannot start; the text says in one line what to do."""


class DemoHome:
    """The directory var/demo and the lock beside it: one demo a directory."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir.resolve()
        self.path = self.var_dir / "demo"
        self.database = self.var_dir / "postgres"
        self.loaded = self.path / "loaded"  # there once the campaign is in
        self.owner = self.path / "owns-postgres"  # there if var/postgres is the demo's own
        self._lock: int | None = None

    def enter(self) -> None:
        """Take the directory for this process; DemoError if a demo runs in it already."""
        self.path.mkdir(parents=True, exist_ok=True)
        if not self._try_lock():
            raise DemoError(
                f"a demo already runs in {self.var_dir} (process {self.holder()}); stop it with "
                "Ctrl-C where it runs, or start another: LASTMILE_VAR_DIR=var/other make demo"
            )
        if self.database.exists() and not self.owner.exists():
            raise DemoError(
                f"{self.database} holds a database that the demo did not make and will not touch; "
                "run the demo beside it: LASTMILE_VAR_DIR=var/try make demo"
            )
        self.owner.touch()

    def leave(self) -> None:
        """Give the directory back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def evict(self) -> None:
        """End a demo that runs here, and take the directory."""
        self.var_dir.mkdir(parents=True, exist_ok=True)
        if self._try_lock():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.holder(), signal.SIGTERM)
        end = time.monotonic() + PATIENCE_SECONDS
        while not self._try_lock():
            if time.monotonic() > end:
                raise DemoError(f"the demo that runs here (process {self.holder()}) does not stop")
            time.sleep(0.1)

    def clear(self) -> None:
        """Delete all that the demo made."""
        if self.owner.exists():
            shutil.rmtree(self.database, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)

    def holder(self) -> int:
        """The process that holds the lock, or held it last."""
        return int(self._lock_path().read_text() or 0)

    def secret(self) -> str:
        """The key that signs sessions, made once, readable by its owner only."""
        path = self.path / "secret"
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        return path.read_text()

    def environment(self, database_url: str, web: int, carrier: int, smtp: int) -> dict[str, str]:
        """What the demo's processes are told; every way out leads to the simulated carrier."""
        return {
            "DATABASE_URL": database_url,
            "LASTMILE_VAR_DIR": str(self.var_dir),
            "LASTMILE_CLOCK": os.environ.get("LASTMILE_CLOCK", CLOCK),
            "LASTMILE_SECRET_KEY": self.secret(),
            "LASTMILE_PUBLIC_URL": f"http://localhost:{web}",
            "LASTMILE_SECURE_COOKIES": "false",
            "LASTMILE_WEB_HOST": "127.0.0.1",
            "LASTMILE_WEB_PORT": str(web),
            "TWILIO_ACCOUNT_SID": "AC" + self._derived("account"),
            "TWILIO_AUTH_TOKEN": self._derived("token"),
            "TWILIO_BASE_URL": f"http://127.0.0.1:{carrier}",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(smtp),
            "SMTP_USER": "",
            "SMTP_PASSWORD": "",
            "SMTP_TLS": "false",
        }

    def write_environment(self, environment: dict[str, str]) -> Path:
        """For other shells: `set -a; . var/demo/environment` and `lastmile …` means this demo."""
        path = self.path / "environment"
        text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in environment.items())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return path

    def _derived(self, purpose: str) -> str:
        return hashlib.sha256(f"{purpose} {self.secret()}".encode()).hexdigest()[:32]

    def _lock_path(self) -> Path:
        return self.var_dir / "demo.lock"

    def _try_lock(self) -> bool:
        file = os.open(self._lock_path(), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())
        self._lock = file
        return True


def with_supervisor(environment: dict[str, str]) -> dict[str, str]:
    """The whole environment of a child that ends with this process."""
    whole = {**os.environ, **environment, SUPERVISOR_PID: str(os.getpid())}
    if whole.pop("PYTHONDONTWRITEBYTECODE", ""):  # a dozen starts would compile all code anew
        whole["PYTHONPYCACHEPREFIX"] = str(Path(environment["LASTMILE_VAR_DIR"], "demo", "cache"))
    return whole


def require_free(port: int, seconds: float = 3.0) -> None:
    """DemoError if someone listens on the port and keeps doing so; a dying demo lets go soon."""
    end = time.monotonic() + seconds
    while not _is_free(port):
        if time.monotonic() > end:
            raise DemoError(
                f"port {port} is in use by another program; "
                "choose another: LASTMILE_WEB_PORT=8001 make demo (or lastmile demo --port 8001)"
            )
        time.sleep(0.2)


def free_ports(count: int) -> list[int]:
    """That many different ports that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _is_free(port: int) -> bool:
    with socket.socket() as mine:
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            mine.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise DemoError(f"port {port} needs privileges; choose one above 1023") from error
        except OSError:
            return False
    try:  # a browser may try ::1 first when it is told localhost
        socket.create_connection(("localhost", port), 0.2).close()
    except OSError:
        return True
    return False
