"""Vote history and turnout scores, against bare statements that move as many rows.

    .venv/bin/python -m benchmarks.turnout [voters]

The history file has two votes a voter and comes by the importer; its yardstick is one COPY of the
file's rows into a table without an index. Scoring all anew goes over ten elections; its yardstick
is an UPDATE of the same column of the same rows with nothing computed.
"""

import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import text

from app.domain.election import general_day
from app.domain.layout import load_layout
from app.domain.turnout import Election
from app.services.import_runs import bring_in
from app.services.loader import Setting
from app.store import turnout
from app.store.arrivals import cursor
from app.store.history import upsert_elections
from benchmarks.bench import AT, Database, database, seconds

TODAY = AT.date()
GENERALS = [general_day(year) for year in range(2006, 2026, 2)]

_VOTERS = """
INSERT INTO voters (source, source_id, first_name, last_name, first_key, last_key, birth_year,
                    party, status, address, city, state, postcode, county, precinct, phone, zones,
                    registered_on, votes, household_id, imported_at)
SELECT 'nc', 'B' || n, 'First' || n % 999, 'Last' || n % 9973, 'first' || n % 999,
       'last' || n % 9973, 1930 + n % 78, 'UNA', 'active', n / 2 || ' Main St', 'Raleigh', 'NC',
       '27601', 'County' || n % 100, lpad((n % 2700)::text, 4, '0'),
       '+1919' || lpad(n::text, 7, '0'), 'America/New_York', date '1990-01-01' + n % 12000,
       (CAST(:days AS text[]))[1 + n % 4 : 4 + n % 7], n, :at
FROM generate_series(1, CAST(:voters AS integer)) AS n
"""


def write_history(path: Path, voters: int) -> int:
    """Two votes of each voter in North Carolina's layout; how many rows."""
    days = ("11/05/2024", "11/08/2022", "11/03/2020", "03/03/2020")
    with path.open("w", encoding="utf-8") as file:
        file.write("county_id\tncid\telection_lbl\telection_desc\tvoting_method\n")
        for number in range(1, voters + 1):
            for day in (days[number % 4], days[(number + 1) % 4]):
                kind = "PRIMARY" if day.startswith("03") else "GENERAL"
                file.write(f"92\tB{number}\t{day}\t{day} {kind}\tIN-PERSON\n")
    return 2 * voters


def bare_copy(base: Database, path: Path) -> None:
    """The yardstick of the history."""
    with base.engine.begin() as connection:
        connection.execute(text("CREATE TABLE bare (a text, b text, c text, d text, e text)"))
        with cursor(connection).copy("COPY bare FROM STDIN") as copy, path.open("rb") as file:
            while block := file.read(256 * 1024):
                copy.write(block)


def load(base: Database, path: Path) -> dict[str, int]:
    """The history by the importer."""
    layout = load_layout("nc_history")
    setting = Setting(layout.source, "US", AT, AT)
    return bring_in(
        base.engine,
        path,
        layout,
        setting,
        lambda: datetime.fromtimestamp(time.time(), UTC),
        worker="benchmark",
    ).counts


def rescore(base: Database, today: date) -> int:
    """All scores of the source, in one go."""
    with base.engine.begin() as connection:
        connection.execute(text("SET LOCAL work_mem = '64MB'"))
        return turnout.rescore(connection, "nc", today)


def show(name: str, rows: int, took: float, yardstick: float | None = None) -> None:
    """One line of figures."""
    ratio = f"{yardstick / took:7.2f} of the yardstick" if yardstick else ""
    print(f"{name:46} {took:7.1f} s {rows / took:11,.0f} rows/s {ratio}", flush=True)


def main(voters: int) -> None:
    """Measure and print."""
    with database() as base, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.txt"
        votes = write_history(path, voters)
        base.run(_VOTERS, voters=voters, days=[str(day) for day in GENERALS], at=AT)
        base.tidy("voters")
        with base.engine.begin() as connection:
            upsert_elections(connection, "nc", (Election(day, "general") for day in GENERALS))

        bare = seconds(lambda: base.run("UPDATE voters SET turnout = 0.5"))
        base.run("UPDATE voters SET turnout = NULL")
        base.tidy("voters")
        all_anew = seconds(lambda: rescore(base, TODAY))
        base.tidy("voters")
        none_moved = seconds(lambda: rescore(base, TODAY))

        copied = seconds(lambda: bare_copy(base, path))
        loaded = seconds(lambda: load(base, path))
        base.tidy("voters")
        again = seconds(lambda: load(base, path))

        show("a bare UPDATE of the score", voters, bare)
        show("score all, ten elections", voters, all_anew, bare)
        show("score all again, none moved", voters, none_moved, bare)
        show("a bare COPY of the history", votes, copied)
        show("history: two votes a voter, scores", votes, loaded, copied)
        show("the same history again", votes, again, copied)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
