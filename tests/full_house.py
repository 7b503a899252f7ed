"""A campaign with a dozen of everything, and the address of every page that can be opened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.domain.channel import Channel
from app.domain.ramp import Shape
from app.domain.touch import AttemptState, TouchState
from app.services.day_report import write_due
from app.services.plans import make_plan
from app.store.ballots import Ballot
from app.store.base import Base
from app.store.blasts import Blast
from app.store.campaigns import Campaign, Ramp, Sender, SenderCheck
from app.store.conversations import Conversation, Written
from app.store.engine import Sessions
from app.store.incidents import AlertRoute, Incident
from app.store.notices import Notice
from app.store.people import AuditEntry, Team, User, WatchedPrecinct
from app.store.phases import Phase
from app.store.polling_day import DriverCar, Problem, Ride
from app.store.precincts import Precinct
from app.store.rehearsals import Rehearsal
from app.store.report_days import ReportDay
from app.store.reserves import Reserve
from app.store.rule_changes import ChangedFigure, LearnedFigure
from app.store.saved_universes import SavedUniverse
from app.store.sheets import Sheet, SheetLine
from app.store.shifts import FreedShift, Shift
from app.store.touches import Touch
from app.store.voters import Answer, Voter
from app.store.voting_plans import VotingPlan
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.scene import texting

DOZEN = 12
FOUR_DOZEN = 4 * DOZEN
TODAY = NOON.date()


@dataclass(frozen=True)
class House:
    """The campaign and who looks at it."""

    campaign_id: int
    people: list[User]


def full_house(sessions: Sessions) -> House:
    """A dozen of everything that a page may list: people, shifts, blasts, replies, rides, …"""
    with sessions.begin() as session:
        campaign, _ = texting(session, FOUR_DOZEN, voter_daily_cap=5)
        campaign_id = campaign.id
    return furnish(sessions, campaign_id)


def furnish(sessions: Sessions, campaign_id: int) -> House:
    """The same for a campaign that has voters already, and neither ramps nor a plan."""
    people = [
        factories.person(
            sessions,
            "team_lead" if number < 3 else "volunteer",
            campaign_id,
            f"Volunteer{number} of the house",
            phone=f"+1919444{number:04}",
        )
        for number in range(DOZEN)
    ]
    with sessions.begin() as session:
        campaign = session.get_one(Campaign, campaign_id)
        first = select(Voter).where(Voter.household_id == Voter.id).order_by(Voter.id)
        voters = list(session.scalars(first.limit(FOUR_DOZEN)))
        _contacts(session, campaign, voters, people)
        _work(session, campaign_id, people)
        _polling_day(session, campaign_id, voters, people)
    make_plan(sessions, campaign_id, now=NOON, wall=NOON)
    write_due(sessions, NOON + timedelta(days=6))  # the report of polling day
    return House(campaign_id, people)


def rows(session: Session, kind: type[Base], count: int = DOZEN, /, **facts: Any) -> list[Any]:
    """So many rows of a table; a fact may be a function of the row's number. What a row must have
    and nobody said is made up by the column's type."""
    made = []
    for number in range(count):
        said = {name: one(number) if callable(one) else one for name, one in facts.items()}
        for column in kind.__table__.columns:
            wanted = column.identity is None and column.server_default is None
            if wanted and not column.nullable and column.name not in said:
                said[column.name] = _made_up(column.type.python_type, column.name, number)
        made.append(kind(**said))
    session.add_all(made)
    session.flush()
    return made


def _made_up(kind: type, name: str, number: int) -> object:
    values: dict[type, object] = {
        str: f"{name} {number}",
        int: number,
        float: number / DOZEN,
        bool: False,
        Decimal: Decimal(number),
        datetime: NOON + timedelta(hours=number),
        date: TODAY,
        dict: {},
        list: [],
    }
    return values[kind]


