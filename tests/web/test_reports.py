"""The pages of reports: every table, the daily page, files in which nothing runs, few queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import Engine, event, select

from app.clock import ManualClock
from app.domain.channel import Channel
from app.domain.touch import AttemptState, TouchState
from app.services.count_reports import MOST_UNIVERSES, count_reports
from app.services.reports import PARTS
from app.store.campaigns import Script
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.report_days import ReportState
from app.store.saved_universes import SavedUniverse
from app.store.voters import Answer
from tests import factories
from tests.factories import NOON, SCRIPT
from tests.scene import texting
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/reports"


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def hear(*told: Any) -> None:
        asked.append(told[2])

    event.listen(engine, "before_cursor_execute", hear)
    yield asked
    event.remove(engine, "before_cursor_execute", hear)


@pytest.fixture
def done(sessions: Sessions) -> None:
    """A day of work: two of three calls reach somebody, three of four texts arrive, one is
    filtered; the volunteer's name would run as a formula."""
    with sessions.begin() as session:
        made, whom = texting(session, 4)
    person = factories.person(sessions, "volunteer", 1, name="=cmd|calc")
    with sessions.begin() as session:
        script = Script(campaign_id=made.id, channel=Channel.CALL, version=2, body=SCRIPT)
        session.add(script)
        session.flush()
        ended = {"state": TouchState.DONE}
        for touch, said in zip(
            factories.calls(session, made, whom[:3], **ended),
            ("canvassed", "refused", "not_home"),
            strict=True,
        ):
            facts = {"disposition": said, "user_id": person.id, "script_id": script.id}
            factories.attempt(session, touch, **facts)
        texts = factories.calls(session, made, whom, channel=Channel.TEXT, **ended)
        for at, touch in enumerate(texts):
            state = AttemptState.DELIVERED if at else AttemptState.UNDELIVERED
            facts = {"state": state, "sender_id": 1, "price": Decimal("0.25")}
            factories.attempt(session, touch, error_code=None if at else 30007, **facts)
        factories.plan(session, made, Channel.CALL, 40)
        session.add(
            Answer(
                voter_id=1,
                question="will_vote",
                answer="yes",
                source="call",
                answered_on=NOON.date(),
            )
        )
    count_reports(sessions, NOON, NOON, most=100)


SEEN = {
    "day": ("Thu, Oct 29", "66.7 %", "75.0 %", "$1"),
    "hour": ("11 am", "66.7 %"),
    "result": ("Talked", "33.3 %", "No answer"),
    "universe": ("Save a universe under a name",),
    "precinct": ("Lincoln School · NC", "66.7 %"),
    "user": ("=cmd|calc", "66.7 %"),
    "script": ("Call script, English, version 2", "Before versions were kept"),
    "sender": ("Texts", "75.0 %", "$0.33"),
    "answer": ("Will you vote on Tue, Nov 3?", "Yes", "100.0 %"),
    "opt_out": ("Nobody has opted out",),
}


@pytest.mark.usefixtures("done")
def test_every_table_says_what_was_counted_in_few_queries(sign_in: SignIn, engine: Engine) -> None:
    organizer = sign_in("organizer")
    assert SEEN.keys() == set(PARTS)
    for part, words in SEEN.items():
        for day in ("", "2026-10-29"):
            with statements(engine) as asked:
                page = organizer.get(f"{PAGE}?by={part}&day={day}")
            assert page.status_code == 200
            assert len(asked) <= 15, asked
            for one in words:
                assert one in page.text, (part, one)


@pytest.mark.usefixtures("done")
@pytest.mark.parametrize("split", ["user", "script", "precinct"])
def test_answers_are_told_apart(sign_in: SignIn, split: str) -> None:
    page = sign_in("organizer").get(f"{PAGE}?by=answer&split={split}").text
    names = {"user": "=cmd|calc", "script": "version 2", "precinct": "Lincoln School"}
    assert names[split] in page


@pytest.mark.usefixtures("done")
def test_a_day_stands_on_one_page(sign_in: SignIn, engine: Engine) -> None:
    organizer = sign_in("organizer")
    with statements(engine) as asked:
        page = organizer.get(f"{PAGE}/daily").text
    assert len(asked) <= 15, asked
    for words in ("5 days before polling day", "8 %", "66.7 %", "=cmd|calc", "Cost of the day $1"):
        assert words in page
    assert "No attempt was counted" in organizer.get(f"{PAGE}/daily?day=2026-10-27").text


