"""The text bank: stacks of texts that go out by a person's tap, once each, and by nothing else."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, text

from app.domain.blast import BlastDraft, Timing
from app.domain.channel import Channel
from app.domain.purpose import BY_HAND
from app.services import bank, blasts
from app.services.bank import LEASE, STACK, NoTexts, Said, Stack, Tapped, Text
from app.services.blast_preview import preview
from app.services.blast_progress import progress_of
from app.services.blast_release import release_blasts
from app.services.demo_texts import add_demo_texts
from app.services.dispatch import claim_batch
from app.services.pace import expire
from app.services.receive import StatusNews, TextIn, receive_status, receive_text
from app.services.settle import sweep
from app.services.strike import strike_ids
from app.store.bank import reports
from app.store.blasts import Blast
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from tests import factories
from tests.books import violations
from tests.scene import CLAIMER, TOUCHES, column, counts, run, texting
from tests.services.blasts.drafts import BEFORE, LOCAL_TEN, MINUTE, TEN

BODY = "Hi {first_name}, vote {polling_day}! Paid for by {organization}. STOP to opt out"
SPANISH = "Hola {first_name}, vote! Pagado por {organization}. STOP para salir"
SHOWN = "Hi Luz, vote Tuesday, November 3! Paid for by Friends of Rivera. STOP to opt out"
DRAFT = BlastDraft(
    Channel.TEXT,
    "By hand",
    {"en": {"body": BODY}, "es": {"body": SPANISH}},
    Timing(LOCAL_TEN, timedelta(0), LOCAL_TEN.replace(hour=18)),
    by_hand=True,
)
NOW = TEN + MINUTE


@pytest.fixture
def by_hand(sessions: Sessions) -> Campaign:
    """A blast by hand to sixty voters of whom nobody has consented to automated texts."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 60)
        session.execute(text("DELETE FROM consents"))
    go(sessions)
    return campaign


def go(sessions: Sessions, draft: BlastDraft = DRAFT, **facts: Any) -> None:
    """Schedules a blast by hand and releases what is due of it."""
    made = blasts.add(sessions, 1, replace(draft, **facts), by=None, now=BEFORE)
    blasts.schedule(sessions, 1, made, by=None, now=BEFORE)
    release_blasts(sessions, NOW, {})


def volunteer(sessions: Sessions, name: str = "Ana", **facts: Any) -> int:
    return int(factories.person(sessions, "volunteer", 1, name, **facts).id)


def take(sessions: Sessions, who: int, now: datetime = NOW) -> Stack:
    return bank.take(sessions, 1, who, now=now, wall=now)


def tap(sessions: Sessions, one: Text, who: int, now: datetime = NOW) -> Tapped:
    return bank.tap(sessions, one.touch_id, one.fence, one.words, who, now=now, wall=now)


def sent(sessions: Sessions, now: datetime = NOW) -> list[str]:
    """What a worker now sends."""
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now)
    return [item.body for item in batch.tries] if batch else []


def ids(texts: Sequence[Text]) -> list[int]:
    return [one.touch_id for one in texts]


def test_nothing_goes_out_that_nobody_tapped_and_no_consent_is_needed(
    sessions: Sessions, by_hand: Campaign
) -> None:
    assert counts(sessions, TOUCHES) == {"ready": 60}
    assert sent(sessions, NOW) == sent(sessions, NOW + timedelta(hours=6)) == []
    ana = volunteer(sessions)
    stack = take(sessions, ana)
    assert len(stack.texts) == STACK
    assert sent(sessions) == []
    first = stack.texts[0]
    assert (first.body, first.segments, first.initials) == (SHOWN, 1, "L. V.")
    assert tap(sessions, first, ana).said is Said.SENT
    assert sent(sessions) == [SHOWN]
    [by] = column(sessions, "SELECT user_id FROM attempts")
    assert by == ana
    with sessions() as session:
        assert violations(session) == []


def test_one_that_did_not_arrive_goes_out_again_only_by_another_tap(
    sessions: Sessions, by_hand: Campaign
) -> None:
    ana = volunteer(sessions)
    tap(sessions, take(sessions, ana).texts[0], ana)
    sent(sessions)
    [attempt] = column(sessions, "SELECT id FROM attempts")
    news = StatusNews(attempt, "SM1", "undelivered", 30003, {})
    assert receive_status(sessions, news, now=NOW) == "applied"
    left = {"ready": 60 - STACK + 1, "claimed": STACK - 1, "undelivered": 1}
    assert counts(sessions, TOUCHES) == left
    run(sessions, "UPDATE touches SET state = 'ready' WHERE state = 'claimed'")
    assert sent(sessions, NOW + timedelta(hours=1)) == []
    assert column(sessions, "SELECT count(*) FROM touches WHERE tapped_by IS NOT NULL") == [1]


