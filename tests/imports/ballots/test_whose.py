"""Whose ballot it is, and of which polling day."""

from datetime import date

import pytest
from sqlalchemy import Engine, text

from app.services.rejects import ImportRefused
from app.store.engine import Sessions
from tests import factories
from tests.imports.ballots.stages import HEADER, VOTER, pending, struck
from tests.imports.lists import Load, came_to, rows


@pytest.mark.usefixtures("called")
def test_ids_are_matched_by_their_source_and_through_merges(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        kept = factories.voters(session, 1, source="oh", source_id="AA000002")[0]
        gone = factories.voters(session, 1, source="oh", source_id="X9")[0]
        gone.merged_into = kept.id
    voted = ("source_id", "AA000002", "X9")
    unclear = load("ballots", *voted, polling_day="2026-11-03")
    assert unclear.refused == {2: "several voter files have this id (nc, oh): say which"}
    (recorded,) = rows(engine, "SELECT voter_id FROM ballots")
    assert recorded == (kept.id,)
    clear = load("ballots", *voted, source="nc", polling_day="2026-11-03")
    assert clear.refused == {3: "no voter on file has this id"}
    assert len(rows(engine, "SELECT 1 FROM ballots")) == 2


@pytest.mark.usefixtures("called")
def test_ids_that_are_one_person_are_no_riddle(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        other = factories.voters(session, 1, source="oh", source_id=VOTER)[0]
        other.merged_into = 1
    loaded = load("ballots", "source_id", VOTER, polling_day="2026-11-03")
    assert came_to(loaded) == (1, 0, 0, 0)
    assert struck(engine) == [VOTER]


@pytest.mark.usefixtures("called")
def test_a_dry_run_counts_and_strikes_nobody(engine: Engine, load: Load) -> None:
    loaded = load("ballots", "source_id", VOTER, check=True, polling_day="2026-11-03")
    assert (loaded.counts["new"], loaded.counts["struck"]) == (1, 1)
    assert struck(engine) == []
    assert pending(engine) == ["AA000001", "AA000002", "AA000003"]


def test_the_polling_day_is_told_or_the_only_one_ahead(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        factories.voters(session, 1)
    with pytest.raises(ImportRefused, match=r"say which polling day .* no campaign has one ahead"):
        load("ballots", "source_id", VOTER)
    with sessions.begin() as session:
        first = factories.campaign(session).id
    assert load("ballots", "source_id", VOTER).counts["struck"] == 1
    with sessions.begin() as session:
        factories.campaign(session, name="Later", polling_day=date(2026, 12, 8))
    with pytest.raises(ImportRefused, match="there are 2026-11-03, 2026-12-08"):
        load("ballots", "source_id", VOTER)
    assert load("ballots", "source_id", VOTER, campaign=first).counts["struck"] == 0
    with pytest.raises(ImportRefused, match="'Tuesday' is no day: write it as 2026-11-03"):
        load("ballots", "source_id", VOTER, polling_day="Tuesday")
    days = rows(engine, "SELECT polling_day::text FROM ballots")
    assert days == [("2026-11-03",)]


def test_a_voter_of_another_polling_day_is_struck_from_this_one_alone(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        now = factories.call_list(session, 1)
        later = factories.campaign(session, name="Later", polling_day=date(2026, 12, 8))
        session.execute(
            text(
                "INSERT INTO targets (campaign_id, voter_id, household_id, place) "
                "SELECT :later, id, id, 'NC:America/New_York' FROM voters"
            ),
            {"later": later.id},
        )
    load("ballots", "source_id", VOTER, polling_day="2026-12-08")
    load("ballots", "source_id", VOTER, polling_day="2026-11-03")
    load("ballots", HEADER, f"{VOTER},rejected,2026-10-20", polling_day="2026-12-08")
    query = "SELECT campaign_id, voted_at IS NOT NULL FROM targets ORDER BY campaign_id"
    assert rows(engine, query) == [(now.id, True), (later.id, True)]
