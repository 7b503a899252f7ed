"""A pause of a channel or a sender: nothing of it goes out or is missed, and it ends by itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.domain.blast import BlastState
from app.domain.channel import Channel
from app.domain.lookout import Course, Kind, judge
from app.domain.ramp import RampRule, Shape
from app.domain.report import Cover
from app.services import plans
from app.services.claim import NoCall, next_call
from app.services.dispatch import claim_batch
from app.services.no_call import Why
from app.services.pace import pace
from app.services.pause import WHOLE, What, opened_by, pause, pauses_of, resume
from app.services.pause_effect import effect_of
from app.services.pause_ends import end_over
from app.services.pulse import keep_going
from app.services.seen import Moment, look
from app.services.watch import watch
from app.services.wishes import still_wanted
from app.store import plan_inputs
from app.store.blasts import Blast
from app.store.campaigns import Campaign, Sender
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.incidents import Incident
from app.store.people import AuditEntry
from app.store.ramps import write_ramps
from tests import factories
from tests.factories import NOON
from tests.scene import CLAIMER, column, planned, texting

HOUR = timedelta(hours=1)
TEXTS = What(channel=Channel.TEXT)
MAILS = What(channel=Channel.EMAIL)
CALLS = What(channel=Channel.CALL)
FIRST = What(sender_id=1)
READY = "SELECT channel FROM touches WHERE state = 'ready' ORDER BY channel"


def stop(sessions: Sessions, what: What, lasts: timedelta = HOUR, now: datetime = NOON) -> None:
    pause(sessions, 1, what=what, until=now + lasts, reason="a check", by=None, now=now)


@pytest.fixture
def ten(sessions: Sessions) -> Sessions:
    """Ten voters who may be texted and mailed; six texts and four emails are planned by noon."""
    with sessions.begin() as session:
        made, _ = texting(session, 10)
        planned(session, made, Channel.TEXT, NOON, 6)
        planned(session, made, Channel.EMAIL, NOON, 4)
    return sessions


def test_a_paused_channel_releases_nothing_and_the_others_go_on(ten: Sessions) -> None:
    stop(ten, TEXTS)
    assert pace(ten, NOON) == {Channel.EMAIL: 4}
    with ten.begin() as session:
        released = keep_going(session, load_frame(session, 1), NOON + timedelta(minutes=30))
    assert released == len(column(ten, READY)) - 4
    assert set(column(ten, READY)) == {"email"}
    assert pace(ten, NOON + HOUR)[Channel.TEXT] == 6  # it ends by itself


def test_what_was_released_before_a_pause_waits_for_its_end(ten: Sessions) -> None:
    pace(ten, NOON)
    stop(ten, TEXTS)
    assert claim_batch(ten, Channel.TEXT, CLAIMER, now=NOON, wall=NOON) is None
    assert claim_batch(ten, Channel.EMAIL, CLAIMER, now=NOON, wall=NOON) is not None
    later = NOON + HOUR
    batch = claim_batch(ten, Channel.TEXT, CLAIMER, now=later, wall=later)
    assert batch is not None
    assert len(batch.tries) == 6


def test_a_pause_of_the_whole_campaign_ends_by_itself_whether_anybody_watches_or_not(
    ten: Sessions,
) -> None:
    pace(ten, NOON)
    stop(ten, WHOLE)
    late, later = NOON + HOUR - timedelta(seconds=1), NOON + HOUR
    assert claim_batch(ten, Channel.TEXT, CLAIMER, now=late, wall=late) is None
    batch = claim_batch(ten, Channel.TEXT, CLAIMER, now=later, wall=later)
    assert batch is not None
    assert len(batch.tries) == 6
    assert still_wanted(ten, [batch.tries[0].id], later)
    with ten.begin() as session:
        session.execute(text("UPDATE plan_hours SET planned = planned + 2"))
    assert pace(ten, later)[Channel.TEXT] > 0
    assert column(ten, "SELECT state FROM campaigns") == ["paused"], "nobody has looked yet"


def test_what_is_claimed_when_the_pause_begins_is_not_sent(ten: Sessions) -> None:
    pace(ten, NOON)
    batch = claim_batch(ten, Channel.TEXT, CLAIMER, now=NOON, wall=NOON)
    assert batch is not None
    tries: list[UUID] = [one.id for one in batch.tries]
    assert still_wanted(ten, tries[:1], NOON)
    for what in (TEXTS, FIRST):
        stop(ten, what)
        assert not still_wanted(ten, tries[:1], NOON)
        resume(ten, 1, what=what, by=None, now=NOON)
        assert still_wanted(ten, tries[:1], NOON)
    stop(ten, MAILS)
    assert still_wanted(ten, tries[:1], NOON)


def test_a_paused_sender_leaves_its_work_to_another(ten: Sessions) -> None:
    with ten.begin() as session:
        session.add(
            Sender(
                campaign_id=1,
                channel=Channel.TEXT,
                name="Second",
                address="+19195550143",
                per_second=10_000,
            )
        )
    pace(ten, NOON)
    stop(ten, FIRST)
    batch = claim_batch(ten, Channel.TEXT, CLAIMER, now=NOON, wall=NOON)
    assert batch is not None
    assert batch.sender == "+19195550143"
    assert len(batch.tries) == 6


def test_nothing_goes_out_at_night_because_a_pause_ended_then(ten: Sessions) -> None:
    pace(ten, NOON)
    night = datetime(2026, 10, 30, 3, tzinfo=UTC)
    stop(ten, TEXTS, night - NOON)
    for now in (night, night + timedelta(minutes=5)):
        claimed = claim_batch(ten, Channel.TEXT, CLAIMER, now=now, wall=now)
        assert claimed is None or not claimed.tries
        assert pace(ten, now)[Channel.TEXT] == 0
    assert column(ten, "SELECT count(*) FROM attempts") == [0]


def test_who_asks_for_a_call_is_told_of_the_pause_and_until_when(sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.call_list(session, 3)
    ana = factories.person(sessions, "volunteer", 1)
    stop(sessions, CALLS)
    found = next_call(sessions, 1, ana.id, now=NOON, wall=NOON)
    assert isinstance(found, NoCall)
    assert (found.why, found.until) == (Why.PAUSED, NOON + HOUR)
    assert not isinstance(next_call(sessions, 1, ana.id, now=NOON + HOUR, wall=NOON), NoCall)


# The lookout.


def course(sessions: Sessions, now: datetime) -> Course:
    with sessions() as session:
        return judge(look(session, load_frame(session, 1), Moment(now, now)).seen).course


@pytest.fixture
def watched(ten: Sessions) -> Sessions:
    """Ten whom nobody has written to for long, and a worker that has been there all the time."""
    with ten.begin() as session:
        factories.worker(session, "here:1", NOON)
        session.execute(text("UPDATE workers SET started_at = :at"), {"at": NOON - 9 * HOUR})
    return ten


def silences(sessions: Sessions) -> list[str]:
    with sessions() as session:
        query = select(Incident.said).where(Incident.kind == Kind.SILENCE)
        return list(session.scalars(query))


@pytest.mark.parametrize("what", [TEXTS, FIRST], ids=["channel", "only sender"])
def test_a_pause_is_no_silence_if_nobody_else_is_reachable(watched: Sessions, what: What) -> None:
    assert course(watched, NOON) is Course.SILENT
    with watched.begin() as session:
        session.execute(text("DELETE FROM scripts WHERE channel = 'email'"))
    stop(watched, what)
    assert course(watched, NOON) is Course.PAUSED
    watch(watched, now=NOON, wall=NOON)
    assert silences(watched) == []
    # From its end on a silence counts again, though nobody has taken it away.
    ends = NOON + HOUR
    assert course(watched, ends + timedelta(minutes=1)) is Course.FLOWS
    assert course(watched, ends + timedelta(minutes=6)) is Course.SILENT


def test_a_silence_of_the_others_names_the_pause(watched: Sessions) -> None:
    with watched.begin() as session:
        session.execute(text("UPDATE senders SET stopped = 'no account' WHERE channel = 'email'"))
    stop(watched, TEXTS)
    watch(watched, now=NOON, wall=NOON)
    (said,) = silences(watched)
    assert "by email: every sender is stopped" in said
    assert "Texts are paused by an organizer until 1 pm; resuming them helps." in said


def test_the_watch_takes_away_what_is_over_once_and_notes_it_at_its_end(watched: Sessions) -> None:
    stop(watched, TEXTS)
    stop(watched, FIRST, 2 * HOUR)
    watch(watched, now=NOON + HOUR - timedelta(minutes=5), wall=NOON)
    with watched() as session:
        query = select(Incident.said).where(Incident.kind == Kind.PAUSE)
        assert list(session.scalars(query)) == [
            "The pause of texts ends at 1 pm, and it goes on by itself."
        ]
    watch(watched, now=NOON + HOUR, wall=NOON)
    assert column(watched, "SELECT paused_channels::text FROM campaigns") == ["{}"]
    later = NOON + 5 * HOUR
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda _: end_over(watched, 1, now=later), range(4)))
    assert sorted(done) == [0, 0, 0, 1]
    with watched() as session:
        ended = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action.in_(["channel resumed", "sender resumed"]))
            .order_by(AuditEntry.id)
        ).all()
    assert [(one.at, one.details["opens"]) for one in ended] == [
        (NOON + HOUR, "text"),
        (NOON + 2 * HOUR, "text"),
    ]


def test_a_sender_opens_its_channel_only_if_no_other_could_send(ten: Sessions) -> None:
    with ten.begin() as session:
        other = Sender(campaign_id=1, channel=Channel.TEXT, name="2", address="+19195550143")
        session.add(other)
        session.flush()
        first = session.get_one(Sender, 1)
        assert opened_by(session, 1, FIRST, first) is None
        other.stopped = "blocked"
        session.flush()
        assert opened_by(session, 1, FIRST, first) is Channel.TEXT


# The service.


def test_a_pause_is_noted_once_whoever_presses_at_the_same_time(ten: Sessions) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: stop(ten, TEXTS), range(4)))
    assert column(ten, "SELECT count(*) FROM audit WHERE action = 'channel paused'") == [1]
    stop(ten, MAILS)
    stop(ten, WHOLE)
    stop(ten, FIRST)
    with ten() as session:
        found = pauses_of(session, session.get_one(Campaign, 1), NOON)
        assert [one.what for one in found] == [WHOLE, TEXTS, MAILS, FIRST]
        assert {one.reason for one in found} == {"a check"}
        assert pauses_of(session, session.get_one(Campaign, 1), NOON + HOUR) == []
    assert resume(ten, 1, what=MAILS, by=None, now=NOON)
    with ten() as session:
        campaign = session.get_one(Campaign, 1)
        assert campaign.paused_channels == {"text": (NOON + HOUR).isoformat()}


def test_a_pause_and_its_end_bring_a_new_plan(ten: Sessions) -> None:
    def digests() -> dict[str, str]:
        with ten() as session:
            return plan_inputs.digests(session, 1, NOON.date())

    before = digests()
    for what, name in ((TEXTS, "pause"), (FIRST, "senders")):
        stop(ten, what)
        assert {one for one, said in digests().items() if said != before[one]} == {name}
        resume(ten, 1, what=what, by=None, now=NOON)
        assert digests() == before


def test_the_plan_holds_nothing_in_a_pause_and_the_proof_says_so(sessions: Sessions) -> None:
    with sessions.begin() as session:
        made, _ = texting(session, 200)
        ramp = RampRule(Shape.LINEAR, date(2026, 10, 25), 400)
        write_ramps(session, made.id, {Channel.TEXT: ramp})
    for what in (TEXTS, FIRST):
        stop(sessions, what, 3 * HOUR)
        report = plans.make_plan(sessions, 1, now=NOON, wall=NOON)
        soon = [one for one in report.coverage if NOON <= one.at < NOON + 3 * HOUR]
        assert {(one.cover, one.planned) for one in soon} == {(Cover.PAUSED, 0)}
        resume(sessions, 1, what=what, by=None, now=NOON)
    report = plans.make_plan(sessions, 1, now=NOON, wall=NOON)
    assert Cover.PAUSED not in {one.cover for one in report.coverage}


# What it will mean.


def effect(sessions: Sessions, what: What, lasts: timedelta) -> Any:
    with sessions() as session:
        return effect_of(session, 1, what, now=NOON, ends=NOON + lasts)


def test_what_a_pause_will_mean_is_told_in_numbers(sessions: Sessions) -> None:
    with sessions.begin() as session:
        made, whom = texting(session, 10)
        for channel, number in ((Channel.TEXT, 60), (Channel.CALL, 30), (Channel.EMAIL, 8)):
            planned(session, made, channel, NOON + HOUR, number)
        factories.calls(
            session,
            made,
            whom[:3],
            purpose="callback",
            due_at=NOON + timedelta(minutes=30),
            expires_at=NOON + timedelta(minutes=50),
        )
        session.execute(
            text(
                "INSERT INTO voting_plans (campaign_id, voter_id, votes_at, source, made_at) "
                "VALUES (1, 1, :soon, 'call', :now), (1, 2, :late, 'call', :now)"
            ),
            {"soon": NOON + HOUR / 2, "late": NOON + 5 * HOUR, "now": NOON},
        )
        session.add(
            Blast(
                campaign_id=1,
                channel=Channel.TEXT,
                name="Lunch",
                words={"en": {"subject": "", "body": "Vote"}},
                starts_at=datetime(2026, 10, 29, 12),  # noqa: DTZ001 a time on every clock
                done_by=datetime(2026, 10, 29, 12, 45),  # noqa: DTZ001
                state=BlastState.SCHEDULED.value,
                created_at=NOON,
            )
        )
    whole = effect(sessions, WHOLE, HOUR)
    assert whole.waits == {Channel.CALL: 30, Channel.TEXT: 60, Channel.EMAIL: 8}
    assert (whole.queued, whole.callbacks, whole.expires) == (3, 3, 3)
    assert whole.reminders == 1
    assert [(one.name, one.whole, one.people, one.exact) for one in whole.blasts] == [
        ("Lunch", True, 10, True)
    ]
    assert effect(sessions, TEXTS, HOUR).waits == {Channel.TEXT: 60}
    with sessions() as session:  # of many targets some are looked at
        session.execute(text("UPDATE pg_class SET reltuples = 4001 WHERE relname = 'targets'"))
        (lunch,) = effect_of(session, 1, TEXTS, now=NOON, ends=NOON + HOUR).blasts
        assert (lunch.people, lunch.exact) == (10, False)
    assert effect(sessions, CALLS, HOUR).blasts == ()
    assert effect(sessions, MAILS, HOUR).expires == 0
    short = effect(sessions, TEXTS, timedelta(minutes=15))
    assert (short.blasts, short.reminders, short.waits) == ((), 0, {Channel.TEXT: 15})


def test_a_pause_over_the_close_says_that_nobody_is_told_to_stay_in_line(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        texting(session, 1)
    close = datetime(2026, 11, 4, 0, 30, tzinfo=UTC)
    with sessions() as session:
        for before, told in ((timedelta(minutes=19), (close,)), (timedelta(minutes=21), ())):
            found = effect_of(session, 1, TEXTS, now=close - 3 * HOUR, ends=close - before)
            assert found.in_line == told
