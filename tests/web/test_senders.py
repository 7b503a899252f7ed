"""The page of senders: added, changed, stopped with a reason, started; refused at the field."""

import html
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.domain.sender import BURST_AN_HOUR
from app.store.campaigns import Sender
from app.store.engine import Sessions
from app.store.people import AuditEntry
from tests.factories import NOON
from tests.scene import SENDER, texting
from tests.web.conftest import SignIn

URL = "/campaigns/1/senders"
NEW = {"kind": "toll_free", "address": "+18335550142", "name": "Toll-free", "price": "0.0083"}


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer of a campaign that texts and mails."""
    with sessions.begin() as session:
        texting(session, 1)
    return sign_in("organizer", name="Olive")


def row(sessions: Sessions, sender_id: int) -> Sender:
    with sessions() as session:
        return session.scalars(select(Sender).where(Sender.id == sender_id)).one()


def acts(sessions: Sessions) -> list[tuple[str, str]]:
    with sessions() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(one.action, one.subject) for one in rows if one.subject.startswith("sender:")]


def test_a_sender_is_added_with_what_is_usual_for_its_kind(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    assert organizer.post(URL, data=NEW).status_code == 303
    new = row(sessions, 3)
    assert (new.kind, new.address, new.per_second) == ("toll_free", "+18335550142", 3)
    assert (new.per_minute, new.per_hour, new.per_day) == (None, BURST_AN_HOUR, None)
    page = organizer.get(URL).text
    assert "3 segments a second, 10,000 an hour" in page
    assert acts(sessions) == [("sender added", "sender:3")]


@pytest.mark.parametrize(
    ("kind", "rate", "a_day"), [("ten_dlc:75", 225, 200_000), ("ten_dlc:0", 3.75, 2_000)]
)
def test_a_number_of_10dlc_has_the_rates_of_its_score(
    organizer: FlaskClient, sessions: Sessions, kind: str, rate: float, a_day: int
) -> None:
    organizer.post(URL, data={**NEW, "kind": kind, "address": "+19195550143"})
    new = row(sessions, 3)
    assert (new.kind, new.per_second, new.per_day) == ("ten_dlc", rate, a_day)
    page = organizer.get(f"{URL}/3").text
    assert f'<option selected value="{kind}">' in page


BAD = [
    ({"address": "555"}, "address", "+18335550142"),
    ({"address": ""}, "address", "Say which."),
    ({"kind": "long_code", "address": SENDER}, "address", "has a sender with this address already"),
    ({"kind": "relay", "address": "Ana"}, "address", "hello@example.org"),
    ({"per_second": "0"}, "per_second", "More than 0"),
    ({"per_second": "fast"}, "per_second", "Not a valid"),
    ({"per_day": "1.5"}, "per_day", "whole number"),
    ({"per_hour": "0"}, "per_hour", "leave it empty"),
    ({"price": ""}, "price", "Write 0 for free."),
    ({"price": "99"}, "price", "0 to 10"),
    ({"kind": "pigeon"}, "kind", "Not a valid choice"),
]


@pytest.mark.parametrize(
    ("change", "field", "words"), BAD, ids=[f"{field}-{words}" for _, field, words in BAD]
)
def test_what_cannot_be_is_said_at_the_field_and_nothing_typed_is_lost(
    organizer: FlaskClient, sessions: Sessions, change: dict[str, str], field: str, words: str
) -> None:
    answer = organizer.post(URL, data={**NEW, "name": "Typed <name>", **change})
    page = html.unescape(answer.text)
    assert answer.status_code == 422
    problem = page.index(f'id="{field}-problem"')
    assert words in page[problem : page.index("</p>", problem)]
    assert 'value="Typed <name>"' in page
    assert acts(sessions) == []


def test_a_sender_is_changed_and_the_log_says_what(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    form = {"kind": "long_code", "address": SENDER, "name": "Texts", "price": "0.0079"}
    changed = {**form, "per_second": "2.5", "per_hour": "5,000", "per_day": ""}
    assert organizer.post(f"{URL}/1", data=changed).status_code == 303
    now = row(sessions, 1)
    assert (now.kind, now.per_second, now.per_hour, now.per_day) == ("long_code", 2.5, 5000, None)
    with sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.subject == "sender:1")).one()
    assert entry.details["before"] == {"per_second": "10000", "per_hour": ""}
    assert entry.details["after"] == {"per_second": "2.5", "per_hour": "5000"}
    organizer.post(f"{URL}/1", data=changed)
    assert acts(sessions) == [("sender changed", "sender:1")], "the same again is no change"


def test_a_number_cannot_become_a_mail_relay(organizer: FlaskClient, sessions: Sessions) -> None:
    form = {**NEW, "kind": "relay", "address": "ana@rivera.example"}
    assert organizer.post(f"{URL}/1", data=form).status_code == 422
    assert row(sessions, 1).address == SENDER


def test_a_sender_is_stopped_with_a_reason_and_started_again(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    refused = organizer.post(f"{URL}/1/stop", data={"reason": "  "})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    organizer.post(f"{URL}/1/stop", data={"reason": "carrier asks\nto wait"})
    assert row(sessions, 1).stopped == "stopped by hand: carrier asks to wait"
    page = organizer.get(URL).text
    assert "Stopped by hand: carrier asks to wait" in page
    assert "Start sending again" in page
    organizer.post(f"{URL}/1/go-on")
    assert row(sessions, 1).stopped == ""
    assert acts(sessions) == [("sender stopped", "sender:1"), ("sender started", "sender:1")]


def test_the_page_says_how_each_sender_is_doing(organizer: FlaskClient, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(
            text(
                "UPDATE senders SET health = 0.31, slow_until = :until, per_day = 2000, "
                "day_on = :today, day_used = 500 WHERE id = 1"
            ),
            {"until": NOON + timedelta(seconds=40), "today": NOON.date()},
        )
    page = organizer.get(URL).text
    assert "sick, at 31 % of its rate" in page
    assert "500 of 2,000 segments" in page
    assert "rests for" in page
    assert "well, at 100 % of its rate" in page


def test_a_campaign_without_senders_says_what_to_do(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.execute(text("DELETE FROM senders"))
    assert "No sender yet" in organizer.get(URL).text


@pytest.mark.parametrize("path", ["/campaigns/9/senders", f"{URL}/9", "/campaigns/9/senders/1"])
def test_what_is_not_there_is_not_found(organizer: FlaskClient, path: str) -> None:
    assert organizer.get(path).status_code == 404
