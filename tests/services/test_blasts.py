"""Blasts: previewed, scheduled, released by share on each voter's clock, once to a voter."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text

from app.channels.port import NotProcessed
from app.domain.blast import BlastDraft, Timing
from app.domain.channel import Channel
from app.domain.purpose import blast_purpose
from app.services import blasts
from app.services.blast_facts import Preview
from app.services.blast_preview import preview
from app.services.blast_release import AHEAD, PAUSE, STEP, Dry, release_blasts
from app.services.blast_words import word_problems
from app.services.blasts import BlastRefused
from app.services.dispatch import claim_batch, still_wanted
from app.services.pace import expire
from app.services.settle import record_outcomes
from app.store.blasts import Blast
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from tests import factories
from tests.scene import CLAIMER, TOUCHES, column, consent, counts, texting

TEN = datetime(2026, 10, 30, 14, tzinfo=UTC)
"""10:00 in the East, four days before polling day."""
LOCAL_TEN = TEN.replace(tzinfo=None, hour=10)
BEFORE = TEN - timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
PACIFIC = "CA:America/Los_Angeles"
BODY = "Hi {first_name}, vote {polling_day}! Paid for by {organization}. STOP to opt out"
TEXT = BlastDraft(
    Channel.TEXT,
    "Friday morning",
    {"en": {"body": BODY}},
    Timing(LOCAL_TEN, timedelta(hours=2), LOCAL_TEN.replace(hour=18)),
)


@pytest.fixture
def ten(sessions: Sessions) -> Campaign:
    """A campaign with ten targets who may be texted."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 10)
    return campaign


def made(sessions: Sessions, draft: BlastDraft = TEXT, **facts: Any) -> int:
    """A draft; `facts` are its own."""
    return blasts.add(sessions, 1, replace(draft, **facts), by=None, now=BEFORE)


def scheduled(sessions: Sessions, draft: BlastDraft = TEXT, **facts: Any) -> int:
    blast = made(sessions, draft, **facts)
    blasts.schedule(sessions, 1, blast, by=None, now=BEFORE)
    return blast


def shown(sessions: Sessions, blast: int = 1, now: datetime = BEFORE) -> Preview:
    with sessions() as session:
        return preview(session, session.get_one(Blast, blast), now)


def run(sessions: Sessions, statement: str, **binds: Any) -> None:
    with sessions.begin() as session:
        session.execute(text(statement), binds)


def release(sessions: Sessions, now: datetime, dry: Dry | None = None) -> list[int]:
    """The voters who now have the first blast, in the order in which they got it."""
    release_blasts(sessions, now, {} if dry is None else dry)
    return column(sessions, "SELECT voter_id FROM touches WHERE purpose = 'blast:1' ORDER BY id")


def sent(sessions: Sessions, now: datetime) -> list[str]:
    """What now goes out."""
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now)
    return [item.body for item in batch.tries] if batch else []


def state(sessions: Sessions) -> str:
    [found] = column(sessions, "SELECT state FROM blasts WHERE id = 1")
    return str(found)


SHARES = [
    ("before its start", TEN - MINUTE, 0),
    ("at its start", TEN, 0),
    ("after a quarter", TEN + 30 * MINUTE, 2),
    ("at half", TEN + HOUR, 5),
    ("at the end of the spread", TEN + 2 * HOUR, 10),
    ("after an outage of all the spread", TEN + 7 * HOUR, 10),
    ("when it must be done", TEN + 8 * HOUR, 0),
]


def test_a_form_sent_twice_makes_one_draft(sessions: Sessions, ten: Campaign) -> None:
    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(lambda _: made(sessions), range(3)))
    assert len(set(found)) == 1
    assert made(sessions, name="Friday noon") not in found
    blasts.schedule(sessions, 1, found[0], by=None, now=BEFORE)
    assert made(sessions) not in found, "written anew, after that one was scheduled"


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


