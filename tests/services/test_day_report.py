"""The report of polling day: written by itself once the polls have closed, and for good at dawn."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.services import day_report
from app.services.strike import strike_ids
from app.store.campaigns import PlanHour
from app.store.day_report import latest
from app.store.engine import Sessions
from tests import factories
from tests.factories import POLLING_DAY

CLOSE = datetime(2026, 11, 4, 0, 30, tzinfo=UTC)  # 7:30 pm in North Carolina
DAWN = datetime(2026, 11, 4, 11, 0, tzinfo=UTC)
FIVE_PM = datetime(2026, 11, 3, 22, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def day(sessions: Sessions) -> None:
    """A polling day with two calls at 5 pm, of which one reached somebody who has voted."""
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        whom = factories.voters(session, 3)
        whom[0].turnout, whom[1].turnout = 0.9, 0.7
        factories.targets(session, campaign, whom)
        made = factories.calls(session, campaign, whom[:2])
        person = {"user_id": 7, "attempted_at": FIVE_PM}
        factories.attempt(session, made[0], disposition=Disposition.ALREADY_VOTED, **person)
        factories.attempt(session, made[1], disposition=Disposition.NOT_HOME, **person)
        session.add(
            PlanHour(campaign_id=campaign.id, channel=Channel.CALL, hour_at=FIVE_PM, planned=4)
        )
    strike_ids(sessions, POLLING_DAY, ["AA000001"], by=None, source="desk", at=FIVE_PM)


def test_it_comes_with_the_close_and_once_more_at_dawn_and_then_no_more(
    sessions: Sessions,
) -> None:
    instants = [
        CLOSE - timedelta(seconds=1),
        CLOSE,
        CLOSE + timedelta(hours=2),
        DAWN,
        DAWN + timedelta(hours=3),
        DAWN + timedelta(days=9),
    ]
    assert [day_report.write_due(sessions, now) for now in instants] == [0, 1, 0, 1, 0, 0]


def test_a_worker_that_was_away_all_night_writes_it_once(sessions: Sessions) -> None:
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: day_report.write_due(sessions, DAWN), range(3)))
    assert sum(done) == 1


def test_it_says_what_was_done_against_plan_who_voted_and_how_long_it_was_silent(
    sessions: Sessions,
) -> None:
    day_report.write_due(sessions, CLOSE)
    with sessions() as session:
        written = latest(session, 1)
    assert written is not None
    facts = written.facts
    assert facts["hours"] == [
        {
            "hour": FIVE_PM.isoformat(),
            "channel": "call",
            "done": 2,
            "contacts": 1,
            "planned": 4,
        }
    ]
    assert facts["ballots"] == [{"hour": FIVE_PM.isoformat(), "ballots": 1}]
    [precinct] = facts["precincts"]
    assert (precinct["targets"], precinct["voted"], precinct["expected"]) == (3, 1, 2)
    assert facts["universe"] == {
        "targets": 3,
        "voted": 1,
        "scored": 2,
        "scored_voted": 1,
        "expected": 2,
    }
    opened = datetime(2026, 11, 3, 13, tzinfo=UTC)  # 8 am: the polls open at 6:30, the phones later
    assert facts["silence"] == {
        "seconds": (FIVE_PM - opened).total_seconds(),
        "since": opened.isoformat(),
    }
    assert facts["people"] == {
        "volunteers": 1,
        "calls": 2,
        "conversations": 1,
        "shifts": 0,
        "came": 0,
        "missed": 0,
    }
    assert not facts["final"]


def test_precincts_of_two_counties_with_one_code_are_told_apart(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE voters SET precinct = '01', county = 'Wake', state = 'NC'"))
        session.execute(text("UPDATE voters SET county = 'Durham' WHERE source_id = 'AA000002'"))
    day_report.write_due(sessions, CLOSE)
    with sessions() as session:
        written = latest(session, 1)
    assert written is not None
    found = [(row["county"], row["precinct"], row["targets"]) for row in written.facts["precincts"]]
    assert found == [("Wake", "01", 2), ("Durham", "01", 1)]


def test_what_was_written_stays(sessions: Sessions) -> None:
    day_report.write_due(sessions, DAWN)
    with sessions() as session:
        before = latest(session, 1)
    with sessions.begin() as session:
        session.execute(text("DELETE FROM attempts"))
    day_report.write_due(sessions, DAWN + timedelta(hours=1))
    with sessions() as session:
        assert latest(session, 1) == before


def test_a_campaign_that_is_being_set_up_has_none(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE campaigns SET state = 'draft'"))
    assert day_report.write_due(sessions, DAWN) == 0
