"""The pages of paper: a sheet is made, printed, and its results typed in."""

import re

import pytest

from app.store.engine import Sessions
from tests import factories
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
    assert sheet.count('class="page"') == 2
    assert len(re.findall(r"<tr>\s*<th scope=\"row\">", sheet)) == 14
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
