"""Ballots that are out are chased, within switches, money and what senders send."""

from datetime import date, datetime, timedelta

import pytest

from app.domain.purpose import CHASE, REMIND_EVE
from app.services.strike import strike_ids
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.in_line import switch
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.scene import column, run, texting
from tests.services.follow.told import (
    EVE,
    HOUR,
    MINUTE,
    TEXT_CHASE,
    TEXT_EVE,
    VOTES,
    at,
    follow,
    out,
    plans,
    released,
    sent,
)


def delivered(sessions: Sessions) -> None:
    """All that is on its way has arrived."""
    for table in ("touches", "attempts"):
        run(sessions, f"UPDATE {table} SET state = 'delivered' WHERE state = 'attempting'")


CHASED = [
    ("requested", date(2026, 10, 20), NOON, 10),
    ("sent", date(2026, 10, 27), NOON, 10),
    ("sent", date(2026, 10, 28), NOON, 0),  # it is in the mail
    ("sent", date(2026, 10, 30), at(31, 12), 10),  # so near to the day all are chased
    ("returned", date(2026, 10, 20), NOON, 0),
    ("rejected", date(2026, 10, 20), NOON, 0),
]


@pytest.mark.parametrize(
    ("stage", "since", "now", "due"), CHASED, ids=[f"{c[0]} {c[1]} {c[3]}" for c in CHASED]
)
def test_ballots_that_are_out_are_chased(
    sessions: Sessions, ten: Campaign, stage: str, since: date, now: datetime, due: int
) -> None:
    out(sessions, stage, since)
    assert follow(sessions, now).get(TEXT_CHASE, 0) == due


def test_a_chase_comes_again_after_three_days_and_ends_with_the_ballot(
    sessions: Sessions, ten: Campaign
) -> None:
    out(sessions)
    follow(sessions, NOON)
    assert len(sent(sessions, NOON)) == 10
    delivered(sessions)
    assert follow(sessions, NOON + timedelta(days=2)) == {TEXT_CHASE: 10}
    run(sessions, "UPDATE mail_ballots SET stage = 'returned' WHERE voter_id <= 5")
    strike_ids(sessions, POLLING_DAY, ["AA000006"], by=None, source="desk", at=NOON)
    assert follow(sessions, NOON + timedelta(days=3)) == {TEXT_CHASE: 14}


def test_a_ballot_for_another_day_is_not_chased(sessions: Sessions, ten: Campaign) -> None:
    out(sessions)
    run(sessions, "UPDATE mail_ballots SET polling_day = '2026-06-02'")
    assert follow(sessions, NOON) == {}


def test_a_strike_cancels_what_waits_and_nothing_follows(sessions: Sessions, ten: Campaign) -> None:
    plans(sessions)
    out(sessions)
    follow(sessions, at(31, 12))
    sent(sessions, at(31, 12))
    delivered(sessions)
    assert follow(sessions, EVE) == {TEXT_EVE: 10, TEXT_CHASE: 10}
    ids = [f"AA{number:06}" for number in range(1, 11)]
    strike_ids(sessions, POLLING_DAY, ids, by=None, source="desk", at=EVE)
    assert column(sessions, "SELECT count(*) FROM touches WHERE state = 'ready'") == [0]
    for now in (EVE + MINUTE, VOTES - HOUR):
        assert follow(sessions, now) == {TEXT_EVE: 10, TEXT_CHASE: 10}
    assert sent(sessions, VOTES - HOUR) == []


@pytest.mark.parametrize("purpose", [REMIND_EVE, CHASE])
def test_an_organizer_can_switch_each_off(sessions: Sessions, ten: Campaign, purpose: str) -> None:
    plans(sessions)
    out(sessions)
    with sessions.begin() as session:
        switch(session, 1, on=False, purpose=purpose)
    # One open touch a voter and channel: where both are on, the reminder comes first.
    kept = TEXT_CHASE if purpose == REMIND_EVE else TEXT_EVE
    assert follow(sessions, EVE) == {kept: 10}


def test_no_more_wait_than_the_senders_send_in_a_minute(sessions: Sessions, ten: Campaign) -> None:
    run(sessions, "UPDATE senders SET per_second = 0.1 WHERE channel = 'text'")
    plans(sessions)
    assert follow(sessions, EVE) == {TEXT_EVE: 6}
    run(sessions, "UPDATE touches SET state = 'delivered'")
    assert follow(sessions, EVE) == {TEXT_EVE: 10}


def test_money_is_held_for_each(sessions: Sessions, ten: Campaign) -> None:
    plans(sessions)
    run(sessions, "UPDATE campaigns SET budget = 0.0079 * 4")
    follow(sessions, EVE)
    assert released(sessions)[TEXT_EVE] == 4
    assert column(sessions, "SELECT reserved = budget FROM campaigns") == [True]


def test_what_is_wrong_in_one_campaign_stops_no_other(sessions: Sessions) -> None:
    with sessions.begin() as session:
        broken = factories.campaign(session, name="Broken", zone="No/VotesAt")
        factories.targets(session, broken, factories.voters(session, 1, 50, zones=""))
        texting(session, 10)
    plans(sessions, campaign=2)
    plans(sessions, voters="id = 1")
    with pytest.raises(Exception, match="No/VotesAt"):
        follow(sessions, EVE)
    assert (
        released(sessions) == {TEXT_EVE: 10, TEXT_CHASE: 10} or released(sessions)[TEXT_EVE] == 10
    )