@pytest.mark.usefixtures("done")
@pytest.mark.parametrize("day", ["", "2026-10-29"])
def test_a_table_is_taken_away_as_csv_and_noted(
    sign_in: SignIn, sessions: Sessions, day: str
) -> None:
    form = {"by": "user", "format": "csv", "day": day}
    answer = sign_in("organizer").post(f"{PAGE}/download", data=form)
    assert answer.headers["Content-Type"].startswith("text/csv")
    head, line, _end = answer.text.lstrip("\ufeff").split("\r\n")
    assert head.startswith("Volunteer,Calls,Contacts,Contacts ÷ calls")
    assert line == "'=cmd|calc,3,2,0.6667,0.0,,1,1,1"
    with sessions() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "report downloaded")
        ).one()
    assert entry.subject == "campaign:1"
    assert entry.details == {"campaign": 1, "what": "user", "day": day, "format": "csv"}


@pytest.mark.usefixtures("done")
def test_all_tables_are_taken_away_as_a_book(sign_in: SignIn) -> None:
    answer = sign_in("organizer").post(f"{PAGE}/download", data={"format": "xlsx"})
    book = load_workbook(BytesIO(answer.data))
    assert len(book.sheetnames) == len(PARTS)
    people = list(book["Volunteer"].values)
    assert people[1][:3] == ("'=cmd|calc", 3, 2)
    assert list(book["Result"].values)[1][2] == 1


def test_before_anything_was_counted_the_page_says_so(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.campaign(session)
    organizer = sign_in("organizer")
    for part in PARTS:
        page = organizer.get(f"{PAGE}?by={part}").text
        assert "Not counted yet" in page
        assert 'class="empty"' in page
    assert "No attempt was counted" in organizer.get(f"{PAGE}/daily").text


@pytest.mark.parametrize("asked", ["?day=soon", "?by=moon&split=1", "?day=1999-01-01"])
def test_what_makes_no_sense_is_the_whole_campaign(
    sign_in: SignIn, sessions: Sessions, asked: str
) -> None:
    with sessions.begin() as session:
        factories.campaign(session, starts_at=NOON + timedelta(days=1))
    page = sign_in("organizer").get(f"{PAGE}{asked}")
    assert page.status_code == 200
    assert "Attempts by day" in page.text


def test_there_is_no_report_of_no_campaign(sign_in: SignIn) -> None:
    organizer = sign_in("organizer")
    assert organizer.get("/campaigns/9/reports").status_code == 404
    assert organizer.post("/campaigns/9/reports/download").status_code == 404


def test_the_whole_campaign_is_said_to_be_as_old_as_its_latest_day(
    sign_in: SignIn, sessions: Sessions, web: Flask
) -> None:
    """Days before are counted now and then, and one of them a moment ago makes today no newer."""
    with sessions.begin() as session:
        factories.campaign(session)
        for day, ago in ((NOON.date(), 90), (NOON.date() - timedelta(days=1), 1)):
            at = web.extensions["lastmile"].clock.wall() - timedelta(minutes=ago)
            session.add(ReportState(campaign_id=1, day_on=day, counted_at=at))
    assert "Counted 1 h 30 min ago" in sign_in("organizer").get(PAGE).text


def test_on_a_fast_clock_a_count_is_as_old_as_the_campaigns_clock_says(
    sign_in: SignIn, sessions: Sessions, web: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second of the machine is a minute of the campaign, and that is what people see pass."""
    with sessions.begin() as session:
        factories.campaign(session)
        at = web.extensions["lastmile"].clock.wall() - timedelta(seconds=10)
        session.add(ReportState(campaign_id=1, day_on=NOON.date(), counted_at=at))
    organizer = sign_in("organizer")
    monkeypatch.setattr(ManualClock, "speed", 60.0)
    assert "Counted 10 min ago" in organizer.get(PAGE).text
    assert "counted at 11:50 am" in organizer.get(f"{PAGE}/daily").text


def test_universes_that_are_not_counted_are_named(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.campaign(session, universe={"filter": {"universe": "Universe 0"}})
        for number in range(MOST_UNIVERSES + 1):
            facts = {"filter": {}, "created_at": NOON, "changed_at": NOON}
            session.add(SavedUniverse(name=f"Universe {number}", **facts))
    page = sign_in("organizer").get(f"{PAGE}?by=universe").text
    assert "One is left out: Universe 1." in page
