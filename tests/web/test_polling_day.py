"""The page of polling day: the countdown, rounds in numbers, precincts gone quiet, what is next."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from app.clock import ManualClock
from app.domain.phase import PhaseDraft, PhaseKind
from app.domain.polling_day import QUIET, Facts, is_quiet, next_steps
from app.services import day_report, phases, problems
from app.services.phases import mark_due
from app.services.problems import NewProblem
from app.services.strike import strike_ids
from app.services.strike_desk import Desk, strike_one
from app.store.engine import Sessions
from app.wiring import Parts
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.scene import column, texting
from tests.services.test_day_report import CLOSE
from tests.web.conftest import SignIn, as_person

PAGE = "/campaigns/1/polling-day"
OPENS = NOON.replace(month=11, day=3, hour=11, minute=30)
NINE_AM = OPENS + timedelta(hours=2, minutes=30)

FACTS = st.builds(
    Facts,
    now=st.datetimes(OPENS.replace(tzinfo=None), CLOSE.replace(tzinfo=None)).map(
        lambda at: at.replace(tzinfo=OPENS.tzinfo)
    ),
    opens_at=st.just(OPENS),
    closes_at=st.just(CLOSE),
    rounds=st.integers(0, 4),
    rides_late=st.integers(0, 3),
    rides_without_driver=st.integers(0, 3),
    problems_open=st.integers(0, 3),
    precincts_watched=st.integers(0, 3),
    precincts_quiet=st.integers(0, 3),
    says_stay=st.booleans(),
)


@given(FACTS)
def test_what_somebody_waits_for_comes_before_what_should_be_planned(facts: Facts) -> None:
    codes = [step.code for step in next_steps(facts)]
    if facts.now >= facts.closes_at:
        assert codes == ["report"]
    elif facts.rides_late:
        assert codes[0] == "rides_late"
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("last", "now", "quiet"),
    [
        (None, OPENS + QUIET, False),
        (None, OPENS + QUIET + timedelta(seconds=1), True),
        (OPENS + QUIET, OPENS + QUIET * 2, False),
        (OPENS, CLOSE - timedelta(minutes=1), True),
        (OPENS, CLOSE, False),
        (None, OPENS - timedelta(minutes=1), False),
        (OPENS - timedelta(hours=9), OPENS + timedelta(minutes=1), False),
    ],
)
def test_a_precinct_is_quiet_only_while_it_is_open(
    last: datetime | None, now: datetime, quiet: bool
) -> None:
    assert is_quiet(last, OPENS, CLOSE, now) is quiet


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer of a campaign with four voters."""
    with sessions.begin() as session:
        texting(session, 4)
    return sign_in("organizer", 1, "Olga")


def at(parts: Parts, now: datetime) -> None:
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at = now


def test_a_day_without_anything_says_how_to_begin(organizer: FlaskClient, parts: Parts) -> None:
    at(parts, NINE_AM)
    page = organizer.get(PAGE).text
    for words in (
        "Until the polls close",
        "No round is planned",
        "Nobody stands at a polling place",
        "Nobody waits for a ride.",
        "No problem is open.",
        "The texts go out from 6:30 pm to 7:10 pm.",
        "The rush, in which",
    ):
        assert words in page
    at(parts, CLOSE)
    assert "The polls have closed: the report of the day" in organizer.get(PAGE).text


def test_a_round_is_counted_among_its_people(
    organizer: FlaskClient, parts: Parts, sessions: Sessions
) -> None:
    draft = PhaseDraft(PhaseKind.ROUND, "Morning", OPENS, NINE_AM + timedelta(hours=1))
    phases.add(sessions, 1, draft, by=None, now=NOON)
    mark_due(sessions, NINE_AM)
    strike_ids(sessions, POLLING_DAY, ["AA000001"], by=None, source="desk", at=NINE_AM)
    at(parts, NINE_AM)
    assert "Counting…" in organizer.get(PAGE).text
    live = " ".join(organizer.get(f"{PAGE}/live").text.split())
    for term, number in (("people", 4), ("voted", 1), ("tried", 0), ("still to be tried", 3)):
        assert f"<dt>{term}</dt><dd>{number}</dd>" in live
    assert "<dt>people</dt><dd>4</dd>" in organizer.get(PAGE).text  # kept


