"""How a conversation ends, is handed over, and what is kept of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from app.domain.purpose import written_purpose
from app.services import conversation_acts, conversations
from app.services.conversation_thread import thread
from app.services.conversations import Refused
from app.services.inbox import done
from app.store.engine import Sessions
from app.store.inbox import Wanted, find
from app.store.queue import _CLAIM
from tests import factories
from tests.factories import NOON
from tests.scene import column, counts, run
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

Act = Callable[[Sessions, int, int], None]
ENDS: list[tuple[str, Act, str, str]] = [
    (
        "no more texts",
        lambda s, one, who: conversation_acts.wants_no_texts(s, one, who, now=NOON),
        "SELECT words FROM opt_outs WHERE channel = 'text' AND source = 'reply'",
        "Where?",
    ),
    (
        "voted",
        lambda s, one, who: conversation_acts.has_voted(s, one, who, now=NOON),
        "SELECT source FROM ballots",
        "text",
    ),
    (
        "wrong number",
        lambda s, one, who: conversation_acts.wrong_number(s, one, who, now=NOON),
        "SELECT reason FROM dead_addresses WHERE channel = 'call'",
        "wrong number",
    ),
]


@pytest.mark.parametrize(("what", "act", "query", "told"), ENDS, ids=[what for what, *_ in ENDS])
def test_one_tap_records_it_and_ends_the_waiting(
    sessions: Sessions, ana: int, what: str, act: Act, query: str, told: str
) -> None:
    wrote(sessions)
    one = take(sessions, ana) or 0
    with pytest.raises(Refused):
        act(sessions, one, volunteer(sessions, "Ben"))
    act(sessions, one, ana)
    assert column(sessions, query) == [told]
    assert waiting(sessions) == []


def test_a_last_word_to_a_stranger_goes_and_nothing_after_it(sessions: Sessions, ana: int) -> None:
    wrote(sessions)
    answer(sessions, take(sessions, ana) or 0, ana, "Sorry.", wrong_number=True)
    assert [body for _, body in sent(sessions)] == ["Sorry."]
    assert counts(sessions, "SELECT no_texts, no_calls FROM targets WHERE voter_id = 1") == {
        "wrong number": "wrong number"
    }


def test_an_organizer_gets_what_is_handed_over_and_answers_it(sessions: Sessions, ana: int) -> None:
    boss = int(factories.person(sessions, "organizer", 1, "Olive").id)
    wrote(sessions)
    one = take(sessions, ana) or 0
    conversation_acts.hand_over(sessions, one, "asks about the deed", ana, now=NOON)
    assert take(sessions, ana) is take(sessions, volunteer(sessions, "Ben")) is None
    with sessions() as session:
        [found] = find(session, Wanted(show="handed"), NOON)
    assert (found.why, found.handed_by) == ("asks about the deed", "Ana")
    assert conversations.take_up(sessions, one, boss, now=NOON, wall=NOON)
    answer(sessions, one, boss)
    assert len(sent(sessions)) == 1
    with sessions() as session:
        assert find(session, Wanted(show="handed"), NOON) == []
    wrote(sessions, body="Thanks", now=NOON + MINUTE)  # from here on anybody's again
    assert take(sessions, ana, NOON + timedelta(hours=1)) == one


def test_the_inbox_s_done_ends_the_waiting_too(sessions: Sessions, ana: int) -> None:
    wrote(sessions)
    wrote(sessions, body="Hello?", now=NOON + MINUTE)
    done(sessions, [1], seen=1, by=ana, now=NOON, wall=NOON)  # the second came in meanwhile
    assert waiting(sessions) == [phone(1)]
    done(sessions, [2], by=ana, now=NOON, wall=NOON)
    assert waiting(sessions) == []


def test_what_a_voter_told_is_kept_with_the_answers(sessions: Sessions, ana: int) -> None:
    wrote(sessions)
    one = take(sessions, ana) or 0
    given = {"will_vote": "yes", "made_up": "x"}
    assert conversation_acts.keep_answers(sessions, one, ana, given, now=NOON) == {
        "will_vote": "yes"
    }
    conversation_acts.keep_answers(sessions, one, ana, {"will_vote": "no"}, now=NOON)
    assert counts(sessions, "SELECT question || ':' || source, answer FROM answers") == {
        "will_vote:text": "no"
    }


def test_suggested_replies_are_filled_in_both_languages(sessions: Sessions, ana: int) -> None:
    wrote(sessions)
    one = take(sessions, ana) or 0
    with sessions() as session:
        found = thread(session, one, ana, now=NOON)
    assert found is not None
    bodies = {(one.name, one.language): one.body for one in found.suggestions}
    assert len(bodies) == 10
    assert "LINCOLN SCHOOL" in bodies["polling_place", "en"]
    assert bodies["hours", "es"] == "Puede votar el martes antes de las 7:30 p.m."
    assert not any("{" in body for body in bodies.values())


def test_a_crash_before_the_commit_leaves_the_question_waiting(
    sessions: Sessions, ana: int
) -> None:
    wrote(sessions)
    one = take(sessions, ana) or 0

    class Crash(Exception):
        pass

    def die(*_: object) -> None:
        raise Crash

    event.listen(sessions, "before_commit", die)
    try:
        with pytest.raises(Crash):
            answer(sessions, one, ana)
    finally:
        event.remove(sessions, "before_commit", die)
    assert waiting(sessions) == [phone(1)]
    assert sent(sessions) == []
    assert not answer(sessions, one, ana).again  # the page tells it again, under the same key
    assert len(sent(sessions)) == 1


def test_the_claim_still_goes_by_the_index(sessions: Sessions, ana: int) -> None:
    run(
        sessions,
        "INSERT INTO touches (campaign_id, voter_id, household_id, channel, state, address, "
        "due_at, expires_at, released_at) SELECT 1, 1 + i % 5, 1, 'text', 'delivered', 'x', "
        "now(), now(), now() FROM generate_series(1, 20000) i",
    )
    binds = {
        "campaign": 1,
        "channel": "text",
        "sender": 1,
        "other_sender": "{21610}",
        "now": NOON,
        "near": 100,
        "limit": 50,
    }
    pin = "AND (sender_id IS NULL OR sender_id = :sender)"
    assert pin in _CLAIM
    with sessions.begin() as session:
        session.execute(text("ANALYZE touches"))
        plans = [
            session.execute(text(f"EXPLAIN {query}"), binds).scalars().all()
            for query in (_CLAIM, _CLAIM.replace(pin, ""))
        ]
    pinned, free = ([line.split("(cost")[0] for line in plan if "->" in line] for plan in plans)
    assert pinned == free
    assert not any("Seq Scan on touches" in line for line in pinned)


def test_the_purpose_names_the_words(sessions: Sessions, ana: int) -> None:
    wrote(sessions)
    answer(sessions, take(sessions, ana) or 0, ana)
    [written] = column(sessions, "SELECT id FROM written")
    assert column(sessions, "SELECT purpose FROM touches WHERE state = 'ready'") == [
        written_purpose(written)
    ]
