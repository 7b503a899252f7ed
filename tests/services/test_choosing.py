"""Choosing voters in the background: all or none, told how far, taken up by whoever lives."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.domain.universe import Universe
from app.services.set_up import universe
from app.services.set_up.by_hand import mark
from app.services.set_up.choosing import LEASE, ask, carry_out, choose_waiting
from app.services.set_up.draft import SetUpRefused
from app.store import choices
from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.scene import column
from tests.services.test_set_up import begun

NC, VA = Universe(states=("NC",)), Universe(states=("VA",))
CHOSEN = "SELECT voter_id FROM targets ORDER BY 1"


@pytest.fixture
def draft(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> int:
    """A draft with three voters of one state to choose from and two of another, in small parts."""
    monkeypatch.setattr(universe, "PART", 2)
    with sessions.begin() as session:
        factories.voters(session, 3)
        factories.voters(session, 2, 4, state="VA")
    return begun(sessions)


def _ask(sessions: Sessions, draft: int, universe: Universe, holder: str = "web:1") -> None:
    ask(sessions, draft, universe, by=None, now=NOON, holder=holder, wall=NOON)


def _at() -> datetime:
    return NOON


def _told(sessions: Sessions, draft: int) -> tuple[float, str] | None:
    with sessions() as session:
        found = choices.of(session, draft)
        return (found.progress, found.problem) if found is not None else None


def _meanwhile(happens: Callable[[], object]) -> Callable[[], datetime]:
    """A clock; the second time that it is asked, something happens."""
    asked: list[None] = []

    def wall() -> datetime:
        asked.append(None)
        if len(asked) == 2:
            happens()
        return NOON

    return wall


def test_a_choice_is_carried_out_and_off_the_list(sessions: Sessions, draft: int) -> None:
    _ask(sessions, draft, NC)
    assert _told(sessions, draft) == (0, "")
    seen: list[tuple[float, str] | None] = []

    def wall() -> datetime:
        seen.append(_told(sessions, draft))
        return NOON

    assert carry_out(sessions, "web:1", wall) == 3
    assert column(sessions, CHOSEN) == [1, 2, 3]
    assert [one[0] for one in seen if one] == [0, 0, 0.25, 0.5]  # of three parts and a count
    assert _told(sessions, draft) is None
    assert carry_out(sessions, "web:1", _at) is None


def test_a_choice_whose_process_died_is_taken_up_by_a_worker(
    sessions: Sessions, draft: int
) -> None:
    _ask(sessions, draft, NC)
    assert not choose_waiting(sessions, "worker:1", _at)
    assert choose_waiting(sessions, "worker:1", lambda: NOON + LEASE + timedelta(seconds=1))
    assert column(sessions, CHOSEN) == [1, 2, 3]


def test_what_is_asked_for_anew_takes_the_place_of_what_is_under_way(
    sessions: Sessions, draft: int
) -> None:
    _ask(sessions, draft, NC)
    again = _meanwhile(lambda: _ask(sessions, draft, VA, "web:2"))
    assert carry_out(sessions, "web:1", again) is None
    assert column(sessions, CHOSEN) == []
    assert carry_out(sessions, "web:2", _at) == 2
    assert column(sessions, CHOSEN) == [4, 5]


def test_a_choice_that_cannot_be_leaves_whom_there_were_and_says_why(
    sessions: Sessions, draft: int
) -> None:
    universe.choose_universe(sessions, draft, NC, by=None, now=NOON)
    _ask(sessions, draft, Universe(states=("TX",)))
    with pytest.raises(SetUpRefused):
        carry_out(sessions, "web:1", _at)
    assert _told(sessions, draft) is not None
    assert (_told(sessions, draft) or (0, ""))[1] == "nobody"
    assert column(sessions, CHOSEN) == [1, 2, 3]
    assert not choose_waiting(sessions, "worker:1", lambda: NOON + 2 * LEASE)


def test_a_campaign_that_begins_meanwhile_keeps_its_voters(sessions: Sessions, draft: int) -> None:
    universe.choose_universe(sessions, draft, NC, by=None, now=NOON)
    _ask(sessions, draft, VA)

    def begins() -> None:
        with sessions.begin() as session:
            session.execute(text("UPDATE campaigns SET state = 'running'"))

    with pytest.raises(SetUpRefused):
        carry_out(sessions, "web:1", _meanwhile(begins))
    assert column(sessions, CHOSEN) == [1, 2, 3]


def test_what_other_pages_write_meanwhile_stays(sessions: Sessions, draft: int) -> None:
    _ask(sessions, draft, NC)
    skip = _meanwhile(lambda: mark(sessions, draft, "money", True, by=None, now=NOON))
    assert carry_out(sessions, "web:1", skip) == 3
    (kept,) = column(sessions, "SELECT setup FROM campaigns")
    assert kept["skipped"] == ["money"]
    assert kept["people"]["whole"] == 3
