"""Headers, form tokens, health: what holds for every page."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.config import Settings
from app.store.engine import Sessions
from app.web.app import create_app
from app.web.guard import public
from app.wiring import Parts
from tests import factories
from tests.web.conftest import SignIn


def test_pages_run_no_script_but_our_own(client: FlaskClient) -> None:
    headers = client.get("/sign-in").headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]


def test_pages_hold_no_inline_script_style_or_handler(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 1)
    organizer = sign_in("organizer", campaign.id)
    organizer.post("/calls")
    paths = ["/campaigns", f"/campaigns/{campaign.id}", "/campaigns/new", "/calls/current"]
    for path in [*paths, "/inbox", "/strike", "/people", "/imports"]:
        page = organizer.get(path)
        assert page.status_code == 200, path
        scripts = re.findall(r"<script(?![^>]* src=)([^>]*)>", page.text)
        assert all('type="application/json"' in script for script in scripts), path
        assert not re.search(r"<style|\son\w+=|\sstyle=", page.text), path


def test_cookies_stay_on_our_site_and_out_of_scripts(parts: Parts) -> None:
    secured = parts.settings.model_copy(update={"secure_cookies": True})
    app = create_app(Parts(secured, parts.engine, parts.sessions, parts.clock))
    answer = app.test_client().get("/sign-in", base_url="https://vote.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax"))
    assert answer.headers["Strict-Transport-Security"]


def test_a_form_without_its_token_changes_nothing(web: Flask, sign_in: SignIn) -> None:
    organizer = sign_in("organizer")
    web.config["WTF_CSRF_ENABLED"] = True
    posts = [
        str(rule)
        for rule in web.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and rule.endpoint.partition(".")[0] not in ("webhooks", "unsubscribe", "security")
    ]
    assert len(posts) > 10
    for path in posts:
        answer = organizer.post(re.sub(r"<[^>]+>", "1", path))
        assert answer.status_code in (400, 404), path
        if answer.status_code == 400:
            assert "This form is from an earlier sign-in" in answer.text


def test_a_script_sends_the_token_in_a_header(web: Flask, sign_in: SignIn) -> None:
    volunteer = sign_in("volunteer")
    web.config["WTF_CSRF_ENABLED"] = True
    found = re.search(r'name="csrf-token" content="([^"]+)"', volunteer.get("/").text)
    assert found
    headers = {"Accept": "application/json", "X-CSRFToken": found[1]}
    assert volunteer.post("/calls", headers=headers).status_code == 200


def test_a_null_character_is_refused(sign_in: SignIn) -> None:
    answer = sign_in("organizer").post("/strike", data={"voters": "AA\0BB"})
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/nowhere", "/campaigns/99"])
def test_a_page_that_is_not_there_says_so(sign_in: SignIn, path: str) -> None:
    answer = sign_in("organizer").get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_without_a_key_in_the_settings_one_is_kept(parts: Parts, tmp_path: object) -> None:
    settings = Settings(_env_file=None, secret_key="", var_dir=tmp_path)
    keys = {
        create_app(Parts(settings, parts.engine, parts.sessions, parts.clock)).secret_key
        for _ in range(2)
    }
    assert len(keys) == 1
    assert len(str(keys.pop())) >= 32


def test_what_breaks_is_written_down_by_kind_and_place_without_anybodys_data(
    parts: Parts, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(parts)

    @public
    def broken(name: str) -> str:
        raise RuntimeError(f"{name} Voter lives at 1 Oak Street")

    app.add_url_rule("/broken/<name>", "broken", broken)
    answer = app.test_client().get("/broken/luz")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    said = "".join([*capfd.readouterr(), caplog.text])
    assert "RuntimeError" in said
    assert "test_doors.py" in said
    assert "luz" not in said.lower()
