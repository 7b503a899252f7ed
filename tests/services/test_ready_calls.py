"""Ready calls: for several who ask in the same moment, and never of whom the bar holds back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.services.claim import (
    MOST_GIVEN_BACK,
    Asks,
    CallCard,
    NoCall,
    next_call,
    ready_calls,
)
from app.services.pause import What, pause
from app.store.call_log import write_given_back
from app.store.calls import Turn, come_for_calls
from app.store.engine import Sessions
from app.store.people import User
from tests import factories
from tests.factories import NOON
from tests.scene import column

CLAIMED = "FROM touches WHERE state = 'claimed'"


@pytest.fixture
def ana(sessions: Sessions) -> User:
    """A volunteer of a campaign with three voters to call, each in a household of their own."""
    with sessions.begin() as session:
        campaign = factories.call_list(session, 3)
    return factories.person(sessions, "volunteer", campaign.id, "Ana")


def ready(sessions: Sessions, *users: int) -> list[CallCard | None]:
    return ready_calls(sessions, [Asks(1, user, NOON, NOON) for user in users])


def test_several_who_ask_in_the_same_moment_get_a_call_each_as_far_as_there_are_any(
    sessions: Sessions, ana: User
) -> None:
    team = [factories.person(sessions, "volunteer", 1, f"V{n}").id for n in range(4)]
    cards = ready(sessions, ana.id, *team)
    assert [card is not None and card.fresh for card in cards] == [True, True, True, False, False]
    given = [card for card in cards if card is not None]
    assert len({card.touch_id for card in given}) == 3
    assert column(sessions, f"SELECT claimed_by {CLAIMED} ORDER BY id") == [
        f"user:{user}" for user in (ana.id, *team[:2])
    ]
    shown = "SELECT user_id, subject FROM audit WHERE action IN ('call opened', 'voter shown')"
    with sessions() as session:
        told = {(user, subject) for user, subject in session.execute(text(shown))}
    assert told == {
        (user, subject)
        for user, card in zip((ana.id, *team), given, strict=False)
        for subject in (f"touch:{card.touch_id}", f"voter:{card.voter_id}")
    }


MEANWHILE = {
    "has voted": "UPDATE targets SET voted_at = :now WHERE voter_id = :one",
    "is held out": "UPDATE targets SET arm = 'holdout' WHERE voter_id = :one",
    "has moved away": "UPDATE targets SET out = 'moved away' WHERE voter_id = :one",
    "wants no calls": "UPDATE targets SET no_calls = 'refused' WHERE voter_id = :one",
    "is at the cap": "UPDATE targets SET calls = 99 WHERE voter_id = :one",
    "rests": "UPDATE targets SET next_call_at = :later WHERE voter_id = :one",
    "opted out": "INSERT INTO opt_outs (address, channel, source, opted_out_at) "
    "SELECT phone, 'call', 'desk', :now FROM voters WHERE id = :one",
    "has another number": "UPDATE voters SET phone = '+19195559999' WHERE id = :one",
}


@pytest.mark.parametrize("asked", [next_call, ready_calls])
@pytest.mark.parametrize("what", MEANWHILE)
def test_who_may_not_be_called_any_more_since_the_release_is_passed_over(
    sessions: Sessions, ana: User, what: str, asked: object
) -> None:
    """Nothing but the bar tells: the touch is as ready as before."""
    [first] = column(sessions, "SELECT voter_id FROM touches ORDER BY value DESC, id LIMIT 1")
    binds = {"one": first, "now": NOON, "later": NOON + timedelta(days=1)}
    with sessions.begin() as session:
        session.execute(text(MEANWHILE[what]), binds)
    alone = next_call(sessions, 1, ana.id, now=NOON, wall=NOON) if asked is next_call else None
    card = alone or ready(sessions, ana.id)[0]
    assert isinstance(card, CallCard)
    assert card.voter_id != first
    [(state, due_at)] = _touches_of(sessions, first)
    assert state == "skipped" or due_at > NOON


def _touches_of(sessions: Sessions, voter: int) -> list[tuple[str, datetime]]:
    query = text("SELECT state, due_at FROM touches WHERE voter_id = :one")
    with sessions() as session:
        return [(state, at) for state, at in session.execute(query, {"one": voter})]


def test_two_requests_of_one_volunteer_in_the_same_moment_get_the_same_call(
    sessions: Sessions, ana: User
) -> None:
    first, second = ready(sessions, ana.id, ana.id)
    assert first is not None
    assert second == replace(first, fresh=False)
    assert ready(sessions, ana.id) == [second]
    assert column(sessions, "SELECT count(*) FROM audit WHERE action = 'call opened'") == [1]


def test_whoever_waits_for_another_request_of_their_own_holds_up_nobody(
    sessions: Sessions, ana: User
) -> None:
    ben = factories.person(sessions, "volunteer", 1, "Ben")
    with sessions.begin() as session:
        come_for_calls(session, 1, [ana.id], NOON, 12, Turn.WAIT)
        [mine, his] = ready(sessions, ana.id, ben.id)
    assert mine is None
    assert his is not None
    assert ready(sessions, ana.id) != [None]


@pytest.mark.parametrize("hindered", ["paused", "gave many back"])
def test_nothing_is_ready_for_whom_nothing_may_be(
    sessions: Sessions, ana: User, hindered: str
) -> None:
    ben = factories.person(sessions, "volunteer", 1, "Ben")
    if hindered == "paused":
        until, calls = NOON + timedelta(hours=1), What(channel=Channel.CALL)
        pause(sessions, 1, what=calls, until=until, reason="a check", by=None, now=NOON)
    else:
        with sessions.begin() as session:
            for _ in range(MOST_GIVEN_BACK):
                write_given_back(session, ana.id, 1, NOON)
    due = "SELECT due_at FROM touches WHERE state = 'ready' ORDER BY id"
    before = column(sessions, due)
    mine, his = ready(sessions, ana.id, ben.id)
    assert mine is None
    assert (his is None) == (hindered == "paused")
    assert len(column(sessions, due)) == 3 - (his is not None)
    assert {*column(sessions, due)} <= {*before}, "what waits is not put off"
    assert isinstance(next_call(sessions, 1, ana.id, now=NOON, wall=NOON), NoCall)
