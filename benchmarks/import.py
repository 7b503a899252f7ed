"""Import of a file in the North Carolina layout, against a bare COPY of the same columns.

    .venv/bin/python -m benchmarks.import [rows] [scored]

The file goes in, then the same file again. North Carolina's voter file has no elections in it, so
nobody is scored until its history file comes; with "scored" four elections are on file before, so
that the first import computes everybody's turnout too. The yardstick is the time in which the
cleaned columns, written out beforehand, go by one COPY into a table like voters with the same
indexes. All run in the same embedded PostgreSQL, one after the other; the file is made up, from a
seed.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import psutil
from sqlalchemy import Engine, text

from app.services.import_voters import import_voters
from app.services.make_voter_file import make_voter_file
from app.store.arrivals import cursor
from app.store.embedded import EmbeddedPostgres
from app.store.engine import make_engine
from app.store.import_runs import Progress
from app.store.migrate import upgrade

AT = datetime(2026, 10, 27, 12, tzinfo=UTC)

BLOCK = 256 * 1024

ELECTIONS = """
INSERT INTO elections (source, day, kind)
SELECT 'nc', day, 'general' FROM unnest(CAST(:days AS date[])) AS day
"""


@contextmanager
def timed(figures: dict[str, float], name: str) -> Iterator[None]:
    """Seconds of what is done within, under `name`."""
    begin = time.perf_counter()
    yield
    figures[name] = time.perf_counter() - begin


class Memory:
    """The most memory that this process and each of its children had, looked at four times a
    second; the database's processes do not count."""

    def __init__(self) -> None:
        self.most: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        us = psutil.Process()
        while not self._over.wait(0.25):
            sizes = {"importer": us.memory_info().rss, "all together": us.memory_info().rss}
            for child in us.children():
                try:
                    if "postgres" not in child.name():
                        size = child.memory_info().rss
                        sizes["cleaner"] = max(size, sizes.get("cleaner", 0))
                        sizes["all together"] += size
                except psutil.Error:
                    continue
            for name, size in sizes.items():
                self.most[name] = max(size / 2**20, self.most.get(name, 0))


def bare_copy(engine: Engine, path: Path) -> None:
    """The yardstick: one COPY, one transaction, as the importer has."""
    with engine.connect() as connection:
        with cursor(connection).copy("COPY bare FROM STDIN") as copy, path.open("rb") as file:
            while block := file.read(BLOCK):
                copy.write(block)
        connection.commit()


def write_out(engine: Engine, path: Path) -> None:
    """The cleaned voters as COPY writes them."""
    with (
        engine.connect() as connection,
        path.open("wb") as file,
        cursor(connection).copy("COPY voters TO STDOUT") as copy,
    ):
        for block in copy:
            file.write(block)


def settle_down(engine: Engine) -> None:
    """Have what was written on the disk, so that the next does not pay for the last."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
    os.sync()


def stages_of(stages: dict[str, float], end: float) -> str:
    """How long each stage took."""
    marks = [*stages.items(), ("", end)]
    return ", ".join(f"{name} {after - at:.1f} s" for (name, at), (_, after) in pairwise(marks))


def one_import(engine: Engine, path: Path, figures: dict[str, float], name: str) -> int:
    """Imports and notes the time, the stages and how many voters are new."""
    stages: dict[str, float] = {}

    def watch(progress: Progress) -> None:
        stages.setdefault(progress.stage, time.perf_counter())

    with timed(figures, name):
        summary = import_voters(engine, path, "nc", AT, progress=watch)
    print(f"{name}: {stages_of(stages, time.perf_counter())}", flush=True)
    settle_down(engine)
    return summary.new


def main(rows: int, scored: bool) -> None:
    """Measure and print."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="lastmile-bench-") as folder, Memory() as memory:
        server = EmbeddedPostgres(Path(folder))
        engine = make_engine(server.start())
        upgrade(engine)
        voters, cleaned = Path(folder) / "nc.txt", Path(folder) / "cleaned"
        make_voter_file(voters, rows, seed=1, today=date(2026, 1, 2))
        if scored:
            with engine.begin() as connection:
                days = ["2018-11-06", "2020-11-03", "2022-11-08", "2024-11-05"]
                connection.execute(text(ELECTIONS), {"days": days})
        settle_down(engine)
        new = one_import(engine, voters, figures, "first import")
        again = one_import(engine, voters, figures, "second import, nothing changed")
        assert again == 0, again
        write_out(engine, cleaned)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE bare (LIKE voters INCLUDING ALL)"))
        settle_down(engine)
        with timed(figures, "bare COPY, same indexes"):
            bare_copy(engine, cleaned)
        print(f"{rows:,} rows, {voters.stat().st_size / 1e6:,.0f} MB; {new:,} voters")
        yardstick = figures["bare COPY, same indexes"]
        for name, seconds in figures.items():
            print(
                f"{name:32} {seconds:7.2f} s {rows / seconds:10,.0f} rows/s "
                f"{yardstick / seconds:5.2f} of COPY"
            )
        engine.dispose()
        server.stop()
    for name, size in memory.most.items():
        print(f"peak memory, {name}: {size:,.0f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, "scored" in sys.argv)
