"""The page of a campaign's model: what it says of each figure, and how one is changed."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient

from app.domain.channel import Channel
from app.domain.figure import FIGURES
from app.domain.rate import Learned
from app.domain.value import Model, votes
from app.services.figures import figures_of
from app.store import figures
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.web.figures import worked
from tests import factories
from tests.factories import NOON
from tests.web.conftest import SignIn


@pytest.fixture
def campaign(sessions: Sessions) -> Campaign:
    """A campaign whose records have taught one figure."""
    with sessions.begin() as session:
        made = factories.campaign(session)
        figures.write_learned(session, made.id, {"show_rate": Learned(64, 31)}, NOON)
    return made


@pytest.fixture
def organizer(sign_in: SignIn) -> FlaskClient:
    """Ana, an organizer."""
    return sign_in("organizer", name="Ana Ruiz")


@pytest.fixture
def page(campaign: Campaign) -> str:
    """Its address."""
    return f"/campaigns/{campaign.id}/model"


def line(client: FlaskClient, page: str, name: str) -> str:
    """What the page says of a figure, as one reads it."""
    found = re.search(f'<li id="{name}".*?</li>', client.get(page).text, re.DOTALL)
    assert found
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


def test_every_figure_stands_there_with_unit_source_and_origin(
    organizer: FlaskClient, page: str
) -> None:
    text = organizer.get(page).text
    assert "This is a model" in text
    for name, figure in FIGURES.items():
        assert f'id="{name}"' in text
        assert figure.label in unescape(text)
    assert "default Wellstone" in line(organizer, page, "contact_1")
    learned = line(organizer, page, "show_rate")
    assert learned.startswith(
        "Booked shifts that somebody comes to 64 % of shifts ✓ learned from 31 shifts"
    )
    assert "Default: 58" in learned


def test_a_figure_is_set_and_reset(
    organizer: FlaskClient, page: str, sessions: Sessions, campaign: Campaign
) -> None:
    there = f"{page}/figures/show_rate"
    answer = organizer.post(there, data={"value": "70", "note": "We ring them all"})
    assert answer.status_code == 303
    assert answer.location == f"{page}#show_rate"
    said = line(organizer, page, "show_rate")
    assert "70 % of shifts ✎ set by Ana Ruiz, noon: “We ring them all”" in said
    assert "Learned from 31 shifts: 64" in said
    assert "Go back to 64" in said
    organizer.post(there, data={"note": "No time to ring", "reset": "1"})
    with sessions() as session:
        assert figures_of(session, campaign.id)["show_rate"] == 64


@pytest.mark.parametrize(
    ("value", "note", "words"),
    [
        ("7", "slow", ["Write a number from 10 to 100."]),
        ("<b>", "", ["Write a number, such as 58.", "Say why, in a few words"]),
    ],
    ids=["beyond the range", "nothing right"],
)
def test_an_error_stands_at_its_field_and_keeps_what_was_typed(
    organizer: FlaskClient, page: str, value: str, note: str, words: list[str]
) -> None:
    answer = organizer.post(f"{page}/figures/show_rate", data={"value": value, "note": note})
    assert answer.status_code == 422
    for said in words:
        assert said in answer.text
    assert f'name="value" value="{value.replace("<", "&lt;").replace(">", "&gt;")}"' in answer.text
    assert len(re.findall("is-invalid", answer.text)) == len(words)
    assert len(re.findall(r"<details[^>]* open>", answer.text)) == 2  # its topic and its form


def test_salience_is_chosen_here(
    organizer: FlaskClient, page: str, sessions: Sessions, campaign: Campaign
) -> None:
    assert organizer.post(f"{page}/salience", data={"salience": "high"}).status_code == 303
    with sessions() as session:
        assert session.get_one(Campaign, campaign.id).salience == "high"
    assert 'value="high" checked' in organizer.get(page).text
    answer = organizer.post(f"{page}/salience", data={})
    assert answer.status_code == 422
    assert "Choose low, middle or high." in answer.text


def test_what_is_not_there_is_not_found(organizer: FlaskClient, page: str) -> None:
    assert organizer.get("/campaigns/99/model").status_code == 404
    assert organizer.post(f"{page}/figures/luck", data={}).status_code == 404
    assert organizer.post("/campaigns/99/model/figures/call", data={}).status_code == 404
    assert organizer.post("/campaigns/99/model/salience", data={}).status_code == 404


def test_the_example_is_what_the_plan_reckons_with(
    organizer: FlaskClient, page: str, campaign: Campaign
) -> None:
    model = Model()
    early = worked(model, Channel.CALL, campaign, pass_=2, earlier=timedelta(days=14))
    assert early.votes == pytest.approx(
        votes(model, Channel.CALL, 2, propensity=0.5, hour=18, days_left=14 + 1.5 / 24)
    )
    assert early.words == "second call, Tue, Oct 20, 6 pm"
    first = worked(model, Channel.CALL, campaign)
    assert first.a_vote == round(1 / first.votes)
    assert f"<b>{first.a_vote}</b> calls make one extra vote" in organizer.get(page).text


def test_figures_that_bring_no_vote_are_said_so(organizer: FlaskClient, page: str) -> None:
    for name in ("call", "call_plan", "text_cold"):
        organizer.post(f"{page}/figures/{name}", data={"value": "0", "note": "to see"})
    text = organizer.get(page).text
    assert "With these figures a call brings no vote." in text
    assert text.count("no vote</li>") == 3
