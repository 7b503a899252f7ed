"""When a pool runs dry: next pass, shorter spacing, reserve universes, other channels, in order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.pace import Step
from app.domain.pulse import NEAREST
from app.services import reserves, universes
from app.services.dispatch import claim_batch
from app.services.fallover import Moved, fall_over
from app.services.pace import expire, pace
from app.services.supply import follow_plan
from app.store.campaigns import Campaign, PlanHour
from app.store.engine import Sessions, make_sessions
from app.store.frames import load_frame
from app.store.pacing import steps
from tests import factories
from tests.conftest import empty
from tests.factories import NOON, POLLING_DAY
from tests.scene import CLAIMER, column, consent, counts, texting

HOUR = timedelta(hours=1)
TODAY = NOON.date()
LONG_AGO = NOON - timedelta(days=3)
LATER = NOON + timedelta(days=2)
WEEK = NOON + timedelta(days=7)
SHIFT = (
    "INSERT INTO shifts (campaign_id, user_id, channel, starts_at, ends_at, created_at) "
    "VALUES (1, :user, 'call', :now - interval '1 hour', :now + interval '2 hours', :now)"
)
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


def run(sessions: Sessions, statement: str, **binds: Any) -> None:
    with sessions.begin() as session:
        session.execute(text(statement), binds)


def wanted(session: Session, channel: Channel, number: int, hour: datetime = NOON - HOUR) -> None:
    session.add(PlanHour(campaign_id=1, channel=channel, hour_at=hour, planned=number))
    session.flush()


def tried(
    session: Session, campaign: Campaign, voters: Sequence[int], channel: Channel, at: datetime
) -> None:
    """An attempt at these voters that has been made, and the rest of two days after it."""
    name = channel.value
    touches = (
        "INSERT INTO touches (campaign_id, voter_id, household_id, channel, state, address, due_at,"
        " expires_at, released_at, tries) SELECT :campaign, v.id, v.household_id, :channel,"
        " 'delivered', v.phone, :at, :at, :at, 1 FROM voters v WHERE v.id = ANY(:voters)"
    )
    attempts = (
        "INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, state,"
        " attempted_at, handed_at, sid) SELECT gen_random_uuid(), id, campaign_id, voter_id,"
        " channel, address, 'delivered', :at, :at, 'SM' || id FROM touches"
        " WHERE channel = :channel AND released_at = :at AND voter_id = ANY(:voters)"
    )
    targets = (
        f"UPDATE targets SET {name}s = {name}s + 1, next_{name}_at = :at + interval '2 days',"
        " last_attempt_at = greatest(last_attempt_at, :at) WHERE voter_id = ANY(:voters)"
    )
    binds = {"campaign": campaign.id, "channel": name, "at": at, "voters": list(voters)}
    for statement in (touches, attempts, targets):
        session.execute(text(statement), binds)


def ready(sessions: Sessions) -> list[tuple[str, str, int]]:
    """(channel, purpose, voter) of all that was released, in its order."""
    with sessions() as session:
        rows = session.execute(
            text("SELECT channel, purpose, voter_id FROM touches WHERE state = 'ready' ORDER BY id")
        )
        return [(row[0], row[1], row[2]) for row in rows]


def texts_of(sessions: Sessions) -> list[int]:
    return [voter for channel, _, voter in ready(sessions) if channel == "text"]


def taken(sessions: Sessions, channel: Channel = Channel.TEXT) -> list[Step]:
    with sessions() as session:
        taken = steps(session, 1, NOON - HOUR)
        return [step for _, on, step in taken if on is channel]


@pytest.fixture
def six(sessions: Sessions) -> Sessions:
    """Six voters to be texted and mailed: 1 and 2 new, 3 and 4 texted three days ago, 5 five hours
    ago, 6 three hours ago. In reserve: 7 and 8, then 9. A daily cap that is no hindrance. It is
    polling day, so that nobody waits for tomorrow."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 6, polling_day=TODAY)
        tried(session, campaign, [3, 4], Channel.TEXT, LONG_AGO)
        tried(session, campaign, [5], Channel.TEXT, NOON - 5 * HOUR)
        tried(session, campaign, [6], Channel.TEXT, NOON - 3 * HOUR)
        more = factories.voters(session, 3, first=7, party="DEM")
        more[2].party = "GRE"
        consent(session, more)
    universes.save(sessions, "Democrats", {"parties": ["DEM"]}, now=NOON)
    universes.save(sessions, "Greens", {"parties": ["GRE"]}, now=NOON)
    for name in ("Democrats", "Greens"):
        reserves.add(sessions, 1, name, {"name": name}, by=None, now=LONG_AGO)
    return sessions


