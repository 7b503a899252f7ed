"""What is done about a silence, and when it is over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, text

from app.domain.channel import Channel
from app.domain.lookout import Cause, Kind, Remedy
from app.services.remedies import ACTS, FAILED
from app.store.campaigns import Sender
from app.store.engine import Sessions
from app.store.incidents import Alert, AlertRoute
from app.store.people import AuditEntry
from tests import factories
from tests.factories import NOON
from tests.scene import column
from tests.services.watch.silence import QUIET, deaf, incidents, ready_texts, run, silent


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
