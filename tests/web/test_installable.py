"""The app on a phone: files kept for good under addresses that change, small, and no page kept."""

import gzip
import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from gunicorn.http.wsgi import FileWrapper
from werkzeug.test import TestResponse

from app.store.engine import Sessions
from app.web import static_files
from app.web.installable import AT_HAND, CALL_MODULES
from app.web.static_files import FOLDER
from app.web.tongue import TONGUES, speaking
from app.web.words import all_languages
from tests import factories
from tests.web.conftest import SignIn

IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*"\./([\w.]+)"|^import\s+"\./([\w.]+)";""", re.M)
HOUR = 3_600


def get(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    """The answer as gunicorn serves files, read to its end."""
    with client.get(
        path, headers=headers, environ_overrides={"wsgi.file_wrapper": FileWrapper}
    ) as answer:
        assert answer.data is not None
        return answer


def imports_of(name: str) -> set[str]:
    return {one or two for one, two in IMPORT.findall((FOLDER / name).read_text())}


def reached_from(name: str) -> set[str]:
    """A script and all that it needs."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += imports_of(here)
    return seen


def test_a_file_is_kept_for_good_under_an_address_that_changes_with_it(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = client.get("/sign-in").text
    addresses = re.findall(r'(?:href|src)="(/(?:static|bootstrap)/[^"]+)"', page)
    assert len(addresses) > 4
    for address in addresses:
        answer = get(client, address)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (
            200,
            "public, max-age=31536000, immutable",
        ), address
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
    before = static_files.digest()
    (tmp_path / "call.js").write_text("// changed")
    monkeypatch.setattr(static_files, "FOLDER", tmp_path)
    assert static_files.digest() != before


def test_a_page_of_another_release_still_gets_its_scripts(client: FlaskClient) -> None:
    answer = get(client, "/static/000000000000/call.js")
    assert answer.status_code == 200
    assert answer.cache_control.max_age is not None
    assert answer.cache_control.max_age < HOUR


def test_pages_and_scripts_travel_compressed(client: FlaskClient) -> None:
    script = f"{static_files.address()}/call.js"
    for path in ("/sign-in", script):
        plain = get(client, path, **{"Accept-Encoding": "identity"})
        small = get(client, path, **{"Accept-Encoding": "gzip, br"})
        assert "Content-Encoding" not in plain.headers
        assert small.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in small.headers["Vary"]
        assert int(small.headers["Content-Length"]) == len(small.data) < len(plain.data) / 2
    assert gzip.decompress(small.data) == plain.data


def test_the_worker_has_at_hand_whatever_the_call_screen_needs(
    client: FlaskClient, sign_in: SignIn, sessions: Sessions
) -> None:
    answer = client.get("/sw.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    told = json.loads(answer.text.splitlines()[0].removeprefix("const APP = ").removesuffix(";"))
    assert told["version"] == static_files.digest()
    for path in (*told["files"], told["offline"], told["box"]):
        assert get(client, path).status_code == 200, path
    scripts = {"device.js"} | reached_from("call.js") | reached_from("keys.js")
    assert scripts == {*CALL_MODULES, "mend.js", "languages.js"}
    with sessions.begin() as session:
        campaign = factories.call_list(session, 1)
    page = sign_in("volunteer", campaign.id).get("/calls/current").text
    assert set(re.findall(r"/static/\w+/([\w.-]+\.(?:js|css))", page)) <= {*AT_HAND}


@pytest.mark.parametrize("code", TONGUES)
def test_the_call_screen_names_every_language_as_other_pages_do(web: Flask, code: str) -> None:
    told = json.loads((FOLDER / f"languages-{code}.json").read_text("utf-8"))
    with web.test_request_context(), speaking(code):
        assert [tuple(one) for one in told] == all_languages(), "make words writes them"


def test_the_page_without_a_line_knows_nobody(sign_in: SignIn) -> None:
    page = sign_in("volunteer", name="Ana Lopez").get("/offline").text
    assert "No signal" in page
    assert 'lang="es"' in page
    for secret in ("Ana", "csrf", 'name="user"', "/sign-out"):
        assert secret not in page


def test_it_can_be_put_on_the_home_screen(client: FlaskClient) -> None:
    answer = client.get("/manifest.webmanifest")
    told = json.loads(answer.data)
    assert answer.mimetype == "application/manifest+json"
    assert (told["start_url"], told["display"]) == ("/", "standalone")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in told["icons"]}
    for icon in told["icons"]:
        found = get(client, icon["src"])
        assert (found.status_code, found.mimetype) == (200, icon["type"])


def test_what_waited_is_sent_only_by_whom_it_is_from(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = factories.campaign(session)
    ana = sign_in("volunteer", campaign.id)
    me = str(ana.get("/kept", headers={"Accept": "application/json"}).json["user"])  # type: ignore[index]
    for whose, status in ((me, 200), (f"{me}1", 401)):
        headers = {"Accept": "application/json", "X-From-User": whose}
        assert ana.post("/calls", headers=headers).status_code == status
