"""Every error code with its effect: on the touch, the address, the sender, the next try."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.channels.port import CarrierUnreachable, NotProcessed, Outcome, Refused
from app.domain.channel import Channel
from app.domain.purpose import RAMP, REMIND_EVE
from app.domain.tables import table
from app.services.dispatch import Batch, claim_batch
from app.services.look_up import Patience, look_up
from app.services.pace import pace
from app.services.receive import StatusNews, receive_status
from app.services.settle import SentBy, record_outcomes
from app.store.engine import Sessions
from tests.factories import NOON
from tests.processes import Carrier
from tests.scene import CLAIMER, TOUCHES, Desk, apart, column, counts, planned, run, texting


@pytest.fixture
def scene(sessions: Sessions) -> Sessions:
    """Two texts released and due, by one sender."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 2)
        planned(session, campaign, Channel.TEXT, NOON, 2)
    pace(sessions, NOON)
    return sessions


def claim(sessions: Sessions) -> Batch:
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=NOON, wall=NOON)
    assert batch is not None
    return batch


def answer(sessions: Sessions, batch: Batch, *said: Outcome) -> None:
    """The carrier's answers to the batch's texts, in their order."""
    keys = [item.id for item in batch.tries]
    by = SentBy(batch.sender_id, batch.claimed_at, NOON)
    record_outcomes(
        sessions, Channel.TEXT, list(zip(keys, said, strict=True)), now=NOON, speed=1.0, by=by
    )


def tell(sessions: Sessions, batch: Batch, status: str, code: int | None = None) -> None:
    """The carrier's callback for the batch's first text."""
    news = StatusNews(batch.tries[0].id, "SM1", status, code, {})
    receive_status(sessions, news, now=NOON + timedelta(seconds=5))


def state(sessions: Sessions) -> dict[str, Any]:
    """What became of the first touch, its address and its sender."""
    with sessions() as session:
        row = session.execute(
            text(
                "SELECT q.state, s.stopped <> '' AS stopped, s.slow_downs, t.texts, "
                "t.next_text_at - CAST(:now AS timestamptz) AS again, "
                "ARRAY(SELECT d.channel FROM dead_addresses d WHERE d.address = q.address "
                "ORDER BY 1) AS dead, "
                "EXISTS (SELECT FROM opt_outs o WHERE o.address = q.address) AS out "
                "FROM touches q JOIN targets t USING (campaign_id, voter_id) "
                "JOIN senders s ON s.campaign_id = q.campaign_id AND s.channel = 'text' "
                "ORDER BY q.id LIMIT 1"
            ),
            {"now": NOON},
        ).one()
    return dict(row._mapping)


NOTHING = {"stopped": False, "slow_downs": 0, "dead": [], "out": False}
AT_ONCE: dict[str, dict[str, Any]] = {
    "dead": {"state": "failed", "dead": ["call", "text"]},
    "landline": {"state": "failed", "dead": ["text"]},
    "opt_out": {"state": "failed", "out": True},
    "slow_down": {"state": "ready", "slow_downs": 1},
    "retry": {"state": "failed"},
    "retry_once": {"state": "failed"},
    "other_sender": {"state": "failed"},  # there is no other
    "filtered": {"state": "failed"},
    "stop_sender": {"state": "ready", "stopped": True},
    "fail": {"state": "failed"},
}
CODES = [(int(row["code"]), row["effect"]) for row in table("carrier_errors")]


@pytest.mark.parametrize(("code", "effect"), CODES)
def test_a_refusal_has_the_effect_of_its_code(scene: Sessions, code: int, effect: str) -> None:
    answer(scene, claim(scene), Refused(code, "no"), Refused(21617, "no"))
    found, expected = state(scene), NOTHING | AT_ONCE[effect]
    assert {name: found[name] for name in expected} == expected
    assert found["texts"] == (0 if expected["state"] == "ready" else 1), "an attempt counts or not"


TOLD: dict[str, dict[str, Any]] = {
    effect: {**facts, "state": "undelivered"} for effect, facts in AT_ONCE.items()
}


@pytest.mark.parametrize(("code", "effect"), CODES)
def test_a_callback_has_the_effect_of_its_code_and_the_touch_stays_ended(
    scene: Sessions, code: int, effect: str
) -> None:
    batch = claim(scene)
    tell(scene, batch, "undelivered", code)
    found, expected = state(scene), NOTHING | TOLD[effect]
    assert {name: found[name] for name in expected} == expected
    soon = effect in ("retry", "retry_once", "slow_down", "stop_sender")
    again = timedelta(hours=2, seconds=5)
    assert found["again"] == again if soon else found["again"] > timedelta(hours=12)


