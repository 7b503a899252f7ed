"""Texts at the close: once to a voter, in time, to the right people first, in words that pay."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.phase import PhaseDraft, PhaseKind
from app.domain.purpose import IN_LINE
from app.domain.segment import segments
from app.services import phases
from app.services.compose import STAY_IN_LINE, NoScript, scripts_of
from app.services.dispatch import claim_batch
from app.services.in_line import stay_in_line
from app.services.in_line_words import WordsRefused, set_in_line, why_none, words_of
from app.services.pace import expire
from app.services.phases import mark_due
from app.store.campaigns import Campaign, Script, Sender
from app.store.engine import Sessions
from app.store.in_line import alone
from tests import factories
from tests.scene import CLAIMER, SENDER, column, run, texting

CLOSE = datetime(2026, 11, 4, 0, 30, tzinfo=UTC)
"""7:30 pm in the East, where the polls of this campaign close."""
IN_TIME = CLOSE - timedelta(minutes=60)
MINUTE = timedelta(minutes=1)
PACIFIC = "CA:America/Los_Angeles"


@pytest.fixture
def ten(sessions: Sessions) -> Campaign:
    """A campaign with ten targets who may be texted."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 10)
    return campaign


def release(sessions: Sessions, now: datetime = IN_TIME) -> list[int]:
    """The voters who now have such a text, in the order in which they were chosen."""
    stay_in_line(sessions, now, {})
    return column(sessions, "SELECT voter_id FROM touches WHERE purpose = 'in_line' ORDER BY id")


def sent(sessions: Sessions, now: datetime = IN_TIME) -> list[str]:
    """What now goes out."""
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now)
    return [item.body for item in batch.tries] if batch else []


@pytest.mark.parametrize(("minutes", "texts"), [(61, 0), (60, 10), (21, 10), (20, 0), (0, 0)])
def test_they_go_out_from_60_to_20_minutes_before_the_close(
    sessions: Sessions, ten: Campaign, minutes: int, texts: int
) -> None:
    assert len(release(sessions, CLOSE - minutes * MINUTE)) == texts


def test_each_place_has_its_own_close(sessions: Sessions, ten: Campaign) -> None:
    run(sessions, "UPDATE targets SET place = :west WHERE voter_id > 5", west=PACIFIC)
    assert release(sessions) == [1, 2, 3, 4, 5]
    assert len(release(sessions, IN_TIME + timedelta(hours=3))) == 10


def test_what_has_not_gone_out_20_minutes_before_the_close_expires(
    sessions: Sessions, ten: Campaign
) -> None:
    release(sessions)
    assert expire(sessions, CLOSE - 20 * MINUTE - timedelta(seconds=1)) == 0
    assert expire(sessions, CLOSE - 20 * MINUTE) == 10
    assert column(sessions, "SELECT reserved FROM campaigns") == [Decimal(0)]


def test_a_voter_has_one_in_a_campaign_whatever_became_of_it(
    sessions: Sessions, ten: Campaign
) -> None:
    assert len(release(sessions)) == 10
    for state in ("skipped", "delivered", "canceled", "expired"):
        run(sessions, "UPDATE touches SET state = :state", state=state)
        assert len(release(sessions, IN_TIME + MINUTE)) == 10


def test_workers_at_once_give_nobody_two(sessions: Sessions, ten: Campaign) -> None:
    def work() -> None:
        for minutes in range(20):
            stay_in_line(sessions, IN_TIME + minutes * MINUTE, {})
            run(sessions, "UPDATE touches SET state = 'skipped' WHERE state = 'ready'")

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    most = "SELECT max(n) FROM (SELECT count(*) n FROM touches GROUP BY voter_id) t"
    assert column(sessions, most) == [1]


def test_while_another_worker_releases_them_this_one_leaves_them_alone(
    sessions: Sessions, ten: Campaign
) -> None:
    with sessions.begin() as other:
        assert alone(other, 1)
        assert release(sessions) == []
    assert len(release(sessions)) == 10