def test_paused_it_holds_back_what_waits_and_resumed_it_goes_on_with_the_others(
    sessions: Sessions, ten: Campaign
) -> None:
    blast = scheduled(sessions)
    release(sessions, TEN + HOUR)
    assert len(sent(sessions, TEN + HOUR)) == 5
    release(sessions, TEN + HOUR + 30 * MINUTE)  # seven: two wait
    assert blasts.pause(sessions, 1, blast, by=None, now=TEN + 91 * MINUTE) == 2
    now = TEN + 2 * HOUR
    assert len(release(sessions, now)) == 7
    assert sent(sessions, now) == []
    blasts.resume(sessions, 1, blast, by=None, now=now)
    assert len(release(sessions, now)) == 10
    assert len(sent(sessions, now)) == 5
    assert column(
        sessions, "SELECT max(n) FROM (SELECT count(*) n FROM attempts GROUP BY voter_id) t"
    ) == [1]


def test_what_comes_back_from_a_sender_while_it_is_paused_is_held_back_too(
    sessions: Sessions, ten: Campaign
) -> None:
    blast = scheduled(sessions)
    release(sessions, TEN + 2 * HOUR)
    sent(sessions, TEN + 2 * HOUR)
    now = TEN + 3 * HOUR
    blasts.pause(sessions, 1, blast, by=None, now=now)
    run(sessions, "UPDATE touches SET state = 'ready', due_at = :now", now=now)
    release(sessions, now)
    assert sent(sessions, now + MINUTE) == []
    blasts.cancel(sessions, 1, blast, by=None, now=now)
    run(sessions, "UPDATE touches SET state = 'ready', due_at = :now", now=now)
    release(sessions, now)
    assert set(column(sessions, "SELECT state FROM touches")) == {"canceled"}


STOPS: list[Callable[..., int]] = [blasts.pause, blasts.cancel]
STOP_NAMES = ["paused", "canceled"]


@pytest.mark.parametrize("stop", STOPS, ids=STOP_NAMES)
def test_what_a_sender_gave_back_does_not_go_out_before_anybody_holds_it_back(
    sessions: Sessions, ten: Campaign, stop: Callable[..., int]
) -> None:
    now = TEN + 2 * HOUR
    blast = scheduled(sessions)
    assert len(release(sessions, now)) == 10
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now)
    assert batch is not None
    stop(sessions, 1, blast, by=None, now=now)
    came_back = [(item.id, NotProcessed("down", wait_seconds=0)) for item in batch.tries]
    record_outcomes(sessions, Channel.TEXT, came_back, now=now, speed=1.0)
    assert counts(sessions, TOUCHES) == {"ready": 10}
    other = blast_purpose(scheduled(sessions, name="Second"))
    run(sessions, "UPDATE touches SET purpose = :other WHERE voter_id = 3", other=other)
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=now + MINUTE, wall=now + MINUTE)
    assert batch is not None
    assert [item.touch.voter_id for item in batch.tries] == [3], "another blast goes on"


@pytest.mark.parametrize("stop", STOPS, ids=STOP_NAMES)
def test_what_waits_for_its_turn_in_a_batch_is_not_wanted_once_its_blast_is_stopped(
    sessions: Sessions, ten: Campaign, stop: Callable[..., int]
) -> None:
    now = TEN + 2 * HOUR
    blast = scheduled(sessions)
    other = scheduled(sessions, name="Second", timing=Timing(LOCAL_TEN.replace(hour=9)))
    release(sessions, now)
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now)
    assert batch is not None
    stop(sessions, 1, other, by=None, now=now)
    first = batch.tries[0].id
    run(
        sessions,
        "UPDATE touches SET purpose = CASE WHEN a.id = :first THEN 'blast:2' ELSE 'blast:1' END "
        "FROM attempts a WHERE a.touch_id = touches.id",
        first=first,
    )
    wanted = [still_wanted(sessions, item.id, now) for item in batch.tries]
    assert wanted == [False, *[True] * 9]
    stop(sessions, 1, blast, by=None, now=now)
    assert not any(still_wanted(sessions, item.id, now) for item in batch.tries)


