"""When a reserve opens, and how reserves are kept."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.channel import Channel
from app.services import reserves, universes
from app.services.pace import pace
from app.services.supply import follow_plan
from app.store.engine import Sessions
from app.store.frames import load_frame
from tests import factories
from tests.factories import NOON
from tests.scene import column, consent, run, texting
from tests.services.dry_pool.pool import (
    HOUR,
    LONG_AGO,
    SHIFT,
    TODAY,
    opened,
    texts_of,
    tried,
    wanted,
)

WEEK = NOON + timedelta(days=7)
OPT_OUT = "INSERT INTO opt_outs (address, channel, source, words, opted_out_at)"
IN_QUEUE = (
    "INSERT INTO touches (campaign_id, voter_id, household_id, channel, state, address, due_at,"
    " expires_at, released_at) SELECT 1, id, id, 'text', 'attempting', phone, now(), now(), now()"
    " FROM voters WHERE id < 3"
)
RESTED = "UPDATE targets SET next_text_at = NULL"
POLLS_TOMORROW = f"UPDATE campaigns SET polling_day = '{TODAY + timedelta(days=1)}'"
LAST_TIME = "UPDATE targets SET calls = 10"
POLLING = f"UPDATE campaigns SET polling_day = '{TODAY}'"


# Reserves stay closed while somebody merely waits.


@pytest.fixture
def waiting(sessions: Sessions) -> Sessions:
    """Two voters, five days before polling day, who have had what a blast of an hour ago left them
    for today; their rest ends tomorrow. In reserve: 3."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 2, voter_daily_cap=1)
        tried(session, campaign, [1, 2], Channel.TEXT, NOON - HOUR)
        wanted(session, Channel.TEXT, 5)
        consent(session, factories.voters(session, 1, first=3, party="DEM"))
    universes.save(sessions, "Democrats", {"parties": ["DEM"]}, now=NOON)
    reserves.add(sessions, 1, "Democrats", {"name": "Democrats"}, by=None, now=LONG_AGO)
    return sessions


NEVER_AGAIN = "UPDATE targets SET {} WHERE voter_id = 1"
LEFT: list[tuple[str, str, bool]] = [
    ("both wait for tomorrow", "", False),
    ("one waits and one has voted", NEVER_AGAIN.format("voted_at = now()"), False),
    ("one waits and one has all", NEVER_AGAIN.format("calls = 11"), False),
    ("both have voted", "UPDATE targets SET voted_at = now()", True),
    ("both have had all that they may", "UPDATE campaigns SET voter_total_cap = 1", True),
    (
        "both have opted out",
        f"{OPT_OUT} SELECT phone, 'text', 'reply', '', now() FROM voters WHERE id < 3",
        True,
    ),
    ("neither may be texted any more", "DELETE FROM consents WHERE address NOT LIKE '%3'", True),
    ("both rest until after the close", f"UPDATE targets SET next_text_at = '{WEEK}'", True),
    ("it is polling day", POLLING, True),
    ("today's cap alone holds them, until tomorrow", f"{RESTED};{POLLS_TOMORROW}", False),
    ("today's cap alone holds them, until after the close", f"{RESTED};{POLLING}", True),
    ("both are in the queue", IN_QUEUE, False),
    ("both are in the queue for their last time", f"{IN_QUEUE};{LAST_TIME}", True),
    ("both are in the queue on polling day", f"{IN_QUEUE};{POLLING}", True),
]


@pytest.mark.parametrize(("what", "fact", "opens"), LEFT, ids=[what for what, _, _ in LEFT])
def test_for_the_plan_a_reserve_opens_only_when_nobody_is_left_before_the_polls_close(
    waiting: Sessions, what: str, fact: str, opens: bool
) -> None:
    for statement in filter(None, fact.split(";")):
        run(waiting, statement)
    with waiting() as session:
        frame = load_frame(session, 1)
    follow_plan(waiting, frame, Channel.TEXT, NOON)
    assert opened(waiting) == opens
    assert texts_of(waiting) == ([3] if opens else [])


def test_once_it_is_silent_a_reserve_opens_though_all_only_wait(waiting: Sessions) -> None:
    run(waiting, "UPDATE attempts SET attempted_at = :at", at=NOON - timedelta(minutes=2))
    pace(waiting, NOON)
    assert not opened(waiting)
    pace(waiting, NOON + timedelta(minutes=2))
    assert opened(waiting)
    assert texts_of(waiting) == [3]


def test_for_callers_who_are_there_a_reserve_opens_at_once(waiting: Sessions) -> None:
    run(waiting, "UPDATE attempts SET attempted_at = :at", at=NOON - timedelta(minutes=1))
    run(waiting, "DELETE FROM plan_hours")
    ana = factories.person(waiting, "volunteer", 1, "Ana")
    run(waiting, SHIFT, user=ana.id, now=NOON)
    assert pace(waiting, NOON)[Channel.CALL] == 1
    assert opened(waiting)


# The list of reserve universes.


def named(sessions: Sessions) -> list[str]:
    return column(sessions, "SELECT name FROM reserves ORDER BY rank")


def test_reserves_change_places_and_go(six: Sessions) -> None:
    reserves.move_up(six, 1, 2, by=None, now=NOON)
    assert named(six) == ["Greens", "Democrats"]
    reserves.move_up(six, 1, 2, by=None, now=NOON)
    assert named(six) == ["Greens", "Democrats"]
    assert reserves.remove(six, 1, 1, by=None, now=NOON) == "Democrats"
    assert named(six) == ["Greens"]


REFUSED: list[tuple[str, Callable[[Sessions], object], str]] = [
    (
        "twice",
        lambda s: reserves.add(s, 1, "Greens", {"name": "Greens"}, by=None, now=NOON),
        "in the list already",
    ),
    ("nameless", lambda s: reserves.add(s, 1, " ", {}, by=None, now=NOON), "Give it a name"),
    ("unknown", lambda s: reserves.add(s, 1, "X", {"name": "X"}, by=None, now=NOON), "no universe"),
    ("open", lambda s: reserves.remove(s, 1, 1, by=None, now=NOON), "is open"),
    ("another campaign's", lambda s: reserves.move_up(s, 9, 2, by=None, now=NOON), "is gone"),
]


@pytest.mark.parametrize(
    ("work", "why"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_reserve_is_refused_that_is(
    six: Sessions, work: Callable[[Sessions], object], why: str
) -> None:
    run(six, "UPDATE reserves SET opened_at = now() WHERE id = 1")
    with pytest.raises(reserves.ReserveRefused, match=why):
        work(six)


def test_a_reserve_keeps_its_universe_as_it_was(six: Sessions) -> None:
    universes.save(six, "Democrats", {"parties": ["GRE"]}, now=NOON, universe_id=1)
    with six.begin() as session:
        wanted(session, Channel.TEXT, 7)
    pace(six, NOON)
    assert texts_of(six) == [1, 2, 3, 4, 5, 7, 8]
    assert Decimal(column(six, "SELECT people FROM reserves WHERE rank = 1")[0]) == 2
