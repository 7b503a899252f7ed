"""Voters who wait for a call while lists of ballots come in."""

import pytest

from app.store.engine import Sessions
from tests import factories


@pytest.fixture
def called(sessions: Sessions) -> None:
    """Three voters who wait for a call, and one who is nobody's target."""
    with sessions.begin() as session:
        factories.call_list(session, 3)
        factories.voters(session, 1, first=4)