def test_canceled_in_the_middle_the_rest_never_goes_out(sessions: Sessions, ten: Campaign) -> None:
    blast = scheduled(sessions)
    release(sessions, TEN + HOUR)
    sent(sessions, TEN + HOUR)
    release(sessions, TEN + 90 * MINUTE)
    assert blasts.cancel(sessions, 1, blast, by=None, now=TEN + 91 * MINUTE) == 2
    assert len(release(sessions, TEN + 2 * HOUR)) == 7
    assert sent(sessions, TEN + 2 * HOUR) == []
    assert counts(sessions, "SELECT reason, count(*) FROM touches GROUP BY reason") == {
        "": 5,
        "blast canceled": 2,
    }
    # Five are under way, the others' money is free again.
    assert column(sessions, "SELECT reserved FROM campaigns") == [Decimal("0.0079") * 5]
    with pytest.raises(BlastRefused, match="is canceled"):
        blasts.resume(sessions, 1, blast, by=None, now=TEN + 2 * HOUR)


OVER = [
    ("its time is over", Timing(LOCAL_TEN, 2 * HOUR, LOCAL_TEN.replace(hour=18)), 8 * HOUR),
    ("everybody has it after its spread", Timing(LOCAL_TEN, 2 * HOUR), 3 * HOUR),
    ("the hours have closed", Timing(LOCAL_TEN), 11 * HOUR),
]


@pytest.mark.parametrize(("when", "timing", "after"), OVER, ids=[when for when, _, _ in OVER])
def test_it_is_done_by_itself_when(
    sessions: Sessions, ten: Campaign, when: str, timing: Timing, after: timedelta
) -> None:
    scheduled(sessions, timing=timing)
    release(sessions, TEN + 2 * HOUR)
    while sent(sessions, TEN + 2 * HOUR):
        pass
    run(sessions, "UPDATE touches SET state = 'delivered'")
    release(sessions, TEN + after - MINUTE)
    assert state(sessions) == "scheduled" or timing.done_by is None
    release(sessions, TEN + after)
    assert state(sessions) == "done"
    assert column(sessions, "SELECT ended_at IS NOT NULL FROM blasts") == [True]


def test_after_its_spread_it_stays_until_everybody_has_it(
    sessions: Sessions, ten: Campaign
) -> None:
    scheduled(sessions, timing=Timing(LOCAL_TEN, 2 * HOUR))
    run(sessions, "UPDATE senders SET per_second = 1 / 30.0")
    assert len(release(sessions, TEN + 3 * HOUR)) == 4
    assert state(sessions) == "scheduled"
    run(sessions, "UPDATE touches SET state = 'delivered'")
    run(sessions, "UPDATE senders SET per_second = 100")
    assert len(release(sessions, TEN + 3 * HOUR)) == 10
    assert state(sessions) == "scheduled"  # six wait for their sender
    run(sessions, "UPDATE touches SET state = 'delivered'")
    release(sessions, TEN + 3 * HOUR)
    assert state(sessions) == "done"


def test_a_closed_channel_is_waited_out_in_case_the_rule_changes(
    sessions: Sessions, ten: Campaign
) -> None:
    scheduled(sessions)
    run(sessions, "UPDATE blasts SET starts_at = '2026-10-30 22:00', done_by = '2026-10-30 23:00'")
    release(sessions, TEN + 12 * HOUR)
    assert state(sessions) == "scheduled"
    release(sessions, TEN + 25 * HOUR)
    assert state(sessions) == "done"


def test_a_paused_blast_whose_time_is_over_is_done_and_not_resumed(
    sessions: Sessions, ten: Campaign
) -> None:
    blast = scheduled(sessions)
    blasts.pause(sessions, 1, blast, by=None, now=TEN)
    with pytest.raises(BlastRefused, match="time is over"):
        blasts.resume(sessions, 1, blast, by=None, now=TEN + 8 * HOUR)
    release(sessions, TEN + 8 * HOUR)
    assert state(sessions) == "done"


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


# Preview and schedule


