"""The pages of blasts: written, looked at, scheduled, stopped; and the same on the command line."""

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import text, update

from app.cli import blasts as blast_commands
from app.cli import main
from app.clock import ManualClock
from app.services.blast_release import release_blasts
from app.store.engine import Sessions
from app.store.voters import Voter
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.scene import column, texting
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/blasts"
BODY = "Hi {first_name}, vote {polling_day}! Paid for by {organization}. STOP to opt out"
FORM: dict[str, Any] = {
    "name": "Friday morning",
    "channel": "text",
    "whom": "",
    "starts_at": "2026-10-30T10:00",
    "spread": "2.5",
    "done_by": "2026-10-30T18:00",
    "body_en": BODY,
    "body_es": "",
}


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer whose campaign has six voters, two of them Democrats."""
    with sessions.begin() as session:
        _, whom = texting(session, 6)
        whom[0].party = whom[1].party = "DEM"
    return sign_in("organizer")


@pytest.fixture
def drafted(organizer: FlaskClient) -> FlaskClient:
    """The same, with a draft."""
    assert organizer.post(f"{PAGE}/new", data=FORM).status_code == 303
    return organizer


def test_an_empty_page_says_what_will_stand_there(organizer: FlaskClient) -> None:
    page = organizer.get(PAGE).text
    assert "No blast yet" in page
    assert "Write the first" in page


def test_a_draft_is_kept_with_its_times_on_the_voter_s_clock(
    drafted: FlaskClient, sessions: Sessions
) -> None:
    page = drafted.get(f"{PAGE}/1").text
    assert "Fri, Oct 30, 10 am, spread over 2 h 30 min, done by 6 pm" in page
    assert "Everyone who has not voted" in page
    assert column(sessions, "SELECT starts_at::text FROM blasts") == ["2026-10-30 10:00:00"]
    listed = drafted.get(PAGE).text
    assert "This week" in listed
    assert "Friday morning" in listed


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("has no name", {"name": " "}, "Give the blast a name"),
    ("has no time", {"starts_at": ""}, "Give the day and the time"),
    ("has a time that is none", {"done_by": "soon"}, "Give the day and the time"),
    ("has a day out of all time", {"starts_at": "9999-12-31T23:59"}, "Choose a day from 2000"),
    ("has no number for its spread", {"spread": "long"}, "Not a valid decimal value"),
    ("is spread over weeks", {"spread": "500"}, "Write a number from 0"),
    ("is done before it starts", {"done_by": "2026-10-30T09:00"}, "done before it starts"),
    ("is done before its spread ends", {"done_by": "2026-10-30T11:00"}, "spread ends after this"),
    ("says nothing", {"body_en": ""}, "Write the words"),
    ("has a universe that is gone", {"whom": "Ours"}, "There is no universe called “Ours”"),
]


@pytest.mark.parametrize(("what", "facts", "why"), WRONG, ids=[what for what, _, _ in WRONG])
def test_a_draft_is_refused_at_its_field_that(
    organizer: FlaskClient, sessions: Sessions, what: str, facts: dict[str, Any], why: str
) -> None:
    answer = organizer.post(f"{PAGE}/new", data={**FORM, **facts})
    assert answer.status_code == 422
    assert why in answer.text
    assert "The draft is not saved" in answer.text
    assert column(sessions, "SELECT id FROM blasts") == []


def test_a_preview_says_who_what_when_and_what_a_press_does(drafted: FlaskClient) -> None:
    page = drafted.get(f"{PAGE}/1/preview").text
    assert "<b>6</b> voters get it" in page
    assert "$0.05" in page
    assert "Hi Luz, vote Tuesday, November 3!" in page
    assert "1 segment, GSM-7" in page
    assert "Schedule: text 6 voters" in page
    assert page in drafted.get(f"{PAGE}/1?counted=1").text  # without scripts


def test_words_that_cannot_go_out_are_said_in_the_preview_and_refused(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    organizer.post(f"{PAGE}/new", data={**FORM, "body_en": "Vote, {name}!"})
    page = organizer.get(f"{PAGE}/1/preview").text
    assert "It cannot be scheduled yet" in page
    assert "{name} is no field" in page
    assert "Schedule:" not in page
    answer = organizer.post(f"{PAGE}/1/schedule", follow_redirects=True)
    assert "{name} is no field" in answer.text
    assert column(sessions, "SELECT state FROM blasts") == ["draft"]


CHECKED = [
    ("text", "en", BODY, {"size": "1 segment, GSM-7", "problem": ""}),
    ("text", "es", f"{BODY} ☀", {"size": "2 segments, UCS-2", "problem": ""}),
    (
        "text",
        "es",
        "Vote",
        {
            "size": "1 segment, GSM-7",
            "problem": "Say how to opt out, with the word in capitals: “STOP para salir”.",
        },
    ),
    ("email", "en", "Paid for by us", {"size": "", "problem": ""}),
]


@pytest.mark.parametrize(
    ("channel", "language", "body", "said"), CHECKED, ids=["fine", "long", "no STOP", "a mail"]
)
def test_words_are_checked_as_they_are_typed(
    organizer: FlaskClient, channel: str, language: str, body: str, said: dict[str, str]
) -> None:
    form = {"channel": channel, "language": language, "body": body}
    assert organizer.post(f"{PAGE}/words", data=form).json == said


def test_a_blast_is_written_in_a_third_language_and_read_in_it(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.execute(update(Voter).where(Voter.id < 3).values(language="vi"))
    asked = organizer.post(f"{PAGE}/new", data={**FORM, "act": "another", "another": "vi"})
    assert asked.status_code == 200
    assert 'name="body_vi"' in asked.text
    assert "Friday morning" in asked.text
    organizer.post(f"{PAGE}/new", data={**FORM, "another": "am"})
    warned = organizer.get(f"{PAGE}/1/preview").text
    assert "2 voters read Vietnamese; without words in it they get the English ones." in warned
    words = "Chào {first_name}, bầu cử {polling_day}! {organization}. STOP"
    form = {**FORM, "whom": "as it is", "body_vi": words}
    assert organizer.post(f"{PAGE}/1/change", data=form).status_code == 303
    page = organizer.get(f"{PAGE}/1/preview").text
    assert "Chào Luz, bầu cử Thứ Ba, 3 tháng 11!" in page
    assert "UCS-2" in page
    assert "Schedule: text 6 voters" in page
    assert column(sessions, "SELECT jsonb_object_keys(words) FROM blasts ORDER BY 1") == [
        "en",
        "vi",
    ]


def test_a_mail_is_shown_as_its_page_in_a_frame_that_may_do_nothing(
    organizer: FlaskClient,
) -> None:
    said = {"subject_en": "Vote {polling_day}", "body_en": "# Go\n\nPaid for by {organization}"}
    organizer.post(f"{PAGE}/new", data={**FORM, **said, "channel": "email"})
    preview = organizer.get(f"{PAGE}/1/preview").text
    assert f'sandbox="" title="The email as a page, English" src="{PAGE}/1/mail/en"' in preview
    page = organizer.get(f"{PAGE}/1/mail/en")
    assert "<title>Vote Tuesday, November 3</title>" in page.text
    assert "Go</h1>" in page.text
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert organizer.get(f"{PAGE}/1/mail/es").status_code == 404


def test_a_draft_is_changed_and_keeps_its_people(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    organizer.post(f"{PAGE}/new", data={**FORM, "whom": "Pledged to vote"})
    page = organizer.get(f"{PAGE}/1/change").text
    assert "As it is: Pledged to vote" in page
    assert 'value="2.5"' in page
    changed = {**FORM, "whom": "as it is", "name": "Friday noon", "starts_at": "2026-10-30T12:00"}
    assert (
        "The draft is saved."
        in organizer.post(f"{PAGE}/1/change", data=changed, follow_redirects=True).text
    )
    assert column(sessions, "SELECT name FROM blasts") == ["Friday noon"]
    assert column(sessions, "SELECT filter ->> 'filter' FROM blasts") != [None]


def press(client: FlaskClient, what: str) -> str:
    return client.post(f"{PAGE}/1/{what}", follow_redirects=True).text


def test_a_blast_is_scheduled_taken_back_paused_let_go_on_and_canceled(
    drafted: FlaskClient, sessions: Sessions, parts: Parts
) -> None:
    page = press(drafted, "schedule")
    assert "Scheduled for 6 voters" in page
    assert "starts in 22 h" in page
    assert "It is a draft again" in press(drafted, "take-back")
    press(drafted, "schedule")
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at = NOON + timedelta(hours=23, minutes=15)  # at half
    release_blasts(sessions, parts.clock.now(), {})
    page = drafted.get(f"{PAGE}/1").text
    assert "going out" in page
    assert "Take back to change" not in page
    assert "has begun to go out" in press(drafted, "take-back")
    counted = drafted.get(f"{PAGE}/1/count").json
    assert counted == {
        "sent": "0 of 6 sent",
        "rest": "0 delivered, 0 failed, 3 under way",
        "left": "6 voters would not get it.",
        "percent": 0,
    }
    assert "3 that waited are held back" in press(drafted, "pause")
    assert "is paused" in press(drafted, "pause")
    assert "It goes on" in press(drafted, "resume")
    with sessions.begin() as session:
        session.execute(text("UPDATE touches SET state = 'delivered' WHERE voter_id < 3"))
    assert "Canceled." in press(drafted, "cancel")
    page = drafted.get(f"{PAGE}/1?counted=1").text
    assert "2 of 3 sent" in page
    assert "1 never went out" in page
    assert "<button" not in page.partition("<main")[2]


def test_a_blast_of_another_campaign_is_not_found(drafted: FlaskClient, sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.campaign(session, name="Another")
    for path in ("", "/preview", "/count", "/change"):
        assert drafted.get(f"/campaigns/2/blasts/1{path}").status_code == 404
    assert drafted.post("/campaigns/2/blasts/1/cancel").status_code == 404
    assert drafted.get(f"{PAGE}/7").status_code == 404


@pytest.fixture
def lastmile(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`lastmile("blast", "list")` on the same database."""
    monkeypatch.setattr(blast_commands, "connect", lambda: parts)

    def run(*words: object) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words])

    return run


def test_the_command_line_does_the_same(drafted: FlaskClient, lastmile: Any) -> None:
    said = lastmile("blast", "preview", 1)
    assert said.exit_code == 0, said.output
    assert "6 voters of 6 get it" in said.output
    assert "Scheduled for 6 voters." in lastmile("blast", "schedule", 1).output
    assert "0 of 6 sent" in lastmile("blast", "list").output
    assert "Paused; 0 that waited" in lastmile("blast", "pause", 1).output
    assert lastmile("blast", "resume", 1).exit_code == 0
    assert lastmile("blast", "cancel", 1).exit_code == 0
    again = lastmile("blast", "cancel", 1)
    assert again.exit_code == 1
    assert "is canceled" in again.output
    assert "there is no blast 9" in lastmile("blast", "pause", 9).output


def test_a_preview_on_the_command_line_ends_with_1_if_it_cannot_be(
    organizer: FlaskClient, lastmile: Any
) -> None:
    organizer.post(f"{PAGE}/new", data={**FORM, "body_en": "Vote!"})
    said = lastmile("blast", "preview", 1)
    assert said.exit_code == 1
    assert "Say how to opt out" in said.output
