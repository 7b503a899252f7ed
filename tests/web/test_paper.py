"""The pages of paper: a sheet is made, printed, and its results typed in."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
import segno

from app.clock import ManualClock
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.touches import Target
from app.web import paper
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.scene import column
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/paper"


@pytest.fixture(autouse=True)
def calls(sessions: Sessions) -> None:
    """A campaign with fourteen calls that are ready."""
    with sessions.begin() as session:
        factories.call_list(session, 14)


def test_a_call_sheet_is_made_and_printed_twelve_lines_a_page(
    sign_in: SignIn, sessions: Sessions
) -> None:
    organizer = sign_in("organizer")
    assert "No sheet yet" in organizer.get(PAGE).text
    made = organizer.post(PAGE, data={"kind": "calls", "lines": "14", "hours": "2"})
    sheet = organizer.get(made.location).text
    (code,) = column(sessions, "SELECT code FROM sheets")
    assert sheet.count('class="page calls"') == 2
    assert len(re.findall(r"<tr>\s*<th scope=\"row\">", sheet)) == 14
    for words in ("call until 2 pm", "Eastern 2 pm", "Call back: write when", "Thu, Oct 29"):
        assert words in sheet
    for words in (code, "(919) 555-0001", "Luz Voter1", "67", "until 7:30 pm", "page 2 of 2"):
        assert words in sheet
    assert "I&#39;m ______" in sheet  # the script, with room for a name
    assert code in organizer.get(PAGE).text
    acts = "SELECT action FROM audit WHERE subject = 'sheet:1' ORDER BY id"
    assert column(sessions, acts) == ["sheet made", "sheet printed"]


def test_lines_are_typed_in_and_wrong_ones_stay_to_be_mended(
    sign_in: SignIn, sessions: Sessions
) -> None:
    organizer = sign_in("organizer")
    organizer.post(PAGE, data={"kind": "calls", "lines": "2"})
    (code,) = column(sessions, "SELECT code FROM sheets")
    assert f"{code} </textarea>" in organizer.get(f"{PAGE}/enter?code={code}").text
    page = organizer.post(f"{PAGE}/enter", data={"typed": f"{code} 1 n\n2 q\nhm"}).text
    assert "1 line is in." in page
    assert "Luz Voter1: No answer." in page
    assert f"{code} 2 q\nhm</textarea>" in page


def test_each_zone_and_each_number_say_until_when_calls_are_allowed(
    sign_in: SignIn, sessions: Sessions
) -> None:
    """A sheet held for eight hours ends where the calling hours end, on each voter's clock."""
    with sessions.begin() as session:
        for voter in (1, 2):
            session.get_one(Target, (1, voter)).place = "TX:America/Chicago"
    organizer = sign_in("organizer")
    made = organizer.post(PAGE, data={"kind": "calls", "lines": "14", "hours": "8"})
    sheet = " ".join(re.sub("<[^>]+>", " ", organizer.get(made.location).text).split())
    assert "Eastern 8 pm" in sheet
    assert "Central 7 pm (here 8 pm)" in sheet
    assert sheet.count("call until 7 pm there, 8 pm here") == 2
    assert sheet.count("call until 8 pm") == 12


def test_what_was_called_at_night_is_flagged_on_the_page(
    sign_in: SignIn, sessions: Sessions, parts: Parts
) -> None:
    organizer = sign_in("organizer")
    organizer.post(PAGE, data={"kind": "calls", "lines": "2", "hours": "8"})
    (code,) = column(sessions, "SELECT code FROM sheets")
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at += timedelta(hours=11)
    page = organizer.post(f"{PAGE}/enter", data={"typed": f"{code} 1 n @10:30 pm\n2 c"}).text
    assert "outside the hours in which calls are allowed" in page
    assert f"write when to call back, on their clock: {code} 2 c sun 3 pm" in page


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"kind": "doors"}, "Name the precinct"),
        ({"kind": "doors", "precinct": "NOWHERE"}, "Nobody in this precinct"),
    ],
)
def test_a_sheet_that_cannot_be_made_says_why(
    sign_in: SignIn, form: dict[str, str], words: str
) -> None:
    answer = sign_in("organizer").post(PAGE, data=form)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_sheet_of_another_campaign_is_not_shown(sign_in: SignIn, sessions: Sessions) -> None:
    organizer = sign_in("organizer")
    organizer.post(PAGE, data={"kind": "calls", "lines": "2"})
    with sessions.begin() as session:
        other = factories.campaign(session, name="Westside").id
    assert organizer.get(f"/campaigns/{other}/paper/1").status_code == 404
    assert organizer.get("/campaigns/9/paper").status_code == 404


@pytest.mark.parametrize(("hours", "held"), [("-5", 1), ("0", 1), ("999", 12), ("soon", 3)])
def test_a_sheet_is_held_for_hours_that_there_are(
    sign_in: SignIn, sessions: Sessions, hours: str, held: int
) -> None:
    sign_in("organizer").post(PAGE, data={"kind": "calls", "lines": "1", "hours": hours})
    assert column(sessions, "SELECT held_until FROM sheets") == [NOON + timedelta(hours=held)]


def test_a_form_sent_twice_makes_one_sheet(sign_in: SignIn, sessions: Sessions) -> None:
    organizer = sign_in("organizer")
    codes = re.findall(r'name="code" value="(\w+)"', organizer.get(PAGE).text)
    assert len(set(codes)) == 2  # one for each of the two forms
    form = {"kind": "calls", "lines": "2", "code": codes[0]}
    first, second = (organizer.post(PAGE, data=form).location for _ in range(2))
    assert first == second
    assert column(sessions, "SELECT code FROM sheets") == [codes[0]]
    assert len(column(sessions, "SELECT id FROM touches WHERE state = 'claimed'")) == 2
    assert sign_in("admin").post(PAGE, data=form).location != first
    assert organizer.post(PAGE, data=form | {"code": "1' OR"}).status_code == 303
    assert len(column(sessions, "SELECT code FROM sheets")) == 3


def test_a_closed_campaign_has_no_new_sheets(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.get_one(Campaign, 1).state = "closed"
    answer = sign_in("organizer").post(PAGE, data={"kind": "calls", "lines": "2"})
    assert answer.status_code == 422
    assert "The campaign is closed" in answer.text
    assert column(sessions, "SELECT state FROM touches WHERE state <> 'ready'") == []


def test_the_square_leads_to_the_public_address_whatever_the_browser_asked_for(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    drawing = segno.make

    def draw(said: str) -> segno.QRCode:
        drawn.append(said)
        return drawing(said)

    monkeypatch.setattr(paper, "segno", SimpleNamespace(make=draw))
    organizer = sign_in("organizer")
    made = organizer.post(PAGE, data={"kind": "calls", "lines": "2"})
    organizer.get(made.location)
    assert drawn[0].startswith("https://vote.example.org/campaigns/1/paper/enter?code=")
