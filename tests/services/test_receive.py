"""Callbacks and replies: stored once, applied in order of meaning, acted upon at once."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.channels.port import NoAnswer, NotProcessed, Outcome, Refused
from app.domain.channel import Channel
from app.domain.touch import AttemptState, TouchState
from app.services.receive import StatusNews, TextIn, receive_status, receive_text
from app.services.settle import record_outcomes
from app.store.engine import Sessions
from app.store.queue import wanted_of
from app.store.touches import Touch
from app.store.wishes import bury
from tests import factories
from tests.factories import NOON
from tests.scene import SENDER, TOUCHES, column, counts, texting

SID = "SM" + "a" * 32


def a_text(
    sessions: Sessions, state: TouchState = TouchState.ATTEMPTING, sid: str | None = None
) -> UUID:
    """One text on its way; its attempt's id."""
    with sessions.begin() as session:
        campaign, whom = texting(session, 1)
        facts = {"state": state, "channel": Channel.TEXT, "fence": 1}
        [touch] = factories.calls(session, campaign, whom, **facts)
        known = AttemptState.ACCEPTED if state is TouchState.ACCEPTED else AttemptState.ATTEMPTING
        return factories.attempt(session, touch, state=known, sid=sid, body="Hi").id


def news(attempt: UUID, status: str, error: int | None = None, sid: str = SID) -> StatusNews:
    return StatusNews(attempt, sid, status, error, {})


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "delivered"])))
def test_whatever_the_order_of_the_callbacks_the_text_ends_as_delivered(
    sessions: Sessions, order: tuple[str, ...]
) -> None:
    attempt = a_text(sessions)
    for status in order:
        receive_status(sessions, news(attempt, status), now=NOON)
        receive_status(sessions, news(attempt, status), now=NOON)
    assert counts(sessions, TOUCHES) == {"delivered": 1}
    assert column(sessions, "SELECT state FROM attempts") == ["delivered"]
    assert column(sessions, "SELECT count(*) FROM callbacks") == [3]


def test_a_callback_before_our_own_write_of_the_sid_brings_it(sessions: Sessions) -> None:
    attempt = a_text(sessions)
    assert receive_status(sessions, news(attempt, "sent"), now=NOON) == "applied"
    assert column(sessions, "SELECT sid FROM attempts") == [SID]
    assert counts(sessions, TOUCHES) == {"accepted": 1}


def test_a_replay_changes_nothing(sessions: Sessions) -> None:
    attempt = a_text(sessions)
    receive_status(sessions, news(attempt, "undelivered", 30003), now=NOON)
    assert receive_status(sessions, news(attempt, "undelivered", 30003), now=NOON) == "stale"
    assert receive_status(sessions, news(attempt, "sent"), now=NOON) == "stale"
    assert counts(sessions, TOUCHES) == {"undelivered": 1}


def test_a_callback_for_an_unknown_attempt_is_kept_and_changes_nothing(sessions: Sessions) -> None:
    a_text(sessions)
    assert receive_status(sessions, news(uuid4(), "delivered"), now=NOON) == "unknown attempt"
    assert counts(sessions, TOUCHES) == {"attempting": 1}
    assert column(sessions, "SELECT verdict FROM callbacks") == ["unknown attempt"]


def test_what_was_thought_absent_and_did_go_out_is_not_sent_again(sessions: Sessions) -> None:
    attempt = a_text(sessions, TouchState.READY)
    with sessions.begin() as session:
        session.execute(text("UPDATE attempts SET state = 'absent'"))
    receive_status(sessions, news(attempt, "delivered"), now=NOON)
    assert counts(sessions, TOUCHES) == {"canceled": 1}
    assert column(sessions, "SELECT state FROM attempts") == ["delivered"]


ERRORS = [
    (30005, ["call", "text"]),
    (30006, ["text"]),
    (30007, []),
    (30003, []),
]


@pytest.mark.parametrize(("code", "dead"), ERRORS)
def test_an_error_code_has_its_effect_on_the_address(
    sessions: Sessions, code: int, dead: list[str]
) -> None:
    attempt = a_text(sessions, TouchState.ACCEPTED, SID)
    receive_status(sessions, news(attempt, "undelivered", code), now=NOON)
    assert column(sessions, "SELECT channel FROM dead_addresses ORDER BY 1") == dead


VOTER = "+19195550001"


def reply(body: str, sid: str = "SM1") -> TextIn:
    return TextIn(sid, VOTER, SENDER, body)


def pending(sessions: Sessions) -> None:
    """A voter who was texted, with a text and a call to come."""
    with sessions.begin() as session:
        campaign, whom = texting(session, 1)
        done, _ = (
            factories.calls(session, campaign, whom, channel=channel, state=state)[0]
            for channel, state in (
                (Channel.TEXT, TouchState.DELIVERED),
                (Channel.TEXT, TouchState.READY),
            )
        )
        factories.calls(session, campaign, whom)
        factories.attempt(session, done, state=AttemptState.DELIVERED, sid=SID)


def test_stop_opts_out_cancels_what_is_pending_and_is_confirmed_once(sessions: Sessions) -> None:
    pending(sessions)
    answer = receive_text(sessions, reply("Stop texting me"), now=NOON)
    assert "no more texts" in answer
    assert receive_text(sessions, reply("STOP", "SM2"), now=NOON) == ""
    assert column(sessions, "SELECT address FROM opt_outs") == [VOTER]
    touches = counts(sessions, "SELECT channel || ' ' || state, count(*) FROM touches GROUP BY 1")
    assert touches == {"text delivered": 1, "text canceled": 1, "call ready": 1}


