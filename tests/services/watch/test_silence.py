"""A silence is found with its cause, and what is none is let be."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.lookout import Cause, Course, judge
from app.services.seen import Moment, look
from app.store.campaigns import PlanHour
from app.store.engine import Sessions
from app.store.frames import load_frame
from tests.factories import NOON
from tests.services.watch.silence import QUIET, SILENT, deaf, incidents, ready_texts, run, silent


def sql(*statements: str) -> Callable[[Session], None]:
    def apply(session: Session) -> None:
        for statement in statements:
            session.execute(text(statement))

    return apply


def only_calls(session: Session) -> None:
    """Nobody may be texted or mailed; calls are planned."""
    session.execute(text("DELETE FROM senders"))
    session.add(PlanHour(campaign_id=1, channel=Channel.CALL, hour_at=NOON, planned=10))


NO_MAIL = "DELETE FROM senders WHERE channel = 'email'"
CASES: list[tuple[Cause, Callable[[Session], None]]] = [
    (Cause.NO_WORKER, sql(f"UPDATE workers SET beat_at = '{NOON - SILENT}'")),
    (Cause.SENDER_STOPPED, sql(NO_MAIL, "UPDATE senders SET stopped = 'not registered'")),
    (Cause.SENDER_SICK, sql(NO_MAIL, f"UPDATE senders SET slow_until = '{NOON + SILENT}'")),
    (Cause.RATE, sql(NO_MAIL, f"UPDATE senders SET next_free_at = '{NOON + SILENT}'")),
    (
        Cause.RATE,
        sql(NO_MAIL, f"UPDATE senders SET per_day=9, day_used=9, day_on='{NOON.date()}'"),
    ),
    (Cause.MONEY, sql(NO_MAIL, "UPDATE campaigns SET spent = budget")),
    (Cause.POOL_DRY, sql()),
    (Cause.UNKNOWN, ready_texts),
    (Cause.NO_VOLUNTEERS, only_calls),
    (Cause.CARRIER_DOWN, deaf),
    (Cause.PAUSE, sql("UPDATE campaigns SET state = 'paused'")),
]


@pytest.mark.parametrize(
    ("cause", "make"), CASES, ids=[f"{n}-{cause}" for n, (cause, _) in enumerate(CASES)]
)
def test_a_silence_is_found_with_its_cause(
    sessions: Sessions, cause: Cause, make: Callable[[Session], None]
) -> None:
    silent(sessions)
    with sessions.begin() as session:
        make(session)
    run(sessions)
    (incident,) = incidents(sessions)
    assert (incident.cause, incident.closed_at) == (cause, None)
    assert incident.since == NOON - SILENT
    assert incident.said.startswith("Nothing has gone out since 11:53 am")


MINUTE = timedelta(minutes=1)
NOT_SILENT: list[tuple[Course, Callable[[Session], None], datetime]] = [
    (
        Course.FLOWS,
        sql(f"UPDATE attempts SET attempted_at = '{NOON - timedelta(minutes=1)}'"),
        NOON,
    ),
    (Course.QUIET, sql(f"UPDATE attempts SET attempted_at = '{NOON - QUIET}'"), NOON),
    (Course.REACHED, sql("UPDATE targets SET out = 'refused'"), NOON),
    (
        Course.REACHED,
        sql(f"UPDATE targets SET next_text_at = '{NOON + QUIET}', no_emails='-'"),
        NOON,
    ),
    (Course.REACHED, sql("DELETE FROM consents", NO_MAIL), NOON),
    (
        Course.PAUSED,
        sql(f"UPDATE campaigns SET state = 'paused', paused_until = '{NOON + SILENT * 9}'"),
        NOON,
    ),
    (Course.CLOSED, sql(), NOON.replace(hour=4)),
    (Course.FLOWS, sql("UPDATE campaigns SET polling_day = '2026-11-09'"), NOON),
    (Course.FLOWS, sql(f"UPDATE campaigns SET created_at = '{NOON - MINUTE}'"), NOON),
]


@pytest.mark.parametrize(
    ("course", "make", "now"),
    NOT_SILENT,
    ids=[f"{n}-{course}" for n, (course, _, _) in enumerate(NOT_SILENT)],
)
def test_what_is_no_silence_opens_no_incident(
    sessions: Sessions, course: Course, make: Callable[[Session], None], now: datetime
) -> None:
    silent(sessions)
    with sessions.begin() as session:
        make(session)
    with sessions() as session:
        found = look(session, load_frame(session, 1), Moment(now, now))
    assert judge(found.seen).course is course
    run(sessions, now)
    assert incidents(sessions) == []


def test_whoever_became_reachable_a_moment_ago_is_no_silence_yet(sessions: Sessions) -> None:
    silent(sessions)
    with sessions.begin() as session:
        session.execute(
            text("UPDATE targets SET no_emails = '-', next_text_at = :at"),
            {"at": NOON - timedelta(minutes=1)},
        )
    run(sessions)
    assert incidents(sessions) == []
    run(sessions, NOON + timedelta(minutes=5))
    assert len(incidents(sessions)) == 1


def test_whoever_rests_counts_as_soon_as_the_pacer_would_cut_the_rest_short(
    sessions: Sessions,
) -> None:
    silent(sessions)
    rest = "UPDATE targets SET no_emails = '-', next_text_at = :until, last_attempt_at = :at"
    for hours, found in ((3, 0), (5, 1)):
        with sessions.begin() as session:
            at = NOON - timedelta(hours=hours)
            session.execute(text(rest), {"until": NOON + timedelta(days=1), "at": at})
            session.execute(
                text(
                    "INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, "
                    "state, attempted_at, handed_at) SELECT gen_random_uuid(), 1, 1, voter_id, "
                    "'text', '', 'delivered', :at, :at FROM targets"
                ),
                {"at": at},
            )
            if hours == 5:
                session.execute(text("DELETE FROM attempts WHERE attempted_at > :at"), {"at": at})
        run(sessions)
        assert len(incidents(sessions)) == found