STEP_BY_STEP = [
    # wanted, texted in this order, mailed instead, reserves open, steps written down
    (2, [1, 2], 0, 0, []),
    (4, [1, 2, 3, 4], 0, 0, []),
    (5, [1, 2, 3, 4, 5], 0, 0, [Step.NEARER]),
    (6, [1, 2, 3, 4, 5, 7], 0, 1, [Step.NEARER, Step.RESERVE]),
    (8, [1, 2, 3, 4, 5, 7, 8, 9], 0, 2, [Step.NEARER, Step.RESERVE]),
    (9, [1, 2, 3, 4, 5, 7, 8, 9], 1, 2, [Step.NEARER, Step.RESERVE, Step.FALLOVER]),
    (17, [1, 2, 3, 4, 5, 7, 8, 9], 9, 2, [Step.NEARER, Step.RESERVE, Step.FALLOVER]),
    (18, [1, 2, 3, 4, 5, 7, 8, 9], 9, 2, [Step.NEARER, Step.RESERVE, Step.NOBODY, Step.FALLOVER]),
]


@pytest.mark.parametrize(("number", "texted", "mailed", "opened", "said"), STEP_BY_STEP)
def test_a_pool_is_used_up_step_by_step(
    six: Sessions, number: int, texted: list[int], mailed: int, opened: int, said: list[Step]
) -> None:
    with six.begin() as session:
        wanted(session, Channel.TEXT, number)
    pace(six, NOON)
    assert texts_of(six) == texted
    others = [(channel, purpose) for channel, purpose, _ in ready(six) if channel != "text"]
    assert others == [("email", "fallover")] * mailed
    assert column(six, "SELECT count(*) FROM reserves WHERE opened_at IS NOT NULL") == [opened]
    assert taken(six) == said
    plan = "SELECT released FROM plan_hours WHERE hour_at = :hour"
    assert sum(column(six, plan, hour=NOON)) == len(texted) + mailed


def test_again_and_again_it_changes_nothing_and_is_written_down_once_an_hour(
    six: Sessions,
) -> None:
    with six.begin() as session:
        wanted(session, Channel.TEXT, 19)
    for seconds in range(0, 100, 20):
        pace(six, NOON + timedelta(seconds=seconds))
    assert len(ready(six)) == 17
    assert len(taken(six)) == 4
    pace(six, NOON + HOUR)  # now voter 6 has rested for four hours
    assert len(ready(six)) == 18
    assert taken(six).count(Step.NOBODY) == 2


def test_before_the_final_week_there_is_the_next_pass_and_nothing_more(six: Sessions) -> None:
    run(six, "UPDATE campaigns SET polling_day = :day", day=POLLING_DAY + timedelta(days=7))
    with six.begin() as session:
        wanted(session, Channel.TEXT, 18)
    assert pace(six, NOON)[Channel.TEXT] == 4
    assert texts_of(six) == [1, 2, 3, 4]
    assert taken(six) == []


def test_a_text_that_comes_sooner_after_the_last_one_does_go_out(six: Sessions) -> None:
    with six.begin() as session:
        wanted(session, Channel.TEXT, 5)
    pace(six, NOON)
    batch = claim_batch(six, Channel.TEXT, CLAIMER, now=NOON, wall=NOON)
    assert batch is not None
    assert len(batch.tries) == 5


def test_a_pool_that_others_only_hold_is_not_dry(six: Sessions) -> None:
    with six.begin() as session:
        wanted(session, Channel.TEXT, 4)
    with six() as other:
        other.execute(text("SELECT FROM targets WHERE voter_id IN (1, 2) FOR UPDATE"))
        pace(six, NOON)
    assert column(six, "SELECT count(*) FROM reserves WHERE opened_at IS NOT NULL") == [0]
    assert set(texts_of(six)) == {3, 4, 5}
    pace(six, NOON)
    assert set(texts_of(six)) == {1, 3, 4, 5}


