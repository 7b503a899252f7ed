"""The embedded PostgreSQL: a server of our own in var/, for whoever brings none.

Two locks beside the data say who uses it; the kernel drops both when a process dies, however
it dies. `postgres.lock` is held while someone starts or stops the server; `postgres.users` is
held shared by everyone who uses it, so that the last one to leave can tell, and stops it.
"""

import atexit
import contextlib
import fcntl
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from app.store import cluster
from app.store.cluster import EmbeddedPostgresError

DATABASE = "lastmile"


class EmbeddedPostgres:
    """One PostgreSQL cluster in `var_dir`/postgres. `durable=False` is for tests only."""

    def __init__(self, var_dir: Path, *, durable: bool = True) -> None:
        self.var_dir = var_dir.resolve()
        self.data = self.var_dir / "postgres"
        self.durable = durable
        self._use: int | None = None  # the open file whose shared lock says that we use it
        self._user = 0  # the process that opened it; a fork of it is not a user

    @property
    def url(self) -> str:
        """Where the database `lastmile` is, whether the server runs or not."""
        return self.url_of(DATABASE)

    def url_of(self, name: str) -> str:
        """Where the database `name` of this cluster is."""
        sockets = quote(str(cluster.socket_directory(self.data)), safe="/")
        return f"postgresql://postgres@/{quote(name)}?host={sockets}"

    @property
    def running(self) -> bool:
        """Whether the server runs and takes connections."""
        return cluster.is_ready(self.data)

    def start(self) -> str:
        """Make the cluster if there is none, start it unless it runs, and return `url`.

        This process counts as a user until `stop` or its end. Raises EmbeddedPostgresError.
        """
        with _explained(self.var_dir):
            self.var_dir.mkdir(parents=True, exist_ok=True)
            with self._alone():
                self._mark_use()
                if not self.running:
                    cluster.make(self.data, durable=self.durable)
                    forgetful = {} if self.durable else cluster.FORGETFUL
                    cluster.launch(self.data, {**cluster.SETTINGS, **forgetful})
                self.create_database(DATABASE)
        return self.url

    def stop(self) -> None:
        """Say that this process no longer uses the server; the last one to say so stops it."""
        if self._use is None or os.getpid() != self._user:
            return
        with _explained(self.var_dir), self._alone():
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                cluster.halt(self.data)
            self._unmark_use()

    def shut_down(self) -> None:
        """Stop the server, whoever uses it; nothing happens if it does not run."""
        with _explained(self.var_dir):
            if self.data.exists():
                with self._alone():
                    cluster.halt(self.data)
            self._unmark_use()

    def create_database(self, name: str, template: str = "template1") -> str:
        """Create the database `name` as a copy of `template` unless it exists; its URL."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if known.fetchone() is None:
                statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
                connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Drop the database `name` if it exists, ending whatever is connected to it."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(statement.format(sql.Identifier(name)))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else starts or stops the server meanwhile."""
        file = os.open(self.var_dir / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def _mark_use(self) -> None:
        if self._use is None:
            self._use = os.open(self.var_dir / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
            self._user = os.getpid()
            fcntl.flock(self._use, fcntl.LOCK_SH)

    def _unmark_use(self) -> None:
        if self._use is not None:
            os.close(self._use)
            self._use = None


@cache
def shared_url(var_dir: Path) -> str:
    """The database of the embedded server, which now runs at least until this process ends."""
    server = EmbeddedPostgres(var_dir)
    url = server.start()
    atexit.register(server.stop)
    return url


@contextlib.contextmanager
def _explained(var_dir: Path) -> Iterator[None]:
    """Turn what the system and the server say into one line that says what to do."""
    try:
        yield
    except PermissionError as error:
        raise EmbeddedPostgresError(
            f"no permission to write {error.filename or var_dir}; "
            "give it, or set LASTMILE_VAR_DIR to a directory of your own"
        ) from error
    except OSError as error:
        raise EmbeddedPostgresError(f"{error.filename or var_dir}: {error.strerror}") from error
    except psycopg.Error as error:
        reason = str(error).strip().split("\n")[-1]
        raise EmbeddedPostgresError(f"the embedded PostgreSQL does not answer: {reason}") from error
