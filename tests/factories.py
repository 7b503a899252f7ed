"""Rows for tests: a campaign in its final week, its voters, its calls, its people."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import ARRAY, BigInteger, any_, literal, select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.reply import Meaning
from app.domain.touch import AttemptState, TouchState
from app.services.people import NewPerson, add_in
from app.store.base import Base
from app.store.campaigns import Campaign, PlanHour, Script
from app.store.engine import Sessions
from app.store.imports import ImportRun, RejectedRow
from app.store.messages import Inbound
from app.store.people import User
from app.store.sql import sql
from app.store.touches import Attempt, Target, Touch
from app.store.voters import Voter
from app.store.workers import Worker

NOON = datetime(2026, 10, 29, 16, 0, tzinfo=UTC)
"""Noon in North Carolina, five days before polling day."""

POLLING_DAY = date(2026, 11, 3)
SCRIPT = "Hi, may I speak with {first_name}? I'm {volunteer}.\n\nWill you vote on {polling_day}?"
NEXT_VOTERS = sql(
    "SELECT nextval(pg_get_serial_sequence('voters', 'id')) FROM generate_series(1, :count)"
)
LONG_NAME = ("María José", "Fernández-Ortiz de la Cruz")


def campaign(session: Session, **facts: Any) -> Campaign:
    """A campaign that began a week ago, with a call script."""
    row = Campaign(
        **{
            "name": "Eastside calls",
            "organization": "Friends of Rivera",
            "candidate": "Ana Rivera",
            "zone": "America/New_York",
            "polling_day": POLLING_DAY,
            "polls_open": time(6, 30),
            "polls_close": time(19, 30),
            "starts_at": NOON - timedelta(days=7),
            "budget": Decimal(20_000),
            "reserve_share": Decimal("0.4"),
            "voter_daily_cap": 5,
            "created_at": NOON - timedelta(days=7),
            **facts,
        }
    )
    session.add(row)
    session.flush()
    session.add(Script(campaign_id=row.id, channel=Channel.CALL, body=SCRIPT))
    return row


def stored(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows that all name the same columns, as one statement with one parameter: hundreds of rows
    take a fifth of what as many objects do."""
    if not rows:
        return
    name, columns = table.__tablename__, ", ".join(rows[0])
    session.execute(
        sql(
            f"INSERT INTO {name} ({columns}) SELECT {columns} "
            f"FROM json_populate_recordset(NULL::{name}, CAST(:rows AS json))"
        ),
        {"rows": json.dumps(rows, default=str)},
    )


def voters(
    session: Session,
    count: int,
    first: int = 1,
    each: Sequence[Mapping[str, Any]] = (),
    **facts: Any,
) -> list[Voter]:
    """Voters of North Carolina, each alone in a household; `each` are facts of one after another,
    under the same names for all."""
    numbers = list(session.scalars(NEXT_VOTERS, {"count": count}))
    home = facts.pop("household_id", None)
    stored(
        session,
        Voter,
        [
            {"id": id_, "household_id": home or id_, **_voter(number, {**facts, **own})}
            for number, (id_, own) in enumerate(
                zip(numbers, each or [{}] * count, strict=True), first
            )
        ],
    )
    mine = Voter.id == any_(literal(numbers, ARRAY(BigInteger)))
    return list(session.scalars(select(Voter).where(mine).order_by(Voter.id)))


def _voter(number: int, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": "nc",
        "source_id": f"AA{number:06}",
        "first_name": "Luz",
        "last_name": f"Voter{number}",
        "birth_year": 1959,
        "state": "NC",
        "city": "RALEIGH",
        "address": f"{number} OAK ST",
        "precinct": "LINCOLN SCHOOL",
        "phone": f"+1919555{number:04}",
        "email": f"voter{number}@example.org",
        "zones": "America/New_York",
        "imported_at": NOON,
        **facts,
    }


