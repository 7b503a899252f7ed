"""Exports say what is on file, run nowhere as a formula, and leave nothing behind."""

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import Engine, select, text

from app.domain.channel import Channel
from app.domain.phone import clean_phone
from app.domain.spreadsheet import harmless, phone_cell
from app.domain.touch import AttemptState
from app.services import export
from app.services.export import Asked, ExportRefused, begin, find_campaign, written
from app.store import export as store
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.messages import OptOut
from app.store.people import AuditEntry
from app.store.saved_universes import SavedUniverse
from app.store.voters import Answer
from tests import factories
from tests.factories import LONG_NAME, NOON, POLLING_DAY

EVIL = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def campaign(sessions: Sessions) -> Campaign:
    """Voters 1 to 4, three of them called, texted or mailed, and a fifth who was a double."""
    caller = factories.person(sessions, "volunteer", name="Nadia")
    with sessions.begin() as session:
        made = factories.campaign(session)
        first, last = LONG_NAME
        names = {"first_name": first, "last_name": last, "birth_year": 1971}
        whom = [
            *factories.voters(session, 1, 1, **names, phone2="+447700900123"),
            *factories.voters(session, 1, 2, first_name="@Ana", last_name=EVIL, party="DEM"),
            *factories.voters(session, 2, 3, extra={"+walk list": "-3"}),
            *factories.voters(session, 1, 5, merged_into=1),
        ]
        factories.targets(session, made, whom)
        calls = factories.calls(session, made, whom[:2])
        user = {"user_id": caller.id}
        factories.attempt(session, calls[0], disposition="not_home", **user)
        factories.attempt(
            session, calls[0], disposition="canvassed", note="+1 for us", attempted_at=NOON, **user
        )
        facts = {"channel": Channel.TEXT, "address": whom[1].phone}
        sent = factories.calls(session, made, whom[1:2], **facts)[0]
        factories.attempt(session, sent, state=AttemptState.DELIVERED, body="Hi, vote!")
        factories.attempt(session, sent, state=AttemptState.ABSENT, body="never went out")
        session.add(OptOut(address="+447700900123", channel="call", source="reply",
                           opted_out_at=NOON))  # fmt: skip
        session.add(Answer(voter_id=3, question="=Will you vote?", answer="yes", source="call",
                           answered_on=POLLING_DAY))  # fmt: skip
        day = {"created_at": NOON, "changed_at": NOON}
        session.add(SavedUniverse(name="Democrats", filter={"parties": ["DEM"]}, **day))
        other = factories.campaign(session, name="Westside")
        factories.targets(session, other, whom[3:4])
    return made


def content(sessions: Sessions, engine: Engine, asked: Asked, form: str = "csv") -> bytes:
    ready = begin(sessions, asked, form, by=None, at=NOON)
    return b"".join(written(engine, ready, form))


def rows(
    sessions: Sessions, engine: Engine, kind: str, campaign: int | None = None, universe: str = ""
) -> list[dict[str, str]]:
    page = content(sessions, engine, Asked(kind, campaign, universe)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(page)))


def test_voters_come_with_phones_that_stay_phones(
    sessions: Sessions, engine: Engine, campaign: Campaign
) -> None:
    found = rows(sessions, engine, "voters")
    assert [row["voter_id"] for row in found] == ["AA000001", "AA000002", "AA000003", "AA000004"]
    first = found[0]
    assert (first["first_name"], first["last_name"]) == LONG_NAME
    assert (first["phone"], first["phone2"]) == ("919-555-0001", "(+44) 7700 900123")
    assert first["opted_out"] == "call"
    assert [row["'+walk list"] for row in found] == ["", "", "'-3", "'-3"]


