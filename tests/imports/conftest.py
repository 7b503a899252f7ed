"""Samples of our own invention, one a layout, and a voter file written line by line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.imports.lists import Load, loader

SAMPLES = {
    "nc": "nc.txt",
    "oh": "oh.csv",
    "co": "co.csv",
    "nj": "nj.txt",
    "mi": "mi.csv",
    "ut": "ut.csv",
}

HEADER = (
    "ncid\tlast_name\tfirst_name\tstatus_cd\tres_street_address\tres_city_desc\tzip_code"
    "\tfull_phone_number"
)

WriteFile = Callable[..., Path]


def sample(layout: str) -> Path:
    """Our small file in this layout."""
    return Path(__file__).parent / "samples" / SAMPLES[layout]


def line(voter_id: str, last_name: str = "DOE", address: str = "", phone: str = "") -> str:
    """A row under HEADER."""
    return f"{voter_id}\t{last_name}\tJO\tA\t{address}\tRALEIGH\t27601\t{phone}"


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    """Writes a small North Carolina file from its rows."""

    def write(*lines: str, name: str = "voters.txt") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Load:
    """Loads lists of any kind: `load("ballots", "source_id,stage", "A1,sent")`."""
    return loader(engine, tmp_path)
