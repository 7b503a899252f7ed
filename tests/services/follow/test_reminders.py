"""A plan brings reminders at their times, on the channel that is open, once."""

from datetime import datetime
from threading import Thread

import pytest

from app.domain.channel import Channel
from app.domain.purpose import REMIND_EVE
from app.services.follow import follow_through
from app.services.pace import expire, pace
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.follow import alone
from tests.scene import column, planned, run
from tests.services.follow.told import (
    EVE,
    HOUR,
    MINUTE,
    TEXT_CHASE,
    TEXT_EVE,
    TEXT_HOUR,
    VOTES,
    at,
    follow,
    out,
    plans,
    released,
    sent,
)

PACIFIC = "CA:America/Los_Angeles"
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
