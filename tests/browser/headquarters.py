"""A campaign's own machine for a test: its processes on a clock that can be set, its lists."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from app.clock import Clock
from app.domain.timeline import Anchor
from app.store.clocks import save_anchor
from app.store.engine import Sessions
from tests.processes import Carrier, Running, environment, lastmile

EASTERN = ZoneInfo("America/New_York")
START = timedelta(seconds=3)
"""The clock stands for as long as the processes take to be up."""
EAST, WEST = "EASTSIDE SCHOOL", "WESTSIDE LIBRARY"
VOTERS = 60


def phone(number: int) -> str:
    return f"919-555-{1000 + number}"


def phone_of(voter: str) -> str:
    """As the carrier knows it, of a number in the voter file."""
    return f"+1919555{1000 + int(voter[1:])}"


def sheet(header: list[str], rows: list[list[str]]) -> bytes:
    """A spreadsheet as people save it."""
    book = openpyxl.Workbook()
    page = book.active
    assert isinstance(page, Worksheet)
    for row in [header, *rows]:
        page.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def voter_file() -> bytes:
    """Voters of two precincts, every tenth of them Spanish."""
    header = ["Voter ID", "First name", "Last name", "Address", "City", "State", "ZIP"]
    header += ["Phone", "Email", "Language", "Precinct"]
    rows = []
    for n in range(VOTERS):
        language, name = (
            ("es", ["Luz", f"Ríos {n}"]) if n % 10 == 0 else ("en", ["Robin", f"Doe {n}"])
        )
        door = [f"{n + 1} Oak St", "Raleigh", "NC", "27601"]
        reach = [phone(n), f"w{n}@example.com", language, EAST if n % 2 else WEST]
        rows.append([f"W{n:03}", *name, *door, *reach])
    return sheet(header, rows)


def consents() -> bytes:
    """All of them agreed to texts and emails."""
    header = ["Voter ID", "Channel", "Address", "Basis", "Day"]
    rows = []
    for n in range(VOTERS):
        rows.append([f"W{n:03}", "text", phone(n), "sign-up form", "2026-09-01"])
        rows.append([f"W{n:03}", "email", f"w{n}@example.com", "sign-up form", "2026-09-01"])
    return sheet(header, rows)


class Headquarters:
    """The processes of the campaign's own machine, on a clock that can be set."""

    def __init__(
        self,
        start: Callable[..., Running],
        url: str,
        carrier: Carrier,
        sessions: Sessions,
        told: dict[str, Any],
    ) -> None:
        self.url, self.carrier, self.sessions, self.told = url, carrier, sessions, told
        self._start = start
        self.running: list[Running] = []
        self.anchor: Anchor | None = None

    def begin(self, at: datetime, speed: float) -> Anchor:
        """Set the clock, then start, or start again, the pages and a worker."""
        for each in self.running:
            each.hurry()
        for each in self.running:
            each.wait()
        self.anchor = anchor = Anchor(at, Clock().wall() + START, speed)
        with self.sessions.begin() as session:
            save_anchor(session.connection(), anchor)
        self.running = [self._start(name, **self.told) for name in ("web", "worker")]
        self.running[0].wait_until_up(f"{self.url}/health")
        return anchor

    def lastmile(self, *words: str) -> str:
        """Run a command there; what it said."""
        done = lastmile(*words, environment=environment(**self.told))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def now(self) -> datetime:
        """What the campaign clock shows."""
        assert self.anchor is not None, "begin first"
        return self.anchor.at(Clock().wall()).astimezone(EASTERN)

    def texts(self) -> list[dict[str, Any]]:
        """Texts that the carrier took from the campaign."""
        return self.carrier.ledger(kind="text", direction="outbound-api")
