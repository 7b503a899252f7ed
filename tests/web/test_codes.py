"""Signing in by a code: the pages, what they tell strangers, and the way back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.clock import ManualClock
from app.store.engine import Sessions
from app.web.app import create_app
from app.web.sign_in import way_back
from app.wiring import Parts
from tests import factories
from tests.box import Box, BoxedParts
from tests.factories import NOON
from tests.scene import texting

ANA = "(919) 555-0199"


@pytest.fixture
def parts(parts: Parts) -> BoxedParts:
    """As other pages', with messages that land in a box."""
    return BoxedParts(parts.settings, parts.engine, parts.sessions, parts.clock)


@pytest.fixture
def box(web: Flask, parts: BoxedParts, sessions: Sessions) -> Box:
    """What Ana gets, who volunteers for a campaign that can text and mail."""
    with sessions.begin() as session:
        texting(session, 1)
    factories.person(sessions, "volunteer", 1, "Ana", phone="+19195550199")
    return parts.box


def _ask(client: FlaskClient, address: str = ANA, query: str = "") -> Any:
    answer = client.post(f"/sign-in{query}", data={"address": address})
    client.application.extensions["lastmile-courier"].wait()
    return answer


def _read(answer: Any) -> str:
    """A page but for its token, which differs at each."""
    return re.sub(r'(content|value)="[\w.-]{60,}"', "", answer.text)


def test_a_text_signs_in_where_one_wanted_to_go(client: FlaskClient, box: Box) -> None:
    asked = client.get("/shifts?canceled=3")
    assert asked.location == "/sign-in?next=/shifts?canceled%3D3"
    sent = _ask(client, query="?next=/shifts")
    assert (sent.status_code, sent.location) == (303, "/sign-in/code?next=/shifts")
    page = client.get(sent.location).text
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    (code,) = box.codes()
    (text,) = box.texts
    assert (text.to, text.sender) == ("+19195550199", "+19195550142")
    assert text.body.endswith(f"\n\n@vote.example.org #{code}")
    answer = client.post(sent.location, data={"code": f" {code[:3]} {code[3:]}"})
    assert (answer.status_code, answer.location) == (303, "/shifts")
    assert any("remember_token" in name for name in answer.headers.getlist("Set-Cookie"))
    assert client.get("/shifts").status_code == 200


def test_an_email_brings_a_code_and_a_link(client: FlaskClient, box: Box) -> None:
    _ask(client, "ANA@example.org")
    (mail,) = box.mails
    link = next(line for line in mail.body.splitlines() if "/s/" in line)
    assert mail.to == "ana@example.org"
    assert client.get(link.removeprefix("https://vote.example.org")).location == "/"
    assert "Hello, Ana" in client.get("/").text


def test_a_stranger_reads_what_a_volunteer_reads(web: Flask, box: Box) -> None:
    known, unknown = web.test_client(), web.test_client()
    sent = _ask(known), _ask(unknown, "(919) 555-0198")
    assert sent[0].location == sent[1].location == "/sign-in/code"
    assert len(box.texts) == 1
    pages = [_read(client.get("/sign-in/code")) for client in (known, unknown)]
    assert "If (919) 555-0199 has an account" in pages[0]
    assert pages[0].replace("0199", "0198") == pages[1]
    tries = [
        _read(client.post("/sign-in/code", data={"code": "123"})) for client in (known, unknown)
    ]
    assert tries[0].replace("0199", "0198") == tries[1]


def test_a_code_that_does_not_fit_says_what_to_do(client: FlaskClient, box: Box) -> None:
    _ask(client)
    (code,) = box.codes()
    for typed, words in ((code[:5], "has 6 digits"), (code[::-1] + "0", "has 6 digits")):
        answer = client.post("/sign-in/code", data={"code": typed})
        assert (answer.status_code, words in answer.text) == (422, True)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    answer = client.post("/sign-in/code", data={"code": wrong})
    assert answer.status_code == 422
    assert "That code does not fit" in answer.text
    assert client.get("/").status_code == 303


def test_a_code_is_for_whoever_asked_on_this_device(web: Flask, box: Box) -> None:
    _ask(web.test_client())
    (code,) = box.codes()
    other = web.test_client()
    answer = other.post("/sign-in/code", data={"code": code})
    assert (answer.status_code, answer.location) == (303, "/sign-in")


@pytest.mark.parametrize("typed", ["", "ana", "555-0199", "ana@", "(900) 555-0199"])
def test_what_is_neither_phone_nor_email_is_said_so(
    client: FlaskClient, box: Box, typed: str
) -> None:
    answer = _ask(client, typed)
    assert answer.status_code == 422
    assert "That is neither a phone number with area code nor an email address" in answer.text


def test_trouble_shows_once_a_code_did_not_get_out(
    client: FlaskClient, box: Box, sessions: Sessions, parts: BoxedParts, web: Flask
) -> None:
    broken = create_app(Parts(parts.settings, parts.engine, parts.sessions, parts.clock))
    broken.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    first = broken.test_client()
    _ask(first)
    stranger = broken.test_client()
    _ask(stranger, "(919) 555-0198")
    assert "Texts have trouble getting out right now" in stranger.get("/sign-in/code").text
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at = NOON + timedelta(minutes=11)
    assert "have trouble" not in stranger.get("/sign-in/code").text


def test_one_phone_is_texted_five_times_and_then_told_to_wait(
    client: FlaskClient, box: Box
) -> None:
    said = [_ask(client, ANA if number % 2 else "919.555.0199").status_code for number in range(6)]
    assert said == [303] * 5 + [429]
    assert len(box.texts) == 5
    assert _ask(client, "ana@example.org").status_code == 303


def test_a_code_is_tried_ten_times_and_then_not_at_all(client: FlaskClient, box: Box) -> None:
    _ask(client)
    said = [client.post("/sign-in/code", data={"code": "1"}).status_code for _ in range(11)]
    assert said == [422] * 10 + [429]


def test_a_form_leads_back_to_the_page_it_was_on(client: FlaskClient, box: Box) -> None:
    answer = client.post("/languages", headers={"Referer": "http://localhost/shifts?canceled=1"})
    assert answer.location == "/sign-in?next=/shifts?canceled%3D1"
    for other in ("https://evil.example/shifts", "http://[/", "http://localhost//evil.example"):
        answer = client.post("/languages", headers={"Referer": other})
        assert answer.location == "/sign-in"


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/", "/"),
        ("/shifts?canceled=1", "/shifts?canceled=1"),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        ("/\t/evil.example", ""),
        ("https://evil.example/", ""),
        ("javascript:alert(1)", ""),
        ("shifts", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_way_back_stays_on_our_own_pages(raw: str | None, path: str) -> None:
    assert way_back(raw) == path


def test_the_pages_speak_the_language_that_was_chosen(client: FlaskClient, box: Box) -> None:
    assert '<html lang="en"' in client.get("/sign-in").text
    spanish = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
    assert '<html lang="es"' in client.get("/sign-in", headers=spanish).text
    back = client.post(
        "/tongue", data={"tongue": "es"}, headers={"Referer": "http://localhost/sign-in?next=/"}
    )
    assert back.location == "/sign-in?next=/"
    assert '<html lang="es"' in client.get("/sign-in").text