def fail_twice(sessions: Sessions, code: int, purpose: str = RAMP) -> None:
    """The first voter's text fails, and so does the next one."""
    run(sessions, "UPDATE touches SET purpose = :purpose", purpose=purpose)
    tell(sessions, claim(sessions), "undelivered", code)
    run(
        sessions,
        "INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, sender_id, "
        "state, attempted_at, handed_at) SELECT '00000000-0000-4000-8000-000000000001', touch_id, "
        "campaign_id, voter_id, channel, address, sender_id, 'accepted', "
        "attempted_at + interval '2 hours', handed_at + interval '2 hours' FROM attempts "
        "WHERE error_code = :code",
        code=code,
    )
    run(sessions, "UPDATE targets SET next_text_at = :rest", rest=NOON + timedelta(days=2))
    run(sessions, "UPDATE touches SET state = 'accepted' WHERE state = 'undelivered'")
    news = StatusNews(
        column(sessions, "SELECT id FROM attempts WHERE state = 'accepted'")[0],
        "SM2",
        "undelivered",
        code,
        {},
    )
    receive_status(sessions, news, now=NOON + timedelta(hours=2))


@pytest.mark.parametrize(
    ("code", "again"),
    [
        (30003, timedelta(days=2)),  # once is enough
        (30008, timedelta(days=2)),
        (30001, timedelta(hours=4)),  # the carrier's queue is full: as often as caps allow
    ],
)
def test_what_is_tried_again_once_is_not_tried_a_third_time(
    scene: Sessions, code: int, again: timedelta
) -> None:
    fail_twice(scene, code)
    assert state(scene)["again"] == again


def test_a_reminder_that_failed_is_sent_again_within_its_time(scene: Sessions) -> None:
    run(scene, "UPDATE touches SET purpose = :purpose", purpose=REMIND_EVE)
    tell(scene, claim(scene), "failed", 30003)
    query = "SELECT state, due_at FROM touches WHERE purpose = 'remind_eve' ORDER BY id DESC"
    assert counts(scene, query)["ready"] == NOON + timedelta(minutes=15, seconds=5)
    held = column(
        scene,
        "SELECT sum(held) FROM (SELECT held FROM touches UNION ALL "
        "SELECT held FROM attempts) AS all_of_it",
    )
    assert held == column(scene, "SELECT reserved FROM campaigns")


def test_a_reminder_whose_time_is_over_is_not_sent_again(scene: Sessions) -> None:
    run(scene, "UPDATE touches SET purpose = :purpose", purpose=REMIND_EVE)
    batch = claim(scene)
    run(scene, "UPDATE touches SET expires_at = :soon", soon=NOON + timedelta(minutes=10))
    tell(scene, batch, "failed", 30003)
    assert counts(scene, TOUCHES) == {"attempting": 1, "failed": 1}


def test_what_went_out_after_all_counts_and_holds_its_money(scene: Sessions) -> None:
    batch = claim(scene)
    answer(scene, batch, NotProcessed("no connection"), NotProcessed("no connection"))
    assert column(scene, "SELECT sum(texts) FROM targets") == [0]
    tell(scene, batch, "sent")
    assert column(scene, "SELECT sum(texts) FROM targets") == [1]
    held = "SELECT sum(held) FROM attempts WHERE state = 'sent'"
    assert column(scene, held) == [Decimal("0.0079")]
    assert column(scene, "SELECT reserved FROM campaigns") == [Decimal("0.0158")]


def test_a_rest_that_was_on_outlasts_a_reminder_that_did_not_go_out(scene: Sessions) -> None:
    run(scene, "UPDATE touches SET purpose = :purpose", purpose=REMIND_EVE)
    run(scene, "UPDATE targets SET next_text_at = :rest", rest=NOON + timedelta(days=1))
    answer(scene, claim(scene), NotProcessed("too late"), NotProcessed("too late"))
    assert state(scene)["again"] is not None


def test_a_text_that_the_list_shows_as_undeliverable_has_the_effect_of_its_code(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 1)
        planned(session, campaign, Channel.TEXT, NOON, 1)
    pace(sessions, NOON)
    desk = Desk(sessions, carrier_process)
    carrier_process.fault(
        timeout_after_accept={"count": 1, "seconds": 3},
        undelivered_30005={"count": 1},
        drop_callbacks={"probability": 1},
    )
    desk.send_texts()
    assert counts(sessions, TOUCHES) == {"unknown": 1}
    assert desk.look_up(timedelta(minutes=2)) == 1
    assert counts(sessions, TOUCHES) == {"undelivered": 1}
    assert column(sessions, "SELECT channel FROM dead_addresses ORDER BY 1") == ["call", "text"]


def test_one_that_cannot_be_asked_about_does_not_keep_the_others_waiting(
    scene: Sessions, carrier_process: Carrier
) -> None:
    desk = Desk(scene, carrier_process)
    claim(scene)  # and the worker dies
    first = column(scene, "SELECT address FROM attempts ORDER BY handed_at, id")[0]

    patience = Patience(timedelta(seconds=30))

    async def work(later: timedelta) -> int:
        port = desk.texts()
        asked = port.sent_to

        async def sent_to(address: str) -> Any:
            if address == first:
                raise CarrierUnreachable("400")
            return await asked(address)

        port.sent_to = sent_to  # type: ignore[method-assign]
        try:
            at = NOON + later
            return await look_up(scene, port, now=at, wall=at, patience=patience)
        finally:
            await port.close()

    assert apart(work(timedelta(minutes=12))) == 0
    assert apart(work(timedelta(minutes=12, seconds=5))) == 1
    assert counts(scene, TOUCHES) == {"ready": 1, "unknown": 1}