def test_a_preview_counts_people_segments_cost_and_time(sessions: Sessions, ten: Campaign) -> None:
    run(sessions, "UPDATE voters SET party = 'DEM'")
    run(sessions, "UPDATE voters SET first_name = repeat('Maximiliano ', 12) WHERE id = 3")
    run(sessions, "UPDATE voters SET language = 'es' WHERE id IN (4, 5)")
    run(sessions, "DELETE FROM consents WHERE address LIKE '%6'")
    run(sessions, "UPDATE senders SET per_second = 0.001 WHERE channel = 'text'")
    with sessions.begin() as session:
        factories.voters(session, 3, first=11, party="DEM")
        factories.voters(session, 4, first=14, party="REP")
    words = {"en": {"body": BODY}, "es": {"body": f"¡Hola {{first_name}}! ☀ {BODY} Pagado por"}}
    made(sessions, whom={"parties": ["DEM"]}, words=words)
    found = shown(sessions)
    assert (found.voters, found.targets, found.people) == (13, 10, 9)
    assert found.barred == {"no target": 3, "no consent": 1}
    assert (found.segments, found.longest) == (6 + 2 + 2 * 2, 2)
    assert found.average == pytest.approx(12 / 9)
    assert found.cost == 12 * Decimal("0.0079")
    assert [(one.language, one.people, one.segments, one.encoding) for one in found.readings] == [
        ("en", 7, 2, "GSM-7"),
        ("es", 2, 2, "UCS-2"),
    ]
    assert "Maximiliano" in found.readings[0].words.body
    assert found.finishes_at == TEN + timedelta(seconds=12_000)
    assert found.refusals == []
    assert ["the last goes out at about 1:20 pm" in one for one in found.warnings] == [True]


def test_a_preview_reads_the_polling_place_of_each(sessions: Sessions, ten: Campaign) -> None:
    run(
        sessions,
        "INSERT INTO precincts (state, county, code, place, changed_at) "
        "VALUES ('NC', '', 'LINCOLN SCHOOL', :place, now())",
        place="Gymnasium of the Lincoln School " * 4,
    )
    run(sessions, "UPDATE voters SET precinct = 'P2' WHERE id > 7")
    made(sessions, words={"en": {"body": f"{BODY} {{polling_place}}"}})
    found = shown(sessions)
    assert (found.people, found.segments) == (10, 7 * 2 + 3)
    assert "Gymnasium" in found.readings[0].words.body


def test_a_volume_beyond_rate_times_hours_is_refused(sessions: Sessions, ten: Campaign) -> None:
    made(sessions)
    run(sessions, "UPDATE senders SET per_second = 1, per_hour = 1 WHERE channel = 'text'")
    with pytest.raises(BlastRefused, match="2 of 10 voters would not get it"):
        blasts.schedule(sessions, 1, 1, by=None, now=BEFORE)
    assert state(sessions) == "draft"
    run(sessions, "UPDATE senders SET per_hour = 2 WHERE channel = 'text'")
    blasts.schedule(sessions, 1, 1, by=None, now=BEFORE)
    assert state(sessions) == "scheduled"


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "has a field that does not exist",
        {"words": {"en": {"body": f"{BODY} {{name}}"}}},
        "no field",
    ),
    ("has a brace alone", {"words": {"en": {"body": f"{BODY} {{"}}}, "brace stands alone"),
    (
        "has a field for callers",
        {"words": {"en": {"body": f"{BODY} {{volunteer}}"}}},
        "Nobody calls",
    ),
    ("does not say how to opt out", {"words": {"en": {"body": "Paid for by X"}}}, "STOP to opt"),
    ("does not say who pays", {"words": {"en": {"body": "Vote! STOP to opt out"}}}, "who pays"),
    (
        "does not say so in Spanish",
        {"words": {"en": {"body": BODY}, "es": {"body": "Vote"}}},
        "STOP para salir",
    ),
    ("is too long", {"words": {"en": {"body": BODY * 30}}}, "at most 1,600"),
    ("is at night", {"timing": Timing(LOCAL_TEN.replace(hour=22))}, "channel is closed"),
    ("is over", {"timing": Timing(LOCAL_TEN.replace(day=27))}, "time has passed"),
    ("is for nobody", {"whom": {"parties": ["GRE"]}}, "Nobody would get it"),
    ("is a mail without a subject", {"channel": Channel.EMAIL}, "needs a subject"),
]


