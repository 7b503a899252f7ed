"""Drafts of blasts for tests, and what becomes of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.blast import BlastDraft, Timing
from app.domain.channel import Channel
from app.services import blasts
from app.services.blast_facts import Preview
from app.services.blast_preview import preview
from app.services.blast_release import Dry, release_blasts
from app.services.dispatch import claim_batch
from app.store.blasts import Blast
from app.store.engine import Sessions
from tests.scene import CLAIMER, column

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
