"""A draft is set up whole or refused with what to do."""

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.domain.channel import Channel
from app.domain.ramp import Shape
from app.domain.universe import Universe
from app.services import plans
from app.services.campaigns import CampaignRefused, RampDraft, set_up
from app.services.demo_campaign import demo_draft
from app.services.strike import StrikeRefused, ids_in, read_ids
from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.scene import column, texting

DRAFT = replace(demo_draft(NOON), universe=Universe())
RAMP = RampDraft(Shape.LINEAR, date(2026, 10, 27), 100)

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("name", {"name": " "}),
    ("zone", {"zone": "America/Nowhere"}),
    ("polls_close", {"polls_close": time(5)}),
    ("polling_day", {"polling_day": date(2026, 10, 1)}),
    ("starts_at", {"starts_at": NOON + timedelta(days=30)}),
    ("budget", {"budget": Decimal(-1)}),
    ("reserve_share", {"reserve_share": Decimal(1)}),
    ("voter_daily_cap", {"voter_daily_cap": 0}),
    ("voter_total_cap", {"voter_total_cap": 1}),
    ("ramps", {"ramps": {}}),
    (
        "text_starts_on",
        {"ramps": {Channel.TEXT: replace(RAMP, starts_on=date(2026, 11, 4))}},
    ),
    ("text_total", {"ramps": {Channel.TEXT: replace(RAMP, total=0)}}),
    ("text_rise", {"ramps": {Channel.TEXT: replace(RAMP, rise=0.5)}}),
    ("text_body", {"text_body": ""}),
    ("text_body", {"text_body": "Hi {nickname}"}),
    ("text_body", {"text_body": "I am {volunteer}"}),
    ("text_body", {"text_body": "x" * 1601}),
    ("text_sender", {"text_sender": "555-01"}),
    ("email_sender", {"email_sender": "rosa"}),
    ("email_sender", {"email_sender": "Rosa <rosa>"}),
    ("call_script", {"call_script": ""}),
    ("universe", {"universe": Universe(parties=("GREEN",))}),
]


@pytest.mark.parametrize(("field", "change"), WRONG)
def test_a_wrong_draft_is_refused_at_its_field_and_nothing_is_written(
    sessions: Sessions, field: str, change: dict[str, Any]
) -> None:
    with sessions.begin() as session:
        factories.voters(session, 3)
    with pytest.raises(CampaignRefused) as refused:
        set_up(sessions, replace(DRAFT, **change), now=NOON)
    assert set(refused.value.problems) == {field}
    assert column(sessions, "SELECT count(*) FROM campaigns") == [0]
    assert column(sessions, "SELECT count(*) FROM targets") == [0]


def test_a_campaign_is_set_up_with_targets_and_a_plan_that_adds_up(sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 400)
    ramps = {Channel.TEXT: replace(RAMP, total=1_003), Channel.EMAIL: replace(RAMP, total=1_100)}
    set_up(sessions, replace(DRAFT, ramps=ramps), now=NOON)
    assert column(sessions, "SELECT count(*) FROM targets WHERE campaign_id = 2") == [400]
    planned = column(sessions, "SELECT sum(planned) FROM plan_hours GROUP BY channel ORDER BY 1")
    assert planned == [1_003, 1_100]


SHORT: list[tuple[str, dict[str, Any]]] = [
    (
        "nobody is booked",
        {"ramps": {Channel.CALL: RampDraft(Shape.LINEAR, date(2026, 10, 30), 90)}},
    ),
    (
        "the ramp's own limit a day",
        {"ramps": {Channel.EMAIL: replace(RAMP, total=2_000, daily_cap=150)}},
    ),
    ("everybody who may be tried", {"ramps": {Channel.EMAIL: replace(RAMP, total=9_000)}}),
    (
        "the money is gone",
        {"budget": Decimal(1), "ramps": {Channel.TEXT: replace(RAMP, total=900)}},
    ),
]


@pytest.mark.parametrize(("words", "change"), SHORT, ids=[words for words, _ in SHORT])
def test_what_the_plan_cannot_keep_is_said_with_its_cause(
    sessions: Sessions, words: str, change: dict[str, Any]
) -> None:
    with sessions.begin() as session:
        texting(session, 300)
    made = set_up(sessions, replace(DRAFT, **change), now=NOON)
    with sessions() as session:
        [sentence] = plans.problems(session, made)
    assert words in sentence


def test_a_plan_that_can_be_kept_says_nothing(sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 400)
    ramps = {channel: replace(RAMP, total=1_000) for channel in (Channel.TEXT, Channel.EMAIL)}
    made = set_up(sessions, replace(DRAFT, ramps=ramps), now=NOON)
    with sessions() as session:
        assert plans.problems(session, made) == []


def test_the_same_form_twice_makes_one_campaign(sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.voters(session, 2)
    set_up(sessions, DRAFT, now=NOON)
    with pytest.raises(CampaignRefused, match="already"):
        set_up(sessions, DRAFT, now=NOON)
    assert column(sessions, "SELECT count(*) FROM campaigns") == [1]


def test_who_voted_before_the_campaign_was_made_is_not_on_its_lists(sessions: Sessions) -> None:
    with sessions.begin() as session:
        [voter] = factories.voters(session, 1)
        session.flush()
        from app.store.ballots import Ballot

        session.add(
            Ballot(
                voter_id=voter.id, polling_day=DRAFT.polling_day, source="file", recorded_at=NOON
            )
        )
    set_up(sessions, DRAFT, now=NOON)
    assert column(sessions, "SELECT voted_at FROM targets") == [NOON]


LISTS = [
    ("AA1\nAA2\n", ["AA1", "AA2"]),
    ("ncid\tname\nAA1\tAna\n", ["AA1"]),
    ("name,voter_id\nAna,AA1\n\nBen,AA2\n", ["AA1", "AA2"]),
    ("Voter ID;x\nAA1;1\n", ["AA1"]),
]


@pytest.mark.parametrize(("content", "ids"), LISTS)
def test_a_list_of_those_who_voted_is_read(content: str, ids: list[str]) -> None:
    assert ids_in(content, "list") == ids


BAD = [(b"", "empty"), (b"a,b\n1,2\n", "voter_id"), (b"\xff\xfe\x00", "text file"), (b"\0", "text")]


@pytest.mark.parametrize(("content", "words"), BAD)
def test_a_list_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(StrikeRefused, match=words):
        read_ids(path)
    with pytest.raises(StrikeRefused, match="no such file"):
        read_ids(tmp_path / "missing.csv")
