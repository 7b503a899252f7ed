"""A plan that a caller records, and the reminders that come of it."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.follow import How, Intention
from app.domain.purpose import REMIND_EVE
from app.services.claim import CallCard, next_call
from app.services.dispatch import claim_batch
from app.services.pace import pace
from app.services.record import BadRecord, CallRecord, record_call
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.outcomes import put_back
from app.store.people import User
from tests import factories
from tests.factories import NOON
from tests.scene import CLAIMER, column, planned, run
from tests.services.follow.told import (
    EVE,
    HOUR,
    MINUTE,
    TEXT_EVE,
    TEXT_HOUR,
    VOTES,
    at,
    follow,
    plans,
    sent,
)


@pytest.fixture
def ana(sessions: Sessions, ten: Campaign) -> User:
    """A volunteer of this campaign."""
    return factories.person(sessions, "volunteer", 1, "Ana")


def record(
    sessions: Sessions, user: User, plan: Intention | None, now: datetime = NOON, **more: Any
) -> CallRecord:
    """The next call, with what the voter told of their plan."""
    card = next_call(sessions, 1, user.id, now=now, wall=now)
    assert isinstance(card, CallCard), card
    result = more.pop("result", Disposition.CANVASSED)
    made = CallRecord(uuid4(), card.touch_id, card.fence, user.id, result, plan=plan, **more)
    record_call(sessions, made, now=now, wall=now)
    return made


PLAN = (
    "SELECT concat_ws('|', voter_id, votes_at AT TIME ZONE 'UTC', how, with_whom, ride, source, "
    "made_by) FROM voting_plans"
)


def test_a_record_carries_the_plan_and_a_replay_changes_nothing(
    sessions: Sessions, ana: User
) -> None:
    made = record(sessions, ana, Intention(VOTES, How.POLLS, "Luis", ride=True))
    kept = [f"1|2026-11-03 22:00:00|polls|Luis|t|call|{ana.id}"]
    assert column(sessions, PLAN) == kept
    run(sessions, "UPDATE voting_plans SET with_whom = 'Mia'")
    assert record_call(sessions, made, now=NOON, wall=NOON).already
    assert column(sessions, "SELECT with_whom FROM voting_plans") == ["Mia"]


def test_a_record_without_a_plan_leaves_what_was_told(sessions: Sessions, ana: User) -> None:
    plans(sessions)
    record(sessions, ana, None)
    assert column(sessions, "SELECT DISTINCT votes_at FROM voting_plans") == [VOTES]


BAD = [
    (Intention(NOON), "has passed"),
    (Intention(at(3, 19, 30)), "The polls close there on Tuesday, November 3 at 7:30 pm"),
    (Intention(at(31, 12), How.POLLS), "The polls open there on Tuesday, November 3 at 6:30 am"),
    (Intention(VOTES, with_whom="x" * 201), "over 200 characters"),
]


@pytest.mark.parametrize(("plan", "why"), BAD, ids=[why for _, why in BAD])
def test_a_plan_that_cannot_be_is_refused_and_nothing_is_saved(
    sessions: Sessions, ana: User, plan: Intention, why: str
) -> None:
    with pytest.raises(BadRecord, match=why):
        record(sessions, ana, plan)
    assert column(sessions, "SELECT count(*) FROM attempts") == [0]


def test_a_plan_to_vote_early_may_lie_before_polling_day(sessions: Sessions, ana: User) -> None:
    record(sessions, ana, Intention(at(31, 12), How.EARLY))
    assert column(sessions, "SELECT how FROM voting_plans") == ["early"]


def test_when_a_plan_changes_its_time_the_reminder_that_waits_moves(
    sessions: Sessions, ana: User
) -> None:
    plans(sessions, voters="id = 1")
    follow(sessions, VOTES - HOUR)
    run(sessions, "UPDATE targets SET no_calls = 'x' WHERE voter_id > 1")
    record(sessions, ana, Intention(at(3, 19), How.POLLS), now=VOTES - 50 * MINUTE)
    assert column(sessions, "SELECT count(*) FROM touches WHERE state = 'ready'") == [0]
    assert column(sessions, "SELECT reserved FROM campaigns") == [0]
    assert sent(sessions, VOTES - 40 * MINUTE) == []
    follow(sessions, at(3, 18))
    assert "Tuesday at 7 pm" in sent(sessions, at(3, 18))[0]
    assert follow(sessions, at(3, 18, 30)) == {TEXT_HOUR: 2}  # the one that ended, and this


def test_the_same_plan_told_again_leaves_the_reminder_alone(sessions: Sessions, ana: User) -> None:
    plans(sessions, voters="id = 1")
    follow(sessions, VOTES - HOUR)
    record(sessions, ana, Intention(VOTES, How.POLLS, "Luis"), now=VOTES - 50 * MINUTE)
    reminders = "SELECT state FROM touches WHERE purpose = 'remind_hour'"
    assert column(sessions, reminders) == ["ready"]


def test_a_reminder_by_call_comes_before_the_calls_of_the_ramp_with_its_own_words(
    sessions: Sessions, ana: User
) -> None:
    with sessions.begin() as session:
        planned(session, session.get_one(Campaign, 1), Channel.CALL, EVE, 9)
        session.execute(text("DELETE FROM consents"))
        session.execute(text("UPDATE voters SET email = NULL"))
        session.execute(
            text("UPDATE targets SET value = 0, next_call_at = '2026-11-05' WHERE voter_id = 10")
        )
    pace(sessions, EVE)
    plans(sessions, voters="id = 10")
    assert follow(sessions, EVE) == {(REMIND_EVE, "call"): 1}
    card = next_call(sessions, 1, ana.id, now=EVE, wall=EVE)
    assert isinstance(card, CallCard)
    assert (card.voter_id, "you will vote Tuesday at 5 pm" in card.script) == (10, True)


def test_a_reminder_that_never_reached_the_carrier_goes_again_and_is_still_the_one(
    sessions: Sessions, ten: Campaign
) -> None:
    plans(sessions, voters="id = 1")
    follow(sessions, EVE)
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=EVE, wall=EVE)
    assert batch is not None
    with sessions.begin() as session:
        put_back(session, [batch.tries[0].id], due_at=EVE, now=EVE, note="x")
    assert follow(sessions, EVE + MINUTE) == {TEXT_EVE: 1}
    assert len(sent(sessions, EVE + MINUTE)) == 1
