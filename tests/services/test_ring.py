"""Click-to-call: the attempt first, the bar at each step, nobody rung twice, one attempt a call."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from threading import Thread
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.channels.port import NoAnswer, NotProcessed, Outcome, Refused
from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.touch import AttemptState, TouchState
from app.domain.voice import next_key
from app.domain.voice_words import LOST, VOICEMAIL
from app.services.open_call import call_news, give_back, held_call
from app.services.ring import CannotRing, PutThrough
from app.services.settle import sweep
from app.services.strike import strike_ids
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import User
from app.store.voice_calls import take_turn
from app.store.wishes import opt_out
from tests import factories
from tests.booth import CALLER_ID, LEASE, OWN_PHONE, Booth, calling
from tests.factories import NOON, POLLING_DAY
from tests.scene import column

D = Disposition
NIGHT = NOON + timedelta(hours=10)


@pytest.fixture
def booth(sessions: Sessions) -> Booth:
    return Booth(sessions, calling(sessions))


def test_the_attempt_stands_before_the_carrier_is_asked(booth: Booth) -> None:
    class Dead:
        def ring(self, call: object) -> Outcome:
            raise KeyboardInterrupt  # the process ends here

    booth.line = Dead()
    with pytest.raises(KeyboardInterrupt):
        booth.ring()
    [attempt] = booth.attempts()
    assert (attempt.id, attempt.state) == (booth.key, AttemptState.ATTEMPTING)
    assert booth.touch().state is TouchState.ATTEMPTING
    assert booth.target().calls == 1


def test_a_call_and_its_result_are_one_attempt_counted_once(booth: Booth) -> None:
    booth.talk()
    assert [(out.to, out.sender) for out in booth.line.asked] == [(OWN_PHONE, CALLER_ID)]
    assert not booth.save(D.CANVASSED, note="will vote").already
    assert booth.save(D.CANVASSED).already
    [attempt] = booth.attempts()
    assert (attempt.state, attempt.disposition) == (AttemptState.DONE, "canvassed")
    assert (booth.touch().state, booth.touch().tries) == (TouchState.DONE, 1)
    target = booth.target()
    assert (target.calls, target.next_call_at) == (1, NOON + timedelta(days=3))
    call = booth.call()
    assert (call.sid, call.voter_sid, call.seconds) == ("CA1", "CA2", 50)
    assert (call.status, call.voter_status, call.answered_by) == ("completed", "completed", "human")


def test_a_second_tap_rings_nobody_twice(booth: Booth) -> None:
    assert booth.ring() == booth.ring() == booth.ring(uuid4()) == booth.key
    assert len(booth.line.asked) == len(booth.attempts()) == 1


def test_whoever_rings_keeps_the_call_and_nobody_else_gets_it(booth: Booth) -> None:
    booth.ring()
    held = held_call(booth.sessions, booth.user.id, now=NOON, wall=NOON)
    assert held is not None
    assert held.touch_id == booth.card.touch_id
    assert not held.history  # the call that is on is no earlier contact
    assert not give_back(booth.sessions, held.touch_id, booth.user.id, now=NOON)
    assert sweep(booth.sessions, NOON + timedelta(days=1)) == 0
    news = call_news(booth.sessions, held.touch_id, booth.user.id, now=NOON, wall=NOON)
    assert news == "open"


def test_a_voter_struck_while_they_talk_does_not_hold_the_volunteer_up(sessions: Sessions) -> None:
    booth = Booth(sessions, calling(sessions, 2))
    booth.talk()
    first, key = booth.card, booth.key
    _vote(booth)
    assert call_news(sessions, first.touch_id, booth.user.id, now=NOON, wall=NOON) == "voted"
    booth.turn_to_next()
    assert booth.card.touch_id != first.touch_id
    booth.card = first
    assert "has voted" in booth.save(D.CANVASSED, key).message


REFUSED: list[tuple[Outcome, str]] = [
    (Refused(21217, "not valid"), "cannot ring your number"),
    (Refused(21210, "not verified"), "does not let this campaign show its number"),
    (NotProcessed("too many requests", 20429), "too many calls"),
    (NotProcessed("cannot connect"), "cannot be reached"),
]


@pytest.mark.parametrize(("answer", "words"), REFUSED, ids=["number", "caller id", "429", "down"])
def test_when_the_carrier_rings_nobody_the_call_can_be_made_again_or_by_hand(
    booth: Booth, answer: Outcome, words: str
) -> None:
    booth.line.answers = [answer]
    booth.ring()
    [first] = booth.attempts()
    assert first.state is AttemptState.ABSENT
    assert words in first.note
    assert (booth.touch().state, booth.touch().tries) == (TouchState.CLAIMED, 0)
    assert booth.target().calls == 0
    booth.wall += timedelta(seconds=1)
    assert booth.ring() == next_key(booth.key)
    assert booth.target().calls == 1


def test_a_call_by_hand_after_a_failed_ring_is_recorded_under_the_same_key(booth: Booth) -> None:
    booth.line.answers = [Refused(21217, "not valid")]
    booth.ring()
    assert not booth.save(D.REFUSED).already
    [attempt] = booth.attempts()
    assert (attempt.state, attempt.disposition) == (AttemptState.DONE, "refused")
    assert (booth.target().calls, booth.touch().state) == (1, TouchState.DONE)


def test_without_an_answer_the_phone_may_ring_and_the_callback_tells(booth: Booth) -> None:
    booth.line.answers = [NoAnswer("TimeoutError")]
    booth.ring()
    assert booth.call().sid is None
    assert booth.caller("ringing") == "applied"
    assert booth.call().sid == "CA1"
    assert isinstance(booth.pick_up(), PutThrough)


def test_callbacks_may_come_twice_late_and_in_any_order(booth: Booth) -> None:
    booth.ring()
    booth.pick_up()
    news = ["completed", "initiated", "in-progress", "ringing"]
    verdicts = [
        booth.voter(status, seconds=9 if status == "completed" else None) for status in news
    ]
    assert verdicts == ["applied", "stale", "stale", "stale"]
    assert [booth.voter(status) for status in news] == ["stale"] * 4
    assert booth.voter(by="machine_start") == "applied"
    call = booth.call()
    assert (call.voter_status, call.seconds, call.answered_by) == ("completed", 9, "machine_start")
    assert column(booth.sessions, "SELECT count(*) FROM callbacks") == [5]


@pytest.mark.parametrize("order", list(permutations(("ring", "caller", "voter"))))
def test_the_voters_leg_is_known_whatever_is_told_first(
    booth: Booth, order: tuple[str, ...]
) -> None:
    booth.ring()
    booth.pick_up()
    steps = {
        "ring": lambda: booth.caller("ringing"),
        "caller": lambda: booth.caller("completed"),
        "voter": lambda: booth.voter("busy"),
    }
    for name in order:
        steps[name]()
    assert booth.call().voter_status == "busy"
    assert [one.state for one in booth.attempts()] == [AttemptState.ATTEMPTING]


def test_a_callback_of_an_unknown_call_is_kept_and_says_so(booth: Booth) -> None:
    booth.key = uuid4()
    assert booth.caller("ringing") == "unknown attempt"
    assert column(booth.sessions, "SELECT verdict FROM callbacks") == ["unknown attempt"]


def test_who_does_not_pick_up_still_has_the_call_and_the_voter_was_not_tried(booth: Booth) -> None:
    booth.ring()
    booth.caller("ringing")
    assert booth.caller("no-answer") == "applied"
    [attempt] = booth.attempts()
    assert (attempt.state, booth.target().calls) == (AttemptState.ABSENT, 0)
    assert booth.touch().state is TouchState.CLAIMED
    assert booth.pick_up() == LOST  # what is absent stays absent


def test_a_voicemail_is_not_put_through(booth: Booth) -> None:
    booth.ring()
    assert booth.pick_up("machine_start") == VOICEMAIL
    assert [one.state for one in booth.attempts()] == [AttemptState.ABSENT]


def test_picking_up_is_answered_the_same_until_the_voter_is_rung(booth: Booth) -> None:
    booth.ring()
    first = booth.pick_up()
    assert first == PutThrough(booth.card.phone, CALLER_ID) == booth.pick_up()
    booth.voter("ringing")
    assert booth.pick_up() == LOST


def _vote(booth: Booth) -> None:
    strike_ids(booth.sessions, POLLING_DAY, ["AA000001"], by=None, source="desk", at=NOON)


def _opt_out(booth: Booth) -> None:
    with booth.sessions.begin() as session:
        opt_out(session, booth.card.phone, Channel.CALL, source="call", words="", now=NOON)


def _pause(booth: Booth) -> None:
    with booth.sessions.begin() as session:
        session.execute(
            text("UPDATE campaigns SET state = 'paused', paused_until = :until"),
            {"until": NOON + timedelta(hours=3)},
        )


MEANWHILE = [
    (_vote, "has voted", TouchState.SKIPPED),
    (_opt_out, "asked not to be called", TouchState.SKIPPED),
    (_pause, "paused the calls", TouchState.READY),
]


@pytest.mark.parametrize(("event", "words", "state"), MEANWHILE, ids=["vote", "wish", "pause"])
def test_what_happens_while_the_volunteers_phone_rings_stops_the_call(
    booth: Booth, event: object, words: str, state: TouchState
) -> None:
    booth.ring()
    event(booth)  # type: ignore[operator]
    said = booth.pick_up()
    assert isinstance(said, str)
    assert words in said
    assert booth.touch().state is state
    assert [one.state for one in booth.attempts()] == [AttemptState.ABSENT]
    assert booth.target().calls == 0


def test_hours_and_lease_are_asked_again_when_the_phone_is_picked_up(booth: Booth) -> None:
    booth.ring()
    said = booth.pick_up(now=NIGHT)
    assert isinstance(said, str)
    assert "Calling hours are over" in said


def test_after_the_lease_nobody_is_put_through(booth: Booth) -> None:
    booth.ring()
    booth.wall += LEASE + timedelta(seconds=1)
    assert booth.pick_up() == LOST


def test_the_attempt_itself_does_not_count_against_the_cap(sessions: Sessions) -> None:
    booth = Booth(sessions, calling(sessions, voter_daily_cap=1, voter_total_cap=1))
    booth.ring()
    assert isinstance(booth.pick_up(), PutThrough)


@pytest.mark.parametrize(("event", "words"), [(_opt_out, LOST), (_pause, "paused")])
def test_who_may_not_be_called_is_not_rung(booth: Booth, event: object, words: str) -> None:
    event(booth)  # type: ignore[operator]
    with pytest.raises(CannotRing, match=words):
        booth.ring()
    assert not booth.attempts()
    assert not booth.line.asked


def test_the_money_for_a_call_is_held_before_it_is_made(sessions: Sessions) -> None:
    facts = {"budget": 1, "reserve_share": 0}
    booth = Booth(sessions, calling(sessions, price="0.03", **facts))
    booth.ring()  # up to 31 minutes: 0.93
    assert column(sessions, "SELECT reserved FROM campaigns") == [Decimal("0.93")]
    other = Booth(sessions, _second(sessions), wall=NOON + timedelta(seconds=1))
    with pytest.raises(CannotRing, match="used up"):
        other.ring()
    assert len(booth.attempts()) == 1


def _second(sessions: Sessions) -> User:
    with sessions.begin() as session:
        campaign = session.execute(text("SELECT id FROM campaigns")).scalar_one()
        whom = factories.voters(session, 1, 2)
        row = session.get(Campaign, campaign)
        assert row is not None
        factories.targets(session, row, whom)
        factories.calls(session, row, whom)
    return factories.person(sessions, "volunteer", campaign, "Ben")


def test_one_call_a_second_however_many_ask_at_once(sessions: Sessions) -> None:
    user = calling(sessions)
    taken: list[int] = []

    def ask(second: int) -> None:
        with sessions.begin() as session:
            wall = NOON + timedelta(seconds=second)
            if not isinstance(take_turn(session, user.campaign_id or 0, wall), float):
                taken.append(second)

    for second in range(3):
        threads = [Thread(target=ask, args=(second,)) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert taken == [0, 1, 2]


def test_whoever_has_no_turn_is_told_when_and_nothing_is_kept(sessions: Sessions) -> None:
    first = Booth(sessions, calling(sessions, 2))
    ben = factories.person(sessions, "volunteer", first.user.campaign_id, "Ben")
    second = Booth(sessions, ben)
    first.ring()
    with pytest.raises(CannotRing, match="Yours is next") as refused:
        second.ring()
    assert refused.value.wait_seconds == pytest.approx(1.0)
    assert len(first.attempts()) == 1
    second.wall += timedelta(seconds=1)
    second.ring()
    assert len(first.attempts()) == 2


def test_a_refused_call_takes_no_turn(sessions: Sessions) -> None:
    booth = Booth(sessions, calling(sessions))
    _pause(booth)
    with pytest.raises(CannotRing):
        booth.ring()
    assert column(sessions, "SELECT next_free_at FROM voice_rates") == [None]
