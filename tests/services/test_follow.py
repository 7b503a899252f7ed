"""Follow-through: plans bring their reminders, ballots that are out are chased, nobody twice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.follow import How, Intention
from app.domain.follow_words import FOLLOW_WORDS
from app.domain.hours import Place
from app.domain.purpose import CHASE, REMIND_EVE, REMIND_HOUR
from app.domain.segment import segments
from app.domain.spoken import VotesAt
from app.services.claim import CallCard, next_call
from app.services.compose import OURS, words_for
from app.services.dispatch import claim_batch
from app.services.follow import follow_through
from app.services.pace import expire, pace
from app.services.record import BadRecord, CallRecord, record_call
from app.services.strike import strike_ids
from app.store.ballots import MailBallot
from app.store.campaigns import Campaign, Script
from app.store.engine import Sessions
from app.store.follow import alone
from app.store.frames import load_frame
from app.store.in_line import switch
from app.store.people import User
from app.store.queue import put_back
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.scene import CLAIMER, column, planned, texting

NEW_YORK = ZoneInfo("America/New_York")
PACIFIC = "CA:America/Los_Angeles"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in North Carolina; days above 20 lie in October, others in November."""
    there = datetime(2026, 10 if day > 20 else 11, day, hour, minute, tzinfo=NEW_YORK)
    return there.astimezone(UTC)


VOTES = at(3, 17)  # five in the afternoon of polling day
EVE = at(2, 17)


@pytest.fixture
def ten(sessions: Sessions) -> Campaign:
    """A campaign with ten targets who may be texted; nobody has told a plan."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 10)
    return campaign


def run(sessions: Sessions, statement: str, **binds: Any) -> None:
    with sessions.begin() as session:
        session.execute(text(statement), binds)


def plans(
    sessions: Sessions,
    votes_at: datetime | None = VOTES,
    voters: str = "true",
    campaign: int = 1,
) -> None:
    """These voters told a plan two days before."""
    run(
        sessions,
        "INSERT INTO voting_plans (campaign_id, voter_id, votes_at, source, made_at) "
        f"SELECT :to, id, :at, 'call', :made FROM voters WHERE {voters}",
        to=campaign,
        at=votes_at,
        made=NOON,
    )


def out(sessions: Sessions, stage: str = "sent", since: date = date(2026, 10, 20)) -> None:
    """Every voter's mail ballot is out."""
    with sessions.begin() as session:
        for voter in session.execute(text("SELECT id FROM voters ORDER BY id")).scalars():
            session.add(
                MailBallot(
                    voter_id=voter,
                    polling_day=POLLING_DAY,
                    stage=stage,
                    stage_on=since,
                    recorded_at=NOON,
                )
            )


def follow(sessions: Sessions, now: datetime) -> dict[tuple[str, str], int]:
    """What follow-through has released so far: (purpose, channel) → how many."""
    follow_through(sessions, now, {})
    return released(sessions)


def released(sessions: Sessions) -> dict[tuple[str, str], int]:
    with sessions() as session:
        rows = session.execute(
            text(
                "SELECT purpose, channel, count(*) FROM touches "
                "WHERE purpose <> 'ramp' GROUP BY 1, 2"
            )
        )
        return {(row[0], row[1]): row[2] for row in rows}


def sent(sessions: Sessions, now: datetime, channel: Channel = Channel.TEXT) -> list[str]:
    """What now goes out."""
    batch = claim_batch(sessions, channel, CLAIMER, now=now, wall=now)
    return [item.body for item in batch.tries] if batch else []


def delivered(sessions: Sessions) -> None:
    """All that is on its way has arrived."""
    for table in ("touches", "attempts"):
        run(sessions, f"UPDATE {table} SET state = 'delivered' WHERE state = 'attempting'")


TEXT_EVE, TEXT_HOUR, TEXT_CHASE = ((one, "text") for one in (REMIND_EVE, REMIND_HOUR, CHASE))

MOMENTS = [
    ("before five in the evening", EVE - MINUTE, {}),
    ("at five", EVE, {TEXT_EVE: 10}),
    ("until eight", at(2, 20) - MINUTE, {TEXT_EVE: 10}),
    ("not at eight", at(2, 20), {}),
    ("not two evenings before", at(1, 17), {}),
    ("not on the day itself", at(3, 12), {}),
    ("more than an hour before", VOTES - HOUR - MINUTE, {}),
    ("an hour before", VOTES - HOUR, {TEXT_HOUR: 10}),
    ("a minute before", VOTES - MINUTE, {TEXT_HOUR: 10}),
    ("at the time itself", VOTES, {}),
]