def test_the_same_blast_by_the_computer_needs_consents(sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 10)
        session.execute(text("DELETE FROM consents WHERE address > '+19195550004'"))
    for by_hand, people in ((True, 10), (False, 4)):
        made = blasts.add(sessions, 1, replace(DRAFT, by_hand=by_hand), by=None, now=BEFORE)
        with sessions() as session:
            assert preview(session, session.get_one(Blast, made), BEFORE).people == people


def test_in_britain_a_text_by_hand_needs_a_consent_too(sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 3)
        session.execute(text("DELETE FROM consents WHERE address <> '+19195550001'"))
        session.execute(text("UPDATE campaigns SET country = 'GB'"))
    made = blasts.add(sessions, 1, DRAFT, by=None, now=BEFORE)
    with sessions() as session:
        assert preview(session, session.get_one(Blast, made), BEFORE).people == 1


def test_a_mail_is_not_sent_by_hand(sessions: Sessions, by_hand: Campaign) -> None:
    with pytest.raises(blasts.BlastRefused) as refused:
        blasts.add(sessions, 1, replace(DRAFT, channel=Channel.EMAIL), by=None, now=BEFORE)
    assert "by_hand" in refused.value.problems


def test_the_best_come_first_and_a_stack_is_kept_until_she_leaves(
    sessions: Sessions, by_hand: Campaign
) -> None:
    run(sessions, "UPDATE touches SET value = voter_id")
    ana = volunteer(sessions)
    stack = take(sessions, ana)
    assert ids(stack.texts) == sorted(ids(stack.texts), key=lambda id: -voter_of(sessions, id))
    assert voter_of(sessions, stack.texts[0].touch_id) == 60
    assert take(sessions, ana).texts == stack.texts
    tap(sessions, stack.texts[0], ana)
    assert ids(take(sessions, ana).texts) == ids(stack.texts[1:])
    assert bank.leave(sessions, ana) == STACK - 1
    assert counts(sessions, TOUCHES) == {"ready": 60}
    shown = column(sessions, "SELECT details FROM audit WHERE action = 'texts shown'")
    assert shown == [{"touches": ids(stack.texts)}]


def voter_of(sessions: Sessions, touch: int) -> int:
    [found] = column(sessions, "SELECT voter_id FROM touches WHERE id = :id", id=touch)
    return int(found)


def test_two_at_once_never_get_the_same_voter(sessions: Sessions, by_hand: Campaign) -> None:
    people = [volunteer(sessions, name) for name in ("Ana", "Ben", "Cho")]
    barrier = Barrier(2 * len(people))

    def one(who: int) -> list[int]:
        barrier.wait()
        return ids(take(sessions, who).texts)

    with ThreadPoolExecutor(2 * len(people)) as threads:
        found = list(threads.map(one, [*people, *people]))  # two requests of each at once
    stacks = {who: set(found[at]) | set(found[at + 3]) for at, who in enumerate(people)}
    everything = [touch for stack in stacks.values() for touch in stack]
    assert len(everything) == len(set(everything)) == 60
    assert max(len(stack) for stack in stacks.values()) <= 25, "a stack each"


def test_a_tap_told_many_times_at_once_is_one_text(sessions: Sessions, by_hand: Campaign) -> None:
    ana = volunteer(sessions)
    first = take(sessions, ana).texts[0]
    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(lambda _: tap(sessions, first, ana).said, range(4)))
    assert said == [Said.SENT] * 4
    assert sent(sessions) == [SHOWN]
    assert tap(sessions, first, ana).said is Said.SENT
    assert sent(sessions) == []


def test_what_is_not_tapped_in_time_returns_and_a_late_tap_sends_nothing(
    sessions: Sessions, by_hand: Campaign
) -> None:
    ana, ben = volunteer(sessions), volunteer(sessions, "Ben")
    stack = take(sessions, ana)
    late = NOW + LEASE + MINUTE
    assert tap(sessions, stack.texts[0], ana, late).said is Said.LOST
    sweep(sessions, late)
    again = take(sessions, ben, late)
    assert set(ids(stack.texts)) & set(ids(again.texts))
    for one in stack.texts:
        assert tap(sessions, one, ana, late).said is Said.LOST
    assert sent(sessions, late) == []
    assert tap(sessions, again.texts[0], ben, late).said is Said.SENT


def test_a_tap_renews_the_rest_of_the_stack(sessions: Sessions, by_hand: Campaign) -> None:
    ana = volunteer(sessions)
    stack = take(sessions, ana)
    later = NOW + LEASE - MINUTE
    tap(sessions, stack.texts[0], ana, later)
    sweep(sessions, NOW + LEASE + MINUTE)
    assert tap(sessions, stack.texts[1], ana, NOW + LEASE + MINUTE).said is Said.SENT


