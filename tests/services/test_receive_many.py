"""Many callbacks at once come to the same as one by one, whatever they are and in what order."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.touch import AttemptState, TouchState
from app.services.receive import Mailbox, StatusNews, receive_statuses, rounds
from app.services.receive_alone import receive_alone
from app.store.engine import Sessions
from tests import factories
from tests.conftest import end_others
from tests.factories import NOON
from tests.scene import column, heard, texting

NOBODY = UUID(int=0)
LATER = NOON + timedelta(minutes=1)

WAYS: Sequence[tuple[TouchState, AttemptState, bool]] = (
    (TouchState.ATTEMPTING, AttemptState.ATTEMPTING, False),  # the answer to our post is not in
    (TouchState.ACCEPTED, AttemptState.ACCEPTED, True),
    (TouchState.READY, AttemptState.ABSENT, False),  # thought absent, to be sent again
    (TouchState.CANCELED, AttemptState.UNKNOWN, False),
    (TouchState.DELIVERED, AttemptState.DELIVERED, True),
)
"""Where texts of a scene stand: the touch, its attempt, and whether its sid is known."""

STATUSES = ["queued", "sent", "delivered", "read", "undelivered", "failed", "a new word"]


class Word(NamedTuple):
    """One callback of a scene: of which text, what it says, by which sid, with what error."""

    of: int
    status: str
    sid: int
    code: int | None


WORDS = st.lists(
    st.builds(
        lambda of, status, odd, code: Word(of, status, of if odd else 0, code),
        st.integers(0, len(WAYS)),  # the last is nobody's
        st.sampled_from(STATUSES),
        st.sampled_from([True] * 7 + [False]),
        st.sampled_from([None] * 5 + [30003, 30006]),
    ),
    max_size=8,
)


def scene(session: Session, first: int) -> list[UUID]:
    """A text of each kind, to voters numbered from `first`; their attempts."""
    campaign, _ = texting(session, 0, name=f"Scene {first}")
    whom = factories.voters(session, len(WAYS), first)
    factories.targets(session, campaign, whom)
    attempts = []
    for number, (voter, (touch, state, told)) in enumerate(zip(whom, WAYS, strict=True)):
        facts = {"channel": Channel.TEXT, "state": touch}
        [made] = factories.calls(session, campaign, [voter], **facts)
        sid = f"SM{first}-{number}" if told else None
        attempts.append(factories.attempt(session, made, state=state, sid=sid).id)
    return [*attempts, NOBODY]


def news_of(words: Sequence[Word], attempts: Sequence[UUID], first: int) -> list[StatusNews]:
    return [
        StatusNews(attempts[word.of], f"SM{first}-{word.sid}", word.status, word.code, {})
        for word in words
    ]


ENDS = """
SELECT a.state, q.state, q.reason, a.error_code, a.settled_at, q.settled_at, q.lease_until,
       replace(a.sid, :mark, ''), a.held, t.next_text_at, t.no_texts,
       (SELECT count(*) FROM dead_addresses d WHERE d.address = a.address)
