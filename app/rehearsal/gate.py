"""Gates: where a process meets the world, and where it may die, stand still or be cut off."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from psycopg.errors import OperationalError as ConnectionLost
from psycopg.errors import SerializationFailure
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.domain.rehearsal import Fault
from app.rehearsal.world import World
from app.store.engine import Sessions

HANGS = (5.0, 45.0)
"""Seconds that a process stands still which then goes on: around a lease of 15 s."""
FOR_GOOD = 400 * 24 * 3600.0
FROZEN_FOR = 122.0
"""Seconds after which the watch of a worker ends it when a job hangs."""


class Crash(BaseException):
    """The process is dead: nothing of it goes on, no handler of errors may catch it."""


class Gate:
    """What stands between one process and the world. `wait` lets others go on for some seconds."""

    def __init__(self, world: World, name: str, wait: Callable[[float], None]) -> None:
        self.world, self.name, self._wait = world, name, wait
        self.dead = False
        self._stops = 0

    def stop_at_next(self, boundaries: int = 7) -> None:
        """Has the process stand still for good after so many boundaries, as by SIGSTOP: nothing
        ends it, and whatever it holds it holds."""
        self._stops = boundaries

    def meet(self, where: str) -> None:
        """A boundary: the process may die here, or stand still. Raises Crash."""
        if self.dead:
            raise Crash
        chance, now = self.world.chance, self.world.now
        if self._stops:
            self._stops -= 1
            if not self._stops:
                self.sleep(FOR_GOOD, f"is stopped at {where}")
        if chance.strikes(Fault.KILL, now):
            self.die(f"killed at {where}")
        if chance.strikes(Fault.HANG, now):
            self.sleep(chance.between(Fault.HANG, *HANGS), f"hangs at {where}")
        if chance.strikes(Fault.FREEZE, now):
            self.sleep(FROZEN_FOR, f"freezes at {where}")
            self.die("ended by its watch")

    def die(self, how: str) -> None:
        """Ends the process at once. Raises Crash."""
        self.world.note(f"{self.name} {how}")
        self.dead = True
        raise Crash

    def sleep(self, seconds: float, why: str) -> None:
        """Stands still for so long while the world goes on. Raises Crash if it died meanwhile."""
        self.world.note(f"{self.name} {why} for {seconds:.1f} s")
        self._wait(seconds)
        if self.dead:
            raise Crash

    def lost(self) -> bool:
        """Whether the connection to the database breaks here."""
        return self.world.chance.strikes(Fault.DATABASE_LOST, self.world.now)


def _broken(error: Exception) -> OperationalError:
    return OperationalError("rehearsal", None, error)


class Lent:
    """The connection that the sessions of all processes of a week share: one transaction is open at
    a time, and to take a connection from the pool for each takes longer than many of them do."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def bind(self) -> Connection | Engine:
        """Where the next session is to work: the engine while somebody stands still in another."""
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._engine if self._connection.in_transaction() else self._connection

    def close(self) -> None:
        """Gives it back."""
        if self._connection is not None:
            self._connection.close()


class GatedSessions(sessionmaker[Session]):
    """Sessions whose transactions meet the gate before they begin and around their commit.

    Between those two no other process runs, so that the database is never waited for; what runs at
    the same moment is tested with threads.
    """

    def __init__(self, sessions: Sessions, gate: Gate, lent: Lent) -> None:
        # To begin anew makes a class of its own, for each worker that comes and goes.
        self.kw, self.class_ = sessions.kw, sessions.class_
        self._gate, self._lent = gate, lent
        self._open = False

    def __call__(self, **local: Any) -> Session:
        """A session to read with."""
        if self._gate.dead:
            raise Crash
        return super().__call__(bind=self._lent.bind(), **local)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One transaction."""
        gate = self._gate
        if self._open:
            raise RuntimeError("a transaction within a transaction could wait for itself")
        gate.meet("begin")
        if gate.lost():
            gate.world.note(f"{gate.name} loses the database")
            raise _broken(ConnectionLost("the connection was lost"))
        with self() as session:
            session.begin()
            self._open = True
            try:
                yield session
            finally:
                self._open = False
            if gate.world.chance.strikes(Fault.SERIALIZATION, gate.world.now):
                gate.world.note(f"{gate.name} is given up by the database")
                raise _broken(SerializationFailure("could not serialize access"))
            session.commit()
        if gate.lost():
            gate.world.note(f"{gate.name} loses the database after its commit")
            raise _broken(ConnectionLost("the connection was lost"))
        gate.meet("commit")