@pytest.mark.parametrize(
    ("kind", "asked", "ids"),
    [
        ("voters", {}, [1, 2, 3, 4]),
        ("voters", {"universe": "Democrats"}, [2]),
        ("voters", {"campaign": "Westside"}, [4]),
        ("voters", {"campaign": "Westside", "universe": "Democrats"}, []),
        ("contacts", {}, [1, 2, 1]),
        ("contacts", {"universe": "Democrats"}, [2]),
        ("contacts", {"campaign": "Westside"}, []),
        ("results", {}, [1, 2, 3]),
        ("results", {"campaign": "Eastside calls"}, [1, 2, 3]),
        ("results", {"campaign": "Westside"}, []),
        ("results", {"universe": "Democrats"}, [2]),
    ],
)
def test_the_rows_are_those_asked_for(
    sessions: Sessions,
    engine: Engine,
    campaign: Campaign,
    kind: str,
    asked: dict[str, str],
    ids: list[int],
) -> None:
    with sessions() as session:
        chosen = find_campaign(session, asked["campaign"]) if "campaign" in asked else None
    found = rows(sessions, engine, kind, chosen, asked.get("universe", ""))
    assert sorted(row["voter_id"] for row in found) == sorted(f"AA{each:06}" for each in ids)
    with sessions() as session:
        told = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert told is not None
    assert told.details["rows"] == len(ids)


def test_contacts_say_when_how_and_what_came_of_it(
    sessions: Sessions, engine: Engine, campaign: Campaign
) -> None:
    first, second, third = rows(sessions, engine, "contacts", campaign.id)
    assert {first["result"], second["result"]} == {"No answer", "delivered"}
    assert third["result"] == "Talked"
    assert third["at"] == "2026-10-29 12:00:00"  # noon on the campaign's clock
    assert third["time_zone"] == "America/New_York"
    assert (third["volunteer"], third["note"]) == ("Nadia", "'+1 for us")
    assert third["address"] == "919-555-0001"
    texted = next(row for row in (first, second) if row["channel"] == "text")
    assert texted["message"] == "Hi, vote!"


def test_results_have_the_last_word_and_a_column_for_each_question(
    sessions: Sessions, engine: Engine, campaign: Campaign
) -> None:
    talked, texted, answered = rows(sessions, engine, "results")
    assert (talked["last_result"], talked["attempts"]) == ("Talked", "2")
    assert (texted["last_result"], texted["has_voted"]) == ("delivered", "no")
    assert (answered["last_result"], answered["'=Will you vote?"]) == ("", "yes")


def test_van_gets_its_own_columns(sessions: Sessions, engine: Engine, campaign: Campaign) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE voters SET source = 'van', source_id = '12345' WHERE id = 1"))
    page = content(sessions, engine, Asked("van", campaign.id))
    assert page.startswith(b"VANID,Contact Name,Date Canvassed,Result,Contact Type,Canvassed By")
    found = list(csv.DictReader(io.StringIO(page.decode())))
    assert found[-1] == {
        "VANID": "12345",
        "Contact Name": " ".join(LONG_NAME),
        "Date Canvassed": "10/29/2026",
        "Result": "Canvassed",
        "Contact Type": "Phone",
        "Canvassed By": "Nadia",
        "Note": "'+1 for us",
    }
    text_ = next(row for row in found if row["Contact Type"] == "SMS Text")
    assert (text_["Result"], text_["Note"]) == ("Texted", "id of the nc file")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", list(export.KINDS))