@pytest.mark.parametrize(("now", "due"), [one[1:] for one in MOMENTS], ids=[m[0] for m in MOMENTS])
def test_a_plan_brings_a_reminder_the_evening_before_and_an_hour_before(
    sessions: Sessions, ten: Campaign, now: datetime, due: dict[tuple[str, str], int]
) -> None:
    plans(sessions)
    assert follow(sessions, now) == due


def test_each_has_its_time_and_its_end(sessions: Sessions, ten: Campaign) -> None:
    plans(sessions)
    follow(sessions, EVE + MINUTE)
    assert column(sessions, "SELECT DISTINCT due_at FROM touches") == [EVE]
    assert column(sessions, "SELECT DISTINCT expires_at FROM touches") == [at(2, 20)]
    assert expire(sessions, at(2, 20)) == 10
    follow(sessions, VOTES - 50 * MINUTE)
    times = "SELECT DISTINCT {} FROM touches WHERE purpose = 'remind_hour'"
    assert column(sessions, times.format("due_at")) == [VOTES - HOUR]
    assert column(sessions, times.format("expires_at")) == [VOTES]
    assert column(sessions, "SELECT reserved > 0 FROM campaigns") == [True]
    assert expire(sessions, VOTES) == 10
    assert column(sessions, "SELECT reserved FROM campaigns") == [0]


def test_the_voters_own_clock_counts(sessions: Sessions, ten: Campaign) -> None:
    run(sessions, "UPDATE targets SET place = :west WHERE voter_id > 5", west=PACIFIC)
    plans(sessions)
    assert follow(sessions, EVE) == {TEXT_EVE: 5}
    assert follow(sessions, EVE + 3 * HOUR) == {TEXT_EVE: 10}


EARLY = [
    ("as soon as the day opens", at(31, 8, 30), at(31, 8), [TEXT_HOUR]),
    ("not before", at(31, 8, 30), at(31, 8) - MINUTE, []),
    ("in the last open hour before", at(31, 8), at(30, 20), [TEXT_HOUR]),
    ("not earlier that evening", at(31, 8), at(30, 20) - MINUTE, [TEXT_EVE]),
    ("not where the day still opens in time", at(31, 8, 1), at(30, 20), []),
]


@pytest.mark.parametrize(
    ("votes", "now", "due"), [one[1:] for one in EARLY], ids=[one[0] for one in EARLY]
)
def test_where_the_hour_before_is_closed_the_reminder_goes_as_near_to_it_as_allowed(
    sessions: Sessions,
    ten: Campaign,
    votes: datetime,
    now: datetime,
    due: list[tuple[str, str]],
) -> None:
    run(sessions, "UPDATE voters SET email = NULL, phone_kind = 'mobile'")
    plans(sessions, votes)
    assert list(follow(sessions, now)) == due


def test_whoever_had_the_reminder_of_the_evening_has_no_second_that_night(
    sessions: Sessions, ten: Campaign
) -> None:
    plans(sessions, at(31, 8), "id > 5")
    assert follow(sessions, at(30, 19)) == {TEXT_EVE: 5}
    plans(sessions, at(31, 8), "id <= 5")
    assert follow(sessions, at(30, 20)) == {TEXT_EVE: 5, TEXT_HOUR: 5}


def test_without_a_time_it_is_the_evening_before_polling_day(
    sessions: Sessions, ten: Campaign
) -> None:
    plans(sessions, None, "id <= 3")
    run(
        sessions,
        "INSERT INTO answers (voter_id, question, answer, source, answered_on) "
        "SELECT id, 'Will you vote?', CASE WHEN id < 7 THEN 'Yes' ELSE 'No' END, 'x', "
        "'2026-10-20' FROM voters WHERE id > 3",
    )
    plans(sessions, at(30, 12), "id = 6")  # a plan with a time goes before the pledge
    assert follow(sessions, at(1, 18)) == {}
    assert follow(sessions, EVE) == {TEXT_EVE: 5}
    assert column(sessions, "SELECT voter_id FROM touches ORDER BY 1") == [1, 2, 3, 4, 5]
    assert "vote Tuesday by 7:30 pm" in sent(sessions, EVE)[0]