BARRED = [
    ("has voted", "UPDATE targets SET voted_at = now()"),
    ("is a hold-out", "UPDATE targets SET arm = 'holdout'"),
    ("opted out", "INSERT INTO opt_outs SELECT phone, 'text', 'reply', '', now() FROM voters"),
    ("never consented", "DELETE FROM consents"),
    ("has had enough", "UPDATE targets SET calls = 12"),
]
PAUSED = "UPDATE campaigns SET state = 'paused', paused_until = '2026-11-05'"
NONE = [
    *((f"voter {who}", fact) for who, fact in BARRED),
    ("campaign is paused", PAUSED),
    ("campaign is closed", "UPDATE campaigns SET state = 'closed'"),
    ("campaign has no money", "UPDATE campaigns SET budget = 0"),
    ("campaign has no sender", "DELETE FROM senders"),
    ("campaign's sender is stopped", "UPDATE senders SET stopped = 'the carrier blocked it'"),
    ("campaign has no text script", "DELETE FROM scripts WHERE channel = 'text'"),
]


@pytest.mark.parametrize(("when", "fact"), NONE, ids=[when for when, _ in NONE])
def test_there_is_none_when_the(sessions: Sessions, ten: Campaign, when: str, fact: str) -> None:
    run(sessions, fact)
    assert release(sessions) == []


def test_whoever_was_texted_this_morning_gets_it_too(sessions: Sessions, ten: Campaign) -> None:
    run(sessions, "UPDATE targets SET next_text_at = '2026-11-05'")
    assert len(release(sessions)) == 10
    assert len(sent(sessions)) == 10


def test_money_is_held_for_each_and_lasts_as_far_as_it_goes(
    sessions: Sessions, ten: Campaign
) -> None:
    run(sessions, "UPDATE campaigns SET budget = 0.0790 / 2")
    assert len(release(sessions)) == 5
    assert column(sessions, "SELECT reserved FROM campaigns") == [Decimal("0.03950")]
    assert column(sessions, "SELECT coalesce(sum(released), 0) FROM plan_hours") == [0]


def test_no_more_are_released_than_the_senders_can_send_soon(
    sessions: Sessions, ten: Campaign
) -> None:
    run(sessions, "UPDATE senders SET per_second = 0.05 WHERE channel = 'text'")
    assert len(release(sessions)) == 3  # a minute's work
    assert len(release(sessions)) == 3
    run(sessions, "UPDATE touches SET state = 'delivered'")
    assert len(release(sessions, IN_TIME + MINUTE)) == 6


def test_towards_the_end_only_what_can_still_go_out_is_begun(
    sessions: Sessions, ten: Campaign
) -> None:
    set_in_line(sessions, 1, on=True, words={"en": "Stay! " * 40}, by=None, now=IN_TIME)
    run(sessions, "UPDATE senders SET per_second = 0.2 WHERE channel = 'text'")
    # 30 seconds are left: six segments, or three texts of two.
    assert len(release(sessions, CLOSE - timedelta(minutes=20, seconds=30))) == 3


def test_people_of_today_s_rounds_and_those_who_pledged_come_first(
    sessions: Sessions, ten: Campaign
) -> None:
    run(sessions, "UPDATE voters SET party = 'DEM' WHERE id IN (9, 10)")
    run(sessions, "UPDATE voters SET party = 'GRE' WHERE id = 7")
    run(
        sessions,
        "INSERT INTO answers (voter_id, question, answer, source, answered_on) "
        "VALUES (8, 'Will you vote?', 'Yes', 'list', '2026-10-01')",
    )
    run(sessions, "UPDATE senders SET per_second = 0.1 WHERE channel = 'text'")
    on, over = ("DEM", IN_TIME, CLOSE), ("GRE", IN_TIME - 300 * MINUTE, IN_TIME - 60 * MINUTE)
    for party, begin, end in (on, over):
        draft = PhaseDraft(PhaseKind.ROUND, party, begin, end, whom={"parties": [party]})
        phases.add(sessions, 1, draft, by=None, now=IN_TIME - 400 * MINUTE)
    mark_due(sessions, IN_TIME)
    assert release(sessions) == [9, 10, 7, 8, 1, 2]


