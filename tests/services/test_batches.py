"""Batches: whatever is reckoned once for many is right for each of them."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.channels.port import Accepted, Outcome, Sent, TextOut
from app.channels.twilio_text import TwilioTexts
from app.clock import ManualClock
from app.domain.channel import Channel
from app.services.dispatch import Batch, Claimer, claim_batch
from app.services.pace import pace
from app.services.send_texts import drain_texts
from app.services.settle import record_outcomes
from app.store.engine import Sessions
from app.store.outcomes import put_back
from tests.factories import NOON
from tests.scene import ATTEMPTS, CLAIMER, TOUCHES, apart, column, counts, planned, run, texting


@pytest.fixture
def six(sessions: Sessions) -> Sessions:
    """Six texts released and due, each in a segment."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 6)
        planned(session, campaign, Channel.TEXT, NOON, 6)
    pace(sessions, NOON)
    return sessions


def claim(sessions: Sessions, claimer: Claimer = CLAIMER) -> Batch:
    batch = claim_batch(sessions, Channel.TEXT, claimer, now=NOON, wall=NOON)
    assert batch is not None
    return batch


NAMES = ["Ana", "", "José María", "Łucja", "Ana" * 40, "Ana"]


def test_each_has_their_own_name_in_the_words_and_pays_for_their_own_length(six: Sessions) -> None:
    for number, name in enumerate(NAMES, 1):
        run(six, "UPDATE voters SET first_name = :name WHERE id = :id", name=name, id=number)
    # Longer than when they were released: batch after batch takes what fits into the room.
    claimed = iter(lambda: claim_batch(six, Channel.TEXT, CLAIMER, now=NOON, wall=NOON), None)
    tries = {item.touch.voter_id: item for batch in claimed for item in batch.tries}
    assert {key: item.body.partition(",")[0] for key, item in tries.items()} == {
        number: f"Hi {name or 'neighbor'}" for number, name in enumerate(NAMES, 1)
    }
    assert [tries[number].segments for number in range(1, 7)] == [1, 1, 2, 2, 2, 1], (
        "í and Ł are outside the alphabet of a text"
    )
    assert len({item.id for item in tries.values()}) == 6


def test_each_has_the_words_of_their_own_language_and_precinct(six: Sessions) -> None:
    run(six, "UPDATE scripts SET body = 'EN {first_name} {polling_place}' WHERE channel = 'text'")
    run(
        six,
        "INSERT INTO scripts (campaign_id, channel, language, body) "
        "SELECT id, 'text', 'es', 'ES {first_name} {polling_place}' FROM campaigns",
    )
    run(six, "UPDATE voters SET first_name = 'V' || id, precinct = '0' || id / 3")
    run(six, "UPDATE voters SET language = 'es' WHERE id > 3")
    bodies = {item.touch.voter_id: item.body for item in claim(six).tries}
    assert bodies == {
        number: f"{'ES' if number > 3 else 'EN'} V{number} "
        f"{'precinto' if number > 3 else 'precinct'} 0{number // 3}"
        for number in range(1, 7)
    }


def test_the_verdict_on_one_is_not_the_verdict_on_the_next(six: Sessions) -> None:
    run(six, "INSERT INTO opt_outs SELECT phone, 'text', 'x', '', now() FROM voters WHERE id = 2")
    run(six, "UPDATE targets SET next_text_at = :at WHERE voter_id = 3", at=NOON + timedelta(1))
    run(six, "UPDATE targets SET place = 'HI:Pacific/Honolulu' WHERE voter_id = 4")
    assert {item.touch.voter_id for item in claim(six).tries} == {1, 5, 6}
    assert counts(six, "SELECT voter_id, state FROM touches WHERE voter_id IN (2, 3, 4)") == {
        2: "skipped",
        3: "ready",
        4: "ready",
    }


def test_a_target_that_somebody_holds_does_not_hold_up_the_next(six: Sessions) -> None:
    with six.begin() as striker:
        striker.execute(text("SELECT FROM targets WHERE voter_id = 1 FOR UPDATE"))
        first = claim(six, Claimer("worker:test", CLAIMER.lease, 1))
    assert [item.touch.voter_id for item in first.tries] == [2]
    assert {item.touch.voter_id for item in claim(six).tries} == {1, 3, 4, 5, 6}


def test_what_was_called_absent_and_is_accepted_after_all_counts_with_the_others(
    six: Sessions,
) -> None:
    keys = [item.id for item in claim(six).tries]
    with six.begin() as session:
        assert put_back(session, keys[:1], due_at=NOON, now=NOON, note="absent") == 1
    answers: list[tuple[UUID, Outcome]] = [(key, Accepted(f"SM{key.hex}", 1)) for key in keys]
    record_outcomes(six, Channel.TEXT, answers, now=NOON, speed=1.0)
    assert counts(six, ATTEMPTS) == {"accepted": 6}
    assert counts(six, TOUCHES) == {"accepted": 5, "canceled": 1}
    assert column(six, "SELECT sum(texts) FROM targets") == [6]


class Sluggish(TwilioTexts):
    """A carrier at which every text takes some seconds."""

    def __init__(self, clock: ManualClock, seconds: float) -> None:
        self.clock, self.seconds = clock, seconds
        self.sent: list[TextOut] = []

    async def send(self, text: TextOut) -> Outcome:
        """Accepts it, late."""
        self.clock.at += timedelta(seconds=self.seconds)
        self.sent.append(text)
        return Accepted(f"SM{uuid4().hex}", 1)

    async def sent_to(self, address: str) -> list[Sent]:
        """Nothing is known."""
        return []


@pytest.mark.parametrize("seconds", [0.0, 3.0])
def test_only_a_slow_carrier_is_given_less_at_once(sessions: Sessions, seconds: float) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 60)
        planned(session, campaign, Channel.TEXT, NOON, 60)
    pace(sessions, NOON)
    drawn: list[UUID] = []

    def new_id() -> UUID:
        drawn.append(uuid4())  # one for each batch
        return drawn[-1]

    clock = ManualClock(NOON)
    claimer = Claimer("worker:test", timedelta(hours=1), 10, new_id=new_id)
    port = Sluggish(clock, seconds)
    assert apart(drain_texts(sessions, port, clock, claimer)) == len(port.sent) == 60
    assert len(drawn) > 6 if seconds else len(drawn) == 6
