"""The page of hours and its forms: what is shown, refused, confirmed, made and taken back."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.domain.channel import Channel
from app.domain.rule import Blackout, Silence
from app.services.rules import listed
from app.store.campaigns import PlanHour
from app.store.engine import Sessions
from app.store.precincts import Precinct
from tests import factories
from tests.factories import NOON
from tests.web.conftest import SignIn

URL = "/campaigns/1/hours"
ALL = ["call", "text", "email"]
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
BLACKOUT: dict[str, Any] = {
    "kind": "blackout",
    "begins_at": "2026-10-31T12:00",
    "ends_at": "2026-10-31T15:00",
    "channels": ["call", "text"],
    "note": "a funeral",
}
HOURS: dict[str, Any] = {
    "kind": "calling_hours",
    "scope": "FL",
    "channels": ["call"],
    "weekdays": DAYS,
    "opens": "09:00",
    "closes": "19:00",
    "max_per_24h": "2",
    "note": "our counsel",
}
OWN: dict[str, Any] = {
    "kind": "own_hours",
    "channels": ALL,
    "weekdays": DAYS,
    "opens": "10:00",
    "closes": "18:00",
    "note": "manners",
}
POLLS = {"kind": "polls", "state": "FL", "opens": "07:00", "closes": "18:00", "note": "county"}
SILENCE: dict[str, Any] = {"kind": "silence", "none": "yes", "channels": ALL, "note": "none here"}


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer of a campaign with voters in North Carolina and on both clocks of Florida."""
    with sessions.begin() as session:
        made = factories.campaign(session, polls_by_state=True)
        factories.targets(session, made, factories.voters(session, 2))
        for number, zones in enumerate(("New_York", "Chicago", "New_York|America/Chicago")):
            florida = {"state": "FL", "zones": f"America/{zones}"}
            factories.targets(session, made, factories.voters(session, 1, 10 + number, **florida))
        session.add(
            PlanHour(
                campaign_id=made.id,
                channel=Channel.CALL,
                hour_at=NOON.replace(day=31),
                planned=1200,
            )
        )
        hours = {"closes": NOON.time(), "changed_at": NOON}
        session.add(Precinct(state="FL", county="Bay", code="7", **hours))
    return sign_in("organizer", name="Olive")


