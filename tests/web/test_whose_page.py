"""Whose page it is: nobody below an organizer opens a page of another campaign, and nobody reaches
what belongs to another campaign through the address of their own.

Organizers and admins run every campaign of an installation. What is refused changes nothing.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.clock import ManualClock
from app.config import Settings
from app.domain.touch import TouchState
from app.store.base import Base
from app.store.campaigns import Sender
from app.store.engine import Sessions, make_sessions
from app.store.incidents import AlertRoute
from app.store.people import Team
from app.store.polling_day import Problem, Ride
from app.store.rule_changes import RuleChange
from app.store.sheets import Sheet, SheetLine
from app.store.shifts import Shift
from app.store.touches import Touch
from app.store.voting_plans import VotingPlan
from app.web.guard import RANKS
from app.wiring import Parts
from tests import factories
from tests.conftest import empty
from tests.factories import NOON
from tests.full_house import House, full_house, rows, value_of
from tests.web.conftest import as_person
from tests.web.shared import shared_app

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
CALLED_BY_ALL = {"tour.step"}
"""Pages with a number in their address that are the same for everybody."""
FORMS: dict[str, dict[str, Any]] = {
    "blasts.change": {"name": "Other words"},
    "calendar.move": {"day": "2026-11-01", "time": "10:00", "seen": "2026-10-30T08:00"},
    "phases.change": {"name": "Other words"},
    "problems.assign": {"to": 1},
    "problems.note": {"said": "I was here."},
    "problems.solve": {"said": "It is solved."},
    "rides.finish": {"voted": "yes"},
    "rides.give": {"driver": 1},
    "rides.drive": {"act": "on_way"},
    "setup.test": {"key": "5f0b4a0e-8d5c-4f6e-9c55-1f4f4d6f6a11", "to": "+19195550001"},
    "teams.add_member": {"person": 1},
    "teams.remove_member": {"person": 1},
    "teams.rename": {"name": "Ours now"},
    "teams.set_lead": {"person": 2},
    "teams.cancel": {"shift": 1},
    "teams.write": {"words": "Come here instead."},
    "replies.answer": {"body": "Hello.", "seen": 99},
    "replies.hand_over": {"why": "Mine."},
}
"""What is sent to an address; nothing where the address says it all."""


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

    def looks(self) -> str:
        """A fingerprint of everything that is stored."""
        parts = " UNION ALL ".join(
            f"SELECT '{name}' AS t, count(*), sum(hashtext(x::text)::bigint) FROM {name} x"
            for name in sorted(Base.metadata.tables)
        )
        with self.engine.connect() as connection:
            return str(connection.execute(text(f"{parts} ORDER BY t")).all())


@pytest.fixture(scope="module")
def town(connections: Engine) -> Town:
    """Made once for all tests of this module."""
    empty(connections)
    settings = Settings(
        _env_file=None,
        secret_key="a key for tests",
        secure_cookies=False,
        public_url="https://vote.example.org",
    )
    sessions = make_sessions(connections)
    web = shared_app(Parts(settings, connections, sessions, ManualClock(NOON)))
    house = full_house(sessions)
    with sessions.begin() as session:
        silence = {"begins_at": "2026-11-01T00:00:00+00:00", "ends_at": "2026-11-01T01:00:00+00:00"}
        rows(session, RuleChange, 1, campaign_id=house.campaign_id, kind="blackout", value=silence)
        of = {"campaign_id": house.campaign_id}
        (sheet,) = rows(session, Sheet, 1, **of, kind="doors", code="DVVD")
        rows(session, SheetLine, 1, sheet_id=sheet.id, line=1, voter_id=1)
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


def refused(answer: TestResponse) -> bool:
    """No page of it: refused, not there, or led away."""
    return answer.status_code in (403, 404) or 300 <= answer.status_code < 400


def test_people_of_another_campaign_are_refused(town: Town) -> None:
    """Every address with a campaign or a thing of one that others than organizers may open."""
    before, let_in, tried = town.looks(), [], set()
    for rule, role, _beside in rules(town.web):
        if RANKS[role] >= RANKS["organizer"] or rule.endpoint in CALLED_BY_ALL:
            continue
        if not ("campaign_id" in rule.arguments or whose(rule)):
            continue
        path = town.address(rule.endpoint, **town.values(rule))
        for stranger, client in town.strangers.items():
            for method in methods(rule):
                answer = client.open(path, method=method, data=FORMS.get(rule.endpoint))
                tried.add((stranger, method, path))
                if not refused(answer) and (answer.json or {}).get("held") is not False:
                    let_in.append((stranger, method, path, answer.status_code))
    assert let_in == []
    assert len(tried) > 60
    assert town.looks() == before


def test_things_of_another_campaign_are_not_there(town: Town) -> None:
    """Every address in which the campaign is one and the thing is another's."""
    tried, shown, changed = 0, [], []
    before = town.looks()
    for rule, _role, _beside in rules(town.web):
        if "campaign_id" not in rule.arguments or not whose(rule):
            continue
        values = town.values(rule) | {"campaign_id": town.other_id}
        path = town.address(rule.endpoint, **values)
        for method in methods(rule):
            answer = town.admin.open(path, method=method, data=FORMS.get(rule.endpoint))
            tried += 1
            if not (refused(answer) or answer.status_code == 422):
                shown.append((method, path, answer.status_code))
            if method == "GET" and answer.status_code != 404:
                shown.append((method, path, answer.status_code))
            if method == "POST" and (after := town.looks()) != before:
                changed.append(path)
                before = after
    assert (shown, changed) == ([], [])
    assert tried > 40


