"""Organizers find a voter, see all of them, act on the page, merge doubles, and export."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from app.domain.channel import Channel
from app.domain.name import fold
from app.domain.touch import AttemptState, TouchState
from app.services import export
from app.services.merge import merge
from app.store.ballots import MailBallot
from app.store.engine import Sessions
from app.store.imports import ImportRun
from app.store.messages import Consent, DeadAddress, OptOut
from app.store.precincts import Precinct
from app.store.voters import Answer, Election
from tests import factories
from tests.factories import LONG_NAME, NOON, POLLING_DAY
from tests.web.conftest import SignIn

FIRST, LAST = LONG_NAME
KEYS = {"first_key": fold(FIRST), "last_key": fold(LAST)}


@pytest.fixture
def on_file(sessions: Sessions) -> Sessions:
    """Voter 1, of whom everything is known and with whom everything was done, 2 at her home, and
    3 who is her double."""
    names = {"first_name": FIRST, "last_name": LAST, **KEYS}
    caller = factories.person(sessions, "volunteer", name="Nadia")
    with sessions.begin() as session:
        made = factories.campaign(session)
        known = {
            "party": "DEM",
            "status": "active",
            "language": "es",
            "gender": "F",
            "registered_on": date(2012, 5, 6),
            "zones": "America/Chicago|America/Denver",
            "votes": ["2022-11-08"],
            "turnout": 0.73,
            "extra": {"Walk list": "Green 7"},
            "phone2": "+17045550199",
            "phone2_kind": "landline",
            "phone_kind": "mobile",
            "household_id": 1,
            "email": "maria@example.org",
        }
        whom = [
            *factories.voters(session, 1, 1, **names, **known),
            *factories.voters(session, 1, 2, first_name="Luis", household_id=1, last_key="voter2"),
            *factories.voters(session, 1, 3, **names, birth_year=1988, phone="+17045550199"),
        ]
        factories.targets(session, made, whom)
        call = factories.calls(session, made, whom[:1])[0]
        done = {"disposition": "not_home", "note": "dog barks", "user_id": caller.id}
        factories.attempt(session, call, **done)
        facts = {"channel": Channel.TEXT, "state": TouchState.DELIVERED}
        sent = factories.calls(session, made, whom[:1], **facts)[0]
        factories.attempt(
            session, sent, state=AttemptState.DELIVERED, body="Hi María <b>vote</b>!",
            attempted_at=NOON - timedelta(hours=2),
        )  # fmt: skip
        factories.reply(session, body="¿Dónde voto?", voter_id=1, campaign_id=made.id)
        session.add_all(
            [
                OptOut(address="+17045550199", channel="call", source="reply", words="no more",
                       opted_out_at=NOON),
                DeadAddress(address="+19195550001", channel="text", reason="landline",
                            found_at=NOON),
                Consent(address="maria@example.org", channel="email", basis="sign-up form",
                        source="2025 fair", given_on=POLLING_DAY),
                Election(source="nc", day=date(2022, 11, 8), kind="general", name=""),
                Election(source="nc", day=date(2024, 11, 5), kind="general", name=""),
                MailBallot(voter_id=1, polling_day=POLLING_DAY, stage="sent", stage_on=POLLING_DAY,
                           recorded_at=NOON),
                Answer(voter_id=1, question="Will you vote?", answer="maybe", source="call",
                       answered_on=POLLING_DAY),
                Precinct(state="NC", county="", code="LINCOLN SCHOOL", place="LINCOLN HALL",
                         changed_at=NOON),
                ImportRun(filename="wake.txt", layout="nc", state="done", started_at=NOON,
                          ended_at=NOON),
            ]
        )  # fmt: skip
    return sessions


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def scalar(sessions: Sessions, query: str) -> Any:
    with sessions() as session:
        return session.scalar(text(query))


def test_without_voters_the_page_leads_to_the_imports(sign_in: SignIn) -> None:
    said = page(sign_in("organizer"), "/voters")
    assert "No voters on file yet" in said
    assert 'href="/imports"' in said


def test_the_search_works_without_a_script(on_file: Sessions, sign_in: SignIn) -> None:
    client = sign_in("organizer")
    assert "Type what you know" in page(client, "/voters")
    said = page(client, "/voters?q=fern+mar")
    assert said.count("María José") == 2
    assert "same household" not in said
    assert "Nobody found" in page(client, "/voters?q=zz")
    assert "Type a little more" in page(client, "/voters?q=@")
    assert "<html" not in page(client, "/voters/results?q=fern")


def test_the_page_has_everything_known_and_done(on_file: Sessions, sign_in: SignIn) -> None:
    said = page(sign_in("organizer", name="Olga"), "/voters/1")
    for words in (
        *(FIRST, LAST, "1959", "female", "DEM", "Spanish", "May 6, 2012", "1 OAK ST"),
        *("Lincoln Hall", "Central or Mountain: only hours open in each", "73 of 100"),
        *("Walk list", "Green 7", "AA000001", "wake.txt"),
        *("(919) 555-0001", "cell phone", "dead for texts", "(704) 555-0199", "landline"),
        *("no calls", "no more", "consents to emails", "2025 fair"),
        *("Luis", "mail ballot sent", "Nov 2022 general", "Nov 2024 general", "maybe"),
        *("Eastside calls", "may be contacted", "No answer", "dog barks", "Nadia"),
        *("Hi María &lt;b&gt;vote", "delivered", "¿Dónde voto?", "waits to be made"),
        *("Olga", "opened this page", "Compare with"),
    ):
        assert words in said, words


def test_opening_a_page_is_in_the_audit_log_and_searching_is_not(
    on_file: Sessions, sign_in: SignIn
) -> None:
    client = sign_in("organizer")
    page(client, "/voters?q=fern")
    assert scalar(on_file, "SELECT count(*) FROM audit WHERE action = 'voter opened'") == 0
    page(client, "/voters/1")
    assert scalar(on_file, "SELECT subject FROM audit WHERE action = 'voter opened'") == "voter:1"


def test_a_page_takes_few_queries(on_file: Sessions, sign_in: SignIn, engine: Engine) -> None:
    client = sign_in("organizer")
    merge(on_file, 1, 3, by=None, at=NOON)
    page(client, "/voters/1")
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        page(client, "/voters/1")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(asked) <= 15 + 2, asked  # two of them to know who asks


@pytest.mark.parametrize("path", ["/voters", "/voters/results", "/voters/1", "/voters/1/merge/3",
                                  "/exports", "/exports/count"])  # fmt: skip
def test_voters_are_for_organizers_only(on_file: Sessions, sign_in: SignIn, path: str) -> None:
    assert sign_in("volunteer", 1, "Vic").get(path).status_code == 403


def test_nobody_is_a_page_that_is_not_there(on_file: Sessions, sign_in: SignIn) -> None:
    client = sign_in("organizer")
    for path in ("/voters/99", "/voters/1/merge/99", "/voters/99/merge/1"):
        assert client.get(path).status_code == 404


def test_an_address_is_opted_out_with_the_reason(on_file: Sessions, sign_in: SignIn) -> None:
    client = sign_in("organizer")
    form = {"what": "call:+19195550001", "reason": "asked at the door"}
    said = client.post("/voters/1/opt-outs", data=form, follow_redirects=True).get_data(True)
    assert "No more calls to (919) 555-0001. What was pending to it is canceled." in said
    assert "asked at the door" in said
    assert scalar(on_file, "SELECT count(*) FROM touches WHERE state = 'canceled'") == 1
    assert scalar(on_file, "SELECT source FROM opt_outs WHERE address = '+19195550001'") == (
        "organizer"
    )


def test_only_the_voter_s_own_addresses_can_be_opted_out(
    on_file: Sessions, sign_in: SignIn
) -> None:
    client = sign_in("organizer")
    form = {"what": "call:+19195550002"}
    said = client.post("/voters/1/opt-outs", data=form, follow_redirects=True).get_data(True)
    assert "no such phone or email any more" in said
    assert client.post("/voters/1/opt-outs", data={"what": "fax:1"}).status_code == 400


def test_a_ballot_is_recorded(on_file: Sessions, sign_in: SignIn) -> None:
    client = sign_in("organizer")
    form = {"campaign": "1"}
    said = client.post("/voters/1/ballots", data=form, follow_redirects=True).get_data(True)
    assert "Recorded: has voted. 1 pending contact canceled." in said
    assert scalar(on_file, "SELECT source FROM ballots WHERE voter_id = 1") == "desk"
    said = client.post("/voters/1/ballots", data=form, follow_redirects=True).get_data(True)
    assert "was known before" in said


def test_doubles_are_merged_and_parted(on_file: Sessions, sign_in: SignIn) -> None:
    client = sign_in("organizer")
    assert "nothing is pending for it" in page(client, "/voters/1/merge/3")
    said = client.post("/voters/1/merge/3", follow_redirects=True).get_data(True)
    assert "Merged. Nothing was pending." in said
    assert "was merged into this voter" in said
    assert "This row was merged into" in page(client, "/voters/3")
    refused = client.post("/voters/2/merge/3")
    assert refused.status_code == 422
    assert "merged into voter 1 already" in refused.get_data(True)
    said = client.post("/voters/merges/1/undo", data={"back": "1"}, follow_redirects=True)
    assert "The merge is undone" in said.get_data(True)
    said = client.post("/voters/merges/1/undo", data={"back": "1"}, follow_redirects=True)
    assert "undone before" in said.get_data(True)
    assert scalar(on_file, "SELECT count(merged_into) FROM voters") == 0


def test_what_was_done_under_the_merged_row_is_on_the_page(
    on_file: Sessions, sign_in: SignIn
) -> None:
    merge(on_file, 2, 1, by=None, at=NOON)
    said = page(sign_in("organizer"), "/voters/2")
    for words in ("dog barks", "under the merged row", "(704) 555-0199", "Nov 2022"):
        assert words in said, words


def test_a_merge_looks_for_the_other_row_by_search(on_file: Sessions, sign_in: SignIn) -> None:
    said = page(sign_in("organizer"), "/voters?with=2&q=fern")
    assert 'href="/voters/2/merge/1"' in said
    assert 'href="/voters/2"' in said  # back


def test_a_confidential_voter_has_a_page_without_deeds(on_file: Sessions, sign_in: SignIn) -> None:
    with on_file.begin() as session:
        session.execute(
            text("UPDATE voters SET status = 'confidential', first_name = '', last_name = '', "
                 "middle_name = '', phone = NULL, phone2 = NULL, email = NULL WHERE id = 2")
        )  # fmt: skip
    said = page(sign_in("organizer"), "/voters/2")
    assert "confidential by law" in said
    assert "Merge with another voter" not in said


def test_the_rows_are_counted_before_the_download(on_file: Sessions, sign_in: SignIn) -> None:
    client = sign_in("organizer")
    said = page(client, "/exports/count?kind=voters")
    assert '<span class="big">3</span> rows' in said
    assert "There is no campaign 99" in page(client, "/exports?kind=voters&campaign=99")


def test_a_download_is_a_file_and_in_the_audit_log(on_file: Sessions, sign_in: SignIn) -> None:
    client = sign_in("organizer")
    answer = client.post("/exports", data={"kind": "voters", "campaign": "1", "format": "csv"})
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="voters-eastside-calls-2026-10-29.csv"'
    )
    assert answer.headers["Cache-Control"] == "no-store"
    found = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["voter_id"] for row in found] == ["AA000001", "AA000002", "AA000003"]
    assert scalar(on_file, "SELECT details ->> 'rows' FROM audit WHERE action = 'exported'") == "3"
    refused = client.post("/exports", data={"kind": "voters", "universe": "none"})
    assert refused.status_code == 422
    assert "no universe called" in refused.get_data(True)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_browser_that_goes_away_gives_the_connection_back(
    on_file: Sessions,
    sign_in: SignIn,
    engine: Engine,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "BLOCK", 1)
    client = sign_in("organizer")
    answer = client.post("/exports", data={"kind": "voters", "format": form})
    blocks = iter(answer.iter_encoded())
    assert next(blocks)
    assert next(blocks)
    answer.close()
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