def test_precincts_are_given_and_named_when_they_go_quiet(
    web: Flask, organizer: FlaskClient, parts: Parts, sessions: Sessions
) -> None:
    watcher = factories.person(sessions, "poll_watcher", 1, "Petra")
    at(parts, NINE_AM)
    assert "Without a precinct: Petra" in organizer.get(PAGE).text
    form = {"precincts": "NOWHERE"}
    page = organizer.post(f"{PAGE}/watchers/{watcher.id}", data=form)
    assert page.status_code == 422
    assert "No precinct is called NOWHERE" in page.text
    form = {"precincts": "LINCOLN SCHOOL"}
    page = organizer.post(f"{PAGE}/watchers/{watcher.id}", data=form, follow_redirects=True)
    assert "The precincts are saved." in page.text
    assert "1 precinct has gone quiet" in organizer.get(PAGE).text
    desk = Desk(watcher.id, 1, POLLING_DAY, watcher=True)
    strike_one(sessions, desk, str(uuid4()), voter_id=1, now=NINE_AM, wall=NOON)
    assert "gone quiet" not in organizer.get(PAGE).text
    assert "Your precinct: Lincoln School" in as_person(web, watcher).get("/strike").text


def test_open_problems_stand_on_the_page(
    organizer: FlaskClient, parts: Parts, sessions: Sessions
) -> None:
    told = NewProblem(str(uuid4()), "machines", "Scanner is down", "Maple Hall")
    problems.report(sessions, 1, told, by=1, now=NOON)
    at(parts, NINE_AM)
    page = organizer.get(PAGE).text
    assert "1 problem of voters is open" in page or "1 problem of a voter is open" in page
    assert "Machines or ballots fail" in page


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    seen: list[str] = []

    def hear(*facts: object) -> None:
        seen.append(str(facts[2]))

    event.listen(engine, "before_cursor_execute", hear)
    yield seen
    event.remove(engine, "before_cursor_execute", hear)


def test_no_page_of_polling_day_asks_more_than_fifteen_times(
    organizer: FlaskClient, parts: Parts, sessions: Sessions, engine: Engine
) -> None:
    for number in range(4):
        begin = OPENS + timedelta(hours=number)
        draft = PhaseDraft(PhaseKind.ROUND, f"Round {number}", begin, CLOSE)
        phases.add(sessions, 1, draft, by=None, now=NOON)
    watcher = factories.person(sessions, "poll_watcher", 1, "Petra")
    organizer.post(f"{PAGE}/watchers/{watcher.id}", data={"precincts": "LINCOLN SCHOOL"})
    for number in range(6):
        told = NewProblem(str(uuid4()), "long_line", "Long", f"Place {number}")
        problems.report(sessions, 1, told, by=1, now=NOON)
        form = {"name": f"Voter {number}", "pick_up": "Here", "riders": "1", "key": str(uuid4())}
        organizer.post("/campaigns/1/rides/ask", data=form)
    day_report.write_due(sessions, CLOSE)
    at(parts, CLOSE - timedelta(minutes=30))
    mark_due(sessions, parts.clock.now())
    assert column(sessions, "SELECT count(*) FROM phases WHERE marked_at IS NOT NULL") == [4]
    base = "/campaigns/1"
    for page in (
        *(PAGE, f"{PAGE}/live", f"{PAGE}/watchers", "/strike?campaign=1&q=voter"),
        *("/strike/results?campaign=1&q=1+oak", f"{base}/rides", f"{base}/rides/list"),
        *(f"{base}/rides/ask", f"{base}/rides/mine", f"{base}/problems", f"{base}/problems/1"),
        *(f"{base}/problems/report", f"{base}/day-report", f"{base}/day-report/csv"),
    ):
        with counted(engine) as seen:
            assert organizer.get(page).status_code == 200, page
        assert len(seen) <= 15, (page, len(seen), seen)
