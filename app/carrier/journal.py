"""A file of JSON lines that outlives a killed process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """Lines appended one by one; without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            _mend(path)
        # Unbuffered: each line is with the operating system before the sender has its answer,
        # so a killed carrier still knows every message that it accepted.
        self._file = path.open("ab", buffering=0) if path else None

    def read(self) -> Iterator[dict[str, Any]]:
        """Every line written so far; raises ValueError naming a line that cannot be read."""
        if self._path is None:
            return
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield json.loads(line)
                except ValueError:
                    raise ValueError(
                        f"{self._path}, line {number}: not a line of a ledger"
                    ) from None

    def write(self, line: dict[str, Any]) -> None:
        """Appends one line."""
        if self._file is not None:
            self._file.write(json.dumps(line).encode() + b"\n")

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()


def _mend(path: Path) -> None:
    """Cuts off a last line that a crash left half written, lest the next one be glued to it."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        size = file.seek(0, 2)
        tail = b""
        while size > 0 and b"\n" not in tail:
            step = min(65536, size)
            size -= step
            file.seek(size)
            tail = file.read(step) + tail
        file.truncate(size + tail.rfind(b"\n") + 1)
