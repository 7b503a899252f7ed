"""Rounds of polling day, suggested once; phases changed, removed, ended."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.phase import PLEDGED
from app.services import phases
from app.services.phases import PhaseRefused, mark_due
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.phases import phases_of
from tests.factories import NOON
from tests.scene import column
from tests.services.phases.drafts import DEMOCRATS, EAST, FOUR_PM, HOUR, add, draft, marked


def suggest(sessions: Sessions, now: datetime = NOON, whom: Any = None) -> int:
    return phases.suggest(sessions, 1, whom or {"name": PLEDGED}, by=None, now=now)


def test_suggested_rounds_fill_polling_day_once(sessions: Sessions, ten: Campaign) -> None:
    assert suggest(sessions) == 4
    assert suggest(sessions) == 0
    with sessions() as session:
        rounds = phases_of(session, 1)
        frame = load_frame(session, 1)
    assert [one.name for one in rounds][0::3] == ["Morning round", "Last hours"]
    assert rounds[-1].ends_at == frame.schedule.polls_close_at(Place("NC", (EAST,)))
    assert all(one.filter == {"filter": {"universe": PLEDGED}} for one in rounds)


def test_rounds_suggested_twice_at_once_are_there_once(sessions: Sessions, ten: Campaign) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(lambda _: suggest(sessions), range(4))) == [0, 0, 0, 4]


def test_a_phase_sent_twice_is_one(sessions: Sessions, ten: Campaign) -> None:
    with ThreadPoolExecutor(2) as threads:
        made = set(threads.map(lambda _: add(sessions, draft()), range(2)))
    assert len(made) == 1
    assert add(sessions, draft(name="Another round")) not in made


def test_on_polling_day_itself_only_what_is_left_is_suggested(
    sessions: Sessions, ten: Campaign
) -> None:
    assert suggest(sessions, FOUR_PM + timedelta(minutes=1)) == 2
    with pytest.raises(PhaseRefused, match="no round left"):
        suggest(sessions, FOUR_PM + 9 * HOUR)


def test_a_phase_that_has_begun_keeps_its_people(sessions: Sessions, ten: Campaign) -> None:
    phase = add(sessions, draft())
    wider = draft(end=NOON + 5 * HOUR, name="Longer", goal=7)
    phases.change(sessions, 1, phase, wider, by=None, now=NOON + HOUR)
    with pytest.raises(PhaseRefused, match="has begun"):
        phases.change(sessions, 1, phase, draft(whom=DEMOCRATS), by=None, now=NOON + HOUR)
    assert column(sessions, "SELECT filter FROM phases") == [{}]
    assert column(sessions, "SELECT name || goal FROM phases") == ["Longer7"]
    with pytest.raises(PhaseRefused, match="is over"):
        phases.change(sessions, 1, phase, draft(), by=None, now=NOON + 6 * HOUR)


def test_a_phase_is_removed_before_it_begins_and_ends_when_it_is_on(
    sessions: Sessions, ten: Campaign
) -> None:
    phase = add(sessions, draft())
    phases.remove(sessions, 1, phase, by=None, now=NOON - HOUR)
    assert column(sessions, "SELECT id FROM phases") == []
    phase = add(sessions, draft())
    mark_due(sessions, NOON)
    phases.remove(sessions, 1, phase, by=None, now=NOON + HOUR)
    mark_due(sessions, NOON + HOUR)
    assert marked(sessions, phase) == []
    with pytest.raises(PhaseRefused, match="record"):
        phases.remove(sessions, 1, phase, by=None, now=NOON + 2 * HOUR)
    with pytest.raises(PhaseRefused, match="gone"):
        phases.remove(sessions, 1, 999, by=None, now=NOON)


def test_who_did_what_to_a_phase_is_on_record(sessions: Sessions, ten: Campaign) -> None:
    phase = add(sessions, draft(channels=(Channel.CALL,)))
    phases.remove(sessions, 1, phase, by=None, now=NOON - HOUR)
    assert column(sessions, "SELECT action FROM audit ORDER BY id") == [
        "phase added",
        "phase removed",
    ]
