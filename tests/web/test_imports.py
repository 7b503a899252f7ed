"""Imports on the pages: each state of a run, each way to be refused, each choice kept."""

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.store.engine import Sessions
from app.store.imports import ImportRun, Mapping, RejectedRow
from app.store.people import AuditEntry
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.imports.conftest import sample
from tests.web.conftest import SignIn

ODD = (
    "Member;Who;Ring;Lives at;Town;Area;Born\r\n"
    "1;MARÍA JOSÉ FERNÁNDEZ;919-555-0101;12 Oak St;Raleigh;27601;03/04/1960\r\n"
    "2;SEÁN O'NEILL;919-555-01;3 Elm St;Raleigh;27601;\r\n"
).encode("windows-1252")

SHIFTS = b"email,date,start,end\nana@example.org,2026-11-01,5 pm,8 pm\n"

Patch = Callable[..., None]


@pytest.fixture
def parts(parts: Parts, tmp_path: Path) -> Parts:
    """The pages, with uploads in a place of their own."""
    chosen = parts.settings.model_copy(update={"uploads_dir": tmp_path / "uploads"})
    return replace(parts, settings=chosen)


@pytest.fixture
def organizer(sign_in: SignIn) -> FlaskClient:
    return sign_in("organizer")


@pytest.fixture
def run_of(sessions: Sessions) -> Callable[[int], ImportRun]:
    def run_of(run_id: int) -> ImportRun:
        with sessions() as session:
            return session.get_one(ImportRun, run_id)

    return run_of


@pytest.fixture
def patch(sessions: Sessions) -> Patch:
    """`patch(run_id, state="failed")`: what a worker would have written."""

    def patch(run_id: int, **facts: Any) -> None:
        with sessions.begin() as session:
            run = session.get_one(ImportRun, run_id)
            for name, value in facts.items():
                setattr(run, name, value)

    return patch


def _send(client: FlaskClient, content: bytes, name: str = "list.csv") -> int:
    answer = client.post(
        "/imports/files",
        query_string={"name": name},
        data=content,
        content_type="application/octet-stream",
    )
    assert answer.status_code == 201, answer.text
    return int((answer.json or {})["url"].rpartition("/")[2])


def _form(**changes: str) -> dict[str, str]:
    """What the page of ODD sends when all its columns are mapped."""
    mapped = ("source_id", "full_name", "phone", "address", "city", "postcode", "born_on")
    columns = {f"column-{place}": field for place, field in enumerate(mapped)}
    said = {"kind": "voters", "was_kind": "voters", "layout": "own", "was_layout": "own"}
    return {**said, **columns, "base": "", "days": "month", "source": "list", **changes}


def _decide(client: FlaskClient, run_id: int, action: str = "check", **changes: str) -> Any:
    return client.post(f"/imports/{run_id}", data=_form(**changes) | {"action": action})


def _page(client: FlaskClient, run_id: int) -> str:
    answer: TestResponse = client.get(f"/imports/{run_id}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_a_file_sent_by_script_is_stored_and_looked_at(
    organizer: FlaskClient, parts: Parts, run_of: Callable[[int], ImportRun]
) -> None:
    run_id = _send(organizer, ODD, "../März <b>.csv")
    run = run_of(run_id)
    assert (run.state, run.filename, run.size) == ("draft", "März <b>.csv", len(ODD))
    assert (parts.settings.uploads / run.stored_as).read_bytes() == ODD
    page = _page(organizer, run_id)
    assert "März &lt;b&gt;.csv" in page
    assert "7 columns with semicolons between them" in page
    assert "Letters are in Windows-1252" in page


def test_a_file_of_any_size_passes_the_limit_of_forms(organizer: FlaskClient, web: Flask) -> None:
    web.config["MAX_CONTENT_LENGTH"] = 1000
    large = ODD + b"3;Ana Diaz;;;;;\r\n" * 100
    _send(organizer, large)
    file = {"file": (io.BytesIO(large), "large.csv")}
    assert organizer.post("/imports/files", data=file).status_code == 303
    assert organizer.post("/strike", data={"voters": "x" * 2000}).status_code == 413


