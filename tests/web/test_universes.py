"""Universes on the pages and the command line: built, counted, saved, compared, used."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import select

from app.cli import universes as commands
from app.services import universes as service
from app.store import universes as stored
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.touches import Target
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.web.conftest import SignIn
from tests.web.test_campaigns import FORM

DEMOCRATS: dict[str, Any] = {"field": "party", "is": ["DEM"]}
CALLABLE: dict[str, Any] = {"reach": ["call"]}


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer, with three Democrats on file, one without a phone, and two others."""
    with sessions.begin() as session:
        factories.voters(session, 2, 1, party="DEM", city="Raleigh")
        factories.voters(session, 1, 3, party="DEM", phone=None)
        factories.voters(session, 2, 4, party="UNA", extra={"Ward": "7"})
    return sign_in("organizer")


def save(client: FlaskClient, name: str, said: Any, where: str = "/universes/new") -> Any:
    return client.post(where, data={"name": name, "filter": json.dumps(said)})


def count(client: FlaskClient, said: Any) -> Any:
    return client.post("/universes/count", data={"filter": json.dumps(said), "rough": "1"}).json


def test_an_empty_list_says_what_a_universe_is_for(organizer: FlaskClient) -> None:
    page = organizer.get("/universes").text
    assert "No universe yet" in page
    assert "/universes/new" in page


def test_a_filter_is_counted_as_it_is_built(organizer: FlaskClient) -> None:
    answer = count(organizer, {"all": [DEMOCRATS]})
    assert answer["words"] == "Democrats"
    assert [answer[name] for name in ("voters", "call", "text", "email")] == ["3", "2", "0", "3"]
    assert answer["rough"] is False
    assert sorted(answer["people"]) == [["LV", "RALEIGH"], ["LV", "Raleigh"], ["LV", "Raleigh"]]
    assert count(organizer, {})["voters"] == "5"


def test_a_large_file_is_estimated_first(
    organizer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MANY", -1)
    answer = count(organizer, {"all": [DEMOCRATS]})
    assert answer["rough"] is True
    assert answer["voters"] in ("0", "300")  # all voters here stand on one page, drawn or not
    exact = organizer.post("/universes/count", data={"filter": json.dumps(DEMOCRATS)}).json
    assert exact
    assert (exact["rough"], exact["voters"]) == (False, "3")


def test_a_condition_without_sense_is_named_by_its_place(organizer: FlaskClient) -> None:
    answer = count(organizer, {"all": [DEMOCRATS, {"not": {"field": "age", "from": 3}}]})
    assert answer == {"path": [1, 0], "problem": "An age of 3 is not a voter's; use 16 to 120."}
    broken = organizer.post("/universes/count", data={"filter": '{"all": ['})
    assert "This is no JSON" in broken.json["problem"]  # type: ignore[index]


def test_the_values_on_file_are_offered_with_their_counts(organizer: FlaskClient) -> None:
    assert organizer.get("/universes/choices/party").json == [
        {"value": "DEM", "label": "DEM (Democrats)", "count": "3"},
        {"value": "UNA", "label": "UNA (unaffiliated)", "count": "2"},
    ]
    wards = organizer.get("/universes/choices/extra?column=Ward").json
    assert [one["label"] for one in wards or []] == ["not on file", "7"]
    for unknown in ("email", "shoe_size", "extra"):
        assert organizer.get(f"/universes/choices/{unknown}").status_code == 404


def test_a_universe_is_saved_changed_and_deleted(organizer: FlaskClient) -> None:
    answer = save(organizer, "Our people", DEMOCRATS)
    assert (answer.status_code, answer.location) == (303, "/universes/1")
    assert "“Our people” is saved." in organizer.get("/universes/1").text
    assert organizer.get("/universes/1/count").json["voters"] == "3"  # type: ignore[index]
    save(organizer, "Others", {"not": DEMOCRATS}, "/universes/1")
    page = organizer.get("/universes").text
    assert "Not Democrats" in page
    assert "Our people" not in page
    assert organizer.post("/universes/1/delete").location == "/universes"
    assert organizer.get("/universes/1").status_code == 404
    assert organizer.get("/universes/1/count").status_code == 404


@pytest.mark.parametrize(
    ("name", "said", "words"),
    [
        ("", DEMOCRATS, "Give the universe a name"),
        ("Ours", {}, "Add a condition"),
        ("Ours", {"all": [{"field": "party", "is": []}]}, "Choose at least one party"),
        ("Ours", [], "A universe is an object"),
        ("<b>Ours", {"universe": "<b>"}, "There is no universe called “&lt;b&gt;”"),
    ],
)
def test_what_cannot_be_saved_is_shown_again_with_the_reason(
    organizer: FlaskClient, name: str, said: Any, words: str
) -> None:
    answer = save(organizer, name, said)
    assert answer.status_code == 422
    assert words in answer.text
    written = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.text, re.DOTALL)
    assert written
    assert written[1].strip().replace("&#34;", '"').replace("&lt;b&gt;", "<b>") == json.dumps(said)


