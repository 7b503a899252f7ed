"""Every route is guarded or listed as public; everybody else is told what to do."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.web.app import create_app
from app.web.guard import RANKS, role_for
from app.wiring import Parts
from tests.factories import person
from tests.web.conftest import SignIn, as_person

PUBLIC = {
    "static",
    "bootstrap.static",
    "security.static",
    "security.login",
    "security.logout",
    "home.health",
    "installable.manifest",
    "installable.offline",
    "installable.worker",
    "static_files.other",
    "home.speak",
    "sign_in.ask",
    "sign_in.send",
    "sign_in.code",
    "sign_in.check_code",
    "invitations.sign_in",
    "invitations.invitation",
    "invitations.join",
    "unsubscribe.unsubscribe_page",
    "voice.picked_up",
    "voice.leg_status",
    "webhooks.text_status",
    "webhooks.text_in",
}


def test_every_route_is_guarded_or_public(web: Flask) -> None:
    with web.app_context():
        unguarded = {
            rule.endpoint
            for rule in web.url_map.iter_rules()
            if role_for(rule.endpoint) not in RANKS
        }
    # Flask-Security's page to confirm a password has no mark, so `check` opens it to nobody.
    assert unguarded - {"security.verify"} == PUBLIC


def test_a_view_without_a_mark_opens_to_nobody(parts: Parts) -> None:
    own = create_app(parts)
    own.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert as_person(own, person(parts.sessions, "admin")).get("/forgotten").status_code == 403


def _pages(web: Flask, role: str) -> list[tuple[str, str]]:
    with web.app_context():
        rules = [rule for rule in web.url_map.iter_rules() if role_for(rule.endpoint) == role]
    paths = []
    for rule in rules:
        sample = {name: "call" if name == "channel" else "1" for name in rule.arguments}
        with web.test_request_context():
            _, path = rule.build(sample) or ("", "")
        paths += [(m, path) for m in sorted(rule.methods or ()) if m in ("GET", "POST")]
    return paths


@pytest.mark.parametrize("role", ["volunteer", "organizer"])
def test_a_stranger_is_sent_to_sign_in(web: Flask, client: FlaskClient, role: str) -> None:
    pages = _pages(web, role)
    assert pages
    for method, path in pages:
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/sign-in"), path


def test_a_volunteer_on_an_organizers_page_is_told_so(web: Flask, sign_in: SignIn) -> None:
    volunteer = sign_in("volunteer")
    for method, path in _pages(web, "organizer"):
        answer = volunteer.open(path, method=method)
        assert answer.status_code == 403, path
        assert "This page is not for your account" in answer.text


def test_an_admin_may_do_what_an_organizer_may(sign_in: SignIn) -> None:
    assert sign_in("admin").get("/campaigns").status_code == 200


def test_a_script_is_told_in_json(client: FlaskClient) -> None:
    answer = client.get("/calls/current/news?touch=1", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json) == (401, {"problem": "Sign in again."})


def test_health_needs_nobody(client: FlaskClient) -> None:
    assert client.get("/health").json == {"ok": True}