def test_no_cell_of_any_export_runs_as_a_formula(
    sessions: Sessions, engine: Engine, campaign: Campaign, kind: str, form: str
) -> None:
    page = content(sessions, engine, Asked(kind), form)
    cells: list[Any]
    if form == "csv":
        cells = [cell for row in csv.reader(io.StringIO(page.decode("utf-8-sig"))) for cell in row]
    else:
        sheet = load_workbook(io.BytesIO(page)).active
        assert sheet is not None
        assert not [c for row in sheet.iter_rows() for c in row if c.data_type == "f"]
        cells = [c.value for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
    assert len(cells) > 10
    assert not [cell for cell in cells if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t"))]
    assert any("evil.example" in cell for cell in cells)


def test_a_sheet_has_numbers_as_numbers(
    sessions: Sessions, engine: Engine, campaign: Campaign
) -> None:
    page = content(sessions, engine, Asked("voters"), "xlsx")
    sheet = load_workbook(io.BytesIO(page)).active
    assert sheet is not None
    header, first, *_ = sheet.iter_rows(values_only=True)
    row = dict(zip(header, first, strict=True))
    assert (row["birth_year"], row["phone"]) == (1971, "919-555-0001")
    assert row["last_name"] == LONG_NAME[1]


def test_a_sheet_that_would_be_too_long_is_refused(
    sessions: Sessions, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST_SHEET_ROWS", 3)
    with pytest.raises(ExportRefused, match="holds 3 rows and this has 4; choose CSV"):
        begin(sessions, Asked("voters"), "xlsx", by=None, at=NOON)
    with sessions() as session:
        assert session.scalars(select(AuditEntry)).all() == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked("moods"), "no export of moods"),
        (Asked("voters", 99), "no campaign 99"),
        (Asked("voters", universe="Nobody"), "no universe called “Nobody”"),
    ],
)
def test_what_is_not_there_is_refused(sessions: Sessions, asked: Asked, words: str) -> None:
    with pytest.raises(ExportRefused, match=words):
        begin(sessions, asked, "csv", by=None, at=NOON)


def test_the_audit_log_has_it_before_the_first_byte(
    sessions: Sessions, engine: Engine, campaign: Campaign
) -> None:
    begin(sessions, Asked("voters", universe="Democrats"), "csv", by=7, at=NOON)
    with sessions() as session:
        told = session.scalars(select(AuditEntry)).one()
    assert (told.action, told.subject, told.user_id) == ("exported", "export:voters", 7)
    assert told.details == {
        "kind": "voters",
        "campaign": None,
        "universe": "Democrats",
        "format": "csv",
        "rows": 1,
    }


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_client_that_goes_away_leaves_nothing_behind(
    sessions: Sessions,
    engine: Engine,
    campaign: Campaign,
    form: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "BLOCK", 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ready = begin(sessions, Asked("voters"), form, by=None, at=NOON)
    blocks = written(engine, ready, form)
    next(blocks)
    next(blocks)  # the first is the header alone
    assert _open(engine) == (0, 0 if form == "xlsx" else 1)  # no transaction while it is read
    blocks.close()  # type: ignore[attr-defined]
    assert _open(engine) == (0, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_that_fails_in_the_middle_leaves_no_file(
    sessions: Sessions,
    engine: Engine,
    campaign: Campaign,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ready = begin(sessions, Asked("voters"), "xlsx", by=None, at=NOON)
    monkeypatch.setattr(export, "_sheet_cell", lambda cell: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        next(written(engine, ready, "xlsx"))
    assert list(tmp_path.iterdir()) == []


def _open(engine: Engine) -> tuple[int, int]:
    """Transactions left open by others, and cursors held by any connection of the pool."""
    with engine.connect() as connection:
        query = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
        )
        open_ = int(connection.scalar(query) or 0)
    return open_, engine.pool.checkedout()  # type: ignore[attr-defined]


def test_rows_are_read_a_few_at_a_time(
    sessions: Sessions, engine: Engine, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "FETCHED", 1)
    assert len(rows(sessions, engine, "voters")) == 4


@given(cell=st.text())
def test_what_is_harmless_does_not_begin_as_a_formula(cell: str) -> None:
    safe = harmless(cell)
    assert safe.removeprefix("'") in (cell, cell.removeprefix("'"))
    assert safe.lstrip(" ")[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n")


@pytest.mark.parametrize(
    ("e164", "country", "written"),
    [
        ("+19195550101", "US", "919-555-0101"),
        ("+16045550101", "CA", "604-555-0101"),
        ("+447911123456", "GB", "(+44) 7911 123456"),
        ("+524431234567", "MX", "(+52) 443 123 4567"),
        ("ana@example.org", "US", "ana@example.org"),
        ("", "US", ""),
        ("+", "US", "'+"),
    ],
)
def test_a_phone_is_written_so_that_it_can_be_read_back(
    e164: str, country: str, written: str
) -> None:
    assert phone_cell(e164) == written
    if e164[1:].isdigit():
        assert clean_phone(written, country) == e164