def test_somebody_else_s_text_cannot_be_tapped(sessions: Sessions, by_hand: Campaign) -> None:
    ana, ben = volunteer(sessions), volunteer(sessions, "Ben")
    first = take(sessions, ana).texts[0]
    assert tap(sessions, first, ben).said is Said.LOST
    assert tap(sessions, replace(first, fence=first.fence + 1), ana).said is Said.LOST
    assert tap(sessions, replace(first, touch_id=999), ana).said is Said.LOST


def test_words_that_changed_are_shown_again_before_they_go(
    sessions: Sessions, by_hand: Campaign
) -> None:
    ana = volunteer(sessions)
    first, second = take(sessions, ana).texts[:2]
    tap(sessions, second, ana)
    run(sessions, "UPDATE campaigns SET organization = 'Rivera 2026'")
    said = tap(sessions, first, ana)
    assert said.said is Said.CHANGED
    assert said.text is not None
    assert "Rivera 2026" in said.text.body
    assert sent(sessions) == []  # nor what had been tapped in other words
    [due] = column(sessions, "SELECT due_at FROM touches WHERE id = :id", id=second.touch_id)
    assert due == BY_HAND
    assert tap(sessions, said.text, ana).said is Said.SENT
    assert sent(sessions) == [said.text.body]


BARRED = [
    ("opted out", "INSERT INTO opt_outs SELECT phone, 'text', 'reply', '', now() FROM voters"),
    ("dead", "INSERT INTO dead_addresses SELECT phone, 'text', '', now() FROM voters"),
    ("landline", "UPDATE voters SET phone_kind = 'landline'"),
    ("new number", "UPDATE voters SET phone = '+1984555' || lpad(id::text, 4, '0')"),
    ("hold-out", "UPDATE targets SET arm = 'holdout'"),
    ("refused", "UPDATE targets SET out = 'refused'"),
    ("voted", "UPDATE targets SET voted_at = now()"),
    ("cap", "UPDATE targets SET calls = 12"),
]


@pytest.mark.parametrize(("why", "fact"), BARRED, ids=[why for why, _ in BARRED])
def test_whoever_may_not_be_texted_is_neither_shown_nor_sent(
    sessions: Sessions, by_hand: Campaign, why: str, fact: str
) -> None:
    ana = volunteer(sessions)
    first, second = take(sessions, ana).texts[:2]
    assert tap(sessions, first, ana).said is Said.SENT
    run(sessions, fact)
    assert tap(sessions, second, ana).said is Said.BARRED
    assert sent(sessions) == []
    assert take(sessions, ana).texts == ()
    assert set(counts(sessions, TOUCHES)) == {"skipped"}


def test_a_stop_or_a_ballot_between_tap_and_sending_wins(
    sessions: Sessions, by_hand: Campaign
) -> None:
    ana = volunteer(sessions)
    first, second, third = take(sessions, ana).texts[:3]
    for one in (first, second, third):
        tap(sessions, one, ana)
    [phone] = column(sessions, "SELECT address FROM touches WHERE id = :id", id=first.touch_id)
    receive_text(sessions, TextIn("SM1", phone, "+19195550142", "STOP"), now=NOW)
    [source] = column(
        sessions,
        "SELECT source_id FROM voters v JOIN touches q ON q.voter_id = v.id WHERE q.id = :id",
        id=second.touch_id,
    )
    strike_ids(sessions, factories.POLLING_DAY, [source], by=None, source="desk", at=NOW)
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=NOW, wall=NOW)
    assert batch is not None
    assert [item.touch.id for item in batch.tries] == [third.touch_id]


def test_at_night_nothing_is_shown_and_what_was_tapped_before_does_not_go(
    sessions: Sessions, by_hand: Campaign
) -> None:
    ana = volunteer(sessions)
    first, second = take(sessions, ana).texts[:2]
    tap(sessions, first, ana)
    night = NOW + timedelta(hours=12)
    expire(sessions, night)
    assert sent(sessions, night) == []
    assert tap(sessions, second, ana, night).said is Said.LOST
    stack = take(sessions, ana, night)
    assert (stack.texts, stack.why) == ((), NoTexts.CLOSED)
    assert stack.until is not None