def test_a_file_sent_by_a_form_leads_to_its_page(organizer: FlaskClient) -> None:
    file = {"file": (io.BytesIO(gzip.compress(ODD)), "list.csv.gz")}
    answer = organizer.post("/imports/files", data=file)
    assert answer.status_code == 303
    page = organizer.get(answer.headers["Location"]).text
    assert "compressed by gzip" in page


def test_sending_wants_a_token(organizer: FlaskClient, web: Flask) -> None:
    web.config["WTF_CSRF_ENABLED"] = True
    answer = organizer.post("/imports/files?name=a.csv", data=ODD, content_type="application/x")
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/imports", "/imports/1", "/imports/1/live"])
def test_only_organizers_see_imports(sign_in: SignIn, path: str) -> None:
    assert sign_in("volunteer").get(path).status_code == 403


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (None, "Choose a file first")],
)
def test_nothing_is_not_taken(organizer: FlaskClient, content: bytes | None, words: str) -> None:
    data = {} if content is None else {"file": (io.BytesIO(content), "a.csv")}
    answer = organizer.post("/imports/files", data=data)
    assert answer.status_code == 422
    assert words in answer.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 ...", "is not a text file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 99, "is not a text file"),
        (b"PK\x03\x04 broken", "broken"),
    ],
)
def test_what_is_no_list_says_so_and_can_be_deleted(
    organizer: FlaskClient, content: bytes, words: str, parts: Parts
) -> None:
    run_id = _send(organizer, content, "broken.csv")
    page = _page(organizer, run_id)
    assert "This file cannot be read" in page
    assert words in page
    assert organizer.post(f"/imports/{run_id}/cancel").headers["Location"].endswith("/imports")
    assert not list(parts.settings.uploads.iterdir())


def test_a_missing_column_is_said_at_the_top_and_refused(organizer: FlaskClient) -> None:
    run_id = _send(organizer, ODD)
    answer = _decide(organizer, run_id, **{"column-1": ""})
    assert answer.status_code == 422
    assert "No column is “Last name” or “Whole name in one column” yet" in answer.text


def test_two_columns_cannot_be_one_field(organizer: FlaskClient) -> None:
    run_id = _send(organizer, ODD)
    answer = _decide(organizer, run_id, **{"column-4": "full_name"})
    assert answer.status_code == 422
    assert "Another column is “Whole name in one column” too" in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_an_unknown_field_or_kind_is_left_out(organizer: FlaskClient) -> None:
    run_id = _send(organizer, ODD)
    form = _form(kind="nonsense", was_kind="nonsense", **{"column-2": "nonsense"})
    answer = organizer.post(f"/imports/{run_id}/preview", data=form)
    assert answer.status_code == 200


def test_the_preview_shows_the_rows_as_they_will_be(organizer: FlaskClient) -> None:
    run_id = _send(organizer, ODD)
    page = organizer.post(f"/imports/{run_id}/preview", data=_form()).text
    assert "María José Fernández" in page
    assert "(919) 555-0101" in page
    assert "8 digits" in page
    assert "Eastern" in page


@pytest.mark.parametrize(("days", "year_first"), [("month", "%m/%d/%Y"), ("day", "%d/%m/%Y")])
def test_the_mapping_is_kept_with_the_run_and_handed_on(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun], days: str, year_first: str
) -> None:
    run_id = _send(organizer, ODD)
    answer = _decide(organizer, run_id, days=days, state="nc", missing="withdraw", country="US")
    assert answer.headers["Location"].endswith(f"/imports/{run_id}")
    run = run_of(run_id)
    assert (run.state, run.kind, run.layout) == ("check_queued", "voters", "own mapping")
    assert run.mapping["columns"]["full_name"] == ["Who"]
    assert run.mapping["days"][:2] == ["%Y-%m-%d", year_first]
    assert (run.mapping["delimiter"], run.mapping["state"], run.mapping["source"]) == (
        *(";", "NC", "list"),
    )
    assert run.options == {"missing": "withdraw", "source": "list", "country": "US"}


def test_a_state_has_two_letters(organizer: FlaskClient) -> None:
    answer = _decide(organizer, _send(organizer, ODD), state="N1")
    assert answer.status_code == 422
    assert "Write the state in two letters" in answer.text


