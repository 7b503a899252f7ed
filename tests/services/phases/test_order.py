"""A phase's people are released first, and in the last hours eastern zones."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.hours import Place
from app.services.claim import CallCard, next_call
from app.services.phases import mark_due
from app.services.release import release_some
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.voters import Voter
from tests import factories
from tests.factories import NOON
from tests.scene import column, texting
from tests.services.phases.drafts import (
    CENTRAL,
    DEMOCRATS,
    EAST,
    FOUR_PM,
    HOUR,
    PACIFIC,
    add,
    draft,
)


def released(sessions: Sessions, channel: Channel, number: int, now: datetime) -> list[int]:
    """The voters of a release, in its order."""
    with sessions.begin() as session:
        release_some(session, load_frame(session, 1), channel, number, now)
    query = "SELECT voter_id FROM touches WHERE channel = :channel ORDER BY id"
    return column(sessions, query, channel=channel.value)


def test_a_phase_s_people_are_released_first_and_then_everybody_else(
    sessions: Sessions, ten: Campaign
) -> None:
    add(sessions, draft(whom=DEMOCRATS, channels=(Channel.TEXT,)))
    mark_due(sessions, NOON)
    assert released(sessions, Channel.TEXT, 7, NOON)[:5] == [2, 4, 6, 8, 10]
    assert released(sessions, Channel.CALL, 3, NOON) == [1, 2, 3]  # not by this channel
    assert len(released(sessions, Channel.TEXT, 99, NOON)) == 10


def test_in_a_phase_earlier_passes_do_not_count_but_the_last_24_hours_do(
    sessions: Sessions, ten: Campaign
) -> None:
    add(sessions, draft(whom=DEMOCRATS))
    with sessions.begin() as session:
        whom = [session.get_one(Voter, number) for number in (2, 4)]
        mails = factories.calls(session, ten, whom, channel=Channel.EMAIL, state="delivered")
        for mail in (*mails, mails[0]):
            factories.attempt(session, mail, attempted_at=NOON - HOUR)
        session.execute(
            text("UPDATE targets SET last_attempt_at = :at WHERE voter_id IN (2, 4)"),
            {"at": NOON - HOUR},
        )
        session.execute(
            text(
                "UPDATE targets SET calls = 6, value = 9, last_attempt_at = :at WHERE voter_id = 8"
            ),
            {"at": NOON - 48 * HOUR},
        )
    mark_due(sessions, NOON)
    assert released(sessions, Channel.CALL, 6, NOON) == [8, 6, 10, 4, 2, 1]


def test_whoever_was_tried_in_a_phase_is_behind_the_others_in_it(
    sessions: Sessions, ten: Campaign
) -> None:
    add(sessions, draft(whom=DEMOCRATS))
    mark_due(sessions, NOON)
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET texts = texts + 1, value = 9 WHERE voter_id = 2"))
    mark_due(sessions, NOON + HOUR)  # again, which counts nobody anew
    assert released(sessions, Channel.CALL, 6, NOON + HOUR) == [4, 6, 8, 10, 2, 1]


def test_when_a_phase_is_over_its_people_are_no_longer_first(
    sessions: Sessions, ten: Campaign
) -> None:
    add(sessions, draft(end=NOON + HOUR, whom=DEMOCRATS))
    mark_due(sessions, NOON)
    # Nobody has taken the marks off yet.
    assert released(sessions, Channel.TEXT, 3, NOON + 2 * HOUR) == [1, 2, 3]


def test_bars_and_caps_hold_for_a_phase_s_people(sessions: Sessions, ten: Campaign) -> None:
    add(sessions, draft(whom=DEMOCRATS))
    mark_due(sessions, NOON)
    facts = [
        ("UPDATE targets SET calls = 12 WHERE voter_id = 2"),
        ("DELETE FROM consents WHERE address LIKE '%0004'"),
        ("INSERT INTO opt_outs SELECT phone, 'text', 'reply', '', now() FROM voters WHERE id = 6"),
        ("UPDATE targets SET next_text_at = '2026-11-01' WHERE voter_id = 8"),
        ("UPDATE targets SET voted_at = now() WHERE voter_id = 10"),
    ]
    with sessions.begin() as session:
        for fact in facts:
            session.execute(text(fact))
    assert released(sessions, Channel.TEXT, 99, NOON) == [1, 3, 5, 7, 9]


@pytest.fixture
def coast_to_coast(sessions: Sessions) -> Campaign:
    """Three voters each in the Pacific, Central and Eastern zones, the western ones worth most."""
    with sessions.begin() as session:
        campaign, whom = texting(session, 9)
        for number, voter in enumerate(whom):
            zone = (PACIFIC, CENTRAL, EAST)[number // 3]
            session.execute(
                text("UPDATE targets SET place = :place, value = :value WHERE voter_id = :voter"),
                {"place": Place("", (zone,)).key, "value": 9 - number, "voter": voter.id},
            )
    return campaign


def test_in_the_last_hours_eastern_zones_are_released_first(
    sessions: Sessions, coast_to_coast: Campaign
) -> None:
    assert released(sessions, Channel.TEXT, 9, FOUR_PM) == [7, 8, 9, 4, 5, 6, 1, 2, 3]


def test_before_the_last_hours_the_best_come_first_wherever_they_are(
    sessions: Sessions, coast_to_coast: Campaign
) -> None:
    assert released(sessions, Channel.TEXT, 9, FOUR_PM - HOUR) == list(range(1, 10))


def test_where_the_polls_have_closed_nobody_is_left_and_the_next_zone_is_first(
    sessions: Sessions, coast_to_coast: Campaign
) -> None:
    closed = datetime(2026, 11, 4, 0, 30, tzinfo=UTC)
    assert released(sessions, Channel.TEXT, 9, closed) == [4, 5, 6, 1, 2, 3]


def test_within_each_zone_a_phase_s_people_come_first(
    sessions: Sessions, coast_to_coast: Campaign
) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE voters SET party = 'DEM' WHERE id IN (3, 6, 9)"))
    add(sessions, draft(FOUR_PM, FOUR_PM + HOUR, whom=DEMOCRATS))
    mark_due(sessions, FOUR_PM)
    assert released(sessions, Channel.TEXT, 9, FOUR_PM) == [9, 7, 8, 6, 4, 5, 3, 1, 2]


def take_all(sessions: Sessions, now: datetime) -> list[int]:
    """The voters that volunteers get one after the other."""
    got = []
    for number in range(9):
        user = factories.person(sessions, "volunteer", 1, f"Volunteer{number}")
        card = next_call(sessions, 1, user.id, now=now, wall=now)
        assert isinstance(card, CallCard)
        got.append(card.voter_id)
    return got


def ready_calls(sessions: Sessions, campaign: Campaign, now: datetime) -> None:
    """All nine ready, the western ones first, and a callback that was promised to number 5."""
    with sessions.begin() as session:
        for number in range(1, 10):
            factories.calls(
                session,
                campaign,
                [session.get_one(Voter, number)],
                value=10 - number,
                due_at=now - HOUR,
                expires_at=now + HOUR,
                purpose="callback" if number == 5 else "ramp",
            )


def test_in_the_last_hours_volunteers_get_the_calls_of_eastern_zones_first(
    sessions: Sessions, coast_to_coast: Campaign
) -> None:
    ready_calls(sessions, coast_to_coast, FOUR_PM)
    add(sessions, draft(FOUR_PM, FOUR_PM + HOUR, whom={"min_age": 67}))
    with sessions.begin() as session:
        session.execute(text("UPDATE voters SET birth_year = 1990 WHERE id NOT IN (2, 6)"))
    mark_due(sessions, FOUR_PM)
    assert take_all(sessions, FOUR_PM) == [5, 7, 8, 9, 6, 4, 2, 1, 3]


def test_before_that_volunteers_get_the_best_calls_first(
    sessions: Sessions, coast_to_coast: Campaign
) -> None:
    before = FOUR_PM - HOUR
    ready_calls(sessions, coast_to_coast, before)
    assert take_all(sessions, before) == [5, 1, 2, 3, 4, 6, 7, 8, 9]
