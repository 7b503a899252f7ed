"""Rejected rows on their way to people (a CSV file), to the table, and to the voters they end."""

import csv
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self, TextIO

from app.domain.spreadsheet import harmless
from app.services.refused import ImportRefused as ImportRefused
from app.store.arrivals import Rejected

RAW_LENGTH = 2_000
"""Characters of a rejected row that are kept."""

MOST = 100_000
"""Rejected rows that the database keeps of a run; a list beside the file has them all."""

HEADER = ("row", "reason", "raw")


class Rejects:
    """Spools rejected rows, and writes each at once to `path`.part; `keep` moves it to `path`.

    Without `keep`, as after a failure, nothing is left behind. Without a path they are spooled
    for the table only.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.count = 0
        self._part = path.with_name(path.name + ".part") if path else None
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        if self.path and self._part:
            try:
                if self.path.exists() and not self._is_ours(self.path):
                    raise ImportRefused(
                        f"{self.path} exists and is no list of rejected rows: "
                        "name another place with --rejected"
                    )
                self._file = self._part.open("w", newline="", encoding="utf-8")
                self._shown = csv.writer(self._file)
                self._shown.writerow(HEADER)
            except OSError as error:
                raise self._refused(error) from error
        self._spool = TemporaryFile("w+", newline="", encoding="utf-8")
        self._leaving = TemporaryFile("w+", encoding="utf-8")
        self._kept = csv.writer(self._spool)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._spool.close()
        self._leaving.close()
        if self._file and self._part:
            with suppress(OSError):  # a full disk has been told of already
                self._file.close()
            self._part.unlink(missing_ok=True)

    def add(self, row_number: int, reason: str, raw: str) -> None:
        """Note a row that stays out."""
        self.count += 1
        shown = raw[:RAW_LENGTH].replace("\0", "").encode("utf-8", "replace").decode()
        try:
            self._kept.writerow((row_number, reason, shown))
            if self._file:
                self._shown.writerow((row_number, reason, harmless(shown)))
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
        """What was added, in the order of the file as far as it goes; at most MOST."""
        self._spool.seek(0)
        for number, reason, raw in islice(csv.reader(self._spool), MOST):
            yield Rejected(int(number), reason, raw)

    def keep(self) -> None:
        """Put the file in its place; an old one of that name goes, and no rows leave no file."""
        if self._file is None or self.path is None or self._part is None:
            return
        try:
            self._file.close()
            if self.count:
                os.replace(self._part, self.path)
            else:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise self._refused(error) from error

    def _is_ours(self, path: Path) -> bool:
        start = ",".join(HEADER).encode()
        with path.open("rb") as file:
            return file.read(len(start)) == start

    def _refused(self, error: OSError) -> ImportRefused:
        place = self.path or "the disk for temporary files"
        return ImportRefused(
            f"the list of rejected rows cannot be written to {place} "
            f"({error.strerror or error}): make room, or name another place with --rejected"
        )
