"""Wishes that come in while a batch goes out: a slow one asks again, once for all that is left."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app.clock import ManualClock
from app.domain.channel import Channel
from app.services.dispatch import FRESH, Batch, claim_batch
from app.services.pace import pace
from app.services.wishes import Wishes
from app.store.engine import Sessions
from app.store.queue import wanted_of
from tests.factories import NOON
from tests.scene import CLAIMER, planned, run, texting

STRIKE = "UPDATE targets SET voted_at = :now WHERE voter_id = :voter"
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def batch(sessions: Sessions) -> Batch:
    """Six texts on their way."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 6)
        planned(session, campaign, Channel.TEXT, NOON, 6)
    pace(sessions, NOON)
    found = claim_batch(sessions, Channel.TEXT, CLAIMER, now=NOON, wall=NOON)
    assert found is not None
    assert len(found.tries) == 6
    return found


@pytest.fixture
def looks(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often the database was asked who is still wanted."""
    asked: list[int] = []

    def counted(session: Session, attempts: Collection[UUID], now: datetime) -> set[UUID]:
        asked.append(len(attempts))
        return wanted_of(session, attempts, now)

    monkeypatch.setattr("app.services.wishes.wanted_of", counted)
    return lambda: len(asked)


def test_for_a_moment_after_the_claim_its_verdicts_stand(
    sessions: Sessions, batch: Batch, looks: Callable[[], int]
) -> None:
    clock = ManualClock(NOON)
    wishes = Wishes(sessions, batch, clock)
    clock.at = NOON + FRESH - INSTANT
    assert [wishes.known(item.id) for item in batch.tries] == [True] * 6
    assert wishes.look(batch.tries[0].id)
    assert looks() == 0


def test_then_one_look_tells_of_all_and_stands_as_long(
    sessions: Sessions, batch: Batch, looks: Callable[[], int]
) -> None:
    clock = ManualClock(NOON)
    wishes = Wishes(sessions, batch, clock)
    struck, *others = [item.id for item in batch.tries]
    run(sessions, STRIKE, now=NOON, voter=batch.tries[0].touch.voter_id)
    clock.at = NOON + FRESH
    assert wishes.known(others[0]) is None
    assert wishes.look(others[0])
    clock.at += FRESH - INSTANT
    assert [wishes.known(one) for one in (struck, *others)] == [False, *[True] * 5]
    assert looks() == 1
    run(sessions, STRIKE, now=NOON, voter=batch.tries[1].touch.voter_id)
    clock.at += INSTANT
    assert wishes.known(struck) is None
    assert [wishes.look(one) for one in (struck, *others)] == [False, False, *[True] * 4]
    assert looks() == 2


def test_of_many_who_ask_at_once_one_looks(
    sessions: Sessions, batch: Batch, looks: Callable[[], int]
) -> None:
    wishes = Wishes(sessions, batch, ManualClock(NOON + FRESH))
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda item: wishes.look(item.id), batch.tries)) == [True] * 6
    assert looks() == 1
