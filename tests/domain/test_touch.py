"""The life of a touch and of an attempt."""

from itertools import product

import pytest

from app.domain.touch import (
    CARRIER_STATES,
    MOVES,
    OPEN,
    PENDING,
    RANK,
    TERMINAL,
    TOUCH_OF_ATTEMPT,
    AttemptState,
    ImpossibleMove,
    TouchState,
    move,
    outranks,
)

S, A = TouchState, AttemptState

LIFE = {
    S.READY: "claimed skipped expired canceled",
    S.CLAIMED: "ready attempting done skipped expired canceled",
    S.ATTEMPTING: "ready unknown accepted delivered undelivered failed done",
    S.UNKNOWN: "ready accepted delivered undelivered failed canceled",
    S.ACCEPTED: "delivered undelivered failed",
}


def test_every_state_is_in_the_table() -> None:
    assert set(MOVES) == set(TouchState)
    assert set().union(*MOVES.values()) == set(TouchState)


@pytest.mark.parametrize(("current", "onward"), list(product(TouchState, repeat=2)))
def test_a_touch_moves_where_its_life_leads_and_nowhere_else(
    current: TouchState, onward: TouchState
) -> None:
    if onward.value in LIFE.get(current, "").split():
        assert move(current, onward) is onward
    else:
        with pytest.raises(ImpossibleMove, match=f"from {current} to {onward}"):
            move(current, onward)


def test_what_has_ended_stays_ended_and_all_else_can_end() -> None:
    assert {
        *(S.DELIVERED, S.UNDELIVERED, S.FAILED, S.DONE),
        *(S.SKIPPED, S.EXPIRED, S.CANCELED),
    } == TERMINAL
    for state in set(TouchState) - TERMINAL:
        reached, fresh = {state}, {state}
        while fresh:
            fresh = set().union(*(MOVES[each] for each in fresh)) - reached
            reached |= fresh
        assert reached & TERMINAL


def test_only_what_nobody_has_tried_can_be_stopped() -> None:
    assert {S.READY, S.CLAIMED} == PENDING
    assert PENDING < OPEN
    assert {S.READY, S.CLAIMED, S.ATTEMPTING, S.UNKNOWN} == OPEN
    assert not OPEN & TERMINAL
    for state in TouchState:
        assert ({S.CANCELED, S.SKIPPED} <= MOVES[state]) == (state in PENDING)


def test_nothing_is_attempted_that_was_not_claimed() -> None:
    assert [state for state in TouchState if S.ATTEMPTING in MOVES[state]] == [S.CLAIMED]


def test_every_attempt_state_has_a_rank() -> None:
    assert set(RANK) == set(AttemptState)


@pytest.mark.parametrize(("news", "known"), list(product(AttemptState, repeat=2)))
def test_news_never_goes_backward(news: AttemptState, known: AttemptState) -> None:
    assert not (outranks(news, known) and outranks(known, news))
    assert not outranks(news, news)
    if outranks(news, known):
        assert RANK[news] > RANK[known]


@pytest.mark.parametrize(
    "order",
    [
        ("queued", "sent", "delivered"),
        ("accepted", "sending", "sent", "undelivered"),
        ("delivered", "sent", "queued", "failed", "delivered"),
        ("undelivered", "delivered"),
    ],
)
def test_the_last_word_stands_in_whatever_order_callbacks_come(order: tuple[str, ...]) -> None:
    ends = {A.DELIVERED, A.UNDELIVERED, A.FAILED}
    known, ended = A.UNKNOWN, None
    for status in order:
        news = CARRIER_STATES[status]
        known = news if outranks(news, known) else known
        ended = ended or (known if known in ends else None)
    assert known is ended


@pytest.mark.parametrize("status", list(CARRIER_STATES))
def test_whatever_the_carrier_says_moves_the_touch(status: str) -> None:
    onward = TOUCH_OF_ATTEMPT[CARRIER_STATES[status]]
    assert outranks(CARRIER_STATES[status], A.UNKNOWN)
    assert onward in MOVES[S.UNKNOWN]
    assert onward in MOVES[S.ATTEMPTING]


def test_only_what_reached_nobody_has_no_word_for_its_touch() -> None:
    assert set(AttemptState) - set(TOUCH_OF_ATTEMPT) == {A.ATTEMPTING, A.ABSENT, A.UNSURE}
    assert all(onward in MOVES[S.ATTEMPTING] for onward in TOUCH_OF_ATTEMPT.values())


def test_an_attempt_proved_absent_is_believed_again_when_a_callback_comes() -> None:
    assert outranks(A.SENT, A.ABSENT)
    assert outranks(A.SENT, A.UNSURE)
    assert not outranks(A.ABSENT, A.ACCEPTED)
