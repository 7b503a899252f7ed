"""Calls: claimed under a lease, one household once, each result with its effect."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.touch import TouchState
from app.services.claim import (
    CallCard,
    NoCall,
    Why,
    next_call,
    why_no_call,
)
from app.services.open_call import call_news, give_back, zone_of_call
from app.services.pause import What, pause
from app.services.record import BadRecord, CallRecord, NotYours, Recorded, record_call
from app.services.settle import sweep
from app.services.strike import strike_ids
from app.store.engine import Sessions
from app.store.people import User
from app.store.touches import Touch
from app.store.wishes import opt_out
from tests import factories
from tests.factories import NOON
from tests.scene import TOUCHES, column, counts

D = Disposition
NIGHT = datetime(2026, 10, 30, 3, 0, tzinfo=UTC)


def take(sessions: Sessions, user: User, now: datetime = NOON, wall: datetime = NOON) -> CallCard:
    card = next_call(sessions, 1, user.id, now=now, wall=wall)
    assert isinstance(card, CallCard), card
    return card


def save(
    sessions: Sessions, user: User, card: CallCard, result: Disposition, **more: object
) -> Recorded:
    record = CallRecord(uuid4(), card.touch_id, card.fence, user.id, result, **more)  # type: ignore[arg-type]
    return record_call(sessions, record, now=NOON, wall=NOON)


@pytest.fixture
def ana(sessions: Sessions) -> User:
    """A volunteer of a campaign with three voters to call, each in a household of their own."""
    with sessions.begin() as session:
        campaign = factories.call_list(session, 3)
    return factories.person(sessions, "volunteer", campaign.id, "Ana")


def test_the_card_has_all_that_a_caller_needs(sessions: Sessions, ana: User) -> None:
    card = take(sessions, ana)
    assert (card.first_name, card.age, card.phone) == ("Luz", 67, "+19195550001")
    assert card.script.startswith("Hi, may I speak with Luz? I'm Ana.")
    assert card.zone == "America/New_York"
    assert card.polls_close_at == datetime(2026, 11, 4, 0, 30, tzinfo=UTC)


def test_where_a_voter_lives_is_told_to_whoever_was_given_the_call(
    sessions: Sessions, ana: User
) -> None:
    ben = factories.person(sessions, "volunteer", 1, "Ben")
    card = take(sessions, ana)
    assert zone_of_call(sessions, card.touch_id, ben.id) is None
    give_back(sessions, card.touch_id, ana.id, now=NOON)
    assert zone_of_call(sessions, card.touch_id, ana.id) == "America/New_York"


def test_a_volunteer_who_asks_again_keeps_the_same_call(sessions: Sessions, ana: User) -> None:
    assert take(sessions, ana).touch_id == take(sessions, ana).touch_id


def test_whoever_only_looks_is_told_that_calls_wait_though_none_is_released_yet(
    sessions: Sessions, ana: User
) -> None:
    """Some have had their texts of the day: that is no reason while others were not tried."""
    with sessions.begin() as session:
        session.execute(text("UPDATE campaigns SET voter_daily_cap = 1"))
        [touch, *_] = session.scalars(select(Touch).order_by(Touch.id)).all()
        tried = factories.attempt(session, touch, channel=Channel.TEXT)
        session.execute(
            text("UPDATE targets SET texts = 1, last_attempt_at = :at WHERE voter_id = :one"),
            {"at": tried.attempted_at, "one": touch.voter_id},
        )
        session.execute(text("DELETE FROM touches WHERE id <> :one"), {"one": touch.id})
        touch.state, capped = TouchState.DELIVERED, touch.voter_id
    looks = why_no_call(sessions, 1, ana.id, now=NOON, wall=NOON)
    assert looks.why is Why.WAITING
    assert take(sessions, ana).voter_id != capped
    others = {"one": capped, "at": NOON}
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET voted_at = :at WHERE voter_id <> :one"), others)
        session.execute(text("UPDATE touches SET state = 'canceled' WHERE state <> 'delivered'"))
    assert why_no_call(sessions, 1, ana.id, now=NOON, wall=NOON).why is Why.CAPPED


def test_a_pause_takes_nobody_off_their_call(sessions: Sessions, ana: User) -> None:
    ben = factories.person(sessions, "volunteer", 1, "Ben")
    first = take(sessions, ana)
    until, calls = NOON + timedelta(hours=1), What(channel=Channel.CALL)
    pause(sessions, 1, what=calls, until=until, reason="a check", by=None, now=NOON)
    assert take(sessions, ana).touch_id == first.touch_id
    assert isinstance(next_call(sessions, 1, ben.id, now=NOON, wall=NOON), NoCall)


def test_when_the_lease_ends_the_call_goes_to_somebody_else(sessions: Sessions, ana: User) -> None:
    ben = factories.person(sessions, "volunteer", 1, "Ben")
    first = take(sessions, ana)
    later = NOON + timedelta(minutes=21)
    assert sweep(sessions, later) == 1
    again = take(sessions, ben, wall=later)
    assert again.touch_id == first.touch_id
    assert again.fence == first.fence + 1
    assert call_news(sessions, first.touch_id, ana.id, now=NOON, wall=later) == "lost"
    # What was said is kept all the same, and the new caller keeps the call.
    assert not save(sessions, ana, first, D.CANVASSED, note="will vote").already
    assert column(sessions, "SELECT note FROM attempts") == ["will vote"]
    assert call_news(sessions, again.touch_id, ben.id, now=NOON, wall=later) == "open"


def test_eight_volunteers_at_once_never_share_a_household_and_lose_no_record(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        whom = factories.voters(session, 60)
        for voter in whom:
            voter.household_id = whom[(voter.id - 1) // 2 * 2].id
        factories.targets(session, campaign, whom)
    team = [factories.person(sessions, "volunteer", 1, f"V{n}") for n in range(8)]
    seen: list[int] = []

    def work(user: User) -> None:
        while isinstance(card := next_call(sessions, 1, user.id, now=NOON, wall=NOON), CallCard):
            seen.append(card.voter_id)
            save(sessions, user, card, D.NOT_HOME)

    threads = [Thread(target=work, args=(user,)) for user in team]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    households = Counter((voter - 1) // 2 for voter in seen)
    assert len(households) == 30
    assert set(households.values()) == {1}
    assert column(sessions, "SELECT count(*) FROM attempts") == [30]


EFFECTS = [
    (D.CANVASSED, "next_call_at", "2026-11-01 16:00:00+00"),
    (D.NOT_HOME, "next_call_at", "2026-10-29 19:00:00+00"),
    (D.BUSY, "next_call_at", "2026-10-29 16:30:00+00"),
    (D.ANSWERING_MACHINE, "next_call_at", "2026-10-29 22:00:00+00"),
    (D.LEFT_MESSAGE, "next_call_at", "2026-10-30 16:00:00+00"),
    (D.HUNG_UP, "next_call_at", "2026-10-30 16:00:00+00"),
    (D.WRONG_NUMBER, "no_calls", "bad number"),
    (D.DISCONNECTED, "no_calls", "bad number"),
    (D.DECEASED, "out", "deceased"),
    (D.MOVED, "out", "moved away"),
    (D.REFUSED, "out", "refused"),
    (D.DO_NOT_CALL, "no_calls", "do not call"),
]


@pytest.mark.parametrize(("result", "field", "value"), EFFECTS)
def test_each_result_has_its_effect(
    sessions: Sessions, ana: User, result: Disposition, field: str, value: str
) -> None:
    card = take(sessions, ana)
    save(sessions, ana, card, result)
    found = column(sessions, f"SELECT {field} FROM targets WHERE voter_id = :id", id=card.voter_id)
    expected = datetime.fromisoformat(value) if field == "next_call_at" else value
    assert found == [expected]
    assert counts(sessions, TOUCHES) == {"done": 1, "ready": 2}


def test_already_voted_strikes(sessions: Sessions, ana: User) -> None:
    card = take(sessions, ana)
    save(sessions, ana, card, D.ALREADY_VOTED)
    assert column(sessions, "SELECT voter_id FROM ballots") == [card.voter_id]


@pytest.mark.parametrize("wish", ["voted", "opted out"])
def test_nobody_is_promised_a_callback_who_may_not_be_called_any_more(
    sessions: Sessions, ana: User, wish: str
) -> None:
    card = take(sessions, ana)
    if wish == "voted":
        ids = [f"AA{card.voter_id:06}"]
        strike_ids(sessions, factories.POLLING_DAY, ids, by=None, source="desk", at=NOON)
    else:
        with sessions.begin() as session:
            opt_out(session, card.phone, Channel.CALL, source="list", words="", now=NOON)
    save(sessions, ana, card, D.CALL_BACK, callback_at=NOON + timedelta(hours=2))
    assert column(sessions, "SELECT count(*) FROM touches WHERE purpose = 'callback'") == [0]


def test_do_not_call_is_kept_by_number(sessions: Sessions, ana: User) -> None:
    card = take(sessions, ana)
    save(sessions, ana, card, D.DO_NOT_CALL)
    assert column(sessions, "SELECT address FROM opt_outs WHERE channel = 'call'") == [card.phone]


def test_a_wrong_number_gets_no_texts_either(sessions: Sessions, ana: User) -> None:
    save(sessions, ana, take(sessions, ana), D.WRONG_NUMBER)
    dead = column(sessions, "SELECT channel FROM dead_addresses ORDER BY channel")
    assert dead == ["call", "text"]


def test_who_hangs_up_twice_is_not_called_a_third_time(sessions: Sessions, ana: User) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET calls = 1"))
    card = take(sessions, ana)
    save(sessions, ana, card, D.HUNG_UP)
    off = column(sessions, "SELECT no_calls FROM targets WHERE voter_id = :id", id=card.voter_id)
    assert off == ["hung up twice"]


def test_a_callback_is_due_at_the_stated_time_and_comes_first(
    sessions: Sessions, ana: User
) -> None:
    card = take(sessions, ana)
    at = NOON + timedelta(hours=2)
    save(sessions, ana, card, D.CALL_BACK, callback_at=at)
    assert take(sessions, ana).voter_id != card.voter_id
    give_back(sessions, take(sessions, ana).touch_id, ana.id, now=NOON)
    assert take(sessions, ana, now=at).voter_id == card.voter_id


def test_a_callback_at_night_is_refused_and_the_call_stays_open(
    sessions: Sessions, ana: User
) -> None:
    card = take(sessions, ana)
    with pytest.raises(BadRecord, match="choose another time"):
        save(sessions, ana, card, D.CALL_BACK, callback_at=NIGHT)
    assert counts(sessions, TOUCHES) == {"claimed": 1, "ready": 2}
    assert column(sessions, "SELECT count(*) FROM attempts") == [0]


def test_another_language_goes_to_a_speaker(sessions: Sessions, ana: User) -> None:
    ben = factories.person(sessions, "volunteer", 1, "Ben")
    with sessions.begin() as session:
        session.execute(
            text("UPDATE users SET languages = '{en,es}' WHERE id = :id"), {"id": ben.id}
        )
    card = take(sessions, ana)
    save(sessions, ana, card, D.OTHER_LANGUAGE, language="es")
    with sessions.begin() as session:
        session.execute(text("DELETE FROM attempts"))
        session.execute(
            text("UPDATE targets SET out = 'x' WHERE voter_id <> :id"), {"id": card.voter_id}
        )
        session.execute(text("UPDATE touches SET state = 'skipped' WHERE state = 'ready'"))
    assert isinstance(next_call(sessions, 1, ana.id, now=NOON, wall=NOON), NoCall)
    assert take(sessions, ben).voter_id == card.voter_id


def test_the_same_record_twice_is_saved_once(sessions: Sessions, ana: User) -> None:
    card = take(sessions, ana)
    record = CallRecord(uuid4(), card.touch_id, card.fence, ana.id, D.NOT_HOME)
    assert not record_call(sessions, record, now=NOON, wall=NOON).already
    assert record_call(sessions, record, now=NOON, wall=NOON).already
    assert column(sessions, "SELECT calls FROM targets WHERE voter_id = :id", id=card.voter_id) == [
        1
    ]


def test_a_call_that_was_never_theirs_cannot_be_recorded(sessions: Sessions, ana: User) -> None:
    eve = factories.person(sessions, "volunteer", 1, "Eve")
    card = take(sessions, ana)
    with pytest.raises(NotYours):
        save(sessions, eve, card, D.DECEASED)


def test_a_voter_struck_while_the_call_is_open_is_told_at_once_and_the_record_is_kept(
    sessions: Sessions, ana: User
) -> None:
    card = take(sessions, ana)
    [source_id] = column(sessions, "SELECT source_id FROM voters WHERE id = :id", id=card.voter_id)
    struck = strike_ids(
        sessions, factories.POLLING_DAY, [source_id, "nobody"], by=None, source="desk", at=NOON
    )
    assert (struck.recorded, struck.canceled, struck.unknown) == (1, 1, ["nobody"])
    assert call_news(sessions, card.touch_id, ana.id, now=NOON, wall=NOON) == "voted"
    saved = save(sessions, ana, card, D.CANVASSED, note="thanked")
    assert "has voted" in saved.message
    assert column(sessions, "SELECT note FROM attempts") == ["thanked"]


def test_striking_twice_changes_nothing(sessions: Sessions, ana: User) -> None:
    ids = column(sessions, "SELECT source_id FROM voters")
    first, second = (
        strike_ids(sessions, factories.POLLING_DAY, ids, by=None, source="file", at=NOON)
        for _ in range(2)
    )
    assert (first.recorded, first.canceled) == (3, 3)
    assert (second.recorded, second.already, second.canceled) == (0, 3, 0)


NONE = [
    ("too early or too late", NIGHT, "SELECT"),
    ("polls have closed", NOON + timedelta(days=7), "SELECT"),
    ("paused", NOON, "UPDATE campaigns SET state = 'paused', paused_until = '2026-10-29 20:00Z'"),
    ("nobody to call yet", NOON, "DELETE FROM targets"),
    ("has been called", NOON, "UPDATE targets SET out = 'moved away'"),
    ("has been tried", NOON, "UPDATE targets SET next_call_at = '2026-10-29 20:00Z'"),
]


@pytest.mark.parametrize(("reason", "now", "fact"), NONE, ids=[reason for reason, _, _ in NONE])
def test_when_there_is_no_call_the_reason_is_said(
    sessions: Sessions, ana: User, reason: str, now: datetime, fact: str
) -> None:
    with sessions.begin() as session:
        session.execute(text("DELETE FROM touches"))
        session.execute(text(fact))
    none = next_call(sessions, 1, ana.id, now=now, wall=NOON)
    assert isinstance(none, NoCall)
    assert reason in none.reason