def test_who_has_just_told_a_plan_is_not_reminded_of_it_at_once(
    sessions: Sessions, ten: Campaign
) -> None:
    plans(sessions)
    run(sessions, "UPDATE voting_plans SET made_at = :now", now=EVE - 10 * MINUTE)
    assert follow(sessions, EVE) == {}
    assert follow(sessions, EVE + 20 * MINUTE) == {TEXT_EVE: 10}


def test_a_text_goes_where_there_is_a_consent_else_a_mail_else_a_call(
    sessions: Sessions, ten: Campaign
) -> None:
    run(sessions, "DELETE FROM consents WHERE address <= '+19195550006'")
    run(sessions, "UPDATE voters SET email = NULL WHERE id <= 3")
    run(
        sessions,
        "INSERT INTO opt_outs SELECT phone, 'text', 'reply', '', now() FROM voters WHERE id = 10",
    )
    plans(sessions)
    due = {TEXT_EVE: 3, (REMIND_EVE, "email"): 4, (REMIND_EVE, "call"): 3}
    assert follow(sessions, EVE) == due


@pytest.mark.parametrize(
    "without",
    [
        "UPDATE senders SET stopped = 'blocked' WHERE channel = 'text'",
        "DELETE FROM scripts WHERE channel = 'text'",
        "UPDATE campaigns SET budget = 0",
    ],
    ids=["its sender stopped", "no words", "no money"],
)
def test_where_texts_cannot_go_at_all_the_next_channel_takes_their_place(
    sessions: Sessions, ten: Campaign, without: str
) -> None:
    plans(sessions)
    run(sessions, without)
    assert follow(sessions, EVE) == {(REMIND_EVE, "email"): 10}


BARRED = [
    ("has voted", "UPDATE targets SET voted_at = now()"),
    ("is a hold-out", "UPDATE targets SET arm = 'holdout'"),
    ("has had enough", "UPDATE targets SET calls = 12"),
    ("moved away", "UPDATE targets SET out = 'moved away'"),
    (
        "is of a campaign that is paused",
        "UPDATE campaigns SET state = 'paused', paused_until = '2026-11-05'",
    ),
    ("is of a campaign that is closed", "UPDATE campaigns SET state = 'closed'"),
]


@pytest.mark.parametrize("fact", [fact for _, fact in BARRED], ids=[when for when, _ in BARRED])
def test_nobody_is_reminded_or_chased_who(sessions: Sessions, ten: Campaign, fact: str) -> None:
    plans(sessions)
    out(sessions)
    run(sessions, fact)
    assert follow(sessions, EVE) == {}


def test_a_reminder_does_not_wait_for_a_rest_but_a_chase_does(
    sessions: Sessions, ten: Campaign
) -> None:
    plans(sessions)
    out(sessions)
    rests = ", ".join(f"next_{one}_at = '2026-11-05'" for one in ("text", "email", "call"))
    run(sessions, f"UPDATE targets SET {rests}")
    assert follow(sessions, EVE) == {TEXT_EVE: 10}
    assert len(sent(sessions, EVE)) == 10


def test_whatever_runs_twice_or_at_once_nobody_has_two(sessions: Sessions, ten: Campaign) -> None:
    plans(sessions)
    out(sessions)

    def work() -> None:
        for minute in range(4):
            follow_through(sessions, EVE + minute * MINUTE, {})
            run(sessions, "UPDATE touches SET state = 'delivered' WHERE state = 'ready'")

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert released(sessions) == {TEXT_EVE: 10, TEXT_CHASE: 10}
    most = "SELECT max(n) FROM (SELECT count(*) n FROM touches GROUP BY voter_id, purpose) t"
    assert column(sessions, most) == [1]


def test_while_another_worker_follows_through_this_one_does_not(
    sessions: Sessions, ten: Campaign
) -> None:
    plans(sessions)
    with sessions.begin() as other:
        assert alone(other, 1)
        assert follow(sessions, EVE) == {}
    assert follow(sessions, EVE) == {TEXT_EVE: 10}


def test_what_ended_before_it_was_tried_is_no_reminder_but_what_was_tried_is_one(
    sessions: Sessions, ten: Campaign
) -> None:
    plans(sessions)
    follow(sessions, EVE)
    run(sessions, "UPDATE touches SET state = 'canceled' WHERE voter_id > 4")
    assert follow(sessions, EVE + MINUTE) == {TEXT_EVE: 16}
    run(sessions, "UPDATE touches SET state = 'skipped' WHERE state = 'ready'")
    assert follow(sessions, EVE + 2 * MINUTE) == {TEXT_EVE: 16}


