"""Campaigns whose phases mark, release and end."""

import pytest

from app.store.campaigns import Campaign
from app.store.engine import Sessions
from tests.scene import texting


@pytest.fixture
def ten(sessions: Sessions) -> Campaign:
    """A campaign with ten targets; the even ones are Democrats."""
    with sessions.begin() as session:
        campaign, whom = texting(session, 10)
        for voter in whom:
            voter.party = "DEM" if voter.id % 2 == 0 else "UNA"
    return campaign
