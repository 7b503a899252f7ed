"""A file is sent, stored and looked at, or refused."""

import gzip
import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.store.imports import ImportRun
from app.wiring import Parts
from tests.web.conftest import SignIn
from tests.web.imports.sent import ODD, decide, send, shown


def test_a_file_sent_by_script_is_stored_and_looked_at(
    organizer: FlaskClient, parts: Parts, run_of: Callable[[int], ImportRun]
) -> None:
    run_id = send(organizer, ODD, "../März <b>.csv")
    run = run_of(run_id)
    assert (run.state, run.filename, run.size) == ("draft", "März <b>.csv", len(ODD))
    assert (parts.settings.uploads / run.stored_as).read_bytes() == ODD
    page = shown(organizer, run_id)
    assert "März &lt;b&gt;.csv" in page
    assert "7 columns with semicolons between them" in page
    assert "Letters are in Windows-1252" in page


def test_a_file_of_any_size_passes_the_limit_of_forms(organizer: FlaskClient, web: Flask) -> None:
    web.config["MAX_CONTENT_LENGTH"] = 1000
    large = ODD + b"3;Ana Diaz;;;;;\r\n" * 100
    send(organizer, large)
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
    run_id = send(organizer, content, "broken.csv")
    page = shown(organizer, run_id)
    assert "This file cannot be read" in page
    assert words in page
    assert organizer.post(f"/imports/{run_id}/cancel").headers["Location"].endswith("/imports")
    assert not list(parts.settings.uploads.iterdir())


def test_a_file_that_is_gone_says_so(organizer: FlaskClient, parts: Parts) -> None:
    run_id = send(organizer, ODD)
    for path in parts.settings.uploads.iterdir():
        path.unlink()
    assert "The file is not on this machine" in shown(organizer, run_id)
    assert decide(organizer, run_id).status_code == 303
