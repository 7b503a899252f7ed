"""A booked blast is released by share on each voter's clock, once to a voter."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread

import pytest

from app.domain.blast import Timing
from app.domain.channel import Channel
from app.domain.purpose import blast_purpose
from app.services.blast_release import AHEAD, COUNTED, PAUSE, STEP, Dry, release_blasts
from app.services.dispatch import claim_batch
from app.services.pace import expire
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from tests import factories
from tests.scene import CLAIMER, column, consent, counts, run
from tests.services.blasts.drafts import (
    HOUR,
    LOCAL_TEN,
    MINUTE,
    PACIFIC,
    TEN,
    release,
    scheduled,
    sent,
    shown,
    state,
)

SHARES = [
    ("before its start", TEN - MINUTE, 0),
    ("at its start", TEN, 0),
    ("after a quarter", TEN + 30 * MINUTE, 2),
    ("at half", TEN + HOUR, 5),
    ("at the end of the spread", TEN + 2 * HOUR, 10),
    ("after an outage of all the spread", TEN + 7 * HOUR, 10),
    ("when it must be done", TEN + 8 * HOUR, 0),
]


@pytest.mark.parametrize(("when", "now", "number"), SHARES, ids=[when for when, _, _ in SHARES])
def test_what_is_due_is_released(
    sessions: Sessions, ten: Campaign, when: str, now: datetime, number: int
) -> None:
    scheduled(sessions)
    assert len(release(sessions, now)) == number
    assert len(release(sessions, now)) == number


def test_the_best_come_first_and_have_the_blast_s_own_words(
    sessions: Sessions, ten: Campaign
) -> None:
    run(sessions, "UPDATE targets SET value = voter_id")
    scheduled(sessions)
    assert release(sessions, TEN + HOUR) == [10, 9, 8, 7, 6]
    assert (
        sent(sessions, TEN + HOUR)
        == ["Hi Luz, vote Tuesday, November 3! Paid for by Friends of Rivera. STOP to opt out"] * 5
    )


def test_each_clock_has_its_own_ten_o_clock(sessions: Sessions, ten: Campaign) -> None:
    run(sessions, "UPDATE targets SET place = :west WHERE voter_id > 5", west=PACIFIC)
    both = "AZ:America/Denver|America/Los_Angeles"
    run(sessions, "UPDATE targets SET place = :both WHERE voter_id = 10", both=both)
    scheduled(sessions, timing=Timing(LOCAL_TEN))
    assert release(sessions, TEN) == [1, 2, 3, 4, 5]
    assert len(release(sessions, TEN + 2 * HOUR)) == 5  # Denver alone shows ten
    assert len(release(sessions, TEN + 3 * HOUR)) == 10


def test_on_the_day_the_clocks_fall_back_ten_is_an_hour_later(
    sessions: Sessions, ten: Campaign
) -> None:
    sunday = datetime(2026, 11, 1, 15, tzinfo=UTC)
    scheduled(sessions, timing=Timing(LOCAL_TEN.replace(month=11, day=1)))
    assert release(sessions, sunday - MINUTE) == []
    assert len(release(sessions, sunday)) == 10


def test_whoever_joins_while_it_runs_gets_it_too(sessions: Sessions, ten: Campaign) -> None:
    scheduled(sessions)
    dry: Dry = {}
    assert len(release(sessions, TEN + 2 * HOUR, dry)) == 10
    with sessions.begin() as session:
        late = factories.voters(session, 2, first=11)
        factories.targets(session, ten, late)
        consent(session, late[:1])  # the other may not be texted
    assert 11 in release(sessions, TEN + 2 * HOUR + PAUSE, dry)
    assert state(sessions) == "scheduled"


def test_whoever_joins_in_the_middle_of_a_spread_counts_in_its_share(
    sessions: Sessions, ten: Campaign
) -> None:
    scheduled(sessions)
    dry: Dry = {}
    assert len(release(sessions, TEN + HOUR, dry)) == 5
    with sessions.begin() as session:
        late = factories.voters(session, 10, first=11)
        factories.targets(session, ten, late)
        consent(session, late)
    assert len(release(sessions, TEN + HOUR + STEP, dry)) == 5, "counted every few minutes"
    assert len(release(sessions, TEN + HOUR + COUNTED, dry)) == 10


def test_of_a_universe_only_its_people_get_it_as_it_is_then(
    sessions: Sessions, ten: Campaign
) -> None:
    run(sessions, "UPDATE voters SET party = 'DEM' WHERE id < 4")
    scheduled(sessions, whom={"parties": ["DEM"]}, timing=Timing(LOCAL_TEN))
    run(sessions, "UPDATE voters SET party = 'DEM' WHERE id = 9")
    assert release(sessions, TEN) == [1, 2, 3, 9]


BARRED = [
    ("has voted", "UPDATE targets SET voted_at = now()"),
    ("hold-out", "UPDATE targets SET arm = 'holdout'"),
    ("opted out", "INSERT INTO opt_outs SELECT phone, 'text', 'reply', '', now() FROM voters"),
    ("dead address", "INSERT INTO dead_addresses SELECT phone, 'text', '', now() FROM voters"),
    ("no consent", "DELETE FROM consents"),
    ("landline", "UPDATE voters SET phone_kind = 'landline'"),
    ("no address", "UPDATE voters SET phone = NULL"),
    ("out", "UPDATE targets SET out = 'moved away'"),
    ("channel over", "UPDATE targets SET no_texts = 'wrong number'"),
    ("cap reached", "UPDATE targets SET calls = 12"),
]


@pytest.mark.parametrize(("why", "fact"), BARRED, ids=[why for why, _ in BARRED])
def test_whoever_is_barred_is_counted_with_the_reason_and_never_gets_it(
    sessions: Sessions, ten: Campaign, why: str, fact: str
) -> None:
    scheduled(sessions)
    run(sessions, fact)
    found = shown(sessions)
    assert (found.voters, found.targets, found.people) == (10, 10, 0)
    assert found.barred == {why: 10}
    assert found.refusals == ["Nobody would get it; choose other people."]
    assert release(sessions, TEN + 2 * HOUR) == []


STOPPED = [
    ("campaign is paused", "UPDATE campaigns SET state = 'paused', paused_until = '2026-11-02'"),
    ("campaign is closed", "UPDATE campaigns SET state = 'closed'"),
    ("campaign has no money", "UPDATE campaigns SET budget = 0"),
    ("senders are stopped", "UPDATE senders SET stopped = 'blocked'"),
    ("blast is a draft", "UPDATE blasts SET state = 'draft'"),
    ("blast is paused", "UPDATE blasts SET state = 'paused'"),
]


@pytest.mark.parametrize(("when", "fact"), STOPPED, ids=[when for when, _ in STOPPED])
def test_nothing_is_released_while_the(
    sessions: Sessions, ten: Campaign, when: str, fact: str
) -> None:
    scheduled(sessions)
    run(sessions, fact)
    assert release(sessions, TEN + 2 * HOUR) == []


def test_whoever_had_a_text_today_gets_it_and_the_cap_of_the_day_holds(
    sessions: Sessions, ten: Campaign
) -> None:
    run(sessions, "UPDATE targets SET next_text_at = '2026-11-02'")
    run(sessions, "UPDATE campaigns SET voter_daily_cap = 1")
    run(
        sessions,
        "INSERT INTO touches (campaign_id, voter_id, household_id, channel, state, address, "
        "due_at, expires_at, released_at) "
        "VALUES (1, 1, 1, 'call', 'done', '', :at, :at, :at)",
        at=TEN,
    )
    run(
        sessions,
        "INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, state, "
        "attempted_at, handed_at) "
        "SELECT gen_random_uuid(), id, 1, 1, 'call', '', 'done', :at, :at FROM touches",
        at=TEN,
    )
    run(sessions, "UPDATE targets SET last_attempt_at = :at, calls = 1 WHERE voter_id = 1", at=TEN)
    scheduled(sessions)
    assert len(release(sessions, TEN + 2 * HOUR)) == 9
    assert len(sent(sessions, TEN + 2 * HOUR)) == 9


def test_a_touch_is_over_with_the_blast_or_the_hours(sessions: Sessions, ten: Campaign) -> None:
    scheduled(sessions)
    release(sessions, TEN + 2 * HOUR)
    assert set(column(sessions, "SELECT expires_at FROM touches")) == {TEN + 8 * HOUR}
    assert expire(sessions, TEN + 8 * HOUR) == 10
    assert column(sessions, "SELECT reserved FROM campaigns") == [Decimal(0)]


def test_what_ran_out_untried_is_released_again_on_the_next_day(
    sessions: Sessions, ten: Campaign
) -> None:
    two_days = Timing(LOCAL_TEN, timedelta(0), LOCAL_TEN.replace(day=31, hour=12))
    scheduled(sessions, timing=two_days)
    assert len(release(sessions, TEN)) == 10
    assert expire(sessions, TEN + 12 * HOUR) == 10
    assert len(release(sessions, TEN + 24 * HOUR)) == 20
    assert len(sent(sessions, TEN + 24 * HOUR)) == 10


def test_whatever_became_of_a_touch_its_voter_has_no_other(
    sessions: Sessions, ten: Campaign
) -> None:
    scheduled(sessions)
    assert len(release(sessions, TEN + 2 * HOUR)) == 10
    for became in ("skipped", "delivered", "canceled", "failed", "expired"):
        run(sessions, "UPDATE touches SET state = :became, tries = 1", became=became)
        assert len(release(sessions, TEN + 3 * HOUR)) == 10


def test_workers_at_once_give_nobody_two(sessions: Sessions, ten: Campaign) -> None:
    with sessions.begin() as session:
        more = factories.voters(session, 60, first=11)
        factories.targets(session, ten, more)
        consent(session, more)
    scheduled(sessions)

    def work() -> None:
        for minutes in range(0, 130, 10):
            release_blasts(sessions, TEN + minutes * MINUTE, {})
            run(sessions, "UPDATE touches SET state = 'skipped' WHERE state = 'ready'")

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    release(sessions, TEN + 3 * HOUR)
    had = counts(sessions, "SELECT voter_id, count(*) FROM touches GROUP BY voter_id")
    assert had == dict.fromkeys(range(1, 71), 1)


def test_two_workers_who_remember_keep_to_the_share(sessions: Sessions, ten: Campaign) -> None:
    scheduled(sessions)
    dries: list[Dry] = [{}, {}]
    now = TEN
    while now <= TEN + 2 * HOUR:
        for dry in dries:
            have = release(sessions, now, dry)
            assert len(have) <= 10 * ((now - TEN) / (2 * HOUR))
        now += 8 * MINUTE
    assert len(have) == 10


def test_no_more_are_released_than_the_senders_can_send_soon(
    sessions: Sessions, ten: Campaign
) -> None:
    scheduled(sessions, timing=Timing(LOCAL_TEN))
    run(sessions, "UPDATE senders SET per_second = 4 / 120.0")
    assert len(release(sessions, TEN)) == 4
    assert len(release(sessions, TEN + AHEAD)) == 4
    run(sessions, "UPDATE touches SET state = 'delivered'")
    dry: Dry = {}
    assert len(release(sessions, TEN + AHEAD, dry)) == 8
    run(sessions, "UPDATE touches SET state = 'delivered'")
    assert len(release(sessions, TEN + AHEAD + STEP / 2, dry)) == 8
    assert len(release(sessions, TEN + AHEAD + STEP, dry)) == 10


def test_money_lasts_as_far_as_it_goes_for_the_best(sessions: Sessions, ten: Campaign) -> None:
    run(sessions, "UPDATE targets SET value = voter_id")
    scheduled(sessions)
    run(sessions, "UPDATE campaigns SET budget = 0.0079 * 3, reserve_share = 0")
    assert release(sessions, TEN + 2 * HOUR) == [10, 9, 8]
    assert column(sessions, "SELECT reserved FROM campaigns") == [Decimal("0.02370")]
    assert column(sessions, "SELECT coalesce(sum(released), 0) FROM plan_hours") == [0]
    assert "Money may be spent for about 0 of 7" not in str(shown(sessions).warnings)
    run(sessions, "UPDATE campaigns SET budget = 20")
    assert len(release(sessions, TEN + 3 * HOUR)) == 10


def test_emails_go_out_in_a_blast_too(sessions: Sessions, ten: Campaign) -> None:
    words = {"en": {"subject": "Vote, {first_name}", "body": "Paid for by {organization}"}}
    scheduled(sessions, channel=Channel.EMAIL, words=words)
    assert len(release(sessions, TEN + 2 * HOUR)) == 10
    now = TEN + 2 * HOUR
    batch = claim_batch(sessions, Channel.EMAIL, CLAIMER, now=now, wall=now)
    assert batch is not None
    assert {item.subject for item in batch.tries} == {"Vote, Luz"}


def test_what_goes_wrong_with_one_blast_does_not_stop_the_others(
    sessions: Sessions, ten: Campaign
) -> None:
    scheduled(sessions)
    scheduled(sessions, name="Second", timing=Timing(LOCAL_TEN))
    run(sessions, "UPDATE blasts SET filter = '{\"nonsense\": 1}' WHERE id = 1")
    with pytest.raises(ValueError, match="nonsense"):
        release_blasts(sessions, TEN + HOUR, {})
    assert column(
        sessions, "SELECT count(*) FROM touches WHERE purpose = :it", it=blast_purpose(2)
    ) == [10]