def test_the_same_addresses_open_in_their_own_campaign(town: Town) -> None:
    """Else the tests above would prove nothing: they ask for what there is."""
    wrong = []
    for rule, _role, _beside in rules(town.web):
        if "campaign_id" in rule.arguments and whose(rule) and "GET" in methods(rule):
            path = town.address(rule.endpoint, **town.values(rule))
            status = town.admin.get(path).status_code
            if status != 200:
                wrong.append((path, status))
    assert wrong == []


@dataclass(frozen=True)
class Crossed:
    """A form of one campaign that names something of another."""

    who: str
    endpoint: str
    form: dict[str, Any]
    at: dict[str, Any] = field(default_factory=dict)  # what else the address names

    def sent(self, town: Town, campaign_id: int) -> TestResponse:
        """Sends it to a page of this campaign."""
        client = town.strangers.get(self.who, town.admin)
        path = town.address(self.endpoint, campaign_id=campaign_id, **self.at)
        return client.post(path, data=self.form)


def crossed(town: Town) -> list[Crossed]:
    """Forms that name people, shifts, senders, routes, sheets and calls of the full house."""
    person, another = town.house.people[4].id, town.house.people[5].id
    with town.sessions() as session:
        shifts = {one.user_id: one.id for one in session.scalars(select(Shift))}
        sender = session.scalars(select(Sender).where(Sender.channel == "text")).first()
        calls = select(Touch).where(Touch.state == TouchState.READY, Touch.channel == "call")
        touch = session.scalars(calls).first()
        route = session.scalars(select(AlertRoute.id)).first()
        voter = session.scalars(select(VotingPlan.voter_id)).first()
    assert touch is not None
    assert sender is not None
    hours = {"day": "2026-11-02", "from": "9:00", "until": "12:00", "channel": "call"}
    later = {**hours, "from": "13:00", "until": "15:00"}
    team, ride = {"team_id": town.team_id}, {"ride_id": town.ride_id}
    what = f"sender:{sender.id}"
    pause = {"what": what, "until": "2026-10-30T10:00", "reason": "It is sick."}
    sure = {"sure": f"{what} 2026-10-30T14:00:00+00:00", "typed": sender.name}
    call = {"touch_id": touch.id, "touch": touch.id, "fence": touch.fence, "result": "no_answer"}
    return [
        Crossed("admin", "shifts.add", {"person": person, **hours}),
        Crossed("admin", "shifts.remove", {"shift": shifts[another]}),
        Crossed("admin", "teams.add_member", {"person": person}, team),
        Crossed("admin", "teams.book", {"person": person, **later}, team),
        Crossed("admin", "teams.cancel", {"shift": shifts[person]}, team),
        Crossed("admin", "teams.write", {"person": person, "words": "Come here."}, team),
        Crossed("admin", "teams.set_lead", {"person": person}, team),
        Crossed("team_lead", "teams.book", {"person": person, **hours}, team),
        Crossed("team_lead", "teams.cancel", {"shift": shifts[person]}, team),
        Crossed("team_lead", "teams.write", {"person": person, "words": "Come."}, team),
        Crossed("admin", "rides.drives", {"person": person, "seats": 3}),
        Crossed("admin", "rides.give", {"driver": person}, ride),
        Crossed("admin", "rides.write_down", {"voter": voter}),
        Crossed("admin", "problems.assign", {"to": person}, {"problem_id": town.problem_id}),
        Crossed(
            "admin", "polling_day.assign", {"precincts": "WAKE/00"}, {"user_id": town.watcher_id}
        ),
        Crossed("admin", "incidents.remove", {"route": route}),
        Crossed("admin", "pauses.begin", pause | sure),
        Crossed("admin", "pauses.resume", pause),
        Crossed("admin", "paper.enter", {"typed": "DVVD 1 n"}),
        Crossed("volunteer", "rides.ask", call),
        Crossed("volunteer", "problems.report", {**call, "kind": "long_line"}),
        Crossed("volunteer", "calls.reveal", call),
        Crossed("volunteer", "calls.release", call),
        Crossed("volunteer", "calls.save", {**call, "key": str(uuid4()), "next": "no"}),
        Crossed("volunteer", "bank.skip", call),
        Crossed("volunteer", "bank.send", call),
        Crossed("poll_watcher", "strike.one", {"campaign": town.house.campaign_id, "voter": voter}),
        Crossed(
            "poll_watcher",
            "strike.strike",
            {"campaign": town.house.campaign_id, "voters": "AA000001"},
        ),
    ]


def test_forms_reach_nothing_of_another_campaign(town: Town) -> None:
    before, changed = town.looks(), []
    for one in crossed(town):
        answer = one.sent(town, town.other_id)
        if (after := town.looks()) != before:
            changed.append((one.who, one.endpoint, answer.status_code))
            before = after
    assert changed == []
    idle = []
    for one in crossed(town):
        if one.who == "admin":
            own = replace(one, at={**one.at, **{name: 1 for name in one.at if name != "user_id"}})
            own.sent(town, town.house.campaign_id)
            if (after := town.looks()) == before:
                idle.append(one.endpoint)
            before = after
    assert idle == []  # each does something in its own campaign, or this test proves nothing
