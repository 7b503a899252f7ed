"""A campaign of six whose pool runs dry."""

import pytest

from app.domain.channel import Channel
from app.services import reserves, universes
from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.scene import consent, texting
from tests.services.dry_pool.pool import HOUR, LONG_AGO, TODAY, tried


@pytest.fixture
def six(sessions: Sessions) -> Sessions:
    """Six voters to be texted and mailed: 1 and 2 new, 3 and 4 texted three days ago, 5 five hours
    ago, 6 three hours ago. In reserve: 7 and 8, then 9. A daily cap that is no hindrance. It is
    polling day, so that nobody waits for tomorrow."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 6, polling_day=TODAY)
        tried(session, campaign, [3, 4], Channel.TEXT, LONG_AGO)
        tried(session, campaign, [5], Channel.TEXT, NOON - 5 * HOUR)
        tried(session, campaign, [6], Channel.TEXT, NOON - 3 * HOUR)
        more = factories.voters(session, 3, first=7, party="DEM")
        more[2].party = "GRE"
        consent(session, more)
    universes.save(sessions, "Democrats", {"parties": ["DEM"]}, now=NOON)
    universes.save(sessions, "Greens", {"parties": ["GRE"]}, now=NOON)
    for name in ("Democrats", "Greens"):
        reserves.add(sessions, 1, name, {"name": name}, by=None, now=LONG_AGO)
    return sessions
