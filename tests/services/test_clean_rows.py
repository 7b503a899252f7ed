"""A file cut into chunks, and cleaned in several processes, is the same file."""

import csv
import io
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.domain.find_columns import find_columns
from app.domain.kind import KINDS
from app.domain.layout import layout_from
from app.domain.row import read_rows
from app.services import clean_rows
from app.services.clean_rows import Task, chunks
from app.services.import_file import loader_for
from app.services.import_voters import import_voters
from app.services.setting import Setting
from tests.imports.conftest import HEADER, line

AT = datetime(2026, 10, 27, 12, tzinfo=UTC)
# With as many commas as a row has, a row of several lines is taken for damage; where it ends is a
# guess, which the end of a chunk may turn.
CELLS = st.text(st.sampled_from('a\n",\té '), max_size=6).filter(lambda cell: cell.count(",") < 2)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=60), st.integers(1, 40))
def test_chunks_hold_every_row_under_its_own_number(rows: list[list[str]], block: int) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    data = file.getvalue().encode()
    blocks = [data[at : at + block] for at in range(0, len(data), block)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clean_rows, "CHUNK", 30)
        patch.setattr(clean_rows, "LONGEST_CHUNK", 10_000)
        parts = list(chunks(blocks, 0))
    assert b"".join(part.data for part in parts) == data
    found = [
        (number + part.first - 1, cells)
        for part in parts
        for batch in read_rows((part.data,), ",", "latin-1", 3)
        for number, cells in zip(batch.numbers, batch.rows, strict=True)
    ]
    whole = [
        (number, cells)
        for batch in read_rows((data,), ",", "latin-1", 3)
        for number, cells in zip(batch.numbers, batch.rows, strict=True)
    ]
    assert found == whole


@pytest.mark.parametrize("kind", KINDS)
def test_the_cleaner_of_every_kind_goes_to_another_process(kind: str) -> None:
    required = KINDS[kind].required or ("phone",)
    names = ["last_name"] if kind == "voters" else list(required)
    facts = {"kind": kind, "columns": {name: name for name in names}}
    columns = find_columns(layout_from(facts, "own"), ",".join(names) + "\nx\n")
    setting = Setting("nc", "US", AT, AT, options={"campaign": 1, "polling_day": "2026-11-03"})
    task = Task(columns, setting, "latin-1", loader_for(kind, columns).clean)
    assert pickle.loads(pickle.dumps(task)).columns == columns  # noqa: S301  our own bytes


def test_a_large_file_is_cleaned_in_several_processes_in_its_own_order(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "voters.txt"
    rows = [line(f"A{number}", phone="555-01" if number == 7 else "") for number in range(2000)]
    rows[900] = "A900\tshort"
    path.write_text("\n".join([HEADER, *rows, ""]))
    monkeypatch.setattr(clean_rows, "WORTHWHILE", 0)
    monkeypatch.setattr(clean_rows, "CHUNK", 4_000)
    summary = import_voters(engine, path, "nc", AT)
    assert (summary.read, summary.new, summary.rejected) == (2000, 1999, 1)
    assert summary.notes == ("Row 9: phone '555-01' has 5 digits; kept the voter without it",)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT row_number FROM rejected_rows")) == 902
        ids = connection.scalars(text("SELECT source_id FROM voters ORDER BY id")).all()
    assert ids == [f"A{number}" for number in range(2000) if number != 900]
