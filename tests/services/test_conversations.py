"""Conversations: a reply waits for one person at a time, and is answered once or handed over."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, text

from app.domain.channel import Channel
from app.domain.purpose import written_purpose
from app.services import conversation_acts, conversations
from app.services.conversation_answer import Sent
from app.services.conversation_answer import answer as send
from app.services.conversation_thread import thread
from app.services.conversations import HOLD, Refusal, Refused
from app.services.dispatch import claim_batch, still_wanted
from app.services.inbox import done
from app.services.receive import TextIn, receive_text
from app.services.strike import strike_ids
from app.store.campaigns import Sender
from app.store.engine import Sessions
from app.store.inbox import Wanted, find
from app.store.queue import _CLAIM
from app.store.replies import FIRST_HERS, OTHER_TONGUE
from tests import factories
from tests.books import violations
from tests.factories import NOON, POLLING_DAY
from tests.scene import CLAIMER, SENDER, column, counts, texting

MINUTE = timedelta(minutes=1)
OUR_SECOND = "+19195550143"
NIGHT = NOON + timedelta(hours=11)  # 11 pm in the East


def phone(number: int) -> str:
    return f"+1919555{number:04}"


@pytest.fixture
def ana(sessions: Sessions) -> int:
    """A volunteer of a campaign that has texted five voters."""
    with sessions.begin() as session:
        made, whom = texting(session, 5)
        session.add(
            Sender(
                campaign_id=made.id,
                channel=Channel.TEXT,
                name="Second",
                address=OUR_SECOND,
                per_second=10_000,
                price=Decimal("0.0079"),
            )
        )
        session.flush()
        for touch in factories.calls(session, made, whom, channel="text", state="delivered"):
            tried = NOON - timedelta(hours=1)
            factories.attempt(session, touch, state="delivered", attempted_at=tried)
        session.execute(text("UPDATE targets SET texts = 1, last_attempt_at = :at"), {"at": NOON})
    return volunteer(sessions)


def volunteer(sessions: Sessions, name: str = "Ana", **facts: Any) -> int:
    return int(factories.person(sessions, "volunteer", 1, name, **facts).id)


def wrote(
    sessions: Sessions,
    number: int = 1,
    body: str = "Where?",
    now: datetime = NOON,
    to: str = SENDER,
) -> str:
    """A voter writes; what is answered at once."""
    sid = f"SM{number}{now.timestamp()}{body}"
    return receive_text(sessions, TextIn(sid, phone(number), to, body), now=now)


def take(sessions: Sessions, who: int, now: datetime = NOON) -> int | None:
    return conversations.take(sessions, 1, who, now=now, wall=now)


def answer(
    sessions: Sessions,
    one: int,
    who: int,
    body: str = "At Lincoln School.",
    key: str = "k1",
    now: datetime = NOON,
    **facts: Any,
) -> Sent:
    return send(sessions, one, who, key, body, now=now, **facts)


def run(sessions: Sessions, statement: str, **binds: Any) -> None:
    with sessions.begin() as session:
        session.execute(text(statement), binds)


def sent(sessions: Sessions, now: datetime = NOON) -> list[tuple[str, str]]:
    """What a worker now sends, and from which number."""
    found: list[tuple[str, str]] = []
    while (batch := claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now)) is not None:
        found += [(batch.sender, item.body) for item in batch.tries]
    return found


def waiting(sessions: Sessions) -> list[str]:
    """Who waits, the longest first."""
    return column(
        sessions,
        "SELECT address FROM conversations WHERE waits_since IS NOT NULL ORDER BY waits_since",
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


def test_an_answer_goes_out_once_from_the_number_they_wrote_to(
    sessions: Sessions, ana: int
) -> None:
    wrote(sessions, to=OUR_SECOND)
    one = take(sessions, ana)
    assert one is not None
    body = "At {Lincoln} School, until 7:30 pm: see you!"  # no merge field: it goes as it is
    with ThreadPoolExecutor(3) as threads:
        said = list(threads.map(lambda _: answer(sessions, one, ana, body), range(3)))
    assert sorted(one.again for one in said) == [False, True, True]
    assert waiting(sessions) == []
    assert sent(sessions) == [(OUR_SECOND, body)]
    [by] = column(sessions, "SELECT user_id FROM attempts WHERE state = 'attempting'")
    assert by == ana
    assert column(sessions, "SELECT handled_by FROM inbound") == [ana]
    with sessions() as session:
        assert violations(session) == []


def test_while_its_number_may_not_send_an_answer_waits_for_it(sessions: Sessions, ana: int) -> None:
    wrote(sessions, to=OUR_SECOND)
    one = take(sessions, ana)
    assert one is not None
    answer(sessions, one, ana)
    run(sessions, "UPDATE senders SET stopped = 'blocked' WHERE address = :a", a=OUR_SECOND)
    assert sent(sessions) == []
    run(sessions, "UPDATE senders SET stopped = ''")
    assert [sender for sender, _ in sent(sessions)] == [OUR_SECOND]


def test_a_number_that_is_no_sender_any_more_is_stood_in_for(sessions: Sessions, ana: int) -> None:
    wrote(sessions, to="+19845550100")
    one = take(sessions, ana)
    assert one is not None
    answer(sessions, one, ana)
    assert len(sent(sessions)) == 1


HOLDS_NOT = [
    ("voted", "UPDATE targets SET voted_at = now()"),
    ("no consent", "DELETE FROM consents"),
    ("total cap", "UPDATE campaigns SET voter_total_cap = 1"),
    ("daily cap", "UPDATE campaigns SET voter_daily_cap = 1"),
    ("rest", "UPDATE targets SET next_text_at = '2027-01-01'"),
    ("hold-out", "UPDATE targets SET arm = 'holdout'"),
    ("new number on file", "UPDATE voters SET phone = '+19845550199' WHERE id = 1"),
]


@pytest.mark.parametrize(("why", "fact"), HOLDS_NOT, ids=[why for why, _ in HOLDS_NOT])
def test_whoever_asks_is_answered_although(
    sessions: Sessions, ana: int, why: str, fact: str
) -> None:
    wrote(sessions)
    one = take(sessions, ana)
    assert one is not None
    answer(sessions, one, ana)
    run(sessions, fact)
    assert len(sent(sessions)) == 1
    [attempt] = column(sessions, "SELECT id FROM attempts WHERE state = 'attempting'")
    assert still_wanted(sessions, attempt, NOON)


def test_a_ballot_leaves_the_answer_alone(sessions: Sessions, ana: int) -> None:
    wrote(sessions)
    one = take(sessions, ana)
    assert one is not None
    answer(sessions, one, ana)
    strike_ids(sessions, POLLING_DAY, ["AA000001"], by=None, source="desk", at=NOON)
    assert len(sent(sessions)) == 1


def test_a_stop_before_it_goes_wins(sessions: Sessions, ana: int) -> None:
    wrote(sessions)
    one = take(sessions, ana)
    assert one is not None
    answer(sessions, one, ana)
    wrote(sessions, body="STOP")
    assert sent(sessions) == []
    assert column(sessions, "SELECT state FROM touches WHERE purpose LIKE 'written:%'") == [
        "canceled"
    ]


def test_at_night_an_answer_within_the_hour_goes_and_a_later_one_waits_for_the_morning(
    sessions: Sessions, ana: int
) -> None:
    wrote(sessions, 1, now=NIGHT)
    wrote(sessions, 2, now=NIGHT - 2 * timedelta(hours=1))
    late, soon = take(sessions, ana, NIGHT), 0
    assert late is not None
    said = answer(sessions, late, ana, key="late", now=NIGHT)
    assert said.at is not None
    assert said.at > NIGHT + timedelta(hours=1)
    soon = take(sessions, ana, NIGHT) or 0
    assert answer(sessions, soon, ana, "Good night", "soon", now=NIGHT).at is None
    assert [body for _, body in sent(sessions, NIGHT + MINUTE)] == ["Good night"]
    assert sent(sessions, said.at - MINUTE) == []
    assert [body for _, body in sent(sessions, said.at)] == ["At Lincoln School."]


REFUSED: list[tuple[str, str, Refusal]] = [
    (
        "opted out",
        "INSERT INTO opt_outs SELECT phone, 'text', 'list', '', now() FROM voters",
        Refusal.OPTED_OUT,
    ),
    (
        "dead",
        "INSERT INTO dead_addresses SELECT phone, 'text', '', now() FROM voters",
        Refusal.DEAD,
    ),
    ("no money", "UPDATE campaigns SET budget = 0", Refusal.MONEY),
    (
        "on its way",
        "UPDATE touches SET state = 'attempting', settled_at = NULL",
        Refusal.BUSY,
    ),
]


@pytest.mark.parametrize(("why", "fact", "code"), REFUSED, ids=[why for why, *_ in REFUSED])
def test_an_answer_that_cannot_go_is_refused_and_still_waits(
    sessions: Sessions, ana: int, why: str, fact: str, code: Refusal
) -> None:
    wrote(sessions)
    one = take(sessions, ana)
    assert one is not None
    run(sessions, fact)
    with pytest.raises(Refused) as refused:
        answer(sessions, one, ana)
    assert refused.value.why is code
    assert column(sessions, "SELECT count(*) FROM written") == [0]
    assert waiting(sessions) == [phone(1)]


def test_what_waits_to_go_by_itself_gives_way(sessions: Sessions, ana: int) -> None:
    wrote(sessions)
    one = take(sessions, ana)
    assert one is not None
    run(
        sessions,
        "UPDATE touches SET state = 'ready', settled_at = NULL, due_at = :later WHERE voter_id = 1",
        later=NOON + timedelta(hours=1),
    )
    answer(sessions, one, ana)
    [reason] = column(sessions, "SELECT reason FROM touches WHERE state = 'canceled'")
    assert reason == "in conversation"
    assert len(sent(sessions)) == 1


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