def test_a_mapping_kept_under_a_name_is_proposed_for_the_next_file(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun], sessions: Sessions
) -> None:
    run_id = _send(organizer, ODD)
    _decide(organizer, run_id, save_as=" Clubs ")
    with sessions() as session:
        assert session.scalars(select(Mapping.name)).all() == ["Clubs"]
    next_id = _send(organizer, ODD, "other.csv")
    page = _page(organizer, next_id)
    assert 'value="saved:Clubs" selected' in page
    form = {"kind": "voters", "was_kind": "voters", "layout": "saved:Clubs"}
    organizer.post(f"/imports/{next_id}", data={**form, "was_layout": "saved:Clubs"})
    run = run_of(next_id)
    assert (run.layout, run.mapping["source"]) == ("Clubs", "list")
    unlike = _page(organizer, _send(organizer, SHIFTS))
    assert "saved:Clubs" not in unlike


def test_a_known_layout_is_recognized_and_can_be_departed_from(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun]
) -> None:
    run_id = _send(organizer, sample("oh").read_bytes(), "oh.csv")
    page = _page(organizer, run_id)
    assert 'value="shipped:oh" selected' in page
    assert "19 of 19 columns are read" in page
    form = {"kind": "voters", "was_kind": "voters", "layout": "own", "was_layout": "shipped:oh"}
    page = organizer.post(f"/imports/{run_id}/preview", data=form).text
    assert "Voted on May 6, 2014" in page
    form |= {"was_layout": "own", "base": "shipped:oh", "column-16": "", "source": "oh"}
    assert organizer.post(f"/imports/{run_id}", data=form).status_code == 303
    run = run_of(run_id)
    assert run.mapping["party"]["D"] == "DEM"
    assert "general" in run.mapping["votes"]["pattern"]
    assert "primary-05" not in run.mapping["votes"]["pattern"]


def test_importing_at_once_is_written_to_the_audit_log(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun], sessions: Sessions
) -> None:
    run_id = _send(organizer, ODD)
    _decide(organizer, run_id, "import")
    assert run_of(run_id).state == "queued"
    with sessions() as session:
        assert "imported" in session.scalars(select(AuditEntry.action)).all()


def test_who_is_withdrawn_is_counted_before(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun]
) -> None:
    run_id = _send(organizer, ODD)
    _decide(organizer, run_id, "import", missing="withdraw")
    assert run_of(run_id).state == "check_queued"
    assert "the whole file is checked first" in _page(organizer, run_id)


def test_shifts_want_a_campaign(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun], sessions: Sessions
) -> None:
    run_id = _send(organizer, SHIFTS, "shifts.csv")
    assert "Set up a campaign first" in _page(organizer, run_id)
    with sessions.begin() as session:
        campaign_id = factories.campaign(session).id
    fields = {f"column-{place}": field for place, field in enumerate(("email", "day", "starts"))}
    form = {"kind": "shifts", "was_kind": "shifts", "layout": "own", "was_layout": "own"}
    form |= {**fields, "column-3": "ends", "days": "year"}
    assert organizer.post(f"/imports/{run_id}", data=form).status_code == 422
    form["campaign"] = str(campaign_id)
    assert organizer.post(f"/imports/{run_id}", data=form).status_code == 303
    assert run_of(run_id).options == {"campaign": campaign_id}


def test_ballots_take_the_polling_day_of_their_campaign(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun], sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign_id = factories.call_list(session, 1).id
    run_id = _send(organizer, b"voter_id,ballot status\nAA000001,returned\n", "ballots.csv")
    form = {"kind": "ballots", "was_kind": "ballots", "layout": "own", "was_layout": "own"}
    form |= {"column-0": "source_id", "column-1": "stage", "source": "nc"}
    form["campaign"] = str(campaign_id)
    organizer.post(f"/imports/{run_id}", data=form)
    assert run_of(run_id).options == {
        "campaign": campaign_id,
        "polling_day": "2026-11-03",
        "source": "nc",
    }


def test_another_kind_brings_its_own_columns(organizer: FlaskClient) -> None:
    run_id = _send(organizer, b"phone;reason\n919-555-0101;asked us\n", "list.csv")
    form = _form(kind="do_not_contact")
    page = organizer.post(f"/imports/{run_id}/preview", data=form).text
    assert "Phones and emails that nobody may use." in page
    assert '<option value="phone" selected>' in page


