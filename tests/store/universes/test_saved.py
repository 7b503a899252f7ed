"""Universes that are saved, and that stand for their filters in others."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.condition import (
    BadUniverse,
    Field,
    InUniverse,
    Is,
    Reach,
)
from app.domain.condition_json import read
from app.services import universes as service
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.saved_universes import SavedUniverse
from tests.factories import NOON
from tests.store.universes.people import Person, ids

Save = Callable[..., int]


@pytest.fixture
def save(sessions: Sessions) -> Save:
    def save(name: str, data: dict[str, Any], universe_id: int | None = None) -> int:
        return service.save(sessions, name, data, now=NOON, universe_id=universe_id)

    return save


def test_a_universe_stands_for_its_filter_in_others(
    people: list[Person], save: Save, session: Session
) -> None:
    save("Democrats", {"parties": ["dem"]})
    save("Callable Democrats", {"all": [{"universe": "Democrats"}, {"reach": ["call"]}]})
    both = ids(session, InUniverse("Callable Democrats"))
    assert both == ids(session, Is(Field("party"), ("DEM",))) & ids(session, Reach((Channel.CALL,)))
    others = ids(session, read({"not": {"universe": "Callable Democrats"}}))
    assert len(others) == 40 - len(both)


def test_a_new_name_is_followed_by_what_refers_to_it(save: Save, session: Session) -> None:
    first = save("A", {"reach": ["call"]})
    save("B", {"not": {"universe": "A"}})
    save("  New   A ", {"reach": ["text"]}, first)
    found = {one.name: one.condition for one in service.listed(session)}
    assert found == {"B": read({"not": {"universe": "New A"}}), "New A": read({"reach": ["text"]})}
    assert session.query(AuditEntry).count() == 3


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("", {"reach": ["call"]}, "give the universe a name"),
        ("x" * 81, {"reach": ["call"]}, "give the universe a name"),
        ("A", {"reach": ["call"]}, "there is a universe of this name already"),
        ("C", {}, "add a condition"),
        ("C", {"reach": ["fax"]}, "reach is one of"),
        ("C", {"universe": "Z"}, "there is no universe called “Z”; there are “A”, “B”"),
        ("C", {"all": [{"reach": ["call"]}, {"universe": "C"}]}, "cannot refer to itself: C → C"),
    ],
)
def test_a_universe_without_sense_is_not_saved(
    save: Save, session: Session, name: str, data: dict[str, Any], words: str
) -> None:
    save("A", {"reach": ["call"]})
    save("B", {"universe": "A"})
    with pytest.raises(BadUniverse, match=words):
        save(name, data)
    assert {one.name for one in service.listed(session)} == {"A", "B"}


def test_a_universe_that_leads_back_to_itself_is_not_saved(save: Save, session: Session) -> None:
    first = save("A", {"reach": ["call"]})
    save("B", {"not": {"universe": "A"}})
    with pytest.raises(BadUniverse, match="A → B → A"):
        save("A", {"any": [{"reach": ["call"]}, {"universe": "B"}]}, first)
    assert service.by_name(session, "A").condition == Reach((Channel.CALL,))


def test_universes_of_universes_stay_small_enough_to_ask(save: Save) -> None:
    save("0", {"reach": ["call"]})
    for number in range(1, 4):
        save(str(number), {"any": [{"universe": str(number - 1)}] * 4})
    with pytest.raises(BadUniverse, match="make it simpler"):
        save("4", {"any": [{"universe": "3"}] * 4})


def test_a_universe_that_others_refer_to_stays(
    save: Save, sessions: Sessions, session: Session
) -> None:
    first = save("A", {"reach": ["call"]})
    second = save("B", {"not": {"universe": "A"}})
    with pytest.raises(BadUniverse, match="“A” is part of “B”"):
        service.delete(sessions, first, now=NOON)
    assert service.delete(sessions, second, now=NOON) == "B"
    assert service.delete(sessions, first, now=NOON) == "A"
    assert session.query(SavedUniverse).count() == 0
    with pytest.raises(service.NoUniverse):
        service.delete(sessions, first, now=NOON)