def test_a_pause_stops_the_taps_and_afterward_they_still_wait_for_one(
    sessions: Sessions, by_hand: Campaign
) -> None:
    ana = volunteer(sessions)
    stack = take(sessions, ana)
    tap(sessions, stack.texts[0], ana)
    blasts.pause(sessions, 1, 1, by=None, now=NOW)
    assert tap(sessions, stack.texts[1], ana).said is Said.STOPPED
    assert take(sessions, volunteer(sessions, "Ben")).why is NoTexts.PAUSED
    assert sent(sessions) == []
    blasts.resume(sessions, 1, 1, by=None, now=NOW)
    assert sent(sessions) == [SHOWN]  # the one that was tapped
    assert sent(sessions) == []


def test_texts_go_to_whoever_speaks_their_language(sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 6)
        session.execute(text("UPDATE voters SET language = 'es' WHERE id > 3"))
        session.execute(text("UPDATE voters SET language = 'vi' WHERE id = 1"))
    go(sessions)
    ana, luz = volunteer(sessions), volunteer(sessions, "Luz", languages=["es"])
    with sessions() as session:
        assert bank.waiting(session, 1, ana, NOW) == bank.waiting(session, 1, luz, NOW) == 3
    assert {one.body for one in take(sessions, ana).texts} == {SHOWN}  # also in place of Vietnamese
    for one in take(sessions, ana).texts:
        tap(sessions, one, ana)
    nothing = take(sessions, ana)
    assert (nothing.why, nothing.tongues) == (NoTexts.TONGUES, ["es"])
    assert all(one.body.startswith("Hola Luz") for one in take(sessions, luz).texts)


def test_what_she_skips_is_for_others(sessions: Sessions, by_hand: Campaign) -> None:
    ana, ben = volunteer(sessions), volunteer(sessions, "Ben")
    first = take(sessions, ana).texts[0]
    assert bank.skip(sessions, first.touch_id, first.fence, ana, now=NOW, wall=NOW)
    assert not bank.skip(sessions, first.touch_id, first.fence, ana, now=NOW, wall=NOW)
    bank.leave(sessions, ana)
    assert first.touch_id not in ids(take(sessions, ana).texts)
    bank.leave(sessions, ana)
    assert first.touch_id in ids(take(sessions, ben).texts)


def test_wrong_words_end_and_the_organizers_see_why(sessions: Sessions, by_hand: Campaign) -> None:
    ana = volunteer(sessions)
    first = take(sessions, ana).texts[0]
    assert bank.report(
        sessions, first.touch_id, first.fence, "the place is wrong", ana, now=NOW, wall=NOW
    )
    with sessions() as session:
        assert [row[1:] for row in reports(session, 1)] == [("Ana", "the place is wrong")]
        found = progress_of(session, session.get_one(Blast, 1), NOW, NOW).at_it
        violated = violations(session)
    assert found is not None
    assert (found.waiting, found.volunteers, found.reported) == (59, 1, 1)
    assert violated == []


def test_why_there_is_nothing_to_send(sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 30)
    ana, ben = volunteer(sessions), volunteer(sessions, "Ben")
    assert take(sessions, ana).why is NoTexts.NOBODY
    made = blasts.add(sessions, 1, DRAFT, by=None, now=BEFORE)
    blasts.schedule(sessions, 1, made, by=None, now=BEFORE)
    waits = take(sessions, ana, BEFORE)
    assert (waits.why, waits.until) == (NoTexts.LATER, TEN)
    release_blasts(sessions, NOW, {})
    take(sessions, ana)
    take(sessions, ben)
    assert take(sessions, volunteer(sessions, "Cho")).why is NoTexts.OTHERS
    run(sessions, "UPDATE campaigns SET state = 'paused', paused_until = :at", at=NOW + LEASE)
    assert take(sessions, ana).why is NoTexts.PAUSED


def test_the_demo_has_a_small_text_bank(sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 5)
        session.execute(text("UPDATE voters SET birth_year = 2005 WHERE id < 4"))
    zone = "America/New_York"
    told = add_demo_texts(sessions, 1, factories.POLLING_DAY, zone, now=NOW)
    assert told == "3 texts wait to be sent by hand, until 7 pm."
    release_blasts(sessions, NOW, {})
    assert len(take(sessions, volunteer(sessions)).texts) == 3


def test_a_crash_before_the_commit_leaves_the_text_hers(
    sessions: Sessions, by_hand: Campaign
) -> None:
    ana = volunteer(sessions)
    first = take(sessions, ana).texts[0]
    before = counts(sessions, TOUCHES)

    class Crash(Exception):
        pass

    def die(*_: object) -> None:
        raise Crash

    event.listen(sessions, "before_commit", die)
    try:
        with pytest.raises(Crash):
            tap(sessions, first, ana)
    finally:
        event.remove(sessions, "before_commit", die)
    assert counts(sessions, TOUCHES) == before
    assert sent(sessions) == []
    assert tap(sessions, first, ana).said is Said.SENT
    assert sent(sessions) == [SHOWN]