def plain(page: str) -> str:
    """The words of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def confirm(client: FlaskClient, said: dict[str, Any], **more: str) -> Any:
    """Sends a form, and what it then asks to confirm."""
    asked = client.post(f"{URL}/change", data=said)
    assert asked.status_code == 200, plain(asked.text)
    sure = re.search(r'name="sure" value="(\w+)"', asked.text)
    assert sure
    return client.post(f"{URL}/change", data={**said, "sure": sure[1], **more})


def test_the_tables_of_its_states_are_shown_with_their_sources(organizer: FlaskClient) -> None:
    words = plain(organizer.get(URL).text)
    assert "North Carolina" in words
    assert "47 CFR 64.1200(c)(1)" in words
    assert "Every day 8 am–8 pm calls and texts, at most 3 in 24 hours" in words  # Florida
    assert "7 am–7 pm : by the table." in words
    assert "CSG Book of the States" in words
    assert "Where it is Eastern or Central, only hours open on both count." in words
    assert "1 precinct on file has hours of its own" in words
    assert "none. No silence period" in words
    assert "Texas" not in words


def test_the_week_of_a_place_is_drawn_and_said(organizer: FlaskClient) -> None:
    assert confirm(organizer, OWN | {"weekdays": ["sat"]}).status_code == 303
    assert confirm(organizer, BLACKOUT).status_code == 303
    page = organizer.get(f"{URL}?place=FL:America/New_York&channel=call").text
    words = plain(page)
    assert "● calls in Florida (Eastern)" in words
    saturday = "10 am–noon and 3–6 pm; blackout noon–3 pm; closed by your own hours 8–10 am"
    assert f"Sat, Oct 31 {saturday} and 6–8 pm Sun, Nov 1 8 am–8 pm" in words
    assert "Tue, Nov 3 8 am–7 pm" in words
    assert "Days Federal Florida Your own Holds" in words
    assert "Sat 8 am–9 pm 8 am–8 pm 10 am–6 pm 10 am–6 pm" in words
    assert page.count('class="blackout"') == 2  # in the picture and in its legend
    both = plain(organizer.get(f"{URL}?place=FL:America/New_York|America/Chicago").text)
    assert "Sun, Nov 1 9 am–8 pm" in both  # where both clocks agree


def test_a_change_shows_its_effect_before_it_is_made(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    asked = organizer.post(f"{URL}/change", data=BLACKOUT)
    words = plain(asked.text)
    assert "Blackout of calls and texts from Sat, Oct 31, noon until Sat, Oct 31, 3 pm" in words
    assert "● calls : 3 h of 73 h" in words
    assert "1,200 planned calls lie in hours that close" in words
    with sessions() as session:
        assert listed(session, 1) == []
    assert confirm(organizer, BLACKOUT).status_code == 303
    page = plain(organizer.get(URL).text)
    assert "The plan follows within half a minute" in page
    assert "Changed noon by Olive: “a funeral”" in page
    with sessions() as session:
        [one] = listed(session, 1)
    assert isinstance(one.change, Blackout)
    assert one.change.begins_at == NOON.replace(day=31)  # noon on the campaign's clock
    assert confirm(organizer, BLACKOUT).status_code == 303
    assert "This holds already" in organizer.get(URL).text


@pytest.mark.parametrize("said", [HOURS, OWN, POLLS, SILENCE], ids=lambda said: said["kind"])
def test_a_change_is_made_and_taken_back(organizer: FlaskClient, said: dict[str, Any]) -> None:
    assert confirm(organizer, said).status_code == 303
    page = organizer.get(URL).text
    assert f"“{said['note']}”" in page
    assert organizer.post(f"{URL}/1/end").status_code == 303
    page = organizer.get(URL).text
    assert "Taken back." in page
    assert "No longer hold (1)" in page
    assert organizer.post(f"{URL}/1/end").status_code == 303
    assert "taken back already" in organizer.get(URL).text


@pytest.mark.parametrize(
    ("said", "change", "part", "words"),
    [
        (BLACKOUT, {"note": " "}, "note", "Say why"),
        (BLACKOUT, {"ends_at": "2026-10-31T11:00"}, "ends_at", "must end after it begins"),
        (BLACKOUT, {"ends_at": ""}, "ends_at", "Say until when."),
        (BLACKOUT, {"begins_at": "noon"}, "begins_at", "is no day and time"),
        (BLACKOUT, {"channels": []}, "channels", "Choose at least one."),
        (POLLS, {"closes": "06:00"}, "closes", "is not after 07:00"),
        (POLLS, {"state": "ZZ"}, "state", "is no state"),
        (HOURS, {"scope": ""}, "scope", "Choose whose hours change."),
        (HOURS, {"max_per_24h": "none"}, "max_per_24h", "write a whole number"),
        (HOURS, {"opens": ""}, "opens", "Say from when."),
        (OWN, {"weekdays": []}, "weekdays", "Choose at least one day."),
        (OWN, {"opens": "25:00"}, "opens", "is no time of day"),
        (SILENCE, {"none": ""}, "starts", "or choose no silence"),
        (SILENCE, {"none": "", "starts": "soon", "ends": "polls close"}, "starts", "no moment"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_is_said_at_the_field_and_nothing_typed_is_lost(
    organizer: FlaskClient, said: dict[str, Any], change: dict[str, Any], part: str, words: str
) -> None:
    typed = {"note": "typed before", **said, **change}
    answer = organizer.post(f"{URL}/change", data=typed)
    assert answer.status_code == 422
    problem = re.search(rf'id="{part}-problem">([^<]*)<', answer.text)
    assert problem
    assert words in problem[1].replace("&#39;", "'")
    for name, value in typed.items():
        if isinstance(value, str) and value.strip() and name not in ("none", "scope", "state"):
            assert f'name="{name}" value="{value}"' in answer.text
        elif isinstance(value, list):
            ticked = re.findall(rf'name="{name}" value="(\w+)" checked', answer.text)
            assert ticked == value


def test_opening_what_the_law_closes_is_warned_of(organizer: FlaskClient) -> None:
    late = HOURS | {"closes": "21:00"}
    asked = plain(organizer.post(f"{URL}/change", data=late).text)
    assert "For calls (Florida, every day) the table of the law says 8 am–8 pm" in asked
    assert "The law stands above this page" in asked
    assert confirm(organizer, late).status_code == 303


def test_another_change_than_the_one_shown_is_shown_first(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    asked = organizer.post(f"{URL}/change", data=BLACKOUT)
    sure = re.search(r'name="sure" value="(\w+)"', asked.text)
    assert sure
    longer = BLACKOUT | {"ends_at": "2026-11-02T15:00", "sure": sure[1]}
    assert organizer.post(f"{URL}/change", data=longer).status_code == 200
    with sessions() as session:
        assert listed(session, 1) == []


def test_a_blackout_of_the_whole_final_week_is_confirmed_twice(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    whole = BLACKOUT | {
        "begins_at": "2026-10-28T12:00",
        "ends_at": "2026-11-04T12:00",
        "channels": ALL,
    }
    once = confirm(organizer, whole)
    assert once.status_code == 422
    assert "nothing at all goes out in what is left of the final week" in once.text
    assert "Tick this if you mean it" in once.text
    with sessions() as session:
        assert listed(session, 1) == []
    assert confirm(organizer, whole, silent="yes").status_code == 303
    with sessions() as session:
        assert len(listed(session, 1)) == 1


def test_the_silence_of_a_country_is_shown_with_its_doubts(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        factories.campaign(session, name="Wybory", country="PL", zone="Europe/Warsaw")
    page = plain(organizer.get("/campaigns/2/hours").text)
    assert "from “00:00 on the eve” until “polls close”" in page
    assert "reported; verify before use verify before use" in page
    form = organizer.get("/campaigns/2/hours/change?kind=silence").text
    assert 'name="starts" value="00:00 on the eve"' in form
    answer = organizer.post("/campaigns/2/hours/change", data=SILENCE)
    assert "The table has a longer election silence" in answer.text
    with sessions() as session:
        assert not any(isinstance(one.change, Silence) for one in listed(session, 2))


def test_what_is_not_there_is_not_found(organizer: FlaskClient) -> None:
    assert organizer.get("/campaigns/9/hours").status_code == 404
    assert organizer.get(f"{URL}/change?kind=tides").status_code == 404
    assert organizer.post(f"{URL}/77/end").status_code == 404
    assert organizer.get(f"{URL}?place=ZZ:&channel=pigeon").status_code == 200
