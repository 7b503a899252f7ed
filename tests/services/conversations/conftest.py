"""A campaign in which Ana writes back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.store.campaigns import Sender
from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.scene import texting
from tests.services.conversations.writing import OUR_SECOND, volunteer


@pytest.fixture
def ana(sessions: Sessions) -> int:
    """A volunteer of a campaign that has texted five voters."""
    with sessions.begin() as session:
        made, whom = texting(session, 5)
        session.add(
            Sender(
                campaign_id=made.id,
                channel=Channel.TEXT,
                name="Second",
                address=OUR_SECOND,
                per_second=10_000,
                price=Decimal("0.0079"),
            )
        )
        session.flush()
        for touch in factories.calls(session, made, whom, channel="text", state="delivered"):
            tried = NOON - timedelta(hours=1)
            factories.attempt(session, touch, state="delivered", attempted_at=tried)
        session.execute(text("UPDATE targets SET texts = 1, last_attempt_at = :at"), {"at": NOON})
    return volunteer(sessions)
