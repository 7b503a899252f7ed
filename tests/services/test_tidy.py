"""What has served is dropped when its time is over, and nothing before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.domain.channel import Channel
from app.services.tidy import (
    BATCHES,
    CODE_KEPT,
    NOTICE_KEPT,
    PRICE_KEPT,
    WAY_BACK_KEPT,
    tidy,
)
from app.services.undo import GRACE
from app.store.engine import Sessions
from app.store.notices import Notice
from app.store.own_messages import Handed, hold_for_own, settle_own
from app.store.people import SignInCode
from app.store.shifts import FreedShift
from app.store.touches import Attempt, Touch
from tests import factories
from tests.factories import NOON
from tests.scene import column

SECOND = timedelta(seconds=1)


@pytest.fixture
def touch(sessions: Sessions) -> Touch:
    """A call of a campaign, whose volunteer is user 1."""
    with sessions.begin() as session:
        factories.call_list(session, 1)
    factories.person(sessions, "volunteer", 1, "Vera")
    with sessions() as session:
        return session.scalars(select(Touch)).one()


def run(sessions: Sessions, most: int = 500) -> int:
    return tidy(sessions, now=NOON, wall=NOON, most=most)


def recorded(sessions: Sessions, touch: Touch, at: datetime, **facts: object) -> Attempt:
    """A call that was recorded then, with what undoing it needs."""
    before = {"wall": at.isoformat(), "targets": [{"note": "Luz"}], **facts}
    with sessions.begin() as session:
        handed = at - timedelta(hours=1)
        return factories.attempt(session, touch, handed_at=handed, before=before)


def code(sessions: Sessions, ended: datetime) -> None:
    with sessions.begin() as session:
        session.add(SignInCode(user_id=1, code_hash="x", sent_to="v@example.org", created_at=ended,
                               expires_at=ended))  # fmt: skip


def notice(sessions: Sessions, ended: datetime, due: datetime | None = None) -> None:
    with sessions.begin() as session:
        due = due or ended
        session.add(Notice(campaign_id=1, user_id=1, kind="offer", key=str(uuid4()), body="Come",
                           channel=Channel.TEXT, address="+19195550100", state="sent", due_at=due,
                           expires_at=ended, made_at=due))  # fmt: skip


def freed(sessions: Sessions, ended: datetime) -> None:
    with sessions.begin() as session:
        number = column(sessions, "SELECT count(*) FROM freed_shifts")[0]
        session.add(FreedShift(shift_id=number, campaign_id=1, user_id=1, channel=Channel.CALL,
                               starts_at=ended, ends_at=ended, freed_at=ended))  # fmt: skip


def test_what_undoing_needs_goes_soon_after_it_can_no_longer_be_undone(
    sessions: Sessions, touch: Touch
) -> None:
    assert WAY_BACK_KEPT > GRACE * 2
    old = recorded(sessions, touch, NOON - WAY_BACK_KEPT - SECOND)
    young = recorded(sessions, touch, NOON - WAY_BACK_KEPT + SECOND)  # and an hour long
    undone = recorded(sessions, touch, NOON - timedelta(days=1), undone=NOON.isoformat())
    assert run(sessions) == 1
    with sessions() as session:
        kept = {one.id: one.before is not None for one in session.scalars(select(Attempt))}
    assert kept == {old.id: False, young.id: True, undone.id: True}
    assert run(sessions) == 0


def test_codes_and_notices_go_when_they_have_helped_nobody_for_long(
    sessions: Sessions, touch: Touch
) -> None:
    for late in (-SECOND, SECOND):
        code(sessions, NOON - CODE_KEPT + late)
        notice(sessions, NOON - NOTICE_KEPT + late)
        freed(sessions, NOON - NOTICE_KEPT + late)
    notice(sessions, NOON, due=NOON - timedelta(days=60))  # asked long before a shift
    assert run(sessions) == 3
    assert column(sessions, "SELECT count(*) FROM sign_in_codes") == [1]
    assert column(sessions, "SELECT count(*) FROM notices") == [2]
    assert column(sessions, "SELECT count(*) FROM freed_shifts") == [1]


def test_what_messages_to_our_own_people_cost_goes_once_it_is_settled(
    sessions: Sessions, touch: Touch
) -> None:
    with sessions.begin() as session:
        for key, late in (("old", -SECOND), ("young", SECOND), ("open", -SECOND)):
            handed = [Handed(key, "+19195550199", 1)]
            hold_for_own(session, 1, Channel.TEXT, "alert", handed, NOON - PRICE_KEPT + late)
        settle_own(session, {"old": None, "young": None}, NOON)
    assert run(sessions) == 1
    left = "SELECT key || ':' || address FROM own_messages ORDER BY key"
    assert column(sessions, left) == ["open:+19195550199", "young:"]


def test_what_is_too_much_for_a_run_is_left_to_the_next(sessions: Sessions, touch: Touch) -> None:
    for _ in range(BATCHES + 1):
        code(sessions, NOON - timedelta(days=9))
    assert [run(sessions, most=1) for _ in range(3)] == [BATCHES, 1, 0]


def test_many_workers_at_once_drop_each_row_once(sessions: Sessions, touch: Touch) -> None:
    long_ago = NOON - timedelta(days=60)
    for _ in range(20):
        recorded(sessions, touch, long_ago)
        code(sessions, long_ago)
        notice(sessions, long_ago)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: run(sessions, most=7), range(4))) == 60