def test_a_pool_is_not_dry_because_the_money_is_gone_or_all_is_closed(six: Sessions) -> None:
    with six.begin() as session:
        wanted(session, Channel.TEXT, 18, NOON - 10 * HOUR)
    assert pace(six, NOON - 9 * HOUR).total() == 0
    run(six, "UPDATE campaigns SET budget = 0.0158")
    assert pace(six, NOON)[Channel.TEXT] == 2
    assert column(six, "SELECT count(*) FROM reserves WHERE opened_at IS NOT NULL") == [0]
    assert taken(six) == []


def test_two_at_once_open_each_reserve_once(six: Sessions) -> None:
    with six.begin() as session:
        wanted(session, Channel.TEXT, 6)
    workers = [Thread(target=lambda: [pace(six, NOON) for _ in range(4)]) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    opened = "SELECT count(*) FROM audit WHERE action = 'reserve universe opened'"
    assert column(six, opened) == [1]
    assert len(ready(six)) == 6
    assert column(six, "SELECT people FROM reserves ORDER BY rank") == [2, 0]


def test_the_voters_of_a_reserve_become_targets_as_all_others_are(six: Sessions) -> None:
    with six.begin() as session:
        session.execute(
            text(
                "INSERT INTO ballots (voter_id, polling_day, source, recorded_at) "
                "VALUES (8, :day, 'test', now())"
            ),
            {"day": TODAY},
        )
        wanted(session, Channel.TEXT, 6)
    pace(six, NOON)
    rows = "SELECT (household_id, place, arm, voted_at IS NOT NULL)::text FROM targets"
    assert column(six, f"{rows} WHERE voter_id IN (7, 8) ORDER BY voter_id") == [
        "(7,NC:America/New_York,treated,f)",
        "(8,NC:America/New_York,treated,t)",
    ]
    assert 8 not in texts_of(six)


def test_a_reserve_that_adds_nobody_gives_way_to_the_next(six: Sessions) -> None:
    run(six, "DELETE FROM voters WHERE party = 'DEM'")
    with six.begin() as session:
        wanted(session, Channel.TEXT, 6)
    pace(six, NOON)
    assert texts_of(six) == [1, 2, 3, 4, 5, 9]
    assert column(six, "SELECT people FROM reserves ORDER BY rank") == [0, 1]


def test_a_fallover_is_not_given_back_when_it_expires(six: Sessions) -> None:
    with six.begin() as session:
        wanted(session, Channel.TEXT, 10)
    pace(six, NOON)
    mails = [one for one in ready(six) if one[1] == "fallover"]
    assert len(mails) == 2
    run(six, "UPDATE touches SET expires_at = :now WHERE state = 'ready'", now=NOON)
    assert expire(six, NOON) == 10
    assert column(six, "SELECT sum(released) FROM plan_hours") == [2]


UNFIT = [
    ("its sender is stopped", "UPDATE senders SET stopped = 'blocked' WHERE channel = 'email'"),
    ("it has no sender", "DELETE FROM senders WHERE channel = 'email'"),
    ("it has no words", "DELETE FROM scripts WHERE channel = 'email'"),
    ("its money is gone", "UPDATE senders SET price = 99999 WHERE channel = 'email'"),
    ("nobody has an address", "UPDATE voters SET email = NULL"),
]


@pytest.mark.parametrize("why", [why for _, why in UNFIT], ids=[who for who, _ in UNFIT])
def test_no_channel_takes_over_when(six: Sessions, why: str) -> None:
    run(six, why)
    with six.begin() as session:
        wanted(session, Channel.TEXT, 10)
    assert pace(six, NOON)[Channel.TEXT] == 8
    assert Step.NOBODY in taken(six)


def test_calls_take_over_only_while_somebody_calls(six: Sessions) -> None:
    run(six, "DELETE FROM senders WHERE channel = 'email'")
    with six.begin() as session:
        assert fall_over(session, load_frame(session, 1), Channel.TEXT, 9, NOON) == Moved()
    ana = factories.person(six, "volunteer", 1, "Ana")
    run(six, SHIFT, user=ana.id, now=NOON)
    with six.begin() as session:
        # Ten minutes of dials for one caller: no more is of use.
        assert (
            fall_over(session, load_frame(session, 1), Channel.TEXT, 9, NOON).released[Channel.CALL]
            == 5
        )
    assert counts(six, "SELECT channel, sum(released) FROM plan_hours GROUP BY 1") == {"text": 5}


def called(
    session: Session, campaign: Campaign, voter: int, result: Disposition, at: datetime
) -> None:
    tried(session, campaign, [voter], Channel.CALL, at)
    session.execute(
        text("UPDATE attempts SET disposition = :result WHERE voter_id = :voter"),
        {"result": result.value, "voter": voter},
    )


D = Disposition
AGAIN = [(D.NOT_HOME, True), (D.ANSWERING_MACHINE, True), (D.LEFT_MESSAGE, True)]
NEVER_SOONER = [(D.CANVASSED, False), (D.HUNG_UP, False), (D.CALL_BACK, False)]


@pytest.mark.parametrize(("result", "again"), AGAIN + NEVER_SOONER)
def test_whoever_came_to_the_phone_keeps_their_rest(
    sessions: Sessions, result: Disposition, again: bool
) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 1)
        called(session, campaign, 1, result, NOON - 5 * HOUR)
        wanted(session, Channel.CALL, 1)
    run(sessions, "DELETE FROM senders")
    assert pace(sessions, NOON)[Channel.CALL] == again


