"""Whom a phase is for: pledged, reached, ballots out, and what came of it."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.phase import PLEDGED, REACHED, PhaseKind
from app.services import universes
from app.services.phases import PhaseRefused, mark_due
from app.services.strike import strike_ids
from app.store import phase_people
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.phases import Phase
from app.store.voters import Voter
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.services.phases.drafts import DEMOCRATS, HOUR, add, draft, marked


def saved(sessions: Sessions, name: str, **said: Any) -> dict[str, Any]:
    universes.save(sessions, name, said, now=NOON)
    return {"name": name}


def answer(session: Session, voter: int, question: str, said: str) -> None:
    session.execute(
        text(
            "INSERT INTO answers (voter_id, question, answer, source, answered_on) "
            "VALUES (:voter, :question, :said, 'list', '2026-10-01')"
        ),
        {"voter": voter, "question": question, "said": said},
    )


def test_pledged_and_reached_people_need_no_set_up(sessions: Sessions, ten: Campaign) -> None:
    with sessions.begin() as session:
        answer(session, 1, "Will you vote?", "Yes")
        answer(session, 2, "Will you vote?", "No")
        answer(session, 3, "Do you like Ana Rivera?", "Yes")
        whom = [session.get_one(Voter, number) for number in (4, 5, 6)]
        calls = factories.calls(session, ten, whom, state="done")
        results = ("canvassed", "not_home", "refused")
        for call, result in zip(calls, results, strict=True):
            factories.attempt(session, call, disposition=result)
    pledged = add(sessions, draft(whom={"name": PLEDGED}))
    mark_due(sessions, NOON)
    assert marked(sessions, pledged) == [1]
    reached = add(sessions, draft(NOON + HOUR, whom={"name": REACHED}))
    mark_due(sessions, NOON + HOUR)
    assert marked(sessions, reached) == [4]


def test_without_a_question_about_voting_nobody_has_pledged(
    sessions: Sessions, ten: Campaign
) -> None:
    phase = add(sessions, draft(whom={"name": PLEDGED}))
    assert mark_due(sessions, NOON).marked == 0
    with sessions() as session:
        assert phase_people.progress(session, session.get_one(Phase, phase)).people == 0


def test_a_saved_universe_stands_before_the_built_in_one_and_is_kept_as_it_was(
    sessions: Sessions, ten: Campaign
) -> None:
    whom = saved(sessions, PLEDGED, field="party", **{"is": ["DEM"]})
    phase = add(sessions, draft(whom=whom))
    [row] = universes.listed(sessions())
    universes.delete(sessions, row.id, now=NOON)
    mark_due(sessions, NOON)
    assert marked(sessions, phase) == [2, 4, 6, 8, 10]


def test_a_ballot_chase_follows_ballots_that_are_out_and_counts_those_that_came_back(
    sessions: Sessions, ten: Campaign
) -> None:
    stages = ["requested", "sent", "returned", "rejected"]
    with sessions.begin() as session:
        for voter, stage in enumerate(stages, 1):
            session.execute(
                text(
                    "INSERT INTO mail_ballots (voter_id, polling_day, stage, stage_on, recorded_at)"
                    " VALUES (:voter, :day, :stage, :day, :now)"
                ),
                {"voter": voter, "day": POLLING_DAY, "stage": stage, "now": NOON},
            )
    phase = add(sessions, draft(kind=PhaseKind.BALLOT_CHASE, goal=2))
    mark_due(sessions, NOON)
    assert marked(sessions, phase) == [1, 2]
    strike_ids(sessions, POLLING_DAY, ["AA000002"], by=None, source="mail", at=NOON + HOUR)
    with sessions() as session:
        found = phase_people.progress(session, session.get_one(Phase, phase))
    assert (found.people, found.ballots) == (2, 1)


def test_what_came_of_a_phase_stays_when_its_people_are_let_go(
    sessions: Sessions, ten: Campaign
) -> None:
    phase = add(sessions, draft(whom=DEMOCRATS, channels=(Channel.CALL,)))
    mark_due(sessions, NOON)
    with sessions.begin() as session:
        whom = [session.get_one(Voter, number) for number in (1, 2, 4)]
        calls = factories.calls(session, ten, whom, state="done")
        for call in (*calls, calls[1]):
            factories.attempt(session, call, attempted_at=NOON + HOUR)
        factories.attempt(session, calls[1], attempted_at=NOON - HOUR)  # before it
        factories.attempt(session, calls[1], attempted_at=NOON + HOUR, channel=Channel.TEXT)
    strike_ids(sessions, POLLING_DAY, ["AA000002"], by=None, source="desk", at=NOON + HOUR)
    with sessions() as session:
        live = phase_people.progress(session, session.get_one(Phase, phase))
    assert live == phase_people.Progress(people=5, ballots=1, attempts=3, tried=2)
    mark_due(sessions, NOON + 4 * HOUR)
    with sessions() as session:
        assert phase_people.progress(session, session.get_one(Phase, phase)) == live


def test_a_universe_that_nobody_saved_is_named(sessions: Sessions, ten: Campaign) -> None:
    with pytest.raises(PhaseRefused) as refused:
        add(sessions, draft(whom={"name": "Ours"}))
    assert refused.value.problems == {
        "whom": "There is no universe called “Ours”; there are none yet."
    }