def test_what_waits_of_the_ramp_makes_way_and_the_plan_gets_its_place_back(
    sessions: Sessions, ten: Campaign
) -> None:
    with sessions.begin() as session:
        planned(session, session.get_one(Campaign, 1), Channel.TEXT, EVE, 10)
    pace(sessions, EVE)
    plans(sessions, voters="id <= 4")
    assert follow(sessions, EVE) == {TEXT_EVE: 4}
    ramp = "SELECT count(*) FROM touches WHERE purpose = 'ramp' AND state = "
    assert column(sessions, ramp + "'ready'") == [6]
    assert column(sessions, ramp + "'canceled'") == [4]
    assert column(sessions, "SELECT sum(released) FROM plan_hours") == [6]
    held = "SELECT reserved - (SELECT sum(held) FROM touches) FROM campaigns"
    assert column(sessions, held) == [0]


def test_who_may_not_be_reminded_keeps_what_waits(sessions: Sessions, ten: Campaign) -> None:
    with sessions.begin() as session:
        planned(session, session.get_one(Campaign, 1), Channel.TEXT, EVE, 10)
    pace(sessions, EVE)
    plans(sessions)
    run(sessions, "UPDATE targets SET calls = 12")
    assert follow(sessions, EVE) == {}
    assert column(sessions, "SELECT count(*) FROM touches WHERE state = 'ready'") == [10]


CHASED = [
    ("requested", date(2026, 10, 20), NOON, 10),
    ("sent", date(2026, 10, 27), NOON, 10),
    ("sent", date(2026, 10, 28), NOON, 0),  # it is in the mail
    ("sent", date(2026, 10, 30), at(31, 12), 10),  # so near to the day all are chased
    ("returned", date(2026, 10, 20), NOON, 0),
    ("rejected", date(2026, 10, 20), NOON, 0),
]


@pytest.mark.parametrize(
    ("stage", "since", "now", "due"), CHASED, ids=[f"{c[0]} {c[1]} {c[3]}" for c in CHASED]
)
def test_ballots_that_are_out_are_chased(
    sessions: Sessions, ten: Campaign, stage: str, since: date, now: datetime, due: int
) -> None:
    out(sessions, stage, since)
    assert follow(sessions, now).get(TEXT_CHASE, 0) == due


def test_a_chase_comes_again_after_three_days_and_ends_with_the_ballot(
    sessions: Sessions, ten: Campaign
) -> None:
    out(sessions)
    follow(sessions, NOON)
    assert len(sent(sessions, NOON)) == 10
    delivered(sessions)
    assert follow(sessions, NOON + timedelta(days=2)) == {TEXT_CHASE: 10}
    run(sessions, "UPDATE mail_ballots SET stage = 'returned' WHERE voter_id <= 5")
    strike_ids(sessions, POLLING_DAY, ["AA000006"], by=None, source="desk", at=NOON)
    assert follow(sessions, NOON + timedelta(days=3)) == {TEXT_CHASE: 14}


def test_a_ballot_for_another_day_is_not_chased(sessions: Sessions, ten: Campaign) -> None:
    out(sessions)
    run(sessions, "UPDATE mail_ballots SET polling_day = '2026-06-02'")
    assert follow(sessions, NOON) == {}


def test_a_strike_cancels_what_waits_and_nothing_follows(sessions: Sessions, ten: Campaign) -> None:
    plans(sessions)
    out(sessions)
    follow(sessions, at(31, 12))
    sent(sessions, at(31, 12))
    delivered(sessions)
    assert follow(sessions, EVE) == {TEXT_EVE: 10, TEXT_CHASE: 10}
    ids = [f"AA{number:06}" for number in range(1, 11)]
    strike_ids(sessions, POLLING_DAY, ids, by=None, source="desk", at=EVE)
    assert column(sessions, "SELECT count(*) FROM touches WHERE state = 'ready'") == [0]
    for now in (EVE + MINUTE, VOTES - HOUR):
        assert follow(sessions, now) == {TEXT_EVE: 10, TEXT_CHASE: 10}
    assert sent(sessions, VOTES - HOUR) == []


@pytest.mark.parametrize("purpose", [REMIND_EVE, CHASE])
def test_an_organizer_can_switch_each_off(sessions: Sessions, ten: Campaign, purpose: str) -> None:
    plans(sessions)
    out(sessions)
    with sessions.begin() as session:
        switch(session, 1, on=False, purpose=purpose)
    # One open touch a voter and channel: where both are on, the reminder comes first.
    kept = TEXT_CHASE if purpose == REMIND_EVE else TEXT_EVE
    assert follow(sessions, EVE) == {kept: 10}


