"""What a stride of a large campaign leaves to the next, and when it leaves nothing."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from app.rehearsal.in_turns import SENDS, InTurns
from tests.factories import NOON

STRIDE = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
TEXTS, MAILS, OTHER = "send texts", "send mails", "chase"


class Scene:
    """A campaign with `due` jobs, of which mails went out last."""

    def __init__(self, due: Iterable[str], stride: timedelta | None = STRIDE) -> None:
        self.jobs, self.tries = set(due), list[str]()
        self.ran = {TEXTS: NOON, MAILS: NOON + MINUTE}
        self.ends_at = NOON + timedelta(hours=3)
        self.turns = InTurns(
            lambda _: set(self.jobs),
            lambda at: self.ends_at <= at,
            lambda job: self.ran[job],
            self.tries,
            stride,
        )

    def turn(self, *sent: str) -> set[str]:
        """What a turn is told to run, of which so much goes out."""
        self.turns.begin()
        due = self.turns.due(NOON)
        due |= {"pace"} if self.turns.may_pace(due) else set()
        self.tries += sent
        self.turns.end()
        return due


def test_what_was_sent_longer_ago_goes_first_and_the_other_in_the_next_turn() -> None:
    scene = Scene([TEXTS, MAILS, OTHER])
    assert scene.turn("a text") == {TEXTS, OTHER}
    scene.ran[TEXTS] = NOON + 2 * MINUTE
    assert scene.turn("a mail") == {MAILS, OTHER}


@pytest.mark.parametrize(
    ("due", "told"),
    [
        ([], {"pace"}),
        ([OTHER], {OTHER, "pace"}),
        ([TEXTS], {TEXTS}),
        ([MAILS, OTHER], {MAILS, OTHER}),
    ],
)
def test_the_pacer_waits_until_what_it_let_out_has_gone(due: list[str], told: set[str]) -> None:
    assert Scene(due).turn("something") == told


@pytest.mark.parametrize("due", [[TEXTS], [MAILS], [TEXTS, MAILS]])
def test_where_nothing_could_go_the_next_turn_comes_soon_and_leaves_nothing(
    due: list[str],
) -> None:
    scene = Scene(due)
    scene.turn()
    assert scene.turns.in_vain
    assert scene.turn() == {*due, "pace"}
    assert not scene.turns.in_vain, "it left nothing, so there is no need to hurry"


@pytest.mark.parametrize(("strides", "told"), [(2.4, SENDS), (2.6, {TEXTS})])
def test_near_the_end_of_their_hours_both_go(strides: float, told: set[str]) -> None:
    scene = Scene(SENDS)
    scene.ends_at = NOON + strides * STRIDE
    assert scene.turn("a text") == told


def test_a_small_campaign_leaves_nothing() -> None:
    scene = Scene([TEXTS, MAILS], stride=None)
    assert scene.turn() == {TEXTS, MAILS, "pace"}
    assert not scene.turns.in_vain