FROM attempts a JOIN touches q ON q.id = a.touch_id
JOIN targets t ON t.campaign_id = a.campaign_id AND t.voter_id = a.voter_id
WHERE a.id = ANY(:ids) ORDER BY a.voter_id
"""

KEPT = """
SELECT replace(sid, :mark, ''), status, error_code, verdict FROM callbacks
WHERE sid LIKE :like ORDER BY 1, 2
"""


def ends(sessions: Sessions, attempts: Sequence[UUID], first: int) -> Any:
    """All that callbacks change, without what tells two scenes apart."""
    mark = f"SM{first}-"
    with sessions() as session:
        states = session.execute(text(ENDS), {"ids": list(attempts), "mark": mark}).all()
        kept = session.execute(text(KEPT), {"mark": mark, "like": f"{mark}%"}).all()
    return states, kept


numbers = iter(range(1, 10**9, len(WAYS)))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=WORDS)
@example(words=[Word(0, status, 0, None) for status in ("delivered", "sent", "delivered")])
@example(words=[Word(2, "sent", 2, None), Word(2, "delivered", 2, None)])
@example(words=[Word(0, "sent", 1, None)])  # by an id that another text has
@example(words=[Word(1, "undelivered", 1, 30006), Word(1, "delivered", 1, None)])
def test_many_at_once_come_to_the_same_as_one_by_one(sessions: Sessions, words: list[Word]) -> None:
    found = []
    for together in (True, False):
        first = next(numbers)
        with sessions.begin() as session:
            attempts = scene(session, first)
        news = news_of(words, attempts, first)
        if together:
            verdicts = receive_statuses(sessions, news, now=LATER)
        else:
            verdicts = [receive_alone(sessions, item, LATER) for item in news]
        found.append((verdicts, ends(sessions, attempts, first)))
    assert found[0] == found[1]


def accepted(sessions: Sessions, count: int) -> list[StatusNews]:
    """So many texts at the carrier, each with the news that it was delivered."""
    with sessions.begin() as session:
        campaign, whom = texting(session, count)
        facts = {"channel": Channel.TEXT, "state": TouchState.ACCEPTED}
        touches = factories.calls(session, campaign, whom, **facts)
        state = AttemptState.ACCEPTED
        made = [factories.attempt(session, touch, state=state).id for touch in touches]
    return [StatusNews(key, f"SM{at}", "delivered", None, {}) for at, key in enumerate(made)]


def test_a_thousand_callbacks_take_a_handful_of_statements(sessions: Sessions) -> None:
    news = accepted(sessions, 300)
    earlier = [replace(item, status="sent") for item in news]
    doubled = [*earlier, *news, *earlier]
    with heard(sessions.kw["bind"]) as statements:
        verdicts = receive_statuses(sessions, doubled, now=NOON)
    assert verdicts == ["applied"] * 600 + ["stale"] * 300
    assert len(statements) <= 6
    assert column(sessions, "SELECT DISTINCT state FROM attempts") == ["delivered"]


def test_the_same_callbacks_from_two_sides_at_once_are_stored_once(sessions: Sessions) -> None:
    news = accepted(sessions, 40)

    def receive(part: Sequence[StatusNews]) -> list[str]:
        return receive_statuses(sessions, part, now=NOON)

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(receive, [news, news[::-1]])
    assert sorted([*one, *other]) == ["applied"] * 40 + ["stale"] * 40
    assert column(sessions, "SELECT count(*) FROM callbacks") == [40]


def test_of_one_message_only_one_news_is_in_a_round() -> None:
    first, second = (StatusNews(UUID(int=n), f"SM{n}", "sent", None, {}) for n in (1, 2))
    arrived = replace(first, status="delivered")
    assert rounds([first, arrived, second, first]) == [[0, 2], [1]]


@pytest.mark.parametrize(
    ("change", "why"),
    [({"status": "failed"}, "a failure"), ({"sid": "SM9"}, "another sid")],
    ids=["failed", "sid"],
)
def test_an_oddity_takes_all_news_of_its_message_out_of_the_rounds(
    change: dict[str, str], why: str
) -> None:
    sent = StatusNews(UUID(int=1), "SM1", "sent", None, {})
    assert rounds([sent, replace(sent, **change)]) == [], why


def test_a_mailbox_files_what_only_raises_a_state_and_leaves_the_rest(sessions: Sessions) -> None:
    [delivered] = accepted(sessions, 1)
    mailbox = Mailbox(sessions.kw["bind"])
    failed = replace(delivered, attempt_id=UUID(int=5), sid="SM5", status="failed")
    assert mailbox.receive([delivered, failed], now=NOON) == ["applied", None]
    assert mailbox.receive([delivered], now=NOON) == ["stale"]


def test_a_mailbox_whose_connection_is_gone_has_another_the_next_time(sessions: Sessions) -> None:
    [delivered] = accepted(sessions, 1)
    mailbox = Mailbox(sessions.kw["bind"])
    mailbox.receive([], now=NOON)
    mailbox.receive([replace(delivered, status="sent")], now=NOON)
    end_others(sessions.kw["bind"])
    with pytest.raises(Exception, match=r"terminat|clos"):
        mailbox.receive([delivered], now=NOON)
    assert mailbox.receive([delivered], now=NOON) == ["applied"]
