"""Pace releases what the plan wanted by now, to those who may be reached, and no more."""

from datetime import datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest
from sqlalchemy import event, text

from app.domain.channel import Channel
from app.services.pace import Dry, expire, pace
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


def idle_statements(sessions: Sessions, now: datetime, dry: Dry | None = None) -> int:
    """How many statements a tick sends."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    engine = sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", note)
    try:
        pace(sessions, now, dry)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_a_tick_with_nothing_due_is_one_query_for_all_campaigns(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for number in range(3):
            made = factories.campaign(session, name=f"Campaign {number}")
            made.polling_day += timedelta(days=30)
            planned(session, made, Channel.TEXT, NOON, 0)
    assert idle_statements(sessions, NOON) == 1


def test_what_could_not_be_had_is_looked_for_again_in_a_minute(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 3)
        planned(session, campaign, Channel.TEXT, NOON, 3)
        session.execute(text("UPDATE targets SET voted_at = now()"))
    dry: Dry = {}
    assert idle_statements(sessions, NOON, dry) > 1
    assert idle_statements(sessions, NOON + timedelta(seconds=59), dry) == 1
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET voted_at = NULL"))
    assert pace(sessions, NOON + timedelta(seconds=59), dry)[Channel.TEXT] == 0
    assert pace(sessions, NOON + timedelta(seconds=60), dry)[Channel.TEXT] == 3


def test_a_clock_that_was_set_back_does_not_make_it_wait(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 3)
        planned(session, campaign, Channel.TEXT, NOON, 3)
    assert pace(sessions, NOON, {(1, "text"): NOON + timedelta(hours=1)})[Channel.TEXT] == 3


AHEAD_OF = [
    # segments a second and an hour, health, stopped, what waits already → texts released of 1,000
    ("one a second", 1, None, 1.0, "", 0, 900),
    ("one a second, half of which waits", 1, None, 1.0, "", 450, 450),
    ("one a second and a full queue", 1, None, 1.0, "", 900, 0),
    ("a hundred a second", 100, None, 1.0, "", 0, 1_000),
    ("3,601 an hour", 100, 3_601, 1.0, "", 0, 900),
    ("one a second, sick", 1, None, 0.5, "", 0, 450),
    ("stopped", 1, None, 1.0, "blocked", 0, 0),
]


@pytest.mark.parametrize(
    ("a_second", "an_hour", "health", "stopped", "waits", "released"),
    [case[1:] for case in AHEAD_OF],
    ids=[case[0] for case in AHEAD_OF],
)
def test_after_an_outage_no_more_is_released_than_goes_out_in_a_quarter_of_an_hour(
    sessions: Sessions,
    a_second: float,
    an_hour: int | None,
    health: float,
    stopped: str,
    waits: int,
    released: int,
) -> None:
    with sessions.begin() as session:
        campaign, whom = texting(session, 1_000)
        session.execute(
            text(
                "UPDATE senders SET per_second = :second, per_hour = :hour, health = :health, "
                "stopped = :stopped WHERE channel = 'text'"
            ),
            {"second": a_second, "hour": an_hour, "health": health, "stopped": stopped},
        )
        factories.calls(session, campaign, whom[:waits], channel=Channel.TEXT)
        planned(session, campaign, Channel.TEXT, NOON, 1_000)
        session.execute(text("UPDATE senders SET stopped = 'off' WHERE channel = 'email'"))
    dry: Dry = {}
    assert sum(pace(sessions, NOON, dry)[Channel.TEXT] for _ in range(3)) == released


def test_nobody_is_texted_in_vain_where_the_hours_end_first(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, whom = texting(session, 400)
        session.execute(text("UPDATE senders SET per_second = 1 WHERE channel = 'text'"))
        session.execute(text("DELETE FROM senders WHERE channel = 'email'"))
        session.execute(
            text("UPDATE targets SET place = 'TX:America/Chicago', value = 0 WHERE voter_id > 200")
        )
        factories.calls(session, campaign, whom[:100], channel=Channel.TEXT)
        planned(session, campaign, Channel.TEXT, NOON, 1_000)
    # Two minutes before nine in the East; a hundred texts wait, which take a hundred seconds.
    now = NOON + timedelta(hours=8, minutes=58)
    for _ in range(3):
        pace(sessions, now)
    east = "SELECT count(*) FROM touches t JOIN targets USING (voter_id) WHERE t.released_at = :now"
    assert column(sessions, f"{east} AND place LIKE 'NC%'", now=now) == [20]
    assert column(sessions, f"{east} AND place LIKE 'TX%'", now=now) == [200]


def on_shift(sessions: Sessions, callers: int) -> None:
    for number in range(callers):
        ana = factories.person(sessions, "volunteer", 1, f"Ana{number}")
        with sessions.begin() as session:
            session.execute(
                text(
                    "INSERT INTO shifts (campaign_id, user_id, channel, starts_at, ends_at, "
                    "created_at) VALUES (1, :user, 'call', :now - interval '1 hour', "
                    ":now + interval '2 hours', :now)"
                ),
                {"user": ana.id, "now": NOON},
            )


def test_for_every_caller_there_are_ten_minutes_of_calls_ready(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, whom = texting(session, 40)
        session.execute(text("DELETE FROM senders"))
        whom[1].household_id = 1
        session.execute(text("UPDATE targets SET household_id = 1 WHERE voter_id = 2"))
        planned(session, campaign, Channel.CALL, NOON, 2)
    assert pace(sessions, NOON)[Channel.CALL] == 2
    on_shift(sessions, 2)
    assert pace(sessions, NOON)[Channel.CALL] == 8
    assert pace(sessions, NOON)[Channel.CALL] == 0
    assert column(sessions, "SELECT sum(released) FROM plan_hours") == [10]
    assert column(sessions, "SELECT count(*) FROM touches WHERE household_id = 1") == [1]
    # The shift is over; who holds a call or has just recorded one is still there.
    with sessions.begin() as session:
        session.execute(text("DELETE FROM shifts"))
        session.execute(text("UPDATE touches SET state = 'done' WHERE id > 1"))
        session.execute(
            text("UPDATE touches SET state = 'claimed', claimed_by = 'user:1' WHERE id = 1")
        )
    assert pace(sessions, NOON)[Channel.CALL] == 5
    with sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, "
                "state, attempted_at, handed_at, user_id) SELECT gen_random_uuid(), id, 1, "
                "voter_id, 'call', '', 'done', :now, :now, 2 FROM touches WHERE id = 2"
            ),
            {"now": NOON},
        )
    assert pace(sessions, NOON + timedelta(minutes=9))[Channel.CALL] == 5
    assert pace(sessions, NOON + timedelta(minutes=11))[Channel.CALL] == 0


def test_the_figure_of_the_model_says_how_many_calls_a_caller_makes(sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 40)
        session.execute(text("DELETE FROM senders"))
        session.execute(
            text(
                "INSERT INTO changed_figures (campaign_id, name, value, note, made_at) "
                "VALUES (1, 'dials_per_hour', 60, 'as we saw', now())"
            )
        )
    on_shift(sessions, 1)
    assert pace(sessions, NOON)[Channel.CALL] == 10
    assert pace(sessions, NOON)[Channel.CALL] == 0


def test_two_workers_at_once_fill_the_pool_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 100)
        session.execute(text("DELETE FROM senders"))
    on_shift(sessions, 4)
    workers = [Thread(target=lambda: [pace(sessions, NOON) for _ in range(5)]) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert counts(sessions, TOUCHES) == {"ready": 20}