@pytest.mark.parametrize(("what", "facts", "why"), REFUSED, ids=[what for what, _, _ in REFUSED])
def test_a_blast_cannot_be_scheduled_that(
    sessions: Sessions, ten: Campaign, what: str, facts: dict[str, Any], why: str
) -> None:
    blast = made(sessions, **facts)
    with pytest.raises(BlastRefused, match=why):
        blasts.schedule(sessions, 1, blast, by=None, now=BEFORE)


def test_without_a_sender_it_cannot_be_scheduled_and_a_stopped_one_is_a_warning(
    sessions: Sessions, ten: Campaign
) -> None:
    made(sessions)
    run(sessions, "UPDATE senders SET stopped = 'blocked'")
    assert "Every text sender is stopped" in shown(sessions).warnings[0]
    run(sessions, "DELETE FROM senders")
    assert shown(sessions).refusals == ["This campaign has no text sender; add one first."]


WARNED = [
    ("money", "UPDATE campaigns SET budget = 0.0079 * 4, reserve_share = 0", "about 4 of 10"),
    ("Spanish", "UPDATE voters SET language = 'es' WHERE id < 4", "3 voters read Spanish"),
    (
        "a pause",
        "UPDATE campaigns SET state = 'paused', paused_until = '2026-10-30 16:00+00'",
        "paused until 12 pm on Friday",
    ),
    ("places where it is night", f"UPDATE targets SET place = '{PACIFIC}'", None),
]


@pytest.mark.parametrize(("what", "fact", "why"), WARNED, ids=[what for what, _, _ in WARNED])
def test_a_preview_warns_of(
    sessions: Sessions, ten: Campaign, what: str, fact: str, why: str | None
) -> None:
    made(sessions)
    assert shown(sessions).warnings == []
    run(sessions, fact)
    found = shown(sessions)
    assert [one for one in found.warnings if why and why in one] == list(found.warnings)
    assert bool(found.warnings) == (why is not None)


def test_only_a_draft_is_changed_and_what_has_not_begun_is_taken_back(
    sessions: Sessions, ten: Campaign
) -> None:
    blast = scheduled(sessions)
    later = replace(TEXT, timing=Timing(LOCAL_TEN.replace(hour=11)))
    with pytest.raises(BlastRefused, match="is scheduled"):
        blasts.change(sessions, 1, blast, later, by=None, now=BEFORE)
    blasts.take_back(sessions, 1, blast, by=None, now=BEFORE)
    blasts.change(sessions, 1, blast, later, by=None, now=BEFORE)
    blasts.schedule(sessions, 1, blast, by=None, now=BEFORE)
    assert release(sessions, TEN) == []
    assert len(release(sessions, TEN + HOUR)) == 10
    with pytest.raises(BlastRefused, match="has begun"):
        blasts.take_back(sessions, 1, blast, by=None, now=TEN + HOUR)
    with pytest.raises(BlastRefused, match="no such blast"):
        blasts.cancel(sessions, 2, blast, by=None, now=TEN + HOUR)


def test_every_act_is_in_the_audit_log(sessions: Sessions, ten: Campaign) -> None:
    blast = scheduled(sessions)
    blasts.pause(sessions, 1, blast, by=None, now=BEFORE)
    blasts.resume(sessions, 1, blast, by=None, now=BEFORE)
    blasts.cancel(sessions, 1, blast, by=None, now=BEFORE)
    acts = column(sessions, "SELECT action FROM audit WHERE subject = 'blast:1' ORDER BY id")
    assert acts == [
        f"blast {act}" for act in ("added", "scheduled", "paused", "resumed", "canceled")
    ]


def test_words_of_a_british_blast_need_no_american_imprint() -> None:
    words = {"en": {"body": "Vote! STOP to opt out"}}
    assert word_problems(Channel.TEXT, words, "GB") == {}
    assert list(word_problems(Channel.TEXT, words, "US")) == ["body-en"]
