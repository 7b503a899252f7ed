"""Import of a file in the North Carolina layout, against a bare COPY of the same columns.

    .venv/bin/python -m benchmarks.import [rows]

The yardstick is the time in which the cleaned columns, written out beforehand, go by one COPY into
a table like voters with the same indexes. Both run in the same embedded PostgreSQL, one after the
other; the file is made up, from a seed.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from app.services.import_voters import Progress, import_voters
from app.services.make_voter_file import make_voter_file
from app.store.arrivals import cursor
from app.store.embedded import EmbeddedPostgres
from app.store.engine import make_engine
from app.store.migrate import upgrade

AT = datetime(2026, 10, 27, 12, tzinfo=UTC)

BLOCK = 256 * 1024


@contextmanager
def timed(figures: dict[str, float], name: str) -> Iterator[None]:
    """Seconds of what is done within, under `name`."""
    begin = time.perf_counter()
    yield
    figures[name] = time.perf_counter() - begin


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


def main(rows: int) -> None:
    """Measure and print."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        engine = make_engine(server.start())
        upgrade(engine)
        voters, cleaned = Path(folder) / "nc.txt", Path(folder) / "cleaned"
        make_voter_file(voters, rows, seed=1, today=date(2026, 1, 2))
        stages: dict[str, float] = {}

        def watch(progress: Progress) -> None:
            stages.setdefault(progress.stage, time.perf_counter())

        with timed(figures, "first import"):
            summary = import_voters(engine, voters, "nc", AT, progress=watch)
        reading = stages["storing"] - stages["reading"]
        with timed(figures, "second import, nothing changed"):
            again = import_voters(engine, voters, "nc", AT)
        assert again.unchanged == summary.new, again
        write_out(engine, cleaned)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE bare (LIKE voters INCLUDING ALL)"))
        with timed(figures, "bare COPY, same indexes"):
            bare_copy(engine, cleaned)
        print(f"{rows:,} rows, {voters.stat().st_size / 1e6:,.0f} MB; {summary.new:,} voters")
        yardstick = figures["bare COPY, same indexes"]
        for name, seconds in figures.items():
            print(
                f"{name:32} {seconds:7.2f} s {rows / seconds:10,.0f} rows/s "
                f"{yardstick / seconds:5.2f} of COPY"
            )
        print(f"of the first import, reading and cleaning took {reading:.2f} s")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory of the importer {peak:,.0f} MiB")
        engine.dispose()
        server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