def test_a_universe_that_others_refer_to_is_not_deleted(organizer: FlaskClient) -> None:
    save(organizer, "Ours", DEMOCRATS)
    save(organizer, "Ours by phone", {"all": [{"universe": "Ours"}, CALLABLE]})
    answer = organizer.post("/universes/1/delete", follow_redirects=True)
    assert "“Ours” is part of “Ours by phone”" in answer.text


def test_the_overlap_shows_what_two_share(organizer: FlaskClient) -> None:
    save(organizer, "Ours", DEMOCRATS)
    save(organizer, "By phone", CALLABLE)
    page = organizer.get("/universes/overlap?universe=1&universe=2").text
    cells = re.findall(r"<td>(?:<b>)?(\d+)(?:</b>)?<span class=\"hint\">([^<]*)</span>", page)
    assert cells == [("4", "all"), ("2", "50 %"), ("2", "67 %"), ("3", "all")]
    assert (
        "Choose 2 to 8 universes to compare" in organizer.get("/universes/overlap?universe=1").text
    )
    assert organizer.get("/universes/overlap").status_code == 200


def test_a_campaign_keeps_the_universe_as_it_was_at_set_up(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    save(organizer, "Ours", DEMOCRATS)
    save(organizer, "Ours by phone", {"all": [{"universe": "Ours"}, CALLABLE]})
    form = {**FORM, "universe-saved": "Ours by phone"}
    assert organizer.post("/campaigns/new/universe", data=form).json["voters"] == "2"  # type: ignore[index]
    assert organizer.post("/campaigns/new", data=form).status_code == 303
    with sessions() as session:
        kept = session.scalars(select(Campaign.universe)).one()
        assert kept == {"filter": {"all": [DEMOCRATS, CALLABLE]}}
        assert len(session.scalars(select(Target)).all()) == 2


def test_a_campaign_with_a_universe_that_is_gone_is_refused(organizer: FlaskClient) -> None:
    answer = organizer.post("/campaigns/new", data={**FORM, "universe-saved": "Gone"})
    assert answer.status_code == 422


@pytest.fixture
def lastmile(parts: Parts, organizer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`lastmile universe …` on the database of the pages."""
    monkeypatch.setattr(commands, "connect", lambda: parts)

    def lastmile(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(commands.universe, list(words), input=typed)

    return lastmile


def test_the_same_filter_works_on_the_command_line(lastmile: Any, tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    file.write_text(json.dumps({"parties": ["dem"]}))
    assert lastmile("list").output.startswith("No universe yet")
    assert lastmile("save", "Ours", str(file)).output == "Saved “Ours”: Democrats\n"
    lastmile("save", "By phone", "-", typed=json.dumps(CALLABLE))
    assert json.loads(lastmile("show", "Ours").output) == DEMOCRATS
    counted = "Democrats\n  3 voters: 2 may be called, 0 texted, 3 emailed\n"
    assert lastmile("count", "Ours").output == lastmile("count", str(file)).output == counted
    assert lastmile("count", "-", typed="{}").output.startswith("Everybody on file\n  5 voters")
    table = lastmile("overlap", "Ours", "By phone").output.splitlines()
    assert table[1].split()[-2:] == ["3", "2"]
    assert table[2].split()[-2:] == ["2", "4"]
    lastmile("save", "Ours", "-", typed=json.dumps({"not": DEMOCRATS}))
    assert "Ours: Not Democrats\n  2 voters" in lastmile("list").output
    assert lastmile("delete", "Ours").output == "Deleted “Ours”.\n"


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("show", "Nobody"), "", "there is no universe called “Nobody”; there are none yet."),
        (("count", "-"), '{"field": "age"', "this is no JSON: line 1"),
        (("count", "/nowhere/a.json"), "", "/nowhere/a.json: No such file"),
        (("save", "A", "-"), '{"universe": "A"}', "a universe cannot refer to itself: A → A."),
        (("overlap", "A"), "", "there is no universe called “A”"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(
    lastmile: Any, words: tuple[str, ...], typed: str, said: str
) -> None:
    answer = lastmile(*words, typed=typed)
    assert answer.exit_code == 1
    assert said in answer.output


def test_a_universe_is_listed_by_name_whatever_its_case(sessions: Sessions) -> None:
    for name in ("beta", "Alpha", "Gamma"):
        service.save(sessions, name, CALLABLE, now=NOON)
    with sessions() as session:
        assert [one.name for one in service.listed(session)] == ["Alpha", "beta", "Gamma"]