@pytest.mark.parametrize("layout", ["shipped:nc", "saved:gone", "shipped:nowhere", "before", ""])
def test_a_layout_of_another_kind_gives_way_to_a_guess(organizer: FlaskClient, layout: str) -> None:
    run_id = _send(organizer, SHIFTS, "shifts.csv")
    form = {"kind": "shifts", "was_kind": "shifts", "layout": layout, "was_layout": layout}
    page = organizer.post(f"/imports/{run_id}/preview", data={**form, "base": layout})
    assert page.status_code == 200
    assert '<option value="starts" selected>' in page.text


PHONES = b"Name,Phone\nAna Ruiz,919-555-0101\nBo Diaz,919-555-0102\n"


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (
            b"Voter ID,Last name,Party,County,Opt out\n1,Ruiz,DEM,WAKE,\n2,Diaz,REP,WAKE,yes\n",
            "list.csv",
            "“Opt out” looks as if it were “Do not contact”",
        ),
        (PHONES, "opt-outs of May.csv", "“opt-outs of May.csv” looks as if it were"),
        (b"919-555-0101\n919-555-0102\n", "list.csv", "by its cells alone"),
    ],
    ids=["a column", "the name of the file", "nothing but phones"],
)
def test_a_kind_that_may_be_wrong_is_asked_about_before_anything_happens(
    organizer: FlaskClient,
    run_of: Callable[[int], ImportRun],
    content: bytes,
    name: str,
    words: str,
) -> None:
    run = _send(organizer, content, name)
    page = organizer.get(f"/imports/{run}").text
    assert words in page
    kind = page.partition('name="was_kind" value="')[2].partition('"')[0]
    form = {"kind": kind, "was_kind": kind, "source": "list", "action": "check"}
    refused = organizer.post(f"/imports/{run}", data=form)
    assert refused.status_code == 422
    assert "Say of which kind the list is." in refused.text
    assert run_of(run).state == "draft"
    assert organizer.post(f"/imports/{run}", data=form | {"sure": kind}).status_code == 303
    assert run_of(run).state == "check_queued"


def test_a_kind_that_somebody_chose_is_not_asked_about(organizer: FlaskClient) -> None:
    run = _send(organizer, PHONES, "opt-outs.csv")
    form = {"kind": "do_not_contact", "was_kind": "voters", "action": "look"}
    page = organizer.post(f"/imports/{run}", data=form).text
    assert "looks as if it were" not in page
    assert "Say of which kind" not in page


def test_a_file_that_is_gone_says_so(organizer: FlaskClient, parts: Parts) -> None:
    run_id = _send(organizer, ODD)
    for path in parts.settings.uploads.iterdir():
        path.unlink()
    assert "The file is not on this machine" in _page(organizer, run_id)
    assert _decide(organizer, run_id).status_code == 303


def test_thousands_of_columns_are_shown_in_part(organizer: FlaskClient) -> None:
    names = ["last name", "voter id", *(f"Q{number}" for number in range(3000))]
    content = "\n".join((",".join(names), ",".join(["Diaz", "7", *["x"] * 3000]))).encode()
    run_id = _send(organizer, content, "wide.csv")
    page = _page(organizer, run_id)
    assert page.count('id="column-') == 200
    assert "2,802 more columns are not shown" in page
    form = {"kind": "voters", "was_kind": "voters", "layout": "own", "was_layout": "own"}
    all_of_it = organizer.post(f"/imports/{run_id}", data={**form, "action": "all"}).text
    assert all_of_it.count('id="column-') == 3002


