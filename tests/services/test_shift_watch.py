"""The shift watch: who did not come is seen in minutes, and whoever is first takes the gap."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.domain.channel import Channel
from app.domain.ramp_rule import RampRule, Shape
from app.services.claim import next_call
from app.services.gaps import take_gap
from app.services.own_shifts import OFFERED_BEFORE, cancel, upcoming
from app.services.plans import make_plan
from app.services.shift_watch import (
    BETWEEN_WAVES,
    GRACE,
    LEAST_LEFT,
    MOST_OFFERS,
    WAVE,
    came_to_work,
    watch_shifts,
)
from app.services.shifts import NewShift, ShiftRefused, add_shift, remove_shift
from app.store import shift_watch
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.notices import Notice, unwanted
from app.store.people import User
from app.store.ramps import write_ramps
from app.store.shifts import Shift
from app.store.touches import Touch
from tests import factories
from tests.factories import NOON
from tests.scene import texting

URL = "https://vote.example.org"
ENDS = NOON + timedelta(hours=3)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def missing(sessions: Sessions) -> User:
    """Somebody booked from noon to 3 pm, in a campaign that can text and has calls to make."""
    with sessions.begin() as session:
        made, whom = texting(session, 3)
        factories.calls(session, made, whom)
    who = volunteer(sessions, "Ana", 1)
    book(sessions, who)
    return who


def volunteer(sessions: Sessions, name: str, number: int, **facts: Any) -> User:
    phone = f"+191955502{number:02}"
    return factories.person(sessions, "volunteer", 1, name, **{"phone": phone, **facts})


def caller(sessions: Sessions, number: int, **facts: Any) -> User:
    """Somebody who called yesterday."""
    who = volunteer(sessions, f"Caller{number}", number, **facts)
    with sessions.begin() as session:
        touch = session.scalars(select(Touch).order_by(Touch.id).limit(1)).one()
        at = NOON - timedelta(days=1, minutes=number)
        factories.attempt(session, touch, user_id=who.id, attempted_at=at)
    return who


def book(sessions: Sessions, who: User, starts: datetime = NOON, **facts: Any) -> int:
    with sessions.begin() as session:
        shift = Shift(
            **{
                "campaign_id": 1,
                "user_id": who.id,
                "channel": Channel.CALL,
                "starts_at": starts,
                "ends_at": ENDS,
                "created_at": NOON - timedelta(days=2),
                **facts,
            }
        )
        session.add(shift)
        session.flush()
        return shift.id


def watch(sessions: Sessions, after: timedelta) -> int:
    now = NOON + after
    return watch_shifts(sessions, URL, now=now, wall=now)


def shift_of(sessions: Sessions, number: int = 1) -> Shift:
    with sessions() as session:
        return session.get_one(Shift, number)


def told(sessions: Sessions, kind: str) -> list[Notice]:
    with sessions() as session:
        wanted = select(Notice).where(Notice.kind == kind, Notice.state == "ready")
        return list(session.scalars(wanted.order_by(Notice.id)))


def gaps(sessions: Sessions, after: timedelta) -> list[shift_watch.Gap]:
    with sessions() as session:
        return shift_watch.gaps(session, 1, NOON + after)


def take(sessions: Sessions, who: User, after: timedelta = 6 * MINUTE) -> Any:
    now = NOON + after
    return take_gap(sessions, 1, who.id, by=who.id, now=now, wall=now)


def test_who_gives_no_sign_is_missed_within_five_minutes_and_gets_one_text(
    sessions: Sessions, missing: User
) -> None:
    assert watch(sessions, timedelta(minutes=1)) == 0
    assert timedelta(minutes=5) >= GRACE
    assert watch(sessions, GRACE) == 1
    assert watch(sessions, GRACE + MINUTE) == 0
    assert shift_of(sessions).missed_at == NOON + GRACE
    (notice,) = told(sessions, "missed")
    assert (notice.user_id, notice.address) == (missing.id, missing.phone)
    assert "We miss you" in notice.body
    (gap,) = gaps(sessions, GRACE)
    assert (gap.name, gap.open, gap.offered) == ("Ana", True, 0)


def test_many_workers_at_once_note_it_once(sessions: Sessions, missing: User) -> None:
    for number in range(2, 10):
        caller(sessions, number)
    with ThreadPoolExecutor(4) as pool:
        noted = list(pool.map(lambda _: watch(sessions, GRACE), range(4)))
    assert sum(noted) == 1
    assert len(told(sessions, "missed")) == 1
    assert len(told(sessions, "offer")) == WAVE


@pytest.mark.parametrize("sign", ["call", "claim", "page", "a call held from before"])
def test_a_sign_of_them_is_enough(sessions: Sessions, missing: User, sign: str) -> None:
    at = NOON + timedelta(minutes=2)
    with sessions.begin() as session:
        touch = session.scalars(select(Touch).order_by(Touch.id).limit(1)).one()
        if sign == "call":
            factories.attempt(session, touch, user_id=missing.id, attempted_at=at)
        if sign == "a call held from before":
            touch.claimed_by, touch.lease_until = f"user:{missing.id}", NOON + timedelta(hours=1)
            touch.state = touch.state.__class__("claimed")
    if sign == "claim":
        next_call(sessions, 1, missing.id, now=at, wall=at)
    if sign == "page":
        assert came_to_work(sessions, missing.id, now=at)
        assert not came_to_work(sessions, missing.id, now=at)
    assert watch(sessions, GRACE) == 0
    assert shift_of(sessions).came_at is not None
    assert gaps(sessions, GRACE) == []


def test_coming_late_ends_the_search(sessions: Sessions, missing: User) -> None:
    for number in range(2, 12):
        caller(sessions, number)
    watch(sessions, GRACE)
    assert len(told(sessions, "offer")) == WAVE
    came_to_work(sessions, missing.id, now=NOON + 10 * MINUTE)
    watch(sessions, GRACE + 2 * BETWEEN_WAVES)
    assert len(told(sessions, "offer")) == WAVE
    (gap,) = gaps(sessions, timedelta(hours=1))
    assert not gap.open
    with pytest.raises(ShiftRefused) as refused:
        take(sessions, caller(sessions, 12), timedelta(hours=1))
    assert refused.value.code == "came"


def test_the_gap_is_offered_to_a_few_at_a_time_with_quiet_between_and_an_end(
    sessions: Sessions, missing: User
) -> None:
    for number in range(2, 30):
        caller(sessions, number)
    counted = []
    for wave in range(6):
        at = GRACE + wave * BETWEEN_WAVES
        watch(sessions, at)
        watch(sessions, at + MINUTE)
        counted.append(len(told(sessions, "offer")))
    assert counted == [5, 10, 15, 20, 20, 20]
    assert counted[-1] == MOST_OFFERS
    assert len({one.user_id for one in told(sessions, "offer")}) == MOST_OFFERS
    assert f"{URL}/gaps/1" in told(sessions, "offer")[0].body


def test_only_those_are_asked_who_could_come(sessions: Sessions, missing: User) -> None:
    fit = caller(sessions, 2)
    book(sessions, caller(sessions, 3), NOON + timedelta(hours=2))
    caller(sessions, 4, languages=("es",))
    volunteer(sessions, "New", 5)
    with sessions.begin() as session:
        other = factories.campaign(session, name="Westside")
        session.get_one(User, caller(sessions, 6).id).campaign_id = other.id
    with sessions.begin() as session:
        session.get_one(User, caller(sessions, 7).id).active = False
    watch(sessions, GRACE)
    assert [one.user_id for one in told(sessions, "offer")] == [fit.id]


def test_whoever_is_first_has_it_and_the_others_are_told(sessions: Sessions, missing: User) -> None:
    people = [caller(sessions, number) for number in range(2, 6)]
    watch(sessions, GRACE)

    def attempt(who: User) -> str:
        try:
            return "has it" if take(sessions, who).new else "had it"
        except ShiftRefused as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        said = sorted(pool.map(attempt, people))
    assert said == ["filled", "filled", "filled", "has it"]
    (gap,) = gaps(sessions, 7 * MINUTE)
    assert not gap.open
    (taker,) = (one for one in people if one.name == gap.filled_by)
    assert take(sessions, taker).new is False
    with sessions() as session:
        taken = session.scalars(select(Shift).where(Shift.user_id == taker.id)).one()
    assert (taken.starts_at, taken.ends_at) == (NOON + 11 * MINUTE, ENDS)


def test_a_place_that_was_taken_and_given_up_is_free_again(
    sessions: Sessions, missing: User
) -> None:
    first, second = caller(sessions, 2), caller(sessions, 3)
    watch(sessions, GRACE)
    held = take(sessions, first)
    remove_shift(sessions, 1, held.id, by=first.id, now=NOON + 8 * MINUTE, wall=NOON)
    assert gaps(sessions, 8 * MINUTE)[0].open
    assert take(sessions, second, 9 * MINUTE).new


def test_a_shift_that_ended_unseen_is_noted_and_nobody_is_bothered(
    sessions: Sessions, missing: User
) -> None:
    caller(sessions, 2)
    assert watch(sessions, timedelta(hours=4)) == 1
    assert told(sessions, "missed") == told(sessions, "offer") == []
    assert watch(sessions, timedelta(hours=5)) == 0


def test_nobody_is_missed_while_the_campaign_is_paused(sessions: Sessions, missing: User) -> None:
    with sessions.begin() as session:
        campaign = session.get_one(Campaign, 1)
        campaign.state, campaign.paused_until = "paused", NOON + timedelta(hours=1)
    assert watch(sessions, GRACE) == 0
    assert watch(sessions, timedelta(hours=1)) == 1


def test_whoever_says_that_they_cannot_come_leaves_a_gap_and_is_not_missed_again(
    sessions: Sessions, missing: User
) -> None:
    caller(sessions, 2)
    now = NOON + MINUTE
    for _ in range(2):
        gone = cancel(sessions, missing.id, 1, now=now, wall=now)
        assert gone is not None
        assert gone.booked_at is None
    with sessions() as session:
        assert upcoming(session, missing.id, now) == []
    watch(sessions, GRACE)
    assert told(sessions, "missed") == []
    assert len(told(sessions, "offer")) == 1
    assert gaps(sessions, GRACE)[0].open


def cancels(sessions: Sessions, who: User, before: timedelta) -> None:
    """They cancel their shift so long before it begins."""
    now = NOON - before
    assert cancel(sessions, who.id, 1, now=now, wall=now) is not None


def test_a_shift_canceled_the_day_before_is_offered_a_few_at_a_time(
    sessions: Sessions, missing: User
) -> None:
    for number in range(2, 30):
        caller(sessions, number)
    volunteer(sessions, "New", 40)  # may begin with a shift to come, unlike with one that is on
    before = timedelta(hours=3)
    cancels(sessions, missing, before)
    counted = []
    for wave in range(6):
        at = wave * BETWEEN_WAVES - before
        watch(sessions, at)
        watch(sessions, at + MINUTE)
        counted.append(len(told(sessions, "offer")))
    assert counted == [5, 10, 15, 20, 20, 20]
    offers = told(sessions, "offer")
    assert missing.id not in {one.user_id for one in offers}
    assert "on Thu, Oct 29, noon-3 pm" in offers[0].body
    (gap,) = gaps(sessions, -timedelta(hours=1))
    assert (gap.name, gap.freed, gap.open, gap.offered) == ("Ana", True, True, MOST_OFFERS)


def test_whoever_never_called_may_take_a_shift_to_come(sessions: Sessions, missing: User) -> None:
    new = volunteer(sessions, "New", 40)
    book(sessions, caller(sessions, 3), NOON + timedelta(hours=2))
    cancels(sessions, missing, timedelta(hours=3))
    watch(sessions, -timedelta(hours=3))
    assert [one.user_id for one in told(sessions, "offer")] == [new.id]
    for is_new in (True, False):
        assert take(sessions, new, -timedelta(hours=1)).new is is_new
    with sessions() as session:
        taken = session.scalars(select(Shift).where(Shift.user_id == new.id)).one()
    assert (taken.starts_at, taken.ends_at) == (NOON, ENDS)
    assert gaps(sessions, timedelta())[0].filled_by == "New"


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        (OFFERED_BEFORE + MINUTE, 0),  # stands with the hours that need people
        (OFFERED_BEFORE, 1),
    ],
)
def test_only_a_shift_that_is_near_is_offered(
    sessions: Sessions, missing: User, before: timedelta, asked: int
) -> None:
    caller(sessions, 2)
    cancels(sessions, missing, before)
    watch(sessions, -before)
    assert len(told(sessions, "offer")) == asked


def test_what_an_organizer_takes_off_is_offered_to_nobody(
    sessions: Sessions, missing: User
) -> None:
    caller(sessions, 2)
    remove_shift(sessions, 1, 1, by=None, now=NOON - 9 * MINUTE, wall=NOON)
    watch(sessions, -8 * MINUTE)
    assert told(sessions, "offer") == gaps(sessions, timedelta()) == []


def test_whoever_books_again_what_they_canceled_ends_the_search(
    sessions: Sessions, missing: User
) -> None:
    caller(sessions, 2)
    cancels(sessions, missing, timedelta(hours=1))
    watch(sessions, -timedelta(hours=1))
    (offered,) = told(sessions, "offer")
    day = NOON.astimezone(ZoneInfo("America/New_York"))
    asked = NewShift(missing.id, day.date(), day.time(), time(15))
    add_shift(sessions, 1, asked, by=missing.id, now=NOON - 50 * MINUTE, wall=NOON)
    assert gaps(sessions, timedelta()) == []
    with sessions() as session:
        assert (
            unwanted(session, [offered.id], NOON - 50 * MINUTE)[offered.id] == "the gap is filled"
        )


def test_too_little_of_a_canceled_shift_is_offered_to_nobody(
    sessions: Sessions, missing: User
) -> None:
    caller(sessions, 2)
    cancels(sessions, missing, MINUTE)
    watch(sessions, ENDS - NOON - LEAST_LEFT)
    assert told(sessions, "offer") == []


def test_the_next_plan_says_that_the_canceled_hours_are_short(
    sessions: Sessions, missing: User
) -> None:
    with sessions.begin() as session:
        write_ramps(session, 1, {Channel.CALL: RampRule(Shape.LINEAR, NOON.date(), 300)})

    def need() -> tuple[int, int]:
        report = make_plan(sessions, 1, now=NOON - timedelta(hours=3), wall=NOON)
        (one,) = (one for one in report.shifts if one.begins_at <= NOON < one.ends_at)
        return one.booked, one.short

    assert need() == (1, 0)
    cancels(sessions, missing, timedelta(hours=3))
    assert need() == (0, 1)
