"""The pulse: in the final week something goes out every few minutes, whatever the plan holds."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.pulse import PULSE, TRYING
from app.services import reserves, universes
from app.services.pace import pace
from app.services.pulse import keep_going
from app.store.engine import Sessions
from app.store.frames import load_frame
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.scene import TOUCHES, column, consent, counts, run, texting

SECOND = timedelta(seconds=1)
NIGHT = datetime(2026, 10, 30, 3, tzinfo=UTC)
READY = "SELECT channel FROM touches WHERE state = 'ready' AND released_at = :now ORDER BY id"


def beats(sessions: Sessions, now: datetime = NOON) -> list[str]:
    """The channels on which the pulse released something."""
    with sessions.begin() as session:
        released = keep_going(session, load_frame(session, 1), now)
    found = column(sessions, READY, now=now)
    assert len(found) == released
    return found


@pytest.fixture
def ten(sessions: Sessions) -> Sessions:
    """Ten voters who may be texted and mailed; nothing is planned and nothing was tried."""
    with sessions.begin() as session:
        texting(session, 10)
    return sessions


def tried(sessions: Sessions, ago: timedelta, state: str, **facts: Any) -> None:
    """An attempt at voter 10, so long ago, that came to this."""
    with sessions.begin() as session:
        touch = "SELECT id FROM touches WHERE voter_id = 10 AND channel = :channel"
        channel = facts.pop("channel", Channel.TEXT)
        found = session.scalar(text(touch), {"channel": channel.value})
        if found is None:
            session.execute(
                text(
                    "INSERT INTO touches (campaign_id, voter_id, household_id, channel, state, "
                    "address, due_at, expires_at, released_at) VALUES (1, 10, 10, :channel, "
                    "'failed', '', :now, :now, :now)"
                ),
                {"channel": channel.value, "now": NOON - timedelta(days=1)},
            )
            found = session.scalar(text(touch), {"channel": channel.value})
        session.execute(
            text(
                "INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, "
                "state, attempted_at, handed_at, sid) VALUES (gen_random_uuid(), :touch, 1, 10, "
                ":channel, '', :state, :at, :at, :sid)"
            ),
            {
                "touch": found,
                "channel": channel.value,
                "state": state,
                "at": NOON - ago,
                "sid": facts.get("sid"),
            },
        )


BEFORE = [
    # what was tried last, how long ago, whether the pulse then releases something
    ("a text that went out three minutes ago", "accepted", PULSE, True),
    ("one that went out a second later", "accepted", PULSE - SECOND, False),
    ("one that was delivered since", "delivered", PULSE - SECOND, False),
    ("one that is being tried", "attempting", TRYING - SECOND, False),
    ("one without an answer for too long", "attempting", TRYING, True),
    ("one of which nobody knows", "unknown", TRYING, True),
    ("one that never left", "absent", TRYING, True),
    ("one that was refused just now", "failed", TRYING - SECOND, False),
    ("one that was refused", "failed", TRYING, True),
]


@pytest.mark.parametrize(
    ("state", "ago", "goes"), [case[1:] for case in BEFORE], ids=[case[0] for case in BEFORE]
)
def test_the_pulse_comes_after(ten: Sessions, state: str, ago: timedelta, goes: bool) -> None:
    tried(ten, ago, state)
    assert bool(beats(ten)) == goes


def test_one_that_failed_after_the_carrier_had_it_went_out(ten: Sessions) -> None:
    tried(ten, PULSE - SECOND, "failed", sid="SM1")
    assert beats(ten) == []


def test_it_releases_one_and_waits_until_that_has_had_its_chance(ten: Sessions) -> None:
    assert beats(ten) == ["text"]
    assert beats(ten, NOON + TRYING - SECOND) == []
    # Nobody takes it: another channel, but no second one on this.
    assert beats(ten, NOON + TRYING) == ["email"]
    assert beats(ten, NOON + 2 * TRYING) == []


def test_it_counts_in_the_plan(ten: Sessions) -> None:
    beats(ten)
    assert column(ten, "SELECT released FROM plan_hours WHERE channel = 'text'") == [1]


def test_what_was_tried_in_vain_comes_last(ten: Sessions) -> None:
    tried(ten, TRYING, "failed")
    assert beats(ten) == ["email"]
    tried(ten, TRYING, "failed", channel=Channel.EMAIL)
    tried(ten, 2 * TRYING, "failed", channel=Channel.EMAIL)
    run(ten, "DELETE FROM touches WHERE state = 'ready'")
    assert beats(ten) == ["text"]


STILL = [
    ("before the final week", f"UPDATE campaigns SET polling_day = '{POLLING_DAY}'::date + 7"),
    ("in a pause", "UPDATE campaigns SET state = 'paused', paused_until = '2026-10-29 17:00+00'"),
    ("with nobody who may be reached", "UPDATE targets SET voted_at = now()"),
    ("without senders", "DELETE FROM senders"),
    ("with senders that are stopped", "UPDATE senders SET stopped = 'blocked'"),
    ("without words", "DELETE FROM scripts"),
]


@pytest.mark.parametrize("why", [why for _, why in STILL], ids=[when for when, _ in STILL])
def test_there_is_no_pulse(ten: Sessions, why: str) -> None:
    run(ten, why)
    assert beats(ten) == []
    assert pace(ten, NOON).total() == 0


def test_there_is_none_at_night_and_one_as_soon_as_the_hours_open(ten: Sessions) -> None:
    assert beats(ten, NIGHT) == []
    opens = datetime(2026, 10, 30, 12, tzinfo=UTC)
    known: dict[tuple[int, str], datetime] = {}
    at, found = NIGHT, 0
    while at < opens - timedelta(minutes=20):
        at += timedelta(minutes=10)
        assert pace(ten, at, known).total() == 0
    while at <= opens + timedelta(hours=1) and not found:
        at += timedelta(seconds=20)
        found = pace(ten, at, known).total()
    assert found == 1
    morning = datetime(2026, 10, 30, 12, tzinfo=UTC)
    assert timedelta(0) <= at - morning <= timedelta(minutes=1)


SHIFT = (
    "INSERT INTO shifts (campaign_id, user_id, channel, starts_at, ends_at, created_at) "
    "VALUES (1, :user, 'call', '2026-10-29 15:00+00', '2026-10-29 18:00+00', now())"
)


def test_calls_keep_it_only_while_somebody_calls(ten: Sessions) -> None:
    run(ten, "UPDATE senders SET stopped = 'blocked'")
    assert beats(ten) == []
    run(ten, SHIFT, user=factories.person(ten, "volunteer", 1, "Ana").id)
    assert beats(ten) == ["call"]
    assert beats(ten, NOON + SECOND) == []


def test_when_everyone_rests_those_come_who_rest_longest_then_the_reserves(
    ten: Sessions,
) -> None:
    run(ten, "DELETE FROM senders WHERE channel = 'email'")
    run(
        ten,
        "UPDATE targets SET next_text_at = '2026-10-30', last_attempt_at = :at, texts = 1",
        at=NOON - timedelta(hours=5),
    )
    run(ten, "UPDATE targets SET voted_at = now() WHERE voter_id > 1")
    with ten.begin() as session:
        consent(session, factories.voters(session, 1, first=11, party="DEM"))
    universes.save(ten, "Democrats", {"parties": ["DEM"]}, now=NOON)
    reserves.add(ten, 1, "Democrats", {"name": "Democrats"}, by=None, now=NOON)
    voters = []
    for number in range(3):
        now = NOON + number * PULSE
        beats(ten, now)
        voters += column(ten, "SELECT voter_id FROM touches WHERE released_at = :now", now=now)
        run(ten, "UPDATE touches SET state = 'delivered'")
        run(ten, "UPDATE targets SET voted_at = now() WHERE voter_id = ANY(:ids)", ids=voters)
    assert voters == [1, 11]


def test_two_at_once_keep_one_pulse(ten: Sessions) -> None:
    workers = [Thread(target=lambda: [pace(ten, NOON) for _ in range(5)]) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert counts(ten, TOUCHES) == {"ready": 1}


def test_a_day_without_a_plan_is_silent_for_no_longer_than_the_pulse(ten: Sessions) -> None:
    known: dict[tuple[int, str], datetime] = {}
    sent = [NOON]
    now = NOON
    while now < NOON + timedelta(minutes=20):
        now += timedelta(seconds=5)
        if pace(ten, now, known).total():
            sent.append(now)
            run(ten, "UPDATE touches SET state = 'accepted' WHERE state = 'ready'")
            run(
                ten,
                "INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, "
                "state, attempted_at, handed_at) SELECT gen_random_uuid(), id, 1, voter_id, "
                "channel, '', 'accepted', :now, :now FROM touches WHERE released_at = :now",
                now=now,
            )
            run(
                ten,
                "UPDATE targets SET texts = texts + 1, last_attempt_at = :now, "
                "next_text_at = :now + interval '1 day' FROM touches q "
                "WHERE q.voter_id = targets.voter_id AND q.released_at = :now",
                now=now,
            )
    gaps = [later - before for before, later in pairwise(sent)]
    assert max(gaps) <= PULSE + timedelta(seconds=5)
    assert len(sent) == 8  # the first at once
