"""The lookout on a real database: cause by cause, one incident whoever looks, told once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.alarm import Shares
from app.domain.channel import Channel
from app.domain.lookout import Cause, Course, Kind, Remedy, judge
from app.domain.touch import AttemptState, TouchState
from app.services.remedies import ACTS, FAILED
from app.services.seen import Moment, look
from app.services.watch import watch
from app.store import lookout
from app.store.campaigns import PlanHour, Sender
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.incidents import Alert, AlertRoute, Incident
from app.store.people import AuditEntry
from app.store.touches import Touch
from tests import factories
from tests.factories import NOON
from tests.scene import column, texting

QUIET = timedelta(minutes=3)
SILENT = timedelta(minutes=7)


def silent(sessions: Sessions, voters: int = 12) -> None:
    """Texts that could go out, the last of which did so seven minutes ago; a worker is alive."""
    with sessions.begin() as session:
        campaign, whom = texting(session, voters)
        # The last attempt: to somebody who is not to be tried again.
        (touch,) = factories.calls(
            session, campaign, whom[:1], channel=Channel.TEXT, state=TouchState.DELIVERED
        )
        at = NOON - SILENT
        sender = session.scalars(select(Sender).where(Sender.channel == Channel.TEXT)).one()
        factories.attempt(
            session,
            touch,
            state=AttemptState.DELIVERED,
            attempted_at=at,
            handed_at=at,
            sender_id=sender.id,
        )
        session.execute(
            text("UPDATE targets SET out = 'done', last_attempt_at = :at WHERE voter_id = :voter"),
            {"at": at, "voter": whom[0].id},
        )
        factories.worker(session, "here:1", NOON)
        session.execute(text("UPDATE workers SET started_at = :at"), {"at": NOON - SILENT * 9})


def run(sessions: Sessions, now: datetime = NOON, **facts: Any) -> int:
    return watch(sessions, now=now, wall=now, **facts)


def incidents(sessions: Sessions, kind: Kind = Kind.SILENCE) -> list[Incident]:
    with sessions() as session:
        query = select(Incident).where(Incident.kind == kind).order_by(Incident.id)
        return list(session.scalars(query))


def sql(*statements: str) -> Callable[[Session], None]:
    def apply(session: Session) -> None:
        for statement in statements:
            session.execute(text(statement))

    return apply


def ready_texts(session: Session) -> None:
    """Five texts that are ready, and that nobody takes."""
    session.execute(
        text(
            "INSERT INTO touches (campaign_id, voter_id, household_id, channel, state, address, "
            "due_at, expires_at, released_at) SELECT campaign_id, voter_id, household_id, 'text', "
            "'ready', '+19195550002', :then, :later, :then FROM targets WHERE out = '' LIMIT 5"
        ),
        {"then": NOON - SILENT, "later": NOON + timedelta(hours=5)},
    )


def only_calls(session: Session) -> None:
    """Nobody may be texted or mailed; calls are planned."""
    session.execute(text("DELETE FROM senders"))
    session.add(PlanHour(campaign_id=1, channel=Channel.CALL, hour_at=NOON, planned=10))


def deaf(session: Session) -> None:
    """The carrier has answered none of the last texts."""
    touch = session.scalars(select(Touch).limit(1)).one()
    sender = session.scalars(select(Sender).where(Sender.channel == Channel.TEXT)).one()
    for number in range(4):
        at = NOON - timedelta(minutes=4 - number)
        factories.attempt(
            session,
            touch,
            state=AttemptState.ABSENT,
            attempted_at=at,
            handed_at=at,
            sender_id=sender.id,
        )


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
RESTS = f"UPDATE targets SET next_text_at = '{NOON + QUIET}', no_emails = '-'"
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


def test_half_the_limit_is_enough_to_act_though_nobody_is_told(sessions: Sessions) -> None:
    silent(sessions)
    with sessions.begin() as session:
        session.execute(text("UPDATE attempts SET attempted_at = :at"), {"at": NOON - QUIET})
    run(sessions)
    assert incidents(sessions) == []
    assert column(sessions, "SELECT count(*) FROM touches WHERE state = 'ready'")[0] > 0


def test_another_channel_takes_over_from_a_sender_that_is_stopped(sessions: Sessions) -> None:
    silent(sessions)
    with sessions.begin() as session:
        session.execute(text("UPDATE senders SET stopped = 'blocked' WHERE channel = 'text'"))
    run(sessions)
    (incident,) = incidents(sessions)
    assert incident.cause == Cause.SENDER_STOPPED
    assert incident.timeline[-1]["said"].startswith("Released")
    assert "email" in column(sessions, "SELECT DISTINCT channel FROM touches WHERE state='ready'")
    (stopped,) = incidents(sessions, Kind.SENDER)
    assert "blocked" in stopped.said


def test_claims_that_are_over_are_freed(sessions: Sessions) -> None:
    silent(sessions)
    with sessions.begin() as session:
        ready_texts(session)
        session.execute(
            text("UPDATE touches SET state = 'claimed', lease_until = :at WHERE state = 'ready'"),
            {"at": NOON - QUIET},
        )
        session.execute(
            text("UPDATE touches SET state = 'ready' WHERE id = (SELECT max(id) FROM touches)")
        )
    run(sessions)
    said = [line["said"] for line in incidents(sessions)[0].timeline]
    assert "Freed 4 touches that a worker had claimed and not sent." in said


def test_traffic_moves_away_from_a_sender_that_nobody_answers(sessions: Sessions) -> None:
    silent(sessions)
    with sessions.begin() as session:
        deaf(session)
        session.add(
            Sender(campaign_id=1, channel=Channel.TEXT, name="Second", address="+19195550143")
        )
    run(sessions)
    assert column(sessions, "SELECT health FROM senders ORDER BY id") == [0.5, 1.0, 1.0]


def test_it_is_over_once_outreach_flows_and_both_are_told_once(sessions: Sessions) -> None:
    silent(sessions)
    factories.person(sessions, "organizer", 1)
    factories.person(sessions, "admin")
    factories.person(sessions, "volunteer", 1)
    with sessions.begin() as session:
        route = AlertRoute(campaign_id=1, kind="text", address="+19195550199", created_at=NOON)
        session.add(route)
    for _ in range(3):
        run(sessions)
    with sessions.begin() as session:
        session.execute(text("UPDATE attempts SET attempted_at = :at"), {"at": NOON})
    for _ in range(3):
        run(sessions, NOON + timedelta(seconds=15))
    (incident,) = incidents(sessions)
    assert incident.closed_at == NOON + timedelta(seconds=15)
    assert incident.timeline[-1]["said"].startswith("Outreach flows again.")
    with sessions() as session:
        told = [(one.event, one.kind, one.address) for one in session.scalars(select(Alert))]
    expected = [
        ("email", "admin@example.org"),
        ("email", "organizer@example.org"),
        ("text", "+19195550199"),
    ]
    assert sorted(told) == sorted(
        (event, *way) for event in ("opened", "recovered") for way in expected
    )


def test_watchers_at_once_open_one_incident_and_tell_once(sessions: Sessions) -> None:
    silent(sessions)
    factories.person(sessions, "organizer", 1)
    gate = Barrier(4)

    def one(_: int) -> int:
        gate.wait()
        return run(sessions)

    with ThreadPoolExecutor(4) as threads:
        opened = sum(threads.map(one, range(4)))
    assert opened == len(incidents(sessions)) == 1
    assert len(column(sessions, "SELECT id FROM alerts")) == 1
    with sessions.begin() as session:
        session.execute(text("UPDATE attempts SET attempted_at = :at"), {"at": NOON})
    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(one, range(4))) == 1
    assert column(sessions, "SELECT event FROM alerts ORDER BY id") == ["opened", "recovered"]


def test_a_pause_that_is_over_is_lifted_and_outreach_counts_from_its_end(
    sessions: Sessions,
) -> None:
    silent(sessions)
    ends = NOON - timedelta(minutes=1)
    with sessions.begin() as session:
        session.execute(
            text("UPDATE campaigns SET state = 'paused', paused_until = :ends"), {"ends": ends}
        )
    for _ in range(2):
        run(sessions)
    assert column(sessions, "SELECT state FROM campaigns") == ["running"]
    with sessions() as session:
        (entry,) = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "campaign resumed")
        )
    assert (entry.at, entry.user_id) == (ends, None)
    assert incidents(sessions) == []
    run(sessions, ends + timedelta(minutes=6))
    (incident,) = incidents(sessions)
    assert incident.since == ends


def test_organizers_are_told_before_a_pause_ends(sessions: Sessions) -> None:
    silent(sessions)
    with sessions.begin() as session:
        session.execute(
            text("UPDATE campaigns SET state = 'paused', paused_until = :ends"),
            {"ends": NOON + timedelta(minutes=30)},
        )
    run(sessions)
    assert incidents(sessions, Kind.PAUSE) == []
    run(sessions, NOON + timedelta(minutes=21))
    (incident,) = incidents(sessions, Kind.PAUSE)
    assert incident.said == "The pause ends at 12:30 pm, and outreach goes on by itself."
    run(sessions, NOON + timedelta(minutes=30))
    (incident,) = incidents(sessions, Kind.PAUSE)
    assert incident.closed_at is not None


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


def test_nothing_is_wrong_any_more_once_the_polls_have_closed(sessions: Sessions) -> None:
    silent(sessions)
    run(sessions)
    later = NOON + timedelta(days=6)
    run(sessions, later)
    (incident,) = incidents(sessions)
    assert incident.closed_at == later


def test_a_fast_clock_gives_the_machines_time_to_act(sessions: Sessions) -> None:
    silent(sessions)
    run(sessions, speed=60)
    assert incidents(sessions) == []
    run(sessions, NOON + timedelta(minutes=20), speed=60)
    assert len(incidents(sessions)) == 1


def test_an_error_in_one_campaign_does_not_blind_the_lookout_to_the_others(
    sessions: Sessions,
) -> None:
    silent(sessions)
    with sessions.begin() as session:
        other = factories.campaign(session, name="Westside", zone="No/Where")
        factories.targets(session, other, factories.voters(session, 1, first=90))
    with pytest.raises(Exception, match="No/Where"):
        run(sessions)
    assert len(incidents(sessions)) == 1


def test_each_remedy_that_fails_is_told_in_words_of_its_own() -> None:
    assert set(FAILED) == set(ACTS) == set(Remedy)
    assert len(set(FAILED.values())) == len(Remedy)
