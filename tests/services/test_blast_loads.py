"""A plan knows the blasts that are booked: their hours, their money, and it is made anew."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.domain.blast import BlastDraft, Timing
from app.domain.blast_load import HourLoad
from app.domain.channel import Channel
from app.domain.report import Cause, Report
from app.services import blasts, plans
from app.services.blast_loads import BlastLoads, blast_loads, loads_of
from app.services.blast_release import release_blasts
from app.store.engine import Sessions
from app.store.frames import load_frame
from tests.factories import NOON
from tests.scene import column
from tests.services.plans.planning import RAMP, again, make, planning

HOUR = timedelta(hours=1)
TWO = NOON.replace(tzinfo=None, hour=14)
"""On the voters' clocks, two hours after NOON."""
WORDS = {"en": {"body": "Hi {first_name}, vote! Paid for by Friends of Rivera. STOP to opt out"}}
DRAFT = BlastDraft(Channel.TEXT, "Today", WORDS, Timing(TWO, 4 * HOUR, TWO + 5 * HOUR))
PRICE = Decimal("0.01")


@pytest.fixture
def campaign(sessions: Sessions) -> int:
    """400 voters, a sender of 180 texts an hour, and money."""
    with sessions.begin() as session:
        made = planning(session, budget=Decimal(100), reserve_share=Decimal(0))
        rate = "UPDATE senders SET per_second = 0.05, price = :price WHERE channel = 'text'"
        session.execute(text(rate), {"price": PRICE})
    return made


def book(sessions: Sessions) -> int:
    blast = blasts.add(sessions, 1, DRAFT, by=None, now=NOON)
    blasts.schedule(sessions, 1, blast, by=None, now=NOON)
    return blast


def loads(sessions: Sessions, now: datetime = NOON) -> BlastLoads:
    with sessions() as session:
        return blast_loads(session, load_frame(session, 1), now)


def report(sessions: Sessions) -> Report:
    with sessions() as session:
        made = plans.latest(session, 1)
    assert made is not None
    return made.report


def test_what_is_booked_is_spread_over_its_hours_with_its_price(
    sessions: Sessions, campaign: int
) -> None:
    assert loads(sessions) == BlastLoads()
    book(sessions)
    found = loads(sessions)
    by_hour = {at - NOON: load.messages for at, load in found.hours[Channel.TEXT].items()}
    assert by_hour == {n * HOUR: pytest.approx(100) for n in (2, 3, 4, 5)}
    assert float(found.money) == pytest.approx(4.0)
    assert found.money_before == 0, "the final week has begun"


def test_who_has_it_is_not_reckoned_with_again(sessions: Sessions, campaign: int) -> None:
    book(sessions)
    release_blasts(sessions, NOON + 3 * HOUR, {})
    [given] = column(sessions, "SELECT count(*) FROM touches WHERE purpose LIKE 'blast:%'")
    assert given
    left = loads(sessions, NOON + 3 * HOUR).hours[Channel.TEXT]
    assert sum(load.messages for load in left.values()) == pytest.approx(400 - given)


def test_what_has_gone_out_today_is_off_todays_limit_of_the_senders(
    sessions: Sessions, campaign: int
) -> None:
    book(sessions)
    with sessions.begin() as session:
        session.execute(text("UPDATE senders SET per_day = 150 WHERE channel = 'text'"))
    later = NOON + 4 * HOUR
    release_blasts(sessions, later, {})
    [given] = column(sessions, "SELECT count(*) FROM touches WHERE purpose LIKE 'blast:%'")
    blasts.cancel(sessions, 1, 1, by=None, now=later)  # what has gone out stays out
    with sessions.begin() as session:
        session.execute(text("UPDATE touches SET state = 'delivered' WHERE id % 2 = 0"))
        [gone] = session.scalars(text("SELECT count(*) FROM touches WHERE state = 'delivered'"))
    assert 0 < gone < given
    assert loads(sessions, later).today == {Channel.TEXT: HourLoad(gone, gone)}
    assert loads(sessions, NOON + 24 * HOUR).today == {}, "tomorrow is another day"
    plans.make_plan(sessions, campaign, now=later, wall=later)
    today, *others = report(sessions).days
    assert today.planned <= 150 - gone < max(line.planned for line in others)
    assert loads_of(report(sessions)).today == loads(sessions, later).today


@pytest.mark.parametrize("how", ["pause", "cancel", "take_back"])
def test_one_that_does_not_go_out_takes_nothing(
    sessions: Sessions, campaign: int, how: str
) -> None:
    blast = book(sessions)
    getattr(blasts, how)(sessions, 1, blast, by=None, now=NOON)
    assert loads(sessions) == BlastLoads()


def test_the_plan_leaves_the_blast_its_room_and_its_money_and_says_so(
    sessions: Sessions, campaign: int
) -> None:
    make(sessions, campaign)
    before = {at.at: at.planned for at in report(sessions).coverage}
    book(sessions)
    assert again(sessions, 20) == [campaign]
    held = {one.at: one for one in report(sessions).coverage}
    for n in (2, 3, 4, 5):
        assert held[NOON + n * HOUR].blasts == 100
        assert held[NOON + n * HOUR].planned <= 80
    assert sum(before[NOON + n * HOUR] for n in (2, 3, 4, 5)) > 0
    assert any("400 texts" in note for note in report(sessions).notes)


def test_a_sketch_of_a_ramp_knows_the_blasts_of_the_plan_in_force(
    sessions: Sessions, campaign: int
) -> None:
    book(sessions)
    make(sessions, campaign)
    drawn = plans.sketch(sessions, campaign, {Channel.TEXT: RAMP}, now=NOON)
    assert (drawn.blasts, drawn.blast_money) == (report(sessions).blasts, 4.0)
    assert loads_of(drawn) == loads(sessions)


def test_a_blast_that_is_changed_or_ends_brings_a_new_plan(
    sessions: Sessions, campaign: int
) -> None:
    make(sessions, campaign)
    assert again(sessions, 20) == []
    blast = book(sessions)
    assert again(sessions, 40) == [campaign]
    assert again(sessions, 60) == []
    blasts.cancel(sessions, 1, blast, by=None, now=NOON)
    assert again(sessions, 80) == [campaign]
    why = column(sessions, "SELECT why FROM plans ORDER BY id DESC LIMIT 1")
    assert why == [["a blast was booked, changed or ended"]]


def test_what_a_blast_was_to_send_in_hours_that_are_gone_stays_on_the_strip(
    sessions: Sessions, campaign: int
) -> None:
    book(sessions)
    make(sessions, campaign)
    later = NOON + 4 * HOUR
    plans.make_plan(sessions, campaign, now=later, wall=later)
    held = {one.at: one.blasts for one in report(sessions).coverage}
    assert held[NOON + 2 * HOUR] == held[NOON + 3 * HOUR] == 100


def test_money_for_the_blast_alone_leaves_the_plan_none_and_says_why(
    sessions: Sessions, campaign: int
) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE campaigns SET budget = 4"))
    book(sessions)
    make(sessions, campaign)
    assert Cause.BLAST_MONEY in {short.cause for short in report(sessions).shortfalls}
    assert sum(one.planned for one in report(sessions).coverage) == 0


def test_a_channel_without_words_is_a_shortfall(sessions: Sessions, campaign: int) -> None:
    with sessions.begin() as session:
        session.execute(text("DELETE FROM scripts"))
    make(sessions, campaign)
    assert {short.cause for short in report(sessions).shortfalls} == {Cause.NO_WORDS}
    assert column(sessions, "SELECT coalesce(sum(planned), 0) FROM plan_hours") == [0]
