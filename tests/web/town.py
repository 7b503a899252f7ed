"""A full house beside another campaign, and all routes: for tests that go through every address."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text, update
from werkzeug.routing import Rule

from app.clock import ManualClock
from app.store.base import Base
from app.store.engine import Sessions, make_sessions
from app.store.people import Invitation, Team
from app.store.polling_day import Problem, Ride
from app.store.rule_changes import RuleChange
from app.store.sheets import Sheet, SheetLine
from app.store.voters import Merge
from app.store.voting_plans import VotingPlan
from app.web.guard import RANKS
from app.wiring import Parts
from tests import factories
from tests.conftest import empty
from tests.factories import NOON
from tests.full_house import House, full_house, rows, value_of
from tests.web.conftest import as_person
from tests.web.shared import SETTINGS, shared_app

NO_ONES = {
    "version",
    "name",
    "channel",
    "purpose",
    "language",
    "kind",
    "field",
    "number",
    "path",
    "token",
}
"""Parts of an address that are words or counts, and belong to no campaign."""


@dataclass
class Town:
    """A campaign with a dozen of everything, another with a few people, and who looks."""

    web: Flask
    engine: Engine
    sessions: Sessions
    house: House
    other_id: int
    admin: FlaskClient
    strangers: dict[str, FlaskClient]  # role to somebody of the other campaign
    team_id: int  # of the other campaign
    ride_id: int
    problem_id: int
    watcher_id: int  # of the full house
    _writer: str = ""
    _looks: str = ""

    def values(self, rule: Rule) -> dict[str, Any]:
        """What the parts of an address may be: all of the campaign that has a dozen."""
        with self.engine.connect() as connection:
            return {
                name: self.house.campaign_id
                if name == "campaign_id"
                else value_of(connection, rule, name)
                for name in rule.arguments
            }

    def address(self, endpoint: str, **values: Any) -> str:
        """The path of a page."""
        with self.web.test_request_context():
            return self.web.url_for(endpoint, **values)

    def heard(self) -> int:
        """How many entries the audit log has."""
        with self.engine.connect() as connection:
            return int(connection.scalar(text("SELECT count(*) FROM audit")) or 0)

    def has_changed(self) -> bool:
        """Whether anything stored is other than when this was last asked."""
        with self.engine.connect() as connection:
            # No transaction that writes has begun: most pages, and looking costs much less so.
            last = connection.execute(text("SELECT pg_snapshot_xmax(pg_current_snapshot())"))
            if (writer := str(last.scalar())) == self._writer:
                return False
            before, self._writer = self._looks, writer
            # In their order: the server may count several tables at once.
            self._looks = str(sorted(map(tuple, connection.execute(text(_LOOKS)))))
        return self._looks != before


_LOOKS = " UNION ALL ".join(
    f"SELECT '{name}' AS t, count(*), sum(hashtext(x::text)::bigint) FROM {name} x"
    for name in sorted(Base.metadata.tables)
)
"""A fingerprint of every table."""


def build(connections: Engine) -> Town:
    """The town in a database that is emptied for it, with an application on it."""
    empty(connections)
    sessions = make_sessions(connections)
    web = shared_app(Parts(SETTINGS, connections, sessions, ManualClock(NOON)))
    house = full_house(sessions)
    with sessions.begin() as session:
        silence = {"begins_at": "2026-11-01T00:00:00+00:00", "ends_at": "2026-11-01T01:00:00+00:00"}
        rows(session, RuleChange, 1, campaign_id=house.campaign_id, kind="blackout", value=silence)
        of = {"campaign_id": house.campaign_id}
        (sheet,) = rows(session, Sheet, 1, **of, kind="doors", code="DVVD")
        rows(session, SheetLine, 1, sheet_id=sheet.id, line=1, voter_id=1)
        rows(session, Invitation, 1, **of, token_hash="none", uses_left=1)
        rows(session, Merge, 1, kept_id=1, gone_id=2)
        session.execute(update(VotingPlan).values(ride=True))
        other_id = factories.campaign(session, name="Westside calls").id
    watcher = factories.person(sessions, "poll_watcher", house.campaign_id, "Wen of the east")
    people = {
        role: factories.person(sessions, role, other_id, f"{role} of the west")
        for role in ("volunteer", "team_lead", "poll_watcher")
    }
    with sessions.begin() as session:
        (team,) = rows(
            session, Team, 1, campaign_id=other_id, lead_id=people["team_lead"].id, name="West"
        )
        (ride,) = rows(session, Ride, 1, campaign_id=other_id, name="Ana", state="asked")
        (problem,) = rows(
            session, Problem, 1, campaign_id=other_id, kind="long_line", timeline=[], state="open"
        )
    return Town(
        web,
        connections,
        sessions,
        house,
        other_id,
        as_person(web, factories.person(sessions, "admin", None, "Zoe")),
        {role: as_person(web, one) for role, one in people.items()},
        team.id,
        ride.id,
        problem.id,
        watcher.id,
    )


def rules(web: Flask) -> list[tuple[Rule, str, frozenset[str]]]:
    """Each route of ours that asks for a sign-in, the role that may open it, and those beside."""
    found: list[tuple[Rule, str, frozenset[str]]] = []
    for rule in sorted(web.url_map.iter_rules(), key=lambda one: one.rule):
        view = web.view_functions[rule.endpoint]
        role = getattr(view, "open_to", None)
        if role in RANKS:
            found.append((rule, role, getattr(view, "open_beside", frozenset())))
    return found


def methods(rule: Rule) -> list[str]:
    """GET or POST, or both."""
    return sorted((rule.methods or set()) & {"GET", "POST"})


def whose(rule: Rule) -> set[str]:
    """The parts of an address that name something of a campaign."""
    return set(rule.arguments) - NO_ONES - {"campaign_id"}
