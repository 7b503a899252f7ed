"""A blast that is paused, canceled or over holds back what waits."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from app.channels.port import NotProcessed
from app.domain.blast import Timing
from app.domain.channel import Channel
from app.domain.purpose import blast_purpose
from app.services import blasts
from app.services.blasts import BlastRefused
from app.services.dispatch import claim_batch
from app.services.settle import record_outcomes
from app.services.wishes import still_wanted
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from tests.scene import CLAIMER, TOUCHES, column, counts, run
from tests.services.blasts.drafts import (
    HOUR,
    LOCAL_TEN,
    MINUTE,
    TEN,
    release,
    scheduled,
    sent,
    state,
)


def test_paused_it_holds_back_what_waits_and_resumed_it_goes_on_with_the_others(
    sessions: Sessions, ten: Campaign
) -> None:
    blast = scheduled(sessions)
    release(sessions, TEN + HOUR)
    assert len(sent(sessions, TEN + HOUR)) == 5
    release(sessions, TEN + HOUR + 30 * MINUTE)  # seven: two wait
    assert blasts.pause(sessions, 1, blast, by=None, now=TEN + 91 * MINUTE) == 2
    now = TEN + 2 * HOUR
    assert len(release(sessions, now)) == 7
    assert sent(sessions, now) == []
    blasts.resume(sessions, 1, blast, by=None, now=now)
    assert len(release(sessions, now)) == 10
    assert len(sent(sessions, now)) == 5
    assert column(
        sessions, "SELECT max(n) FROM (SELECT count(*) n FROM attempts GROUP BY voter_id) t"
    ) == [1]


def test_what_comes_back_from_a_sender_while_it_is_paused_is_held_back_too(
    sessions: Sessions, ten: Campaign
) -> None:
    blast = scheduled(sessions)
    release(sessions, TEN + 2 * HOUR)
    sent(sessions, TEN + 2 * HOUR)
    now = TEN + 3 * HOUR
    blasts.pause(sessions, 1, blast, by=None, now=now)
    run(sessions, "UPDATE touches SET state = 'ready', due_at = :now", now=now)
    release(sessions, now)
    assert sent(sessions, now + MINUTE) == []
    blasts.cancel(sessions, 1, blast, by=None, now=now)
    run(sessions, "UPDATE touches SET state = 'ready', due_at = :now", now=now)
    release(sessions, now)
    assert set(column(sessions, "SELECT state FROM touches")) == {"canceled"}


STOPS: list[Callable[..., int]] = [blasts.pause, blasts.cancel]
STOP_NAMES = ["paused", "canceled"]


@pytest.mark.parametrize("stop", STOPS, ids=STOP_NAMES)
def test_what_a_sender_gave_back_does_not_go_out_before_anybody_holds_it_back(
    sessions: Sessions, ten: Campaign, stop: Callable[..., int]
) -> None:
    now = TEN + 2 * HOUR
    blast = scheduled(sessions)
    assert len(release(sessions, now)) == 10
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now)
    assert batch is not None
    stop(sessions, 1, blast, by=None, now=now)
    came_back = [(item.id, NotProcessed("down", wait_seconds=0)) for item in batch.tries]
    record_outcomes(sessions, Channel.TEXT, came_back, now=now, speed=1.0)
    assert counts(sessions, TOUCHES) == {"ready": 10}
    other = blast_purpose(scheduled(sessions, name="Second"))
    run(sessions, "UPDATE touches SET purpose = :other WHERE voter_id = 3", other=other)
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=now + MINUTE, wall=now + MINUTE)
    assert batch is not None
    assert [item.touch.voter_id for item in batch.tries] == [3], "another blast goes on"


@pytest.mark.parametrize("stop", STOPS, ids=STOP_NAMES)
def test_what_waits_for_its_turn_in_a_batch_is_not_wanted_once_its_blast_is_stopped(
    sessions: Sessions, ten: Campaign, stop: Callable[..., int]
) -> None:
    now = TEN + 2 * HOUR
    blast = scheduled(sessions)
    other = scheduled(sessions, name="Second", timing=Timing(LOCAL_TEN.replace(hour=9)))
    release(sessions, now)
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now)
    assert batch is not None
    stop(sessions, 1, other, by=None, now=now)
    first = batch.tries[0].id
    run(
        sessions,
        "UPDATE touches SET purpose = CASE WHEN a.id = :first THEN 'blast:2' ELSE 'blast:1' END "
        "FROM attempts a WHERE a.touch_id = touches.id",
        first=first,
    )
    ids = [item.id for item in batch.tries]
    assert still_wanted(sessions, ids, now) == set(ids[1:])
    stop(sessions, 1, blast, by=None, now=now)
    assert not still_wanted(sessions, ids, now)


def test_canceled_in_the_middle_the_rest_never_goes_out(sessions: Sessions, ten: Campaign) -> None:
    blast = scheduled(sessions)
    release(sessions, TEN + HOUR)
    sent(sessions, TEN + HOUR)
    release(sessions, TEN + 90 * MINUTE)
    assert blasts.cancel(sessions, 1, blast, by=None, now=TEN + 91 * MINUTE) == 2
    assert len(release(sessions, TEN + 2 * HOUR)) == 7
    assert sent(sessions, TEN + 2 * HOUR) == []
    assert counts(sessions, "SELECT reason, count(*) FROM touches GROUP BY reason") == {
        "": 5,
        "blast canceled": 2,
    }
    # Five are under way, the others' money is free again.
    assert column(sessions, "SELECT reserved FROM campaigns") == [Decimal("0.0079") * 5]
    with pytest.raises(BlastRefused, match="is canceled"):
        blasts.resume(sessions, 1, blast, by=None, now=TEN + 2 * HOUR)


OVER = [
    ("its time is over", Timing(LOCAL_TEN, 2 * HOUR, LOCAL_TEN.replace(hour=18)), 8 * HOUR),
    ("everybody has it after its spread", Timing(LOCAL_TEN, 2 * HOUR), 3 * HOUR),
    ("the hours have closed", Timing(LOCAL_TEN), 11 * HOUR),
]


@pytest.mark.parametrize(("when", "timing", "after"), OVER, ids=[when for when, _, _ in OVER])
def test_it_is_done_by_itself_when(
    sessions: Sessions, ten: Campaign, when: str, timing: Timing, after: timedelta
) -> None:
    scheduled(sessions, timing=timing)
    release(sessions, TEN + 2 * HOUR)
    while sent(sessions, TEN + 2 * HOUR):
        pass
    run(sessions, "UPDATE touches SET state = 'delivered'")
    release(sessions, TEN + after - MINUTE)
    assert state(sessions) == "scheduled" or timing.done_by is None
    release(sessions, TEN + after)
    assert state(sessions) == "done"
    assert column(sessions, "SELECT ended_at IS NOT NULL FROM blasts") == [True]


def test_after_its_spread_it_stays_until_everybody_has_it(
    sessions: Sessions, ten: Campaign
) -> None:
    scheduled(sessions, timing=Timing(LOCAL_TEN, 2 * HOUR))
    run(sessions, "UPDATE senders SET per_second = 1 / 30.0")
    assert len(release(sessions, TEN + 3 * HOUR)) == 4
    assert state(sessions) == "scheduled"
    run(sessions, "UPDATE touches SET state = 'delivered'")
    run(sessions, "UPDATE senders SET per_second = 100")
    assert len(release(sessions, TEN + 3 * HOUR)) == 10
    assert state(sessions) == "scheduled"  # six wait for their sender
    run(sessions, "UPDATE touches SET state = 'delivered'")
    release(sessions, TEN + 3 * HOUR)
    assert state(sessions) == "done"


def test_a_closed_channel_is_waited_out_in_case_the_rule_changes(
    sessions: Sessions, ten: Campaign
) -> None:
    scheduled(sessions)
    run(sessions, "UPDATE blasts SET starts_at = '2026-10-30 22:00', done_by = '2026-10-30 23:00'")
    release(sessions, TEN + 12 * HOUR)
    assert state(sessions) == "scheduled"
    release(sessions, TEN + 25 * HOUR)
    assert state(sessions) == "done"


def test_a_paused_blast_whose_time_is_over_is_done_and_not_resumed(
    sessions: Sessions, ten: Campaign
) -> None:
    blast = scheduled(sessions)
    blasts.pause(sessions, 1, blast, by=None, now=TEN)
    with pytest.raises(BlastRefused, match="time is over"):
        blasts.resume(sessions, 1, blast, by=None, now=TEN + 8 * HOUR)
    release(sessions, TEN + 8 * HOUR)
    assert state(sessions) == "done"