def _contacts(session: Session, to: Campaign, voters: list[Voter], people: list[User]) -> None:
    """Calls, texts and emails that were made, others that wait, and what came back."""
    for channel, address in ((Channel.CALL, "phone"), (Channel.TEXT, "phone")):
        done = [
            Touch(
                campaign_id=to.id,
                voter_id=voter.id,
                household_id=voter.household_id,
                channel=channel,
                state=TouchState.DONE if channel is Channel.CALL else TouchState.DELIVERED,
                address=getattr(voter, address),
                due_at=NOON - timedelta(hours=2),
                expires_at=NOON + timedelta(days=5),
                released_at=NOON - timedelta(hours=2),
            )
            for voter in voters[: 2 * DOZEN]
        ]
        session.add_all(done)
        session.flush()
        for number, touch in enumerate(done):
            factories.attempt(
                session,
                touch,
                user_id=people[number % DOZEN].id if channel is Channel.CALL else None,
                disposition="canvassed" if channel is Channel.CALL else "",
                state=AttemptState.DONE if channel is Channel.CALL else AttemptState.DELIVERED,
                attempted_at=NOON - timedelta(minutes=10 * number),
            )
    factories.calls(session, to, voters[2 * DOZEN :])
    factories.plan(session, to, Channel.CALL, 400)
    factories.plan(session, to, Channel.TEXT, 4_000)
    for number, voter in enumerate(voters[:DOZEN]):
        factories.reply(
            session,
            campaign_id=to.id,
            voter_id=voter.id,
            from_address=voter.phone,
            sid=f"SM{number}",
        )
    talks = rows(
        session,
        Conversation,
        campaign_id=to.id,
        address=lambda n: voters[n].phone,
        voter_id=lambda n: voters[n].id,
        our_address="+19195550142",
        waits_since=NOON - timedelta(minutes=6),
        handed_over_at=lambda n: NOON if n % 2 else None,
        handed_over_by=people[0].id,
        assigned_to=lambda n: people[n].id,
    )
    rows(session, Written, conversation_id=lambda n: talks[n].id, user_id=people[1].id)
    rows(session, Answer, voter_id=lambda n: voters[n].id, question="will_vote", source="call")
    rows(session, VotingPlan, campaign_id=to.id, voter_id=lambda n: voters[n].id, source="call")
    rows(
        session,
        Ballot,
        voter_id=lambda n: voters[n].id,
        polling_day=POLLING_DAY,
        recorded_by=people[2].id,
    )


def _work(session: Session, campaign_id: int, people: list[User]) -> None:
    """What organizers set up and look at."""
    of = {"campaign_id": campaign_id}
    rows(
        session,
        Ramp,
        len(Channel),
        **of,
        channel=lambda n: list(Channel)[n],
        shape=Shape.LINEAR,
        starts_on=TODAY,
        total=4_000,
    )
    rows(session, SavedUniverse, filter=lambda n: {"min_age": 20 + n})
    rows(
        session,
        Blast,
        **of,
        channel=lambda n: Channel.TEXT if n % 2 else Channel.EMAIL,
        words={"en": {"subject": "Vote", "body": "Vote. Reply STOP to end."}},
        starts_at=lambda n: datetime(2026, 10, 30, 8 + n),  # noqa: DTZ001  # on the voter's clock
        state=lambda n: ("draft", "scheduled", "done")[n % 3],
        by_hand=lambda n: n % 2 == 1,
    )
    rows(session, Phase, **of, kind="round", starts_at=lambda n: NOON + timedelta(hours=n))
    rows(session, Reserve, **of, rank=lambda n: n + 1)
    rows(session, AlertRoute, **of, kind="email", address=lambda n: f"alert{n}@example.org")
    rows(
        session,
        Incident,
        **of,
        kind="sender",
        subject=lambda n: f"sender:{n}",
        closed_at=lambda n: NOON if n > 1 else None,
        timeline=[{"at": NOON.isoformat(), "said": "It was slow."}],
    )
    rows(session, Rehearsal, **of, state="failed", problem="The server was stopped.")
    senders = rows(
        session,
        Sender,
        **of,
        channel=Channel.TEXT,
        address=lambda n: f"+1919555{n + 5000}",
        paused_until=lambda n: NOON + timedelta(hours=1) if n == 1 else None,
    )
    rows(session, SenderCheck, sender_id=lambda n: senders[n].id, kind="test", passed=True)
    teams = rows(session, Team, 3, **of, lead_id=lambda n: people[n].id)
    for number, person in enumerate(people):
        session.get_one(User, person.id).team_id = teams[number % 3].id
    shifts = rows(
        session,
        Shift,
        **of,
        user_id=lambda n: people[n].id,
        channel=Channel.CALL,
        starts_at=lambda n: NOON + timedelta(hours=n - 1),
        ends_at=lambda n: NOON + timedelta(hours=n + 2),
        missed_at=lambda n: NOON if n == 0 else None,
    )
    rows(
        session,
        FreedShift,
        **of,
        shift_id=lambda n: shifts[-1].id + 1 + n,
        user_id=lambda n: people[n].id,
        channel=Channel.CALL,
        starts_at=lambda n: NOON + timedelta(hours=n),
        ends_at=lambda n: NOON + timedelta(hours=n + 3),
        freed_at=NOON,
    )
    rows(
        session,
        Notice,
        **of,
        user_id=lambda n: people[n].id,
        shift_id=lambda n: shifts[n].id,
        kind="reminder",
        channel=Channel.TEXT,
        address=lambda n: people[n].phone,
    )
    rows(session, ChangedFigure, 1, **of, name="spacing_call", value=2.0, note="Fewer")
    rows(session, LearnedFigure, 1, **of, name="dials_an_hour", value=20.0)
    rows(session, AuditEntry, user_id=people[0].id, action="blast added", subject="blast:1")
    factories.import_run(session, [f"row {number}" for number in range(DOZEN)])
    factories.worker(session, "worker:one", NOON)
    rows(
        session,
        ReportDay,
        **of,
        day_on=TODAY,
        part="hour",
        key=lambda n: f"{n:02}",
        channel="call",
        outcome="canvassed",
    )


