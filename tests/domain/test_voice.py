"""Calls through the carrier: legs in order of meaning, stages, and the results they suggest."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.disposition import Disposition
from app.domain.voice import (
    LONGEST_CALL,
    RANK,
    Legs,
    Stage,
    is_over,
    likely_cost,
    most_it_costs,
    outranks,
    settled_as,
    stage_of,
    suggestion,
)
from app.domain.voice_words import barred, not_processed, refused, told

D = Disposition
STATES = [state for state in RANK if state]


@given(st.lists(st.sampled_from(STATES)))
def test_what_says_most_stands_in_whatever_order_callbacks_come(states: list[str]) -> None:
    known = ""
    for news in states:
        known = news if outranks(news, known) else known
    assert RANK[known] == max((RANK[state] for state in states), default=0)


def test_a_state_of_which_nobody_has_heard_changes_nothing() -> None:
    assert not outranks("teleported", "")
    assert not is_over("teleported")


SUGGESTED = [
    (Legs("completed", "busy"), D.BUSY, D.BUSY),
    (Legs("completed", "no-answer"), D.NOT_HOME, D.NOT_HOME),
    (Legs("completed", "canceled"), D.NOT_HOME, D.NOT_HOME),
    (Legs("completed", "failed"), D.DISCONNECTED, None),  # never buried on the carrier's word
    (Legs("completed", "completed", "machine_start", 9), D.ANSWERING_MACHINE, D.ANSWERING_MACHINE),
    (Legs("in-progress", "in-progress", "fax"), D.ANSWERING_MACHINE, D.ANSWERING_MACHINE),
    (Legs("completed", "completed", "human", 45), D.CANVASSED, None),
    (Legs("completed", "completed", "human", 8), None, None),
    (Legs("completed", "completed", "unknown", None), None, None),
    (Legs("in-progress", "ringing"), None, None),
]


@pytest.mark.parametrize(("legs", "offered", "settled"), SUGGESTED)
def test_what_the_legs_say_of_the_voter(
    legs: Legs, offered: Disposition | None, settled: Disposition | None
) -> None:
    assert (suggestion(legs), settled_as(legs)) == (offered, settled)


STAGES = [
    (Legs(), True, Stage.ASKED, "We ask the carrier"),
    (Legs("ringing"), True, Stage.RINGS_YOU, "Pick up, and we ring Luz"),
    (Legs("in-progress", "dialing"), True, Stage.RINGS_VOTER, "Ringing Luz"),
    (Legs("in-progress", "in-progress"), True, Stage.CONNECTED, "connected with Luz"),
    (Legs("in-progress", "in-progress", "machine_start"), True, Stage.CONNECTED, "A machine"),
    (Legs("in-progress", "busy"), True, Stage.ENDED, "The line was busy. “Busy” is chosen"),
    (Legs("completed", "completed", "human", 130), True, Stage.ENDED, "lasted 2 min 10 s"),
    (Legs("completed", "failed"), True, Stage.ENDED, "could not be reached"),
    (Legs("no-answer"), False, Stage.NOT_RUNG, "why"),
]


@pytest.mark.parametrize(("legs", "rung", "stage", "words"), STAGES)
def test_the_volunteer_is_told_where_the_call_stands(
    legs: Legs, rung: bool, stage: Stage, words: str
) -> None:
    assert stage_of(legs, rung=rung) is stage
    assert words in " ".join(told(stage, legs, "why", "Luz"))


def test_every_refusal_says_what_to_do() -> None:
    assert "Change it, or dial by hand" in refused(21217)
    assert "does not let this campaign show its number" in refused(21210)
    assert "Tell your organizer" in refused(20003)
    assert "Try again" in not_processed(20429)
    assert "cannot be reached" in not_processed(None)
    assert barred("has voted") == "This voter has voted. Do not call."
    assert "daily cap reached" in barred("daily cap reached")


@given(st.decimals("0", "10", places=4), st.integers(0, int(LONGEST_CALL.total_seconds())))
def test_no_call_costs_more_than_was_held_for_it(price: Decimal, seconds: int) -> None:
    assert likely_cost(price, seconds) <= most_it_costs(price)