def test_no_more_wait_than_the_senders_send_in_a_minute(sessions: Sessions, ten: Campaign) -> None:
    run(sessions, "UPDATE senders SET per_second = 0.1 WHERE channel = 'text'")
    plans(sessions)
    assert follow(sessions, EVE) == {TEXT_EVE: 6}
    run(sessions, "UPDATE touches SET state = 'delivered'")
    assert follow(sessions, EVE) == {TEXT_EVE: 10}


def test_money_is_held_for_each(sessions: Sessions, ten: Campaign) -> None:
    plans(sessions)
    run(sessions, "UPDATE campaigns SET budget = 0.0079 * 4")
    follow(sessions, EVE)
    assert released(sessions)[TEXT_EVE] == 4
    assert column(sessions, "SELECT reserved = budget FROM campaigns") == [True]


def test_what_is_wrong_in_one_campaign_stops_no_other(sessions: Sessions) -> None:
    with sessions.begin() as session:
        broken = factories.campaign(session, name="Broken", zone="No/VotesAt")
        factories.targets(session, broken, factories.voters(session, 1, 50, zones=""))
        texting(session, 10)
    plans(sessions, campaign=2)
    plans(sessions, voters="id = 1")
    with pytest.raises(Exception, match="No/VotesAt"):
        follow(sessions, EVE)
    assert (
        released(sessions) == {TEXT_EVE: 10, TEXT_CHASE: 10} or released(sessions)[TEXT_EVE] == 10
    )


TEXTS = [(channel, purpose) for channel, purpose in FOLLOW_WORDS if channel is Channel.TEXT]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("purpose", [purpose for _, purpose in TEXTS])
def test_our_texts_are_one_segment_say_who_pays_and_how_to_end(
    sessions: Sessions, ten: Campaign, purpose: str, language: str
) -> None:
    with sessions() as session:
        frame = replace(load_frame(session, 1), organization="Friends of Ana Rivera")
    place = Place.of("NC:America/New_York")
    for told in (at(4, 10, 30), None):  # a Wednesday: the longest
        words = words_for(
            OURS[Channel.TEXT, purpose],
            frame,
            "Christopher",
            VotesAt(),
            language,
            place,
            plan_at=told,
        )
        assert segments(words.body) == 1, (len(words.body), words.body)
        assert "Friends of Ana Rivera" in words.body
        assert "STOP" in words.body


def test_the_words_name_the_time_on_the_voters_clock_and_an_organizers_own_come_first(
    sessions: Sessions, ten: Campaign
) -> None:
    plans(sessions)
    run(sessions, "UPDATE voters SET language = 'es' WHERE id = 1")
    with sessions.begin() as session:
        own = {"channel": Channel.TEXT, "purpose": REMIND_EVE, "language": "en"}
        session.add(Script(campaign_id=1, body="Vote {vote_time}!", **own))
    follow(sessions, EVE)
    bodies = sent(sessions, EVE)
    assert bodies[0].startswith("Hola Luz: su plan es votar el martes a las 5 p.m.")
    assert bodies[1:] == ["Vote Tuesday at 5 pm!"] * 9


# What a volunteer records


@pytest.fixture
def ana(sessions: Sessions, ten: Campaign) -> User:
    """A volunteer of this campaign."""
    return factories.person(sessions, "volunteer", 1, "Ana")


def record(
    sessions: Sessions, user: User, plan: Intention | None, now: datetime = NOON, **more: Any
) -> CallRecord:
    """The next call, with what the voter told of their plan."""
    card = next_call(sessions, 1, user.id, now=now, wall=now)
    assert isinstance(card, CallCard), card
    result = more.pop("result", Disposition.CANVASSED)
    made = CallRecord(uuid4(), card.touch_id, card.fence, user.id, result, plan=plan, **more)
    record_call(sessions, made, now=now, wall=now)
    return made


PLAN = (
    "SELECT concat_ws('|', voter_id, votes_at AT TIME ZONE 'UTC', how, with_whom, ride, source, "
    "made_by) FROM voting_plans"
)


def test_a_record_carries_the_plan_and_a_replay_changes_nothing(
    sessions: Sessions, ana: User
) -> None:
    made = record(sessions, ana, Intention(VOTES, How.POLLS, "Luis", ride=True))
    kept = [f"1|2026-11-03 22:00:00|polls|Luis|t|call|{ana.id}"]
    assert column(sessions, PLAN) == kept
    run(sessions, "UPDATE voting_plans SET with_whom = 'Mia'")
    assert record_call(sessions, made, now=NOON, wall=NOON).already
    assert column(sessions, "SELECT with_whom FROM voting_plans") == ["Mia"]


