"""Which channel takes over when, and how long whoever was tried rests."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.pace import Step
from app.domain.pulse import NEAREST
from app.services.fallover import Moved, fall_over
from app.services.pace import expire, pace
from app.store.campaigns import Campaign
from app.store.engine import Sessions, make_sessions
from app.store.frames import load_frame
from tests import factories
from tests.conftest import empty
from tests.factories import NOON
from tests.scene import column, counts, run, texting
from tests.services.dry_pool.pool import HOUR, SHIFT, ready, taken, texts_of, tried, wanted


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
