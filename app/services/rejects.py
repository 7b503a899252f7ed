"""Rejected rows on their way to people (a CSV file), to the table, and to the voters they end."""

import csv
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from app.store.arrivals import Rejected

RAW_LENGTH = 2_000
"""Characters of a rejected row that are kept."""

HEADER = ("row", "reason", "raw")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run."""


class ImportRefused(Exception):
    """The file does not go in; the message says why and what to do. Nothing was stored."""


class Rejects:
    """Writes each rejected row at once to `path`.part; `keep` moves it to `path`.

    Without `keep`, as after a failure, nothing is left behind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._part = path.with_name(path.name + ".part")

    def __enter__(self) -> Self:
        try:
            if self.path.exists() and not self._is_ours():
                raise ImportRefused(
                    f"{self.path} exists and is no list of rejected rows: "
                    "name another place with --rejected"
                )
            self._file = self._part.open("w", newline="", encoding="utf-8")
        except OSError as error:
            raise self._refused(error) from error
        self._spool = TemporaryFile("w+", newline="", encoding="utf-8")
        self._leaving = TemporaryFile("w+", encoding="utf-8")
        self._shown = csv.writer(self._file)
        self._kept = csv.writer(self._spool)
        self._shown.writerow(HEADER)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._spool.close()
        self._leaving.close()
        with suppress(OSError):  # a full disk has been told of already
            self._file.close()
        self._part.unlink(missing_ok=True)

    def add(self, row_number: int, reason: str, raw: str) -> None:
        """Note a row that stays out."""
        self.count += 1
        shown = raw[:RAW_LENGTH].replace("\0", "").encode("utf-8", "replace").decode()
        try:
            self._shown.writerow((row_number, reason, harmless(shown)))
            self._kept.writerow((row_number, reason, shown))
        except OSError as error:
            raise self._refused(error) from error

    def withdraw(self, source_id: str, status: str) -> None:
        """Note whom a rejected row withdraws if they are on file, and the status they then have."""
        try:
            self._leaving.write(f"{source_id}\t{status}\n")
        except OSError as error:
            raise self._refused(error) from error

    def leaving(self) -> Iterator[str]:
        """Whom the rows withdraw, as lines for COPY."""
        self._leaving.seek(0)
        yield from self._leaving

    def rows(self) -> Iterator[Rejected]:
        """All that was added, in that order."""
        self._spool.seek(0)
        for number, reason, raw in csv.reader(self._spool):
            yield Rejected(int(number), reason, raw)

    def keep(self) -> None:
        """Put the file in its place; an old one of that name goes, and no rows leave no file."""
        try:
            self._file.close()
            if self.count:
                os.replace(self._part, self.path)
            else:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise self._refused(error) from error

    def _is_ours(self) -> bool:
        start = ",".join(HEADER).encode()
        with self.path.open("rb") as file:
            return file.read(len(start)) == start

    def _refused(self, error: OSError) -> ImportRefused:
        return ImportRefused(
            f"the list of rejected rows cannot be written to {self.path} "
            f"({error.strerror or error}): name another place with --rejected"
        )


def harmless(cell: str) -> str:
    """`cell`, with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
