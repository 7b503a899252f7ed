"""Strike, dispatch, records and callbacks at the same moment: nobody waits in a ring for long."""

import random
from threading import Thread

from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.touch import TouchState
from app.services.claim import CallCard, next_call
from app.services.dispatch import claim_batch
from app.services.pace import pace
from app.services.receive import TextIn, receive_text
from app.services.strike import strike_ids
from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.scene import CLAIMER, SENDER, column, counts, planned, texting
from tests.services.test_calls import save

VOTERS = 120


def test_strikes_stops_calls_pace_and_dispatch_at_once_end_in_a_state_that_adds_up(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        campaign, whom = texting(session, VOTERS)
        planned(session, campaign, Channel.TEXT, NOON, VOTERS)
        planned(session, campaign, Channel.CALL, NOON, VOTERS)
        ids = [voter.source_id for voter in whom]
        phones = [str(voter.phone) for voter in whom]
    team = [factories.person(sessions, "volunteer", 1, f"V{n}") for n in range(2)]
    broken: list[BaseException] = []

    def careful(work: object) -> Thread:
        def run() -> None:
            try:
                work()  # type: ignore[operator]
            except BaseException as error:
                broken.append(error)

        return Thread(target=run)

    def strike() -> None:
        for _ in range(12):
            part = random.Random(5).sample(ids, 10)
            strike_ids(sessions, factories.POLLING_DAY, part, by=None, source="desk", at=NOON)

    def stop() -> None:
        for number, phone in enumerate(phones[::4]):
            receive_text(sessions, TextIn(f"SM{number}", phone, SENDER, "STOP"), now=NOON)

    def send() -> None:
        for _ in range(12):
            claim_batch(sessions, Channel.TEXT, CLAIMER, now=NOON, wall=NOON)

    def call(number: int) -> None:
        for _ in range(15):
            card = next_call(sessions, 1, team[number].id, now=NOON, wall=NOON)
            if isinstance(card, CallCard):
                save(sessions, team[number], card, Disposition.NOT_HOME)

    def tick() -> None:
        for _ in range(6):
            pace(sessions, NOON)

    threads = [careful(work) for work in (strike, stop, send, send, tick, tick)]
    threads += [careful(lambda n=n: call(n)) for n in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not broken, broken
    states = counts(sessions, "SELECT state, count(*) FROM touches GROUP BY 1")
    assert set(states) <= {
        TouchState.READY,
        TouchState.ATTEMPTING,
        TouchState.CANCELED,
        TouchState.DONE,
        TouchState.SKIPPED,
    }
    tried = "SELECT count(*) FROM attempts WHERE channel = "
    assert column(sessions, tried + "'call'") == column(sessions, "SELECT sum(calls) FROM targets")
    assert column(sessions, tried + "'text'") == column(sessions, "SELECT sum(texts) FROM targets")
    held = "SELECT (SELECT coalesce(sum(held), 0) FROM touches) + " + (
        "(SELECT coalesce(sum(held), 0) FROM attempts) - reserved FROM campaigns"
    )
    assert column(sessions, held) == [0], "money that nothing holds"
    with sessions() as session:
        late = session.execute(
            text(
                "SELECT count(*) FROM touches q JOIN targets t USING (campaign_id, voter_id) "
                "WHERE t.voted_at IS NOT NULL AND q.state IN ('ready', 'claimed')"
            )
        )
        assert late.scalar_one() == 0, "a struck voter has something pending"


def test_a_pause_is_said_at_once_and_leaves_the_calls_as_they_were(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 50)
        session.execute(
            text("UPDATE campaigns SET state = 'paused', paused_until = '2026-10-29 20:00Z'")
        )
    ana = factories.person(sessions, "volunteer", campaign.id, "Ana")
    assert not isinstance(next_call(sessions, 1, ana.id, now=NOON, wall=NOON), CallCard)
    due = column(sessions, "SELECT max(due_at) FROM touches")
    assert due[0] < NOON


def test_two_requests_of_one_volunteer_get_the_same_call(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 20)
    ana = factories.person(sessions, "volunteer", campaign.id, "Ana")
    cards: list[object] = []

    def ask() -> None:
        card = next_call(sessions, 1, ana.id, now=NOON, wall=NOON)
        cards.append(card.touch_id if isinstance(card, CallCard) else None)

    threads = [Thread(target=ask) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(set(cards)) == 1
