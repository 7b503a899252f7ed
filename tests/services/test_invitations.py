"""Invitations when many join at once: one account a phone, and no more people than uses."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.services.invitations import DeadInvitation, Joining, invite, join, move_over
from app.services.people import BadPerson
from app.services.teams import add_team, set_lead
from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.scene import column


@pytest.fixture
def token(sessions: Sessions) -> str:
    """A link for three."""
    with sessions.begin() as session:
        factories.campaign(session)
    return invite(sessions, 1, by=1, uses=3, days=7, wall=NOON)


def _who(name: str, address: str) -> Joining:
    return Joining(name, address, ("en",), agrees=True)


def _at_once(work: Callable[[int], object], count: int) -> list[str]:
    def ended(number: int) -> str:
        try:
            work(number)
        except (BadPerson, DeadInvitation) as reason:
            return reason.code
        return "in"

    with ThreadPoolExecutor(count) as threads:
        return sorted(threads.map(ended, range(count)))


@pytest.mark.parametrize("address", ["(919) 555-0199", "ana@example.org"])
def test_one_address_joins_once_however_often_it_is_tapped(
    sessions: Sessions, token: str, address: str
) -> None:
    said = _at_once(
        lambda n: join(sessions, token, _who("Ana", address), country="US", wall=NOON), 3
    )
    assert said == ["in", "taken", "taken"]
    assert column(sessions, "SELECT uses_left FROM invitations") == [2]


def test_no_more_join_than_the_link_is_for(sessions: Sessions, token: str) -> None:
    def come(number: int) -> None:
        who = _who(f"V{number}", f"v{number}@example.org")
        join(sessions, token, who, country="US", wall=NOON)

    assert _at_once(come, 5) == ["in"] * 3 + ["used"] * 2


def test_to_come_over_twice_at_once_costs_one_use(sessions: Sessions, token: str) -> None:
    ana = factories.person(sessions, "volunteer", None, "Ana")
    assert _at_once(lambda _: move_over(sessions, token, ana.id, wall=NOON), 3) == ["in"] * 3
    assert column(sessions, "SELECT uses_left FROM invitations") == [2]
    assert column(sessions, "SELECT campaign_id FROM users") == [1]


def test_all_that_is_wrong_is_said_at_once(sessions: Sessions, token: str) -> None:
    with pytest.raises(BadPerson) as told:
        join(sessions, token, Joining(" ", "x", (), agrees=False), country="US", wall=NOON)
    fields = [one.field for one in (told.value, *told.value.others)]
    assert fields == ["name", "address", "languages", "conduct"]


def test_whoever_leads_a_team_and_comes_over_leads_it_no_more(
    sessions: Sessions, token: str
) -> None:
    with sessions.begin() as session:
        other = factories.campaign(session, name="Westside calls").id
    ana = factories.person(sessions, "team_lead", other, "Ana")
    team = add_team(sessions, other, "West", by=1, wall=NOON)
    set_lead(sessions, team, ana.id, by=1, wall=NOON)
    move_over(sessions, token, ana.id, wall=NOON)
    assert column(sessions, "SELECT lead_id FROM teams") == [None]
    assert column(sessions, "SELECT team_id FROM users") == [None]
