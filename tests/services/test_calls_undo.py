"""Undo: a record that is taken back within seconds leaves nothing behind."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.follow import How, Intention
from app.services.claim import CallCard, next_call
from app.services.open_call import call_news
from app.services.record import CallRecord, record_call
from app.services.strike import strike_ids
from app.services.undo import undo_call
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import User
from app.store.touches import Touch
from app.store.voters import Answer
from app.store.voting_plans import VotingPlan
from app.store.wishes import opt_out
from tests import factories
from tests.booth import Booth, calling
from tests.conftest import empty
from tests.factories import NOON, POLLING_DAY
from tests.scene import column

D = Disposition
PHONE = "+19195550001"
SOON = NOON + timedelta(seconds=8)

TABLES = {
    "targets": "to_jsonb(t)",
    # The call is under a new lease; whoever takes the next gets it anew.
    "touches": "to_jsonb(t) - '{fence,lease_until,claimed_by,state}'::text[] || "
    "jsonb_build_object('open', t.state IN ('ready', 'claimed'))",
    "campaigns": "to_jsonb(t)",
    "ballots": "to_jsonb(t)",
    "opt_outs": "to_jsonb(t)",
    "dead_addresses": "to_jsonb(t)",
    "answers": "to_jsonb(t)",
    "voting_plans": "to_jsonb(t)",
    "plan_hours": "to_jsonb(t)",
    "attempts": "to_jsonb(t)",
}


def stand(sessions: Sessions) -> dict[str, list[Any]]:
    """All that a record could change; attempts that count for nothing are not counted."""
    found = {}
    with sessions() as session:
        for table, row in TABLES.items():
            where = {"attempts": "WHERE t.state <> 'absent'", "plan_hours": "WHERE released <> 0"}
            query = f"SELECT {row} FROM {table} t {where.get(table, '')} ORDER BY 1"
            found[table] = list(session.execute(text(query)).scalars())
    return found


def scene(sessions: Sessions) -> User:
    """A voter with all there is: a household, texts and a reminder that wait, a plan, answers; and
    a neighbor with the same phone."""
    with sessions.begin() as session:
        campaign = factories.campaign(session, budget=Decimal(100))
        first = factories.voters(session, 2)
        for voter in first:
            voter.household_id = first[0].id
        others = factories.voters(session, 2, 3)
        others[0].phone = PHONE
        everybody = [*first, *others]
        factories.targets(session, campaign, everybody)
        factories.calls(session, campaign, [first[0]], value=2)
        factories.calls(session, campaign, others)
        _texts(session, campaign, [first[0], others[0]])
        reminder = {"purpose": "remind_hour", "channel": Channel.EMAIL, "address": "x@example.org"}
        factories.calls(session, campaign, [first[0]], **reminder)
        session.add_all(
            [
                VotingPlan(
                    campaign_id=campaign.id,
                    voter_id=first[0].id,
                    votes_at=NOON + timedelta(days=3),
                    source="text",
                    made_at=NOON - timedelta(days=1),
                ),
                Answer(
                    voter_id=first[0].id,
                    question="will_vote",
                    answer="maybe",
                    source="list",
                    answered_on=date(2026, 10, 1),
                ),
            ]
        )
    return factories.person(sessions, "volunteer", campaign.id, "Ana")


def _texts(session: Any, campaign: Campaign, whom: list[Any]) -> None:
    touches = factories.calls(
        session, campaign, whom, channel=Channel.TEXT, address=PHONE, held=Decimal("0.01")
    )
    campaign.reserved = sum((touch.held for touch in touches), Decimal(0))
    session.flush()


def take(sessions: Sessions, user: User) -> CallCard:
    card = next_call(sessions, 1, user.id, now=NOON, wall=NOON)
    assert isinstance(card, CallCard), card
    return card


def save(sessions: Sessions, user: User, card: CallCard, result: D, **more: Any) -> UUID:
    key = uuid4()
    record = CallRecord(key, card.touch_id, card.fence, user.id, result, **more)
    record_call(sessions, record, now=NOON, wall=NOON)
    return key


def undo(sessions: Sessions, user: User, key: UUID, wall: Any = SOON) -> str:
    """Why it was not taken back; empty when it was."""
    undone = undo_call(sessions, key, user.id, now=NOON, wall=wall)
    assert undone.done is not bool(undone.code)
    return undone.code


@pytest.fixture
def ana(sessions: Sessions) -> User:
    return scene(sessions)


def _more(result: D) -> dict[str, Any]:
    if result is D.CALL_BACK:
        return {"callback_at": NOON + timedelta(hours=3)}
    if result is D.OTHER_LANGUAGE:
        return {"language": "es"}
    if result is D.CANVASSED:
        plan = Intention(NOON + timedelta(days=4), How.EARLY, "her sister", ride=True)
        return {"plan": plan, "answers": {"will_vote": "yes"}}
    return {"answers": {"will_vote": "no"}}


@pytest.mark.parametrize("result", D, ids=lambda result: result.value)
def test_a_record_taken_back_leaves_all_as_it_was(sessions: Sessions, ana: User, result: D) -> None:
    card = take(sessions, ana)
    before = stand(sessions)
    key = save(sessions, ana, card, result, note="she said so", **_more(result))
    assert stand(sessions) != before
    following = take(sessions, ana)
    assert following.touch_id != card.touch_id
    assert undo(sessions, ana, key) == ""
    assert stand(sessions) == before
    again = take(sessions, ana)
    assert again.touch_id == card.touch_id
    assert call_news(sessions, following.touch_id, ana.id, now=NOON, wall=SOON) == "lost"


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(results=st.lists(st.sampled_from(D), min_size=1, max_size=4), data=st.data())
def test_whatever_was_recorded_before_each_record_can_be_taken_back(
    engine: Engine, sessions: Sessions, results: list[D], data: st.DataObject
) -> None:
    empty(engine)
    ana = scene(sessions)
    for result in results:
        card = next_call(sessions, 1, ana.id, now=NOON, wall=NOON)
        if not isinstance(card, CallCard):
            return
        before = stand(sessions)
        key = save(sessions, ana, card, result, **_more(result))
        if data.draw(st.booleans()):
            assert undo(sessions, ana, key) == ""
            assert undo(sessions, ana, key) == ""
            assert stand(sessions) == before


def test_a_call_released_anew_gives_way_unless_somebody_has_it(
    sessions: Sessions, ana: User
) -> None:
    ben = factories.person(sessions, "volunteer", 1, "Ben", languages=("es",))
    with sessions.begin() as session:
        session.execute(text("DELETE FROM touches WHERE voter_id <> 1"))
        session.execute(text("UPDATE targets SET out = 'refused' WHERE voter_id <> 1"))
    for claimed, code in ((False, ""), (True, "called")):
        key = save(sessions, ana, take(sessions, ana), D.OTHER_LANGUAGE, language="es")
        # Nothing is left for Ana; that releases the voter anew, for somebody who speaks Spanish.
        assert not isinstance(next_call(sessions, 1, ana.id, now=NOON, wall=NOON), CallCard)
        if claimed:
            assert isinstance(next_call(sessions, 1, ben.id, now=NOON, wall=NOON), CallCard)
        assert undo(sessions, ana, key) == code


def test_undoing_twice_is_undoing_once(sessions: Sessions, ana: User) -> None:
    card = take(sessions, ana)
    key = save(sessions, ana, card, D.NOT_HOME)
    for _ in range(2):
        assert undo(sessions, ana, key) == ""
    # The same record on its way a second time does not come back to life.
    record = CallRecord(key, card.touch_id, card.fence, ana.id, D.NOT_HOME)
    assert record_call(sessions, record, now=NOON, wall=SOON).already
    assert column(sessions, "SELECT state FROM attempts") == ["absent"]
    assert column(sessions, "SELECT calls FROM targets WHERE voter_id = 1") == [0]


def test_what_was_taken_back_can_be_recorded_anew(sessions: Sessions, ana: User) -> None:
    key = save(sessions, ana, take(sessions, ana), D.REFUSED)
    assert undo(sessions, ana, key) == ""
    save(sessions, ana, take(sessions, ana), D.CANVASSED)
    assert column(sessions, "SELECT disposition FROM attempts WHERE state = 'done'") == [
        "canvassed"
    ]
    assert column(sessions, "SELECT out FROM targets WHERE voter_id = 1") == [""]


def test_after_some_seconds_a_record_stands(sessions: Sessions, ana: User) -> None:
    key = save(sessions, ana, take(sessions, ana), D.NOT_HOME)
    assert undo(sessions, ana, key, wall=NOON + timedelta(seconds=16)) == "too_late"
    assert column(sessions, "SELECT disposition FROM attempts") == ["not_home"]


def test_nobody_takes_back_what_somebody_else_saved(sessions: Sessions, ana: User) -> None:
    ben = factories.person(sessions, "volunteer", 1, "Ben")
    key = save(sessions, ana, take(sessions, ana), D.NOT_HOME)
    assert undo(sessions, ben, key) == "unknown"
    assert undo(sessions, ana, uuid4()) == "unknown"


def test_a_record_stands_when_the_voter_has_voted_since(sessions: Sessions, ana: User) -> None:
    key = save(sessions, ana, take(sessions, ana), D.NOT_HOME)
    strike_ids(sessions, POLLING_DAY, ["AA000001"], by=None, source="desk", at=NOON)
    assert undo(sessions, ana, key) == "voted"


def test_a_record_stands_once_its_callback_is_being_made(sessions: Sessions, ana: User) -> None:
    ben = factories.person(sessions, "volunteer", 1, "Ben")
    later = NOON + timedelta(minutes=1)
    key = save(sessions, ana, take(sessions, ana), D.CALL_BACK, callback_at=later)
    made = next_call(sessions, 1, ben.id, now=later, wall=SOON)
    assert isinstance(made, CallCard)
    assert made.voter_id == 1
    assert undo(sessions, ana, key) == "called"


def test_a_wish_that_stood_before_stands_after(sessions: Sessions, ana: User) -> None:
    card = take(sessions, ana)
    with sessions.begin() as session:
        opt_out(session, PHONE, Channel.CALL, source="list", words="", now=NOON)
    key = save(sessions, ana, card, D.DO_NOT_CALL)
    assert undo(sessions, ana, key) == ""
    assert column(sessions, "SELECT source FROM opt_outs") == ["list"]


def test_a_late_record_is_taken_back_without_taking_the_call_from_another(
    sessions: Sessions, ana: User
) -> None:
    ben = factories.person(sessions, "volunteer", 1, "Ben")
    card = take(sessions, ana)
    with sessions.begin() as session:
        touch = session.get_one(Touch, card.touch_id)
        touch.claimed_by, touch.fence = f"user:{ben.id}", touch.fence + 1
    before = stand(sessions)
    key = save(sessions, ana, card, D.NOT_HOME)
    assert call_news(sessions, card.touch_id, ben.id, now=NOON, wall=NOON) == "open"
    assert undo(sessions, ana, key) == ""
    assert stand(sessions) == before
    assert call_news(sessions, card.touch_id, ben.id, now=NOON, wall=NOON) == "open"


def test_a_call_through_the_carrier_waits_for_its_result_again(sessions: Sessions) -> None:
    booth = Booth(sessions, calling(sessions, 2))
    booth.talk()
    before = stand(sessions)
    booth.save(D.REFUSED)
    assert undo(sessions, booth.user, booth.key) == ""
    after = stand(sessions)
    for row in (*before["attempts"], *after["attempts"]):
        row.pop("before")
    assert after == before
    booth.save(D.CANVASSED)
    assert booth.attempt().disposition == "canvassed"
    assert booth.target().calls == 1
