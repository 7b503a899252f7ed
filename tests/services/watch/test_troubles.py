"""Workers that are gone or hang, touches left behind, shares that rise."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.alarm import Shares
from app.domain.channel import Channel
from app.domain.lookout import Kind
from app.domain.touch import AttemptState, TouchState
from app.store import lookout
from app.store.engine import Sessions
from app.store.touches import Touch
from tests import factories
from tests.factories import NOON
from tests.scene import column, texting
from tests.services.watch.silence import incidents, ready_texts, run, silent


def test_a_worker_that_is_gone_is_told_of_until_it_is_replaced(sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 1)
        factories.worker(session, "there:7", NOON - timedelta(seconds=21))
        factories.worker(session, "here:1", NOON)
        session.execute(text("UPDATE workers SET host = split_part(name, ':', 1)"))
    run(sessions)
    (incident,) = incidents(sessions, Kind.WORKER)
    assert incident.subject == "worker:there:7"
    assert "1 other runs" in incident.said
    with sessions.begin() as session:
        factories.worker(session, "there:8", NOON)
        session.execute(text("UPDATE workers SET host = split_part(name, ':', 1)"))
    run(sessions)
    (incident,) = incidents(sessions, Kind.WORKER)
    assert incident.closed_at == NOON


def test_a_worker_that_hangs_in_a_job_is_told_of_though_it_beats(sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 1)
        factories.worker(session, "here:1", NOON)
        since = {"since": NOON - timedelta(minutes=13)}
        session.execute(text("UPDATE workers SET doing = 'plan', doing_since = :since"), since)
    run(sessions)
    assert "hangs in “plan”" in incidents(sessions, Kind.WORKER)[0].said


def test_touches_left_behind_by_their_hours_are_told_of_and_ended(sessions: Sessions) -> None:
    silent(sessions)
    with sessions.begin() as session:
        ready_texts(session)
        session.execute(
            text("UPDATE touches SET expires_at = :at WHERE state = 'ready'"),
            {"at": NOON - timedelta(minutes=6)},
        )
    run(sessions)
    assert len(incidents(sessions, Kind.QUEUE)) == 1
    assert column(sessions, "SELECT count(*) FROM touches WHERE state = 'expired'") == [5]
    run(sessions)
    assert incidents(sessions, Kind.QUEUE)[0].closed_at == NOON


SHARES = [
    (Kind.FILTERED, "UPDATE attempts SET state='undelivered', error_code=30007 WHERE {some}"),
    (Kind.FAILED, "UPDATE attempts SET state = 'failed', error_code = 30003 WHERE {some}"),
    (
        Kind.OPT_OUTS,
        "INSERT INTO opt_outs SELECT address, 'text', 'reply', '', attempted_at FROM attempts "
        "WHERE {some}",
    ),
]


@pytest.mark.parametrize(("kind", "change"), SHARES, ids=[kind for kind, _ in SHARES])
def test_a_share_that_rises_is_told_of_once_and_until_it_falls(
    sessions: Sessions, kind: Kind, change: str
) -> None:
    with sessions.begin() as session:
        delivered(session, 60)
        session.execute(text(change.format(some=SOME.format(n=3))))
    run(sessions)
    assert incidents(sessions, kind) == [], "of so few it may be chance"
    with sessions.begin() as session:
        if kind is Kind.OPT_OUTS:
            session.execute(text("DELETE FROM opt_outs"))
        session.execute(text(change.format(some=SOME.format(n=20))))
    for _ in range(2):
        run(sessions)
    assert len(incidents(sessions, kind)) == 1
    assert "20 of the last 60 numbers" in incidents(sessions, kind)[0].said
    run(sessions, NOON + timedelta(days=2))
    assert incidents(sessions, kind)[0].closed_at is not None


SOME = "address IN (SELECT address FROM attempts ORDER BY address LIMIT {n})"


def delivered(session: Session, count: int) -> list[Touch]:
    """So many texts, each to a number of its own."""
    campaign, whom = texting(session, count)
    touches = factories.calls(
        session, campaign, whom, channel=Channel.TEXT, state=TouchState.DELIVERED
    )
    for touch in touches:
        touch.address = whom[touch.voter_id - 1].phone or ""
        factories.attempt(session, touch, state=AttemptState.DELIVERED, address=touch.address)
    return touches


def test_a_bad_number_that_is_tried_again_and_again_counts_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        touches = delivered(session, 60)
        for touch in touches[:6]:
            for minute in range(9):
                at = NOON - timedelta(minutes=minute)
                failed = AttemptState.FAILED
                factories.attempt(session, touch, state=failed, attempted_at=at, error_code=30003)
    with sessions() as session:
        assert lookout.shares(session, 1, NOON) == Shares(numbers=60, failed=6)
    run(sessions)
    assert incidents(sessions, Kind.FAILED) == []
