"""Rehearsals: one a campaign, taken by one process, ended by it or by whoever stops it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from app.domain.rehearsal import Fault, Outcome
from app.services.rehearsal_watch import Stopped, Watch
from app.services.rehearsals import (
    LEASE,
    LOST,
    Claimed,
    NoRehearsal,
    begun_again,
    claim,
    claimed_by,
    end,
    fail,
    put_back,
    stop,
    tell_progress,
    want,
)
from app.store.engine import Sessions
from app.store.rehearsals import Rehearsal
from tests import factories, outcomes
from tests.factories import NOON
from tests.scene import column


def campaigns(sessions: Sessions, count: int = 1) -> None:
    with sessions.begin() as session:
        for number in range(count):
            factories.campaign(session, name=f"Campaign {number}")


def wanted(sessions: Sessions, campaign: int = 1, **facts: Any) -> int:
    chosen: dict[str, Any] = {"faults": [Fault.KILL], "seed": 7, "workers": 3, "by": None}
    return want(sessions, campaign, now=NOON, **{**chosen, **facts})


def taken(sessions: Sessions, holder: str = "worker:a") -> Claimed | None:
    return claim(sessions, holder, now=NOON, wall=NOON)


def row(sessions: Sessions, rehearsal_id: int = 1) -> Rehearsal:
    with sessions() as session:
        return session.get_one(Rehearsal, rehearsal_id)


def test_a_rehearsal_is_wanted_taken_and_told(sessions: Sessions) -> None:
    campaigns(sessions)
    made = wanted(sessions)
    assert taken(sessions) == Claimed(made, 1, 7, 3, frozenset({Fault.KILL}))
    assert taken(sessions, "worker:b") is None
    assert tell_progress(sessions, made, "worker:a", 0.25, wall=NOON)
    assert row(sessions).progress == 0.25
    assert end(sessions, made, "worker:a", outcomes.kept(), now=NOON)
    after = row(sessions)
    assert (after.state, after.progress, after.lease_until) == ("done", 1.0, None)
    assert Outcome.from_json(after.report) == outcomes.kept()


def test_without_a_seed_each_has_one_of_its_own(sessions: Sessions) -> None:
    campaigns(sessions, 2)
    first, second = (wanted(sessions, campaign, seed=None) for campaign in (1, 2))
    assert (row(sessions, first).seed, row(sessions, second).seed) == (first, second)


def test_who_wanted_and_who_stopped_it_is_in_the_log(sessions: Sessions) -> None:
    campaigns(sessions)
    made = wanted(sessions, by=5)
    assert stop(sessions, made, "Ana", by=6, now=NOON)
    assert not stop(sessions, made, "Ana", by=6, now=NOON)
    log = "SELECT action || ' ' || user_id || ' ' || subject FROM audit ORDER BY id"
    assert column(sessions, log) == [
        "rehearsal wanted 5 rehearsal:1",
        "rehearsal stopped 6 rehearsal:1",
    ]
    assert row(sessions).problem == "Ana stopped it."


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"campaign": 9}, "no campaign 9"),
        ({"workers": 0}, "1 to 8 workers"),
        ({"seed": -1}, "whole number from 0"),
        ({"seed": 2**31}, "whole number from 0"),
    ],
    ids=["campaign", "workers", "negative", "large"],
)
def test_what_cannot_be_played_is_refused_in_words(
    sessions: Sessions, facts: dict[str, Any], says: str
) -> None:
    campaigns(sessions)
    with pytest.raises(NoRehearsal, match=says):
        wanted(sessions, **facts)
    assert column(sessions, "SELECT count(*) FROM rehearsals") == [0]


def test_of_many_clicks_at_once_one_rehearsal_comes(sessions: Sessions) -> None:
    campaigns(sessions)

    def click(_: int) -> int | None:
        with suppress(NoRehearsal):
            return wanted(sessions)
        return None

    with ThreadPoolExecutor(6) as threads:
        made: Sequence[int | None] = list(threads.map(click, range(6)))
    assert len([one for one in made if one]) == 1


def test_of_many_workers_one_takes_it(sessions: Sessions) -> None:
    campaigns(sessions)
    wanted(sessions)
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda name: taken(sessions, f"worker:{name}"), range(6)))
    assert len([one for one in found if one]) == 1


def test_another_campaign_need_not_wait(sessions: Sessions) -> None:
    campaigns(sessions, 2)
    wanted(sessions, 1)
    with pytest.raises(NoRehearsal, match="Rehearsal 1 of this campaign is under way"):
        wanted(sessions, 1)
    assert wanted(sessions, 2)


def test_one_whose_process_is_gone_ends_and_makes_room(sessions: Sessions) -> None:
    campaigns(sessions)
    made = wanted(sessions)
    taken(sessions)
    later = NOON + LEASE + timedelta(seconds=1)
    assert claim(sessions, "worker:b", now=NOON, wall=later) is None
    assert (row(sessions).state, row(sessions).problem) == ("failed", LOST)
    assert not tell_progress(sessions, made, "worker:a", 0.5, wall=later)
    assert not end(sessions, made, "worker:a", outcomes.kept(), now=NOON)
    assert wanted(sessions)


def test_a_sign_of_life_keeps_it(sessions: Sessions) -> None:
    campaigns(sessions)
    made = wanted(sessions)
    taken(sessions)
    later = NOON + LEASE
    assert tell_progress(sessions, made, "worker:a", 2.0, wall=later)
    assert claim(sessions, "worker:b", now=NOON, wall=later + timedelta(seconds=1)) is None
    assert (row(sessions).state, row(sessions).progress) == ("running", 1.0)


def test_one_put_back_is_taken_by_another_from_the_start(sessions: Sessions) -> None:
    campaigns(sessions)
    made = wanted(sessions)
    taken(sessions)
    tell_progress(sessions, made, "worker:a", 0.5, wall=NOON)
    assert put_back(sessions, made, "worker:a", now=NOON)
    assert not put_back(sessions, made, "worker:a", now=NOON)
    with sessions() as session:
        assert begun_again(session, made) == [NOON]
    assert not fail(sessions, made, "worker:a", "too late", now=NOON)
    again = taken(sessions, "worker:b")
    assert again is not None
    assert again.id == made
    assert row(sessions).progress == 0


def test_a_process_finds_what_it_holds_and_nothing_else(sessions: Sessions) -> None:
    campaigns(sessions)
    made = wanted(sessions, holder="command:1", wall=NOON)
    assert taken(sessions) is None
    held = claimed_by(sessions, made, "command:1")
    assert held is not None
    assert held.faults == {Fault.KILL}
    assert claimed_by(sessions, made, "worker:a") is None
    assert claimed_by(sessions, made + 1, "command:1") is None


def go_on(watch: Watch) -> None:
    """As a rehearsal that takes a minute."""
    for _ in range(1_200):
        watch.advance(0.6)
        Event().wait(0.05)


def test_a_watch_tells_how_far_it_is_and_that_it_was_stopped(sessions: Sessions) -> None:
    campaigns(sessions)
    made = wanted(sessions)
    taken(sessions)
    told = Event()
    with Watch(sessions, made, "worker:a", lambda: NOON) as watch:
        watch.advance(0.5)
        while row(sessions).progress != 0.5:
            told.wait(0.05)
        stop(sessions, made, "Ana", by=None, now=NOON)
        with pytest.raises(Stopped):
            go_on(watch)
    assert row(sessions).state == "failed"