def test_they_go_out_before_texts_that_wait_and_with_their_own_words(
    sessions: Sessions, ten: Campaign
) -> None:
    run(sessions, "UPDATE voters SET language = 'es' WHERE id = 10")
    with sessions.begin() as session:
        waiting = factories.voters(session, 3, first=11)
        factories.targets(session, ten, waiting)
        factories.calls(
            session,
            ten,
            waiting,
            channel=Channel.TEXT,
            due_at=IN_TIME - 90 * MINUTE,
            expires_at=CLOSE,
        )
        session.execute(
            text(
                "INSERT INTO consents SELECT phone, 'text', 'form', 'test', '2026-01-02' "
                "FROM voters WHERE id > 10"
            )
        )
    release(sessions)
    bodies = sent(sessions)
    assert all("stay in line" in body for body in bodies[:9])
    assert bodies[9].startswith("Hola Luz: las urnas cierran a las 7:30 p.m. Si")
    assert all(body.startswith("Hi Luz, vote Tuesday") for body in bodies[10:])
    assert all("Friends of Rivera" in body for body in bodies)
    assert len(bodies) == 13


@pytest.mark.parametrize("language", STAY_IN_LINE)
def test_words_of_ours_name_who_pays_and_take_one_segment(language: str) -> None:
    body = STAY_IN_LINE[language]
    assert "{organization}" in body
    assert "STOP" in body
    long_names = {"first_name": "Christopher", "polls_close": "7:30 pm"}
    filled = body.format(organization="Friends of Alex Fernandez", **long_names)
    assert segments(filled) == 1


def test_words_of_the_organizer_stand_and_ours_come_back(sessions: Sessions, ten: Campaign) -> None:
    def save(**words: str) -> dict[str, str]:
        set_in_line(sessions, 1, on=True, words=words, by=None, now=IN_TIME)
        with sessions() as session:
            return words_of(session, 1)

    assert save(en="Stay there, {first_name}!")["en"] == "Stay there, {first_name}!"
    assert save(en="Stay!")["es"] == STAY_IN_LINE["es"]
    release(sessions)
    assert set(sent(sessions)) == {"Stay!"}
    assert save(en="")["en"] == STAY_IN_LINE["en"]
    # What was said stays readable, with the version that puts ours back.
    written = "SELECT body FROM scripts WHERE purpose = 'in_line' ORDER BY version"
    assert column(sessions, written) == ["Stay there, {first_name}!", "Stay!", ""]
    with sessions() as session:
        assert "Reply STOP" in scripts_of(session, 1, Channel.TEXT)["en"].body


WRONG = [
    ("a field that nobody fills", "Go, {firstname}!", "is no field"),
    ("the volunteer", "Go! {volunteer}", "Nobody calls here"),
    ("too many characters", "x" * 1601, "1,600"),
]


@pytest.mark.parametrize(("what", "body", "why"), WRONG, ids=[what for what, _, _ in WRONG])
def test_words_are_refused_with(
    sessions: Sessions, ten: Campaign, what: str, body: str, why: str
) -> None:
    with pytest.raises(WordsRefused) as refused:
        set_in_line(sessions, 1, on=False, words={"en": body}, by=None, now=IN_TIME)
    assert why in refused.value.problems["en"]
    assert len(release(sessions)) == 10  # not switched off either


def test_an_organizer_can_switch_them_off_and_on(sessions: Sessions, ten: Campaign) -> None:
    for on in (False, False, True, False):
        set_in_line(sessions, 1, on=on, words={}, by=None, now=IN_TIME)
    assert release(sessions) == []
    set_in_line(sessions, 1, on=True, words={}, by=None, now=IN_TIME)
    assert len(release(sessions)) == 10


def test_why_there_are_none_is_said(sessions: Sessions, ten: Campaign) -> None:
    with sessions() as session:
        assert why_none(session, 1) == ""
    run(sessions, "DELETE FROM senders")
    with sessions() as session:
        assert "no text sender" in why_none(session, 1)
    run(sessions, "DELETE FROM scripts WHERE channel = 'text'")
    with sessions.begin() as session:
        assert "sends no texts" in why_none(session, 1)
        assert words_of(session, 1) == STAY_IN_LINE
        session.add(Script(campaign_id=1, channel=Channel.TEXT, purpose=IN_LINE, body="Stay!"))
        session.add(Sender(campaign_id=1, channel=Channel.TEXT, name="Texts", address=SENDER))
        session.flush()
        with pytest.raises(NoScript):
            scripts_of(session, 1, Channel.TEXT)