def test_an_opt_out_reaches_a_text_that_a_worker_holds(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, whom = texting(session, 1)
        facts = {"channel": Channel.TEXT, "state": TouchState.CLAIMED, "claimed_by": "worker:a"}
        factories.calls(session, campaign, whom, lease_until=NOON + timedelta(minutes=1), **facts)
    receive_text(sessions, reply("no more please"), now=NOON)
    assert counts(sessions, TOUCHES) == {"canceled": 1}


def test_an_opt_out_reaches_a_text_that_is_about_to_be_posted(sessions: Sessions) -> None:
    attempt = a_text(sessions)
    with sessions() as session:
        assert wanted_of(session, [attempt], NOON)
    receive_text(sessions, reply("quítenme de la lista"), now=NOON)
    with sessions() as session:
        assert not wanted_of(session, [attempt], NOON)


def test_a_number_found_dead_reaches_a_text_that_is_about_to_be_posted(
    sessions: Sessions,
) -> None:
    attempt = a_text(sessions)
    with sessions.begin() as session:
        assert wanted_of(session, [attempt], NOON)
        bury(session, "+19195550001", Channel.CALL, "wrong number", NOON)
        assert wanted_of(session, [attempt], NOON)
        bury(session, "+19195550001", Channel.TEXT, "wrong number", NOON)
        assert not wanted_of(session, [attempt], NOON)


def test_a_reply_is_to_the_last_text_that_went_out(sessions: Sessions) -> None:
    """Two voters have one number; a text to the first went out, a later one to the second not."""
    same = {"address": "+19195550001"}
    with sessions.begin() as session:
        campaign, whom = texting(session, 2)
        touches = factories.calls(session, campaign, whom, channel=Channel.TEXT)
        sent = factories.attempt(session, touches[0], state=AttemptState.DELIVERED, **same).id
        late = {"attempted_at": NOON + timedelta(minutes=1), **same}
        factories.attempt(session, touches[1], state=AttemptState.ABSENT, **late)
    reply = TextIn("SM1", same["address"], SENDER, "who is this?")
    receive_text(sessions, reply, now=NOON + timedelta(minutes=2))
    with sessions.begin() as session:
        session.execute(text("DELETE FROM attempts WHERE id = :id"), {"id": sent})
    receive_text(sessions, replace(reply, sid="SM2"), now=NOON + timedelta(minutes=3))
    assert column(sessions, "SELECT voter_id FROM inbound ORDER BY id") == [1, 2]


def test_two_stops_at_the_same_moment_are_confirmed_once(sessions: Sessions) -> None:
    pending(sessions)
    with ThreadPoolExecutor(4) as threads:
        texts = [reply("STOP", f"SM{number}") for number in range(4)]
        answers = list(threads.map(lambda one: receive_text(sessions, one, now=NOON), texts))
    assert len([answer for answer in answers if answer]) == 1
    assert column(sessions, "SELECT count(*) FROM inbound") == [4]


def test_the_same_inbound_text_twice_is_one(sessions: Sessions) -> None:
    pending(sessions)
    assert receive_text(sessions, reply("HELP"), now=NOON)
    assert receive_text(sessions, reply("HELP"), now=NOON) == ""
    assert column(sessions, "SELECT count(*) FROM inbound") == [1]


def test_start_takes_the_opt_out_back_and_a_new_stop_is_confirmed_again(
    sessions: Sessions,
) -> None:
    pending(sessions)
    for number, (body, confirmed) in enumerate([("STOP", True), ("start", True), ("STOP", True)]):
        assert bool(receive_text(sessions, reply(body, f"SM{number}"), now=NOON)) is confirmed
    assert column(sessions, "SELECT count(*) FROM opt_outs") == [1]


def test_i_voted_strikes_the_voter(sessions: Sessions) -> None:
    pending(sessions)
    receive_text(sessions, reply("I already voted!"), now=NOON)
    assert column(sessions, "SELECT source FROM ballots") == ["text"]
    assert counts(sessions, TOUCHES) == {"delivered": 1, "canceled": 2}


def test_other_words_wait_in_the_inbox_for_a_person(sessions: Sessions) -> None:
    pending(sessions)
    receive_text(sessions, reply("who is this?"), now=NOON)
    waiting = "SELECT voter_id FROM inbound WHERE handled_at IS NULL"
    assert column(sessions, waiting) == column(sessions, "SELECT id FROM voters")


def test_a_stop_from_a_number_that_we_never_texted_counts_too(sessions: Sessions) -> None:
    receive_text(sessions, reply("STOP"), now=NOON)
    assert column(sessions, "SELECT address FROM opt_outs") == [VOTER]


def test_an_opt_out_holds_for_a_voter_who_is_imported_later(sessions: Sessions) -> None:
    receive_text(sessions, reply("STOP"), now=NOON)
    pending(sessions)
    with sessions.begin() as session:
        touch = session.query(Touch).filter(Touch.state == TouchState.READY).first()
        assert touch is not None
    from app.store.facts import facts_of

    with sessions() as session:
        facts = facts_of(session, 1, Channel.TEXT, [1], NOON + timedelta(hours=1))
    assert facts[1].opted_out


@pytest.mark.parametrize(
    "answer", [NotProcessed("too many requests", 20429), NoAnswer("time-out"), Refused(1, "no")]
)
def test_what_a_callback_has_said_outlasts_a_late_and_lesser_answer(
    sessions: Sessions, answer: Outcome
) -> None:
    attempt = a_text(sessions)
    receive_status(sessions, news(attempt, "delivered"), now=NOON)
    record_outcomes(sessions, Channel.TEXT, [(attempt, answer)], now=NOON, speed=1.0)
    assert counts(sessions, TOUCHES) == {"delivered": 1}
    assert column(sessions, "SELECT state FROM attempts") == ["delivered"]
