"""Every layout that is shipped goes in by the command line, in any wrapping, and twice."""

import gzip
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook
from sqlalchemy import Engine, text

from app.cli import imports, main
from app.clock import ManualClock
from app.config import Settings
from app.domain.layout import layout_names
from app.store.engine import make_sessions
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.imports.conftest import HEADER, line

SAMPLES = {
    path.name.partition(".")[0]: path
    for path in sorted((Path(__file__).parent / "samples").iterdir())
}

NEW = {
    "nc": 4,
    "oh": 3,
    "co": 3,
    "nj": 2,
    "mi": 2,
    "ut": 2,
    "fl": 2,
    "van": 2,
    "l2": 2,
    "uk": 2,
    "uk14": 2,
    "nc_history": 3,
    "fl_history": 3,
    "nc_absentee": 3,
}
"""What is new in each sample; of history votes, of ballots those of voters on file."""


@pytest.fixture(autouse=True)
def parts(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands work on this test's database."""
    parts = Parts(Settings(), engine, make_sessions(engine), ManualClock(NOON))
    monkeypatch.setattr(imports, "connect", lambda: parts)


def lastmile(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def counts(engine: Engine) -> dict[str, int]:
    """Of the last run."""
    with engine.connect() as connection:
        query = text("SELECT counts FROM import_runs ORDER BY id DESC LIMIT 1")
        found: dict[str, int] = connection.execute(query).scalar_one()
        return found


def test_there_is_a_sample_of_every_layout() -> None:
    assert set(SAMPLES) == set(layout_names("")) == set(NEW)


@pytest.mark.parametrize("layout", sorted(NEW))
def test_it_goes_in_unnamed_and_again_changes_nothing(
    engine: Engine, tmp_path: Path, layout: str
) -> None:
    path = Path(shutil.copy(SAMPLES[layout], tmp_path))
    source = layout.partition("_")[0]
    if source != layout:
        assert lastmile("import", Path(shutil.copy(SAMPLES[source], tmp_path))).exit_code == 0
    if layout == "nc_absentee":
        with make_sessions(engine).begin() as session:
            factories.campaign(session)
    result = lastmile("import", path)
    assert result.exit_code == 0, result.output
    assert f"({layout})" in result.output
    first = counts(engine)
    assert first["new"] == NEW[layout], (first, result.output)
    assert lastmile("import", path).exit_code == 0
    again = counts(engine)
    assert (again["new"], again["changed"]) == (0, 0)
    assert again["read"] == first["read"]


def rows() -> list[str]:
    return [HEADER, line("A1", "PEÑA"), line("A2", phone="919-555-0101"), "A3"]


def as_gzip(path: Path) -> Path:
    path = path.with_suffix(".txt.gz")
    path.write_bytes(gzip.compress("\n".join(rows()).encode()))
    return path


def as_zip(path: Path) -> Path:
    path = path.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/voters.txt", "\n".join(rows()))
    return path


def as_sheet(path: Path) -> Path:
    path = path.with_suffix(".xlsx")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows():
        sheet.append(row.split("\t"))
    book.save(path)
    return path


def as_utf16(path: Path) -> Path:
    path.write_bytes("\r\n".join(rows()).encode("utf-16"))
    return path


def as_windows(path: Path) -> Path:
    path.write_bytes("\r\n".join(rows()).encode("windows-1252"))
    return path


@pytest.mark.parametrize("wrap", [as_gzip, as_zip, as_sheet, as_utf16, as_windows])
def test_a_file_in_any_wrapping_is_the_same_file(
    engine: Engine, tmp_path: Path, wrap: Callable[[Path], Path]
) -> None:
    path = wrap(tmp_path / "statewide.txt")
    result = lastmile("import", path, "--layout", "nc")
    assert result.exit_code == 0, result.output
    found = counts(engine)
    assert (found["read"], found["new"], found["rejected"]) == (3, 2, 1)
    with engine.connect() as connection:
        names = connection.scalars(text("SELECT last_name FROM voters ORDER BY source_id"))
        assert list(names) == ["Peña", "Doe"]
