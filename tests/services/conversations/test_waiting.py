"""Which conversations wait, in which order, and in whose hands."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from app.services import conversation_acts, conversations
from app.services.conversation_thread import thread
from app.services.conversations import HOLD, Refusal, Refused
from app.store.engine import Sessions
from app.store.replies import FIRST_HERS, OTHER_TONGUE
from tests.factories import NOON
from tests.scene import column, run
from tests.services.conversations.writing import (
    MINUTE,
    answer,
    phone,
    sent,
    take,
    volunteer,
    waiting,
    wrote,
)

MEANINGS = [
    ("a question", "Where do I vote?", True),
    ("thanks", "Thanks", True),
    ("STOP", "STOP", False),
    ("no more, in other words", "please take me off your list", False),
    ("HELP, which is answered", "HELP", False),
    ("voted, which is recorded", "I already voted", False),
    ("wrong number, which is kept", "wrong number", False),
]


@pytest.mark.parametrize(("what", "body", "waits"), MEANINGS, ids=[one for one, *_ in MEANINGS])
def test_only_what_needs_a_person_waits(
    sessions: Sessions, ana: int, what: str, body: str, waits: bool
) -> None:
    wrote(sessions, body=body)
    assert bool(waiting(sessions)) is waits


def test_a_stop_ends_the_waiting_of_a_question(sessions: Sessions, ana: int) -> None:
    wrote(sessions)
    wrote(sessions, body="STOP")
    assert waiting(sessions) == []
    assert take(sessions, ana) is None


def test_the_longest_waiting_comes_first_and_a_second_text_does_not_move_it_back(
    sessions: Sessions, ana: int
) -> None:
    wrote(sessions, 2)
    wrote(sessions, 1, now=NOON + MINUTE)
    wrote(sessions, 2, body="Hello?", now=NOON + 2 * MINUTE)
    assert waiting(sessions) == [phone(2), phone(1)]
    first = take(sessions, ana)
    assert first is not None
    with sessions() as session:
        found = thread(session, first, ana, now=NOON)
    assert found is not None
    assert [one.body for one in found.said if not one.ours] == ["Where?", "Hello?"]
    assert column(sessions, "SELECT subject FROM audit WHERE action = 'conversation opened'") == [
        f"conversation:{first}"
    ]


def test_two_never_have_the_same_in_hand(sessions: Sessions, ana: int) -> None:
    for number in range(1, 6):
        wrote(sessions, number, now=NOON + number * MINUTE)
    people = [ana, *(volunteer(sessions, name) for name in ("Ben", "Cho", "Dev", "Eve", "Fay"))]
    barrier = Barrier(len(people))

    def one(who: int) -> int | None:
        barrier.wait()
        return take(sessions, who, NOON + timedelta(hours=1))

    with ThreadPoolExecutor(len(people)) as threads:
        found = list(threads.map(one, people))
    taken = [one for one in found if one is not None]
    assert len(taken) == len(set(taken)) >= 4  # a row that another looks at is passed over
    for who, mine in zip(people, found, strict=True):
        if mine is None:
            mine = take(sessions, who, NOON + timedelta(hours=1))
        if mine is not None:
            assert take(sessions, who, NOON + timedelta(hours=1)) == mine
    assert column(sessions, "SELECT count(DISTINCT held_by) FROM conversations") == [5]


def test_what_is_left_alone_is_taken_up_by_others_and_the_first_can_answer_no_more(
    sessions: Sessions, ana: int
) -> None:
    ben = volunteer(sessions, "Ben")
    wrote(sessions)
    one = take(sessions, ana)
    assert one is not None
    assert take(sessions, ben, NOON + HOLD - MINUTE) is None
    assert conversations.renew(sessions, one, ana, wall=NOON + HOLD - MINUTE)
    assert take(sessions, ben, NOON + HOLD + MINUTE) is None
    late = NOON + 2 * HOLD
    assert take(sessions, ben, late) == one
    assert not conversations.renew(sessions, one, ana, wall=late)
    with pytest.raises(Refused) as refused:
        answer(sessions, one, ana, now=late)
    assert refused.value.why is Refusal.OTHERS
    with sessions() as session:
        assert thread(session, one, ana, now=late) is None
    answer(sessions, one, ben, now=late)
    assert len(sent(sessions, late)) == 1


def test_a_reply_to_her_own_text_is_hers_first(sessions: Sessions, ana: int) -> None:
    ben = volunteer(sessions, "Ben")
    wrote(sessions, 1)
    wrote(sessions, 2, now=NOON + MINUTE)
    run(sessions, "UPDATE attempts SET user_id = :ana WHERE voter_id = 2", ana=ana)
    run(sessions, "UPDATE attempts SET user_id = :ben WHERE voter_id = 1", ben=ben)
    mine = take(sessions, ana, NOON + 2 * MINUTE)
    assert column(sessions, "SELECT address FROM conversations WHERE held_by = :a", a=ana) == [
        phone(2)
    ]
    conversation_acts.done(sessions, mine or 0, ana, now=NOON)
    assert take(sessions, ana, NOON + 2 * MINUTE) is None
    assert take(sessions, ana, NOON + FIRST_HERS) is not None


def test_a_conversation_goes_to_whoever_speaks_its_language_first(
    sessions: Sessions, ana: int
) -> None:
    luz = volunteer(sessions, "Luz", languages=["es"])
    run(sessions, "UPDATE voters SET language = 'es' WHERE id = 1")
    wrote(sessions, 1)
    assert take(sessions, ana) is None
    assert take(sessions, luz) is not None
    conversations.put_back(sessions, luz)
    assert take(sessions, ana, NOON + OTHER_TONGUE) is not None


def test_what_came_in_while_she_wrote_waits_still(sessions: Sessions, ana: int) -> None:
    wrote(sessions)
    one = take(sessions, ana)
    assert one is not None
    wrote(sessions, body="And until when?", now=NOON + MINUTE)
    answer(sessions, one, ana, seen=1)
    assert column(sessions, "SELECT waits_since FROM conversations") == [NOON + MINUTE]
    assert column(sessions, "SELECT body FROM inbound WHERE handled_at IS NULL") == [
        "And until when?"
    ]


def test_a_new_text_opens_it_again(sessions: Sessions, ana: int) -> None:
    wrote(sessions)
    conversation_acts.done(sessions, take(sessions, ana) or 0, ana, now=NOON)
    assert waiting(sessions) == []
    wrote(sessions, body="One more", now=NOON + MINUTE)
    assert waiting(sessions) == [phone(1)]
