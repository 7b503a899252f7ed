"""Pace releases what the plan wanted by now, to those who may be reached, and no more."""

from datetime import timedelta
from decimal import Decimal
from threading import Thread
from zoneinfo import ZoneInfoNotFoundError

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.services.pace import expire, pace
from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.scene import TOUCHES, column, counts, planned, texting


def test_a_tick_releases_what_the_plan_wanted_by_now_and_the_next_tick_nothing(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 10)
        planned(session, campaign, Channel.TEXT, NOON, 6)
    assert pace(sessions, NOON)[Channel.TEXT] == 6
    assert pace(sessions, NOON)[Channel.TEXT] == 0
    assert counts(sessions, TOUCHES) == {"ready": 6}


def test_within_an_hour_the_release_rises_in_even_steps(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 60)
        planned(session, campaign, Channel.TEXT, NOON + timedelta(hours=1), 60)
    released = [
        pace(sessions, NOON + timedelta(minutes=minute))[Channel.TEXT] for minute in (10, 20, 60)
    ]
    assert released == [10, 10, 40]


def test_after_an_outage_the_missed_hours_are_made_up(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 30)
        for hours in (3, 2, 1):
            planned(session, campaign, Channel.TEXT, NOON - timedelta(hours=hours - 1), 5)
    assert pace(sessions, NOON)[Channel.TEXT] == 15


BARRED = [
    ("has voted", "UPDATE targets SET voted_at = now()"),
    ("is a hold-out", "UPDATE targets SET arm = 'holdout'"),
    ("refused", "UPDATE targets SET out = 'refused'"),
    ("opted out", "INSERT INTO opt_outs SELECT phone, 'text', 'reply', '', now() FROM voters"),
    ("has a dead number", "INSERT INTO dead_addresses SELECT phone, 'text', '', now() FROM voters"),
    ("never consented", "DELETE FROM consents"),
    ("has no phone", "UPDATE voters SET phone = NULL"),
    ("was texted yesterday", "UPDATE targets SET next_text_at = '2026-10-30'"),
    ("has had enough", "UPDATE targets SET calls = 12"),
    ("is in another zone where it is early", "UPDATE targets SET place = 'HI:Pacific/Honolulu'"),
]


@pytest.mark.parametrize(("who", "fact"), BARRED, ids=[who for who, _ in BARRED])
def test_nothing_is_released_to_a_voter_who(sessions: Sessions, who: str, fact: str) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 3)
        planned(session, campaign, Channel.TEXT, NOON, 3)
        session.flush()
        session.execute(text(fact))
    # Noon in North Carolina is six in the morning in Hawaii.
    assert pace(sessions, NOON)[Channel.TEXT] == 0


def test_the_reserve_waits_for_the_final_week(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 20, budget=Decimal("0.0790"), reserve_share=Decimal("0.5"))
        campaign.polling_day = factories.POLLING_DAY + timedelta(days=7)
        planned(session, campaign, Channel.TEXT, NOON, 20)
    assert pace(sessions, NOON)[Channel.TEXT] == 5
    with sessions.begin() as session:
        session.execute(
            text("UPDATE campaigns SET polling_day = :day"), {"day": factories.POLLING_DAY}
        )
    assert pace(sessions, NOON)[Channel.TEXT] == 5
    assert pace(sessions, NOON)[Channel.TEXT] == 0
    assert column(sessions, "SELECT reserved FROM campaigns") == [Decimal("0.07900")]


def test_two_workers_at_once_release_no_more_than_the_plan(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 200)
        planned(session, campaign, Channel.TEXT, NOON, 100)
    workers = [Thread(target=lambda: [pace(sessions, NOON) for _ in range(5)]) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert counts(sessions, TOUCHES) == {"ready": 100}
    assert column(sessions, "SELECT sum(released) FROM plan_hours") == [100]


def test_one_household_has_one_call_open(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, whom = texting(session, 6)
        for voter in whom[:3]:
            voter.household_id = whom[0].id
        session.execute(
            text("UPDATE targets SET household_id = :one WHERE voter_id = ANY(:three)"),
            {"one": whom[0].id, "three": [voter.id for voter in whom[:3]]},
        )
        planned(session, campaign, Channel.CALL, NOON, 6)
    assert pace(sessions, NOON)[Channel.CALL] == 4


def test_what_expires_unsent_goes_back_to_the_plan_with_its_money(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 5)
        planned(session, campaign, Channel.TEXT, NOON, 5)
    pace(sessions, NOON)
    evening = NOON + timedelta(hours=9, minutes=1)
    assert expire(sessions, evening) == 5
    assert expire(sessions, evening) == 0
    assert column(sessions, "SELECT sum(released) FROM plan_hours") == [0]
    assert column(sessions, "SELECT reserved FROM campaigns") == [Decimal(0)]
    assert pace(sessions, NOON + timedelta(days=1))[Channel.TEXT] == 5


def test_voters_at_their_daily_cap_do_not_hide_those_who_may_be_reached(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        campaign, whom = texting(session, 40, voter_daily_cap=1)
        session.execute(
            text("UPDATE targets SET value = 9, last_attempt_at = :now WHERE voter_id <= 20"),
            {"now": NOON},
        )
        mails = factories.calls(
            session, campaign, whom[:20], channel=Channel.EMAIL, state="delivered"
        )
        for mail in mails:
            factories.attempt(session, mail)
        planned(session, campaign, Channel.TEXT, NOON, 10)
    assert pace(sessions, NOON)[Channel.TEXT] == 10
    assert min(column(sessions, "SELECT voter_id FROM touches WHERE channel = 'text'")) > 20


def test_what_is_wrong_with_one_campaign_does_not_stop_the_others(sessions: Sessions) -> None:
    with sessions.begin() as session:
        broken, whom = texting(session, 1)
        session.execute(text("UPDATE targets SET place = 'NC:America/Nowhere'"))
        planned(session, broken, Channel.TEXT, NOON, 1)
        good = factories.campaign(session, name="The other")
        factories.targets(session, good, whom)
        planned(session, good, Channel.CALL, NOON, 1)
    with pytest.raises(ZoneInfoNotFoundError):
        pace(sessions, NOON)
    assert column(sessions, "SELECT campaign_id FROM touches") == [2]
