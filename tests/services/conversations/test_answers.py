"""An answer goes out once, from the number they wrote to, or is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.services.conversations import Refusal, Refused
from app.services.strike import strike_ids
from app.services.wishes import still_wanted
from app.store.engine import Sessions
from tests.books import violations
from tests.factories import NOON, POLLING_DAY
from tests.scene import column, run
from tests.services.conversations.writing import (
    MINUTE,
    OUR_SECOND,
    answer,
    phone,
    sent,
    take,
    waiting,
    wrote,
)

NIGHT = NOON + timedelta(hours=11)  # 11 pm in the East


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
    assert still_wanted(sessions, [attempt], NOON)


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
