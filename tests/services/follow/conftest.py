"""A campaign whose voters are followed up."""

import pytest

from app.store.campaigns import Campaign
from app.store.engine import Sessions
from tests.scene import texting


@pytest.fixture
def ten(sessions: Sessions) -> Campaign:
    """A campaign with ten targets who may be texted; nobody has told a plan."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 10)
    return campaign
