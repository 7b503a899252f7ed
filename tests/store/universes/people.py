"""Who is on file, and what is asked of them."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.condition import (
    Condition,
)
from app.domain.name import fold
from app.domain.touch import AttemptState, TouchState
from app.store.messages import Consent, DeadAddress, OptOut
from app.store.universe_sql import Asking, where
from app.store.universes import (
    resolve,
)
from app.store.voters import Answer, Voter
from tests import factories
from tests.conditions import (
    ANSWERS,
    CITIES,
    DAYS,
    LAST_NAMES,
    PARTIES,
    QUESTIONS,
    RESULTS,
    WARDS,
)
from tests.factories import NOON, POLLING_DAY

ASKING = Asking(POLLING_DAY, NOON)
HELD = {
    "nc": [("2024-11-05", "general"), ("2022-11-08", "general"), ("2020-03-03", "primary")],
    "oh": [("2024-11-05", "general"), ("2020-11-03", "general"), ("2018-11-06", "general")],
    "nowhere": [],
}
"""The elections that each source of voters is known to have votes for, the latest first."""


@dataclass
class Person:
    """A voter as the test made them, with all that is known."""

    row: Voter
    household: int = 0
    consented: bool = False
    barred: set[Channel] = field(default_factory=set)
    answers: dict[str, str] = field(default_factory=dict)
    attempts: list[tuple[Channel, str, datetime]] = field(default_factory=list)


def rows_of(rows: list[Voter], row: Voter) -> int:
    return sum(other.household_id == row.household_id for other in rows)


def voter_of(session: Session, number: int, draw: random.Random) -> Voter:
    last = draw.choice(LAST_NAMES)
    ward = draw.choice(WARDS)
    phone2 = draw.choice((None, f"+1919777{number:04}"))
    return factories.voters(
        session,
        1,
        number,
        source=draw.choice(list(HELD)),
        last_name=last,
        last_key=fold(last),
        first_key=fold("Luz"),
        party=draw.choice(PARTIES),
        city=draw.choice(CITIES),
        birth_year=draw.choice((None, 1940, 1991, 2008)),
        phone=draw.choice((None, f"+1919555{number:04}")),
        phone_kind=draw.choice(("mobile", "landline", "")),
        phone2=phone2,
        phone2_kind="landline" if phone2 else "",
        email=draw.choice((None, f"v{number}@example.org")),
        votes=sorted(draw.sample(DAYS, draw.randint(0, 5))),
        turnout=draw.choice((None, 0.0, 0.25, 0.5, 0.875, 1.0)),
        registered_on=draw.choice((None, date(2026, 10, 1), date(2010, 5, 5), date(1999, 1, 1))),
        extra=draw.choice(({}, {"Ward": ward}, {"Ward": ward, "Dog": "yes"})),
        household_id=number - number % 3 + 1 if number < 30 else None,
    )[0]


def contact_of(session: Session, made: Any, person: Person, draw: random.Random) -> None:
    row = person.row
    if row.phone and draw.random() < 0.6:
        person.consented = True
        session.add(
            Consent(
                address=row.phone,
                channel="text",
                basis="form",
                source="t",
                given_on=date(2026, 1, 1),
            )
        )
    for channel, address in (
        (Channel.CALL, row.phone),
        (Channel.TEXT, row.phone),
        (Channel.EMAIL, row.email),
    ):
        if address and draw.random() < 0.3:
            person.barred.add(channel)
            bar = draw.choice(
                (
                    OptOut(
                        address=address, channel=channel.value, source="reply", opted_out_at=NOON
                    ),
                    DeadAddress(address=address, channel=channel.value, reason="x", found_at=NOON),
                )
            )
            session.add(bar)
    for question in QUESTIONS:
        if draw.random() < 0.4:
            answer = person.answers[question] = draw.choice(ANSWERS)
            session.add(
                Answer(
                    voter_id=row.id,
                    question=question,
                    answer=answer,
                    source="list",
                    answered_on=date(2026, 10, 1),
                )
            )
    for _ in range(draw.choice((0, 0, 1, 3))):
        channel, result = draw.choice(list(Channel)), draw.choice(RESULTS)
        at = NOON - timedelta(days=draw.choice((0.5, 3, 20)))
        touch = factories.calls(
            session, made, [row], channel=channel, state=TouchState.DONE, address="x"
        )[0]
        state = AttemptState.DELIVERED if result == "delivered" else AttemptState.DONE
        told = "" if result == "delivered" else result
        factories.attempt(session, touch, state=state, disposition=told, attempted_at=at)
        factories.attempt(session, touch, state=AttemptState.ABSENT, attempted_at=NOON)
        person.attempts.append((channel, result, at))


def consent_of(address: str, channel: Channel) -> Consent:
    said = {"basis": "form", "source": "list", "given_on": date(2026, 1, 1)}
    return Consent(address=address, channel=channel.value, **said)


def bystanders(session: Session) -> None:
    """A double and a withdrawn voter, who are in no universe, not even in the opposite of one."""
    factories.voters(session, 1, 90, merged_into=1, household_id=1)
    factories.voters(session, 1, 91, status="confidential", household_id=1)


def ids(session: Session, condition: Condition | None, asking: Asking = ASKING) -> set[int]:
    found = where(session, resolve(session, condition), asking)
    return set(session.scalars(text(f"SELECT v.id FROM voters v WHERE {found.sql}"), found.binds))
