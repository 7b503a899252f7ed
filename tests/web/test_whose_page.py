"""Whose page it is: nobody below an organizer opens a page of another campaign, and nobody reaches
what belongs to another campaign through the address of their own.

Organizers and admins run every campaign of an installation. What is refused changes nothing.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from app.domain.touch import TouchState
from app.store.campaigns import Sender
from app.store.incidents import AlertRoute
from app.store.shifts import Shift
from app.store.touches import Touch
from app.store.voting_plans import VotingPlan
from app.web.guard import RANKS
from tests.web.town import Town, build, methods, rules, whose

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


@pytest.fixture(scope="module")
def town(connections: Engine) -> Town:
    """Made once for all tests of this module."""
    return build(connections)


def refused(answer: TestResponse) -> bool:
    """No page of it: refused, not there, or led away."""
    return answer.status_code in (403, 404) or 300 <= answer.status_code < 400


def test_people_of_another_campaign_are_refused(town: Town) -> None:
    """Every address with a campaign or a thing of one that others than organizers may open."""
    town.has_changed()
    let_in, tried = [], set()
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
    assert not town.has_changed()


def test_things_of_another_campaign_are_not_there(town: Town) -> None:
    """Every address in which the campaign is one and the thing is another's."""
    tried, shown, changed = 0, [], []
    town.has_changed()
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
            if method == "POST" and town.has_changed():
                changed.append(path)
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
        Crossed(
            "admin", "teams.write", {"person": person, "words": "Come here.", "key": "k"}, team
        ),
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
    town.has_changed()
    changed = []
    for one in crossed(town):
        answer = one.sent(town, town.other_id)
        if town.has_changed():
            changed.append((one.who, one.endpoint, answer.status_code))
    assert changed == []
    idle, unheard, twice = [], [], []
    for one in crossed(town):
        if one.who == "admin":
            own = replace(one, at={**one.at, **{name: 1 for name in one.at if name != "user_id"}})
            heard = town.heard()
            own.sent(town, town.house.campaign_id)
            if not town.has_changed():
                idle.append(one.endpoint)
            elif town.heard() == heard:
                unheard.append(one.endpoint)
            own.sent(town, town.house.campaign_id)
            if town.has_changed():
                twice.append(one.endpoint)
    assert unheard == []  # by the audit log
    assert twice == []  # done, though it was the same form
    assert idle == []  # each does something in its own campaign, or this test proves nothing