def test_a_household_is_called_as_one(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, whom = texting(session, 2)
        for voter in whom:
            voter.household_id = 1
        session.flush()
        session.execute(text("UPDATE targets SET household_id = 1"))
        called(session, campaign, 1, D.NOT_HOME, NOON - 5 * HOUR)
        called(session, campaign, 2, D.NOT_HOME, NOON - HOUR)
        wanted(session, Channel.CALL, 2)
    run(sessions, "DELETE FROM senders")
    assert pace(sessions, NOON)[Channel.CALL] == 0
    assert pace(sessions, NOON + 3 * HOUR)[Channel.CALL] == 1


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


def opened(sessions: Sessions) -> bool:
    return column(sessions, "SELECT opened_at IS NOT NULL FROM reserves") == [True]


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


@dataclass(frozen=True)
class Past:
    """One voter of a drawn pool: how long ago they were tried on which channel, how often."""

    texted: int | None  # hours ago
    mailed: int | None
    before: int  # attempts in all, long ago


pasts = st.lists(
    st.builds(
        Past,
        st.none() | st.integers(1, 30),
        st.none() | st.integers(1, 30),
        st.integers(0, 12),
    ),
    min_size=1,
    max_size=6,
)


@settings(
    derandomize=True,
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(pasts=pasts, cap=st.integers(1, 3))
def test_no_step_goes_beyond_the_caps_or_nearer_than_the_floor(
    engine: Engine, pasts: list[Past], cap: int
) -> None:
    empty(engine)
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        campaign, _ = texting(session, len(pasts), voter_daily_cap=cap)
        for voter, past in enumerate(pasts, 1):
            session.execute(
                text("UPDATE targets SET calls = :n WHERE voter_id = :v"),
                {"n": past.before, "v": voter},
            )
            for channel, hours in ((Channel.TEXT, past.texted), (Channel.EMAIL, past.mailed)):
                if hours is not None:
                    tried(session, campaign, [voter], channel, NOON - hours * HOUR)
        wanted(session, Channel.TEXT, 99)
    pace(sessions, NOON)
    floor = NEAREST // HOUR
    for channel, purpose, voter in ready(sessions):
        past = pasts[voter - 1]
        last = past.texted if channel == "text" else past.mailed
        tries = [hours for hours in (past.texted, past.mailed) if hours is not None]
        assert purpose == ("ramp" if channel == "text" else "fallover")
        assert last is None or last >= floor
        assert sum(hours < 24 for hours in tries) < cap
        assert past.before + len(tries) < 12
    may = {
        voter
        for voter, past in enumerate(pasts, 1)
        if (past.texted is None or past.texted >= floor)
        and sum(h is not None and h < 24 for h in (past.texted, past.mailed)) < cap
        and past.before + sum(h is not None for h in (past.texted, past.mailed)) < 12
    }
    assert set(texts_of(sessions)) == may


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
