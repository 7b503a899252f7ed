"""Forty people on file, with a little of everything."""

import random
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.store.engine import Sessions
from app.store.voters import Election
from tests import factories
from tests.store.universes.people import HELD, Person, bystanders, contact_of, rows_of, voter_of


@pytest.fixture
def people(sessions: Sessions) -> list[Person]:
    """Forty voters of three sources with a little of everything, the same in every run."""
    draw = random.Random(5)
    with sessions.begin() as session:
        made = factories.campaign(session)
        for source, held in HELD.items():
            for day, kind in held:
                day_ = date.fromisoformat(day)
                session.add(Election(source=source, day=day_, kind=kind))
        rows = [voter_of(session, number, draw) for number in range(1, 41)]
        factories.targets(session, made, rows)
        found = [Person(row, rows_of(rows, row)) for row in rows]
        for person in found:
            contact_of(session, made, person, draw)
        bystanders(session)
    return found


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    with sessions() as session:
        yield session
