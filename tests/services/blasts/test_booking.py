"""A blast is previewed, booked or refused, changed and taken back."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.blast import Timing
from app.domain.channel import Channel
from app.services import blasts
from app.services.blast_words import word_problems
from app.services.blasts import BlastRefused
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from tests import factories
from tests.scene import column, run
from tests.services.blasts.drafts import (
    BEFORE,
    BODY,
    HOUR,
    LOCAL_TEN,
    PACIFIC,
    TEN,
    TEXT,
    made,
    release,
    scheduled,
    shown,
    state,
)


def test_a_form_sent_twice_makes_one_draft(sessions: Sessions, ten: Campaign) -> None:
    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(lambda _: made(sessions), range(3)))
    assert len(set(found)) == 1
    assert made(sessions, name="Friday noon") not in found
    blasts.schedule(sessions, 1, found[0], by=None, now=BEFORE)
    assert made(sessions) not in found, "written anew, after that one was scheduled"


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