def test_a_record_without_a_plan_leaves_what_was_told(sessions: Sessions, ana: User) -> None:
    plans(sessions)
    record(sessions, ana, None)
    assert column(sessions, "SELECT DISTINCT votes_at FROM voting_plans") == [VOTES]


BAD = [
    (Intention(NOON), "has passed"),
    (Intention(at(3, 19, 30)), "The polls close there on Tuesday, November 3 at 7:30 pm"),
    (Intention(at(31, 12), How.POLLS), "The polls open there on Tuesday, November 3 at 6:30 am"),
    (Intention(VOTES, with_whom="x" * 201), "over 200 characters"),
]


@pytest.mark.parametrize(("plan", "why"), BAD, ids=[why for _, why in BAD])
def test_a_plan_that_cannot_be_is_refused_and_nothing_is_saved(
    sessions: Sessions, ana: User, plan: Intention, why: str
) -> None:
    with pytest.raises(BadRecord, match=why):
        record(sessions, ana, plan)
    assert column(sessions, "SELECT count(*) FROM attempts") == [0]


def test_a_plan_to_vote_early_may_lie_before_polling_day(sessions: Sessions, ana: User) -> None:
    record(sessions, ana, Intention(at(31, 12), How.EARLY))
    assert column(sessions, "SELECT how FROM voting_plans") == ["early"]


def test_when_a_plan_changes_its_time_the_reminder_that_waits_moves(
    sessions: Sessions, ana: User
) -> None:
    plans(sessions, voters="id = 1")
    follow(sessions, VOTES - HOUR)
    run(sessions, "UPDATE targets SET no_calls = 'x' WHERE voter_id > 1")
    record(sessions, ana, Intention(at(3, 19), How.POLLS), now=VOTES - 50 * MINUTE)
    assert column(sessions, "SELECT count(*) FROM touches WHERE state = 'ready'") == [0]
    assert column(sessions, "SELECT reserved FROM campaigns") == [0]
    assert sent(sessions, VOTES - 40 * MINUTE) == []
    follow(sessions, at(3, 18))
    assert "Tuesday at 7 pm" in sent(sessions, at(3, 18))[0]
    assert follow(sessions, at(3, 18, 30)) == {TEXT_HOUR: 2}  # the one that ended, and this


def test_the_same_plan_told_again_leaves_the_reminder_alone(sessions: Sessions, ana: User) -> None:
    plans(sessions, voters="id = 1")
    follow(sessions, VOTES - HOUR)
    record(sessions, ana, Intention(VOTES, How.POLLS, "Luis"), now=VOTES - 50 * MINUTE)
    reminders = "SELECT state FROM touches WHERE purpose = 'remind_hour'"
    assert column(sessions, reminders) == ["ready"]


def test_a_reminder_by_call_comes_before_the_calls_of_the_ramp_with_its_own_words(
    sessions: Sessions, ana: User
) -> None:
    with sessions.begin() as session:
        planned(session, session.get_one(Campaign, 1), Channel.CALL, EVE, 9)
        session.execute(text("DELETE FROM consents"))
        session.execute(text("UPDATE voters SET email = NULL"))
        session.execute(
            text("UPDATE targets SET value = 0, next_call_at = '2026-11-05' WHERE voter_id = 10")
        )
    pace(sessions, EVE)
    plans(sessions, voters="id = 10")
    assert follow(sessions, EVE) == {(REMIND_EVE, "call"): 1}
    card = next_call(sessions, 1, ana.id, now=EVE, wall=EVE)
    assert isinstance(card, CallCard)
    assert (card.voter_id, "you will vote Tuesday at 5 pm" in card.script) == (10, True)


def test_a_reminder_that_never_reached_the_carrier_goes_again_and_is_still_the_one(
    sessions: Sessions, ten: Campaign
) -> None:
    plans(sessions, voters="id = 1")
    follow(sessions, EVE)
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=EVE, wall=EVE)
    assert batch is not None
    with sessions.begin() as session:
        put_back(session, [batch.tries[0].id], due_at=EVE, now=EVE, note="x")
    assert follow(sessions, EVE + MINUTE) == {TEXT_EVE: 1}
    assert len(sent(sessions, EVE + MINUTE)) == 1
