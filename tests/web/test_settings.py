"""The page of settings: shown, saved, refused at the field, two organizers at once."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.domain.channel import Channel
from app.services.campaign_settings import change_settings, settings_of
from app.store.engine import Sessions
from app.store.own_messages import Handed, hold_for_own, settle_own
from tests.factories import NOON
from tests.scene import planned, texting
from tests.web.conftest import SignIn

URL = "/campaigns/1/settings"


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer of a campaign that texts and mails, of which $120 are gone."""
    with sessions.begin() as session:
        made, _ = texting(session, 1, spent=Decimal(100), reserved=Decimal(20))
        planned(session, made, Channel.TEXT, NOON + timedelta(hours=2), 600)
    return sign_in("organizer", name="Olive")


def filled(client: FlaskClient) -> dict[str, str]:
    """The form as the page shows it."""
    page = client.get(URL).text
    form = page[page.index('class="settings"') :]
    said = {}
    for tag in re.findall(r"<input[^>]*>", form):
        facts = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        said[facts["name"]] = facts.get("value", "").replace("&#34;", '"')
    chosen = re.search(r'<option selected value="(\w+)"', form)
    assert chosen
    return {**said, "polls_by_state": chosen[1]}


def test_what_messages_to_our_own_people_cost_is_told_by_itself(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    assert "our own people" not in organizer.get(URL).text
    with sessions.begin() as session:
        session.execute(text("UPDATE senders SET price = 0.01 WHERE channel = 'text'"))
        for key in ("alert:1:1", "alert:2:1"):
            handed = [Handed(key, "+19195550199", 150)]
            hold_for_own(session, 1, Channel.TEXT, "alert", handed, NOON)
        settle_own(session, {"alert:1:1": None}, NOON)
    page = organizer.get(URL).text
    assert "Of it $3 went to messages to our own people" in page
    assert "$123" in page, "and is part of what is spent"


def test_a_setting_is_changed_and_an_unchanged_form_changes_nothing(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    form = filled(organizer)
    assert (form["budget"], form["reserve_percent"]) == ("20000", "40")
    assert "$120" in organizer.get(URL).text
    assert organizer.post(URL, data=form).status_code == 303
    assert "Nothing was different" in organizer.get(URL).text
    form |= {"budget": "500.5", "sender-1-per_second": "8", "polls_by_state": "yes"}
    assert organizer.post(URL, data=form).status_code == 303
    assert "The plan follows" in organizer.get(URL).text
    with sessions() as session:
        now = settings_of(session, 1)
    assert (now.budget, now.senders[0].per_second) == (Decimal("500.5"), 8.0)
    assert now.polls_by_state
    assert now.starts_at == NOON - timedelta(days=7)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"budget": "100"}, "$120.00 is spent or promised"),
        ({"budget": "much"}, "Not a valid decimal value"),
        ({"budget": "NaN"}, "from 0 to"),
        ({"reserve_percent": "100"}, "nothing goes out before"),
        ({"voter_daily_cap": "0"}, "pause the campaign"),
        ({"voter_total_cap": ""}, "At least 1."),
        ({"polls_close": "06:00"}, "must close after they open"),
        ({"first_polling_day": "2026-11-04"}, "Choose a day before November 3"),
        ({"sender-1-per_second": "0"}, "More than 0"),
        ({"sender-1-price": "-1"}, "from 0 to 10"),
        ({"loaded": "{"}, "is saved yet"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_is_said_at_the_field_and_nothing_typed_is_lost(
    organizer: FlaskClient, change: dict[str, str], words: str
) -> None:
    answer = organizer.post(URL, data={**filled(organizer), "voter_total_cap": "77", **change})
    assert answer.status_code == 422
    assert words in answer.text
    for name, value in {"voter_total_cap": "77", **change}.items():
        if name != "loaded":
            assert re.search(rf'name="{name}"[^>]*value="{value}"', answer.text)


def test_two_who_save_at_once_are_both_heard(organizer: FlaskClient, sessions: Sessions) -> None:
    mine = filled(organizer) | {"voter_total_cap": "20", "voter_daily_cap": "4"}
    with sessions() as session:
        old = settings_of(session, 1)
    theirs = {"budget": Decimal(900), "voter_total_cap": 30}
    new = type(old)(**{**vars(old), **theirs})
    change_settings(sessions, 1, new, loaded=old.token, by=None, now=NOON)

    answer = organizer.post(URL, data=mine)
    assert answer.status_code == 422
    assert "Somebody else set this to 30 meanwhile. Save again" in answer.text
    assert "here is what they saved" in answer.text  # of the budget, which was not touched here
    again = mine | {"budget": "900"}
    token = re.search(r'name="loaded"[^>]*value="([^"]*)"', answer.text)
    assert token
    again["loaded"] = token[1].replace("&#34;", '"')
    assert organizer.post(URL, data=again).status_code == 303
    with sessions() as session:
        now = settings_of(session, 1)
    assert (now.budget, now.voter_total_cap, now.voter_daily_cap) == (900, 20, 4)


def test_a_campaign_that_is_not_there_is_not_found(organizer: FlaskClient) -> None:
    assert organizer.get("/campaigns/9/settings").status_code == 404


def test_the_pause_has_a_page_of_its_own(organizer: FlaskClient) -> None:
    assert 'href="/campaigns/1/pauses"' in organizer.get(URL).text