def test_a_run_that_waits_says_for_what(
    organizer: FlaskClient, patch: Patch, sessions: Sessions, parts: Parts
) -> None:
    run_id = _send(organizer, ODD)
    _decide(organizer, run_id)
    assert "No worker is running" in _page(organizer, run_id)
    with sessions.begin() as session:
        factories.worker(session, "brisk", NOON)
    page = _page(organizer, run_id)
    assert "No worker is running" not in page
    assert "Waits for a worker" in page
    patch(run_id, state="checking", stage="waiting", lease_until=NOON + timedelta(minutes=1))
    assert "Another import of this kind is under way" in _page(organizer, run_id)
    patch(run_id, stage="reading", size=1000, bytes_read=490, rows_read=1200)
    live = organizer.get(f"/imports/{run_id}/live").text
    assert 'value="49"' in live
    assert "<b>1,200</b> rows read" in live
    patch(run_id, lease_until=NOON - timedelta(minutes=1))
    assert "has stopped. Another takes it up" in _page(organizer, run_id)
    for path in parts.settings.uploads.iterdir():
        path.unlink()
    patch(run_id, state="queued")
    assert "The file is not on this machine" in _page(organizer, run_id)
    patch(run_id, state="done", ended_at=NOON)
    assert organizer.get(f"/imports/{run_id}/live").text == ""


def test_canceling_asks_the_worker_or_ends_at_once(
    organizer: FlaskClient, patch: Patch, run_of: Callable[[int], ImportRun], parts: Parts
) -> None:
    run_id = _send(organizer, ODD)
    _decide(organizer, run_id)
    patch(run_id, state="checking")
    organizer.post(f"/imports/{run_id}/cancel")
    assert run_of(run_id).cancel_asked
    assert "It stops within seconds" in _page(organizer, run_id)
    patch(run_id, state="queued", cancel_asked=False)
    organizer.post(f"/imports/{run_id}/cancel")
    assert "This import was canceled" in _page(organizer, run_id)
    assert not list(parts.settings.uploads.iterdir())
    organizer.post(f"/imports/{run_id}/cancel")
    assert "has ended already" in _page(organizer, run_id)


CHECKED = {"read": 10, "new": 5, "changed": 1, "unchanged": 1, "rejected": 3, "missing": 9}


def _checked(organizer: FlaskClient, patch: Patch, sessions: Sessions, **facts: Any) -> int:
    run_id = _send(organizer, ODD)
    _decide(organizer, run_id, missing="withdraw")
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
    page = _page(organizer, run_id)
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
    page = _page(organizer, run_id)
    assert '<option value="full_name" selected>' in page
    assert '<option value="withdraw" selected>' in page
    assert 'name="base" value="before"' in page


def test_a_file_of_rejected_rows_alone_is_not_offered(
    organizer: FlaskClient, patch: Patch, sessions: Sessions
) -> None:
    counts = {"read": 3, "new": 0, "changed": 0, "unchanged": 0, "rejected": 3}
    page = _page(organizer, _checked(organizer, patch, sessions, counts=counts))
    assert "There is nothing to import" in page
    assert "Import 0" not in page


def test_what_is_done_is_summed_up(
    organizer: FlaskClient, patch: Patch, sessions: Sessions
) -> None:
    facts = {"state": "done", "ended_at": NOON - timedelta(minutes=5)}
    facts["notes"] = ["Row 3: phone '919-555-01' has 8 digits; kept the voter without it"]
    run_id = _checked(organizer, patch, sessions, **facts)
    page = _page(organizer, run_id)
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


def test_what_failed_says_why_and_is_tried_again(
    organizer: FlaskClient, patch: Patch, run_of: Callable[[int], ImportRun]
) -> None:
    run_id = _send(organizer, ODD)
    _decide(organizer, run_id, "import")
    patch(run_id, state="failed", message="the disk is full; make room", ended_at=NOON)
    page = _page(organizer, run_id)
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
    assert "It came from the command line" in _page(organizer, run_id)


@pytest.mark.parametrize("path", ["", "/preview", "/start", "/draft"])
def test_what_comes_too_late_leads_to_the_page(
    organizer: FlaskClient, sessions: Sessions, path: str
) -> None:
    with sessions.begin() as session:
        run_id = factories.import_run(session).id
    answer = organizer.post(f"/imports/{run_id}{path}", data=_form())
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/imports/{run_id}")
    assert organizer.post(f"/imports/99{path}", data=_form()).status_code == 404


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
    _decide(organizer, _send(organizer, ODD))
    page = " ".join(organizer.get("/imports").text.split())
    assert "data-live" in page
    assert page.index("list.csv") < page.index("ncvoter92.txt")