def targets(session: Session, to: Campaign, whom: Sequence[Voter]) -> None:
    """Make the voters targets of the campaign."""
    stored(
        session,
        Target,
        [
            {
                "campaign_id": to.id,
                "voter_id": voter.id,
                "household_id": voter.household_id,
                "place": f"{voter.state}:{voter.zones}",
                "value": 1.0,
            }
            for voter in whom
        ],
    )


def calls(session: Session, to: Campaign, whom: Sequence[Voter], **facts: Any) -> list[Touch]:
    """Calls that are ready for a volunteer."""
    rows = [
        Touch(
            **{
                "campaign_id": to.id,
                "voter_id": voter.id,
                "household_id": voter.household_id,
                "channel": Channel.CALL,
                "state": TouchState.READY,
                "address": voter.phone,
                "due_at": NOON - timedelta(hours=1),
                "expires_at": NOON + timedelta(days=6),
                "released_at": NOON - timedelta(hours=1),
                **facts,
            }
        )
        for voter in whom
    ]
    session.add_all(rows)
    session.flush()
    return rows


def call_list(session: Session, count: int, **facts: Any) -> Campaign:
    """A campaign with so many voters who wait for a call."""
    made = campaign(session, **facts)
    whom = voters(session, count)
    targets(session, made, whom)
    calls(session, made, whom)
    return made


def attempt(session: Session, touch: Touch, **facts: Any) -> Attempt:
    """One try at a touch, done an hour ago."""
    row = Attempt(
        **{
            "id": uuid4(),
            "touch_id": touch.id,
            "campaign_id": touch.campaign_id,
            "voter_id": touch.voter_id,
            "channel": touch.channel,
            "address": touch.address,
            "state": AttemptState.DONE,
            "attempted_at": NOON - timedelta(minutes=30),
            "handed_at": NOON,
            **facts,
        }
    )
    session.add(row)
    session.flush()
    return row


def plan(session: Session, to: Campaign, channel: Channel, a_day: int) -> None:
    """The same number of attempts in each hour from noon to 4 pm, for four days around today."""
    for days in range(-2, 2):
        for hours in range(-1, 3):
            at = NOON + timedelta(days=days, hours=hours)
            row = PlanHour(campaign_id=to.id, channel=channel, hour_at=at, planned=a_day // 4)
            session.add(row)
    session.flush()


def reply(session: Session, **facts: Any) -> Inbound:
    """A text that waits for a person."""
    row = Inbound(
        **{
            "sid": f"SM{uuid4().hex}",
            "from_address": "+19195550001",
            "to_address": "+19195550142",
            "body": "Where do I vote?",
            "meaning": Meaning.OTHER.value,
            "received_at": NOON - timedelta(minutes=6),
            **facts,
        }
    )
    session.add(row)
    session.flush()
    return row


def worker(session: Session, name: str, beat_at: datetime) -> None:
    """A worker process with its last sign of life."""
    session.add(Worker(name=name, host="here", pid=1, started_at=beat_at, beat_at=beat_at))


def import_run(session: Session, raws: Sequence[str] = ()) -> ImportRun:
    """A run of the importer with a rejected row for each of `raws`."""
    counts = {"read": 100 + len(raws), "new": 100, "rejected": len(raws)}
    run = ImportRun(
        filename="ncvoter92.txt",
        layout="nc",
        state="done",
        started_at=NOON,
        ended_at=NOON,
        counts=counts,
    )
    session.add(run)
    session.flush()
    for number, raw in enumerate(raws, 2):
        row = RejectedRow(import_run_id=run.id, row_number=number, reason="no voter id", raw=raw)
        session.add(row)
    return run


def person(
    sessions: Sessions, role: str, campaign_id: int | None = None, name: str = "", **facts: Any
) -> User:
    """An account of this role."""
    words = name or role.title()
    email = f"{words.split()[0].lower()}@example.org"
    made = NewPerson(email, words, role, campaign_id, **{"agreed_at": NOON, **facts})
    with sessions.begin() as session:
        return add_in(session, made, NOON)
