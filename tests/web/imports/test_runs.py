"""Each state of a run: it waits, is checked, done, failed, canceled."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.store.engine import Sessions
from app.store.imports import ImportRun, RejectedRow
from app.store.people import AuditEntry
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.web.imports.sent import ODD, decide, filled, send, shown

Patch = Callable[..., None]


@pytest.fixture
def patch(sessions: Sessions) -> Patch:
    """`patch(run_id, state="failed")`: what a worker would have written."""

    def patch(run_id: int, **facts: Any) -> None:
        with sessions.begin() as session:
            run = session.get_one(ImportRun, run_id)
            for name, value in facts.items():
                setattr(run, name, value)

    return patch


def test_a_run_that_waits_says_for_what(
    organizer: FlaskClient, patch: Patch, sessions: Sessions, parts: Parts
) -> None:
    run_id = send(organizer, ODD)
    decide(organizer, run_id)
    assert "No worker is running" in shown(organizer, run_id)
    with sessions.begin() as session:
        factories.worker(session, "brisk", NOON)
    page = shown(organizer, run_id)
    assert "No worker is running" not in page
    assert "Waits for a worker" in page
    patch(run_id, state="checking", stage="waiting", lease_until=NOON + timedelta(minutes=1))
    assert "Another import of this kind is under way" in shown(organizer, run_id)
    patch(run_id, stage="reading", size=1000, bytes_read=490, rows_read=1200)
    live = organizer.get(f"/imports/{run_id}/live").text
    assert 'value="49"' in live
    assert "<b>1,200</b> rows read" in live
    patch(run_id, lease_until=NOON - timedelta(minutes=1))
    assert "has stopped. Another takes it up" in shown(organizer, run_id)
    for path in parts.settings.uploads.iterdir():
        path.unlink()
    patch(run_id, state="queued")
    assert "The file is not on this machine" in shown(organizer, run_id)
    patch(run_id, state="done", ended_at=NOON)
    assert organizer.get(f"/imports/{run_id}/live").text == ""


def test_canceling_asks_the_worker_or_ends_at_once(
    organizer: FlaskClient, patch: Patch, run_of: Callable[[int], ImportRun], parts: Parts
) -> None:
    run_id = send(organizer, ODD)
    decide(organizer, run_id)
    patch(run_id, state="checking")
    organizer.post(f"/imports/{run_id}/cancel")
    assert run_of(run_id).cancel_asked
    assert "It stops within seconds" in shown(organizer, run_id)
    patch(run_id, state="queued", cancel_asked=False)
    organizer.post(f"/imports/{run_id}/cancel")
    assert "This import was canceled" in shown(organizer, run_id)
    assert not list(parts.settings.uploads.iterdir())
    organizer.post(f"/imports/{run_id}/cancel")
    assert "has ended already" in shown(organizer, run_id)


CHECKED = {"read": 10, "new": 5, "changed": 1, "unchanged": 1, "rejected": 3, "missing": 9}


def _checked(organizer: FlaskClient, patch: Patch, sessions: Sessions, **facts: Any) -> int:
    run_id = send(organizer, ODD)
    decide(organizer, run_id, missing="withdraw")
    patch(run_id, **{"state": "checked", "counts": CHECKED, **facts})
    reasons = ("has 5 cells where 6 are expected", "has 7 cells where 6 are expected", "no name")
    with sessions.begin() as session:
        for number, reason in enumerate(reasons, 2):
            row = RejectedRow(import_run_id=run_id, row_number=number, reason=reason, raw="=1")
            session.add(row)
    return run_id


def test_a_check_says_what_the_import_will_do(
    organizer: FlaskClient, patch: Patch, sessions: Sessions, run_of: Callable[[int], ImportRun]
) -> None:
    run_id = _checked(organizer, patch, sessions)
    page = shown(organizer, run_id)
    assert "<dd>5</dd><dt>new voters</dt>" in page
    assert "Import 7 voters" in page
    assert "<b>2</b> <span>has … cells where … are expected</span>" in page
    assert "<b>1</b> <span>no name</span>" in page
    assert "9 voters on file are not in this file and will be taken off every list" in page
    assert "3 of 10 rows would stay out" in page
    for _ in range(2):
        organizer.post(f"/imports/{run_id}/start", data={"state": "checked", "check": "0"})
        assert run_of(run_id).state == "queued"


def test_a_check_can_be_taken_back_to_the_mapping(
    organizer: FlaskClient, patch: Patch, sessions: Sessions, run_of: Callable[[int], ImportRun]
) -> None:
    run_id = _checked(organizer, patch, sessions)
    organizer.post(f"/imports/{run_id}/draft")
    run = run_of(run_id)
    assert (run.state, run.options["missing"]) == ("draft", "withdraw")
    page = shown(organizer, run_id)
    assert '<option value="full_name" selected>' in page
    assert '<option value="withdraw" selected>' in page
    assert 'name="base" value="before"' in page


def test_a_file_of_rejected_rows_alone_is_not_offered(
    organizer: FlaskClient, patch: Patch, sessions: Sessions
) -> None:
    counts = {"read": 3, "new": 0, "changed": 0, "unchanged": 0, "rejected": 3}
    page = shown(organizer, _checked(organizer, patch, sessions, counts=counts))
    assert "There is nothing to import" in page
    assert "Import 0" not in page


def test_what_is_done_is_summed_up(
    organizer: FlaskClient, patch: Patch, sessions: Sessions
) -> None:
    facts = {"state": "done", "ended_at": NOON - timedelta(minutes=5)}
    facts["notes"] = ["Row 3: phone '919-555-01' has 8 digits; kept the voter without it"]
    run_id = _checked(organizer, patch, sessions, **facts)
    page = shown(organizer, run_id)
    assert "What went in" in page
    assert "5 min ago, by Organizer" in page
    assert "Download the 3 rejected rows" in page
    assert "Row 3: phone" in page
    assert "1 row kept, with something left out" in page


def test_rejected_rows_are_a_file_that_no_spreadsheet_runs(
    organizer: FlaskClient, patch: Patch, sessions: Sessions
) -> None:
    run_id = _checked(organizer, patch, sessions, state="done", ended_at=NOON)
    answer = organizer.get(f"/imports/{run_id}/rejects.csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["row", "reason", "as read"]
    assert rows[3] == ["4", "no name", "'=1"]
    assert organizer.get("/imports/99/rejects.csv").status_code == 404
    with sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "exported")).one()
    assert (entry.subject, entry.details) == (
        f"import:{run_id}",
        {"kind": "rejects", "format": "csv", "rows": 3},
    )
    assert entry.user_id


def test_what_failed_says_why_and_is_tried_again(
    organizer: FlaskClient, patch: Patch, run_of: Callable[[int], ImportRun]
) -> None:
    run_id = send(organizer, ODD)
    decide(organizer, run_id, "import")
    patch(run_id, state="failed", message="the disk is full; make room", ended_at=NOON)
    page = shown(organizer, run_id)
    assert "The disk is full; make room." in page
    assert "Nothing of it is stored" in page
    organizer.post(f"/imports/{run_id}/start", data={"state": "failed", "check": "1"})
    assert run_of(run_id).state == "check_queued"


def test_a_run_of_the_command_line_cannot_be_tried_again_here(
    organizer: FlaskClient, sessions: Sessions, patch: Patch
) -> None:
    with sessions.begin() as session:
        run_id = factories.import_run(session).id
    patch(run_id, state="failed", message="no")
    assert "It came from the command line" in shown(organizer, run_id)


@pytest.mark.parametrize("path", ["", "/preview", "/start", "/draft"])
def test_what_comes_too_late_leads_to_the_page(
    organizer: FlaskClient, sessions: Sessions, path: str
) -> None:
    with sessions.begin() as session:
        run_id = factories.import_run(session).id
    answer = organizer.post(f"/imports/{run_id}{path}", data=filled())
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/imports/{run_id}")
    assert organizer.post(f"/imports/99{path}", data=filled()).status_code == 404


def test_the_list_shows_each_run_with_its_counts(
    organizer: FlaskClient, sessions: Sessions, patch: Patch
) -> None:
    assert "Nothing imported yet" in organizer.get("/imports").text
    with sessions.begin() as session:
        run_id = factories.import_run(session, ["a"]).id
    counts = {"kept_without_phone": 7, "new": 1200, "read": 1300, "rejected": 3}
    at = NOON - timedelta(minutes=5)
    patch(run_id, counts=counts, started_at=at, ended_at=at)
    page = " ".join(organizer.get("/imports").text.split())
    assert "ncvoter92.txt" in page
    assert "North Carolina layout" in page
    assert "5 min ago" in page
    assert page.index("<dd>1,200</dd><dt>new voters") < page.index("<dd>3</dd><dt>rows rejected")
    assert "data-live" not in page
    decide(organizer, send(organizer, ODD))
    page = " ".join(organizer.get("/imports").text.split())
    assert "data-live" in page
    assert page.index("list.csv") < page.index("ncvoter92.txt")