def looks_on(session: Session, house: House, person: User) -> None:
    """Let whoever looks have a shift of their own, too."""
    mine = {"campaign_id": house.campaign_id, "user_id": person.id, "channel": Channel.CALL}
    rows(session, Shift, 1, **mine, starts_at=NOON, ends_at=NOON + timedelta(hours=3))


def _polling_day(
    session: Session, campaign_id: int, voters: list[Voter], people: list[User]
) -> None:
    """Rides, problems, precincts with their watchers, sheets on paper."""
    of = {"campaign_id": campaign_id}
    said = {"state": "NC", "county": "WAKE", "code": lambda n: f"{n:02}"}
    rows(session, Precinct, **said, place=lambda n: f"School {n}")
    rows(session, WatchedPrecinct, **of, **said, user_id=lambda n: people[n].id)
    rows(
        session,
        Ride,
        **of,
        voter_id=lambda n: voters[n].id,
        name=lambda n: f"Luz {n}",
        state=lambda n: ("asked", "taken", "on_way", "done")[n % 4],
        driver_id=lambda n: people[n].id if n % 4 else None,
        created_by=people[0].id,
    )
    rows(session, DriverCar, **of, user_id=lambda n: people[n].id)
    rows(
        session,
        Problem,
        **of,
        kind=lambda n: ("long_line", "asks", "turned_away")[n % 3],
        voter_id=lambda n: voters[n].id,
        assigned_to=lambda n: people[n].id if n % 2 else None,
        created_by=people[1].id,
        timeline=[{"at": NOON.isoformat(), "by": people[0].id, "said": "On it."}],
    )
    sheets = rows(session, Sheet, **of, kind="calls", code=lambda n: f"K{n}Q")
    rows(
        session,
        SheetLine,
        sheet_id=lambda n: sheets[0].id,
        line=lambda n: n + 1,
        voter_id=lambda n: voters[n].id,
    )


NO_PAGES = {
    "bootstrap.static",
    "campaigns.plotly_script",
    "security.static",
    "security.verify",
    "static",
    "static_files.other",
}
"""Files, and a page of an extension that nothing leads to."""
_TABLES = {
    "kept_id": "voters",
    "gone_id": "voters",
    "person_id": "users",
    "run_id": "import_runs",
    "reply_id": "inbound",
    "thing_id": "blasts",
    "change_id": "rule_changes",
    "universe_id": "universes",
}
_EVENING = {"day": "2026-10-30", "from": "17:00", "until": "20:00", "channel": "call"}
_ASKED: dict[str, dict[str, Any]] = {
    "calendar.shared": {"day": "2026-10-30"},
    "strike.results": {"campaign": 1, "q": "Voter"},
    "shifts.ask": _EVENING,
    "calls.news": {"touch": 1},
    "rules.add": {"kind": "blackout"},
}
"""Pages that want to be asked something."""
_VALUES = {
    "kind": "blast",
    "field": "party",
    "number": 1,
    "token": "none",
    "path": "x",
    "name": "spacing_call",
    "channel": "text",
}
_VALUES |= {"purpose": "ramp", "language": "en"}


def addresses(app: Flask, connection: Connection, house: House) -> Iterator[tuple[str, str]]:
    """Each endpoint that GET opens, with an address of it; ids are those of rows that are there."""
    with app.test_request_context():
        for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
            if "GET" not in (rule.methods or ()) or rule.endpoint in NO_PAGES:
                continue
            values: dict[str, Any] = dict(_ASKED.get(rule.endpoint, {}))
            values |= {
                name: house.campaign_id
                if name == "campaign_id"
                else value_of(connection, rule, name)
                for name in sorted(rule.arguments)
            }
            yield rule.endpoint, app.url_for(rule.endpoint, _external=False, **values)


def value_of(connection: Connection, rule: Rule, name: str) -> object:
    """What a part of an address may be: the id of a row that is there, or a word."""
    if name in _VALUES:
        return _VALUES[name]
    assert name.endswith("_id"), f"{rule.endpoint}: what is {name}? Say so in tests/full_house.py."
    table = _TABLES.get(name, f"{name.removesuffix('_id')}s")
    mine = rule.endpoint.startswith("my_shifts.")  # the last is of whoever looks
    last = "DESC" if mine or name == "gone_id" else "ASC"
    found = connection.scalar(text(f"SELECT id FROM {table} ORDER BY id {last} LIMIT 1"))
    assert found is not None, f"{rule.endpoint}: the full house has no row in {table}."
    return found
