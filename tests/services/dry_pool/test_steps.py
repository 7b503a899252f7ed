"""A pool is used up step by step, once, and written down."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.pace import Step
from app.services.dispatch import claim_batch
from app.services.pace import pace
from app.store.engine import Sessions
from tests.factories import NOON, POLLING_DAY
from tests.scene import CLAIMER, column, run
from tests.services.dry_pool.pool import HOUR, TODAY, ready, taken, texts_of, wanted

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
