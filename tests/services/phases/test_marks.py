"""From its start to its end a phase marks its people."""

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import event, text

from app.services import phases
from app.services.phases import mark_due
from app.store import phase_people
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.phases import Phase
from tests.factories import NOON
from tests.scene import column
from tests.services.phases.drafts import DEMOCRATS, HOUR, add, draft, marked


def test_people_are_marked_from_its_start_to_its_end(sessions: Sessions, ten: Campaign) -> None:
    phase = add(sessions, draft(whom=DEMOCRATS))
    mark_due(sessions, NOON - timedelta(seconds=1))
    assert marked(sessions, phase) == []
    assert mark_due(sessions, NOON).marked == 5
    assert marked(sessions, phase) == [2, 4, 6, 8, 10]
    assert column(sessions, "SELECT people FROM phases") == [5]
    again = mark_due(sessions, NOON + HOUR)
    assert (again.marked, again.cleared) == (0, 0)
    assert mark_due(sessions, NOON + 4 * HOUR).cleared == 5
    assert marked(sessions, phase) == []


def test_a_run_that_comes_late_marks_all_and_one_that_comes_too_late_nobody(
    sessions: Sessions, ten: Campaign
) -> None:
    phase = add(sessions, draft())
    assert mark_due(sessions, NOON + 3 * HOUR).marked == 10
    later = add(sessions, draft(NOON + 5 * HOUR, NOON + 6 * HOUR))
    mark_due(sessions, NOON + 7 * HOUR)
    assert marked(sessions, phase) == marked(sessions, later) == []


def test_nobody_is_marked_who_has_voted_is_out_or_held_out(
    sessions: Sessions, ten: Campaign
) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET voted_at = now() WHERE voter_id = 1"))
        session.execute(text("UPDATE targets SET out = 'refused' WHERE voter_id = 2"))
        session.execute(text("UPDATE targets SET arm = 'holdout' WHERE voter_id = 3"))
    phase = add(sessions, draft())
    mark_due(sessions, NOON)
    assert marked(sessions, phase) == [4, 5, 6, 7, 8, 9, 10]


def test_what_was_broken_off_half_way_is_finished_by_the_next_run(
    sessions: Sessions, ten: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phases, "AT_ONCE", 3)
    phase = add(sessions, draft())
    seen: list[str] = []

    def break_off(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().startswith("WITH due") and "SET phase_id" in statement:
            seen.append(statement)
            if len(seen) == 3:
                raise KeyboardInterrupt

    event.listen(sessions.kw["bind"], "before_cursor_execute", break_off)
    try:
        with pytest.raises(KeyboardInterrupt):
            mark_due(sessions, NOON)
        assert len(marked(sessions, phase)) == 6
        assert mark_due(sessions, NOON).marked == 4
        seen.clear()
        with pytest.raises(KeyboardInterrupt):
            mark_due(sessions, NOON + 4 * HOUR)
        assert len(marked(sessions, phase)) == 4
    finally:
        event.remove(sessions.kw["bind"], "before_cursor_execute", break_off)
    assert mark_due(sessions, NOON + 4 * HOUR).cleared == 4
    with sessions() as session:
        assert phase_people.progress(session, session.get_one(Phase, phase)).people == 10


def test_two_workers_at_once_mark_as_one(
    sessions: Sessions, ten: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phases, "AT_ONCE", 2)
    first = add(sessions, draft())
    second = add(sessions, draft(NOON + HOUR, NOON + 2 * HOUR, whom=DEMOCRATS))
    for hours in (0, 1, 2, 4):
        workers = [Thread(target=mark_due, args=(sessions, NOON + hours * HOUR)) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        expected = {0: (10, 0), 1: (5, 5), 2: (10, 0), 4: (0, 0)}[hours]
        assert (len(marked(sessions, first)), len(marked(sessions, second))) == expected
    ended = "SELECT count(*) FROM audit WHERE action = 'phase ended' GROUP BY subject"
    assert column(sessions, ended) == [1, 1]


@pytest.mark.parametrize("narrow_first", [True, False], ids=["narrow first", "wide first"])
def test_of_two_phases_the_one_that_started_last_has_a_target(
    sessions: Sessions, ten: Campaign, narrow_first: bool
) -> None:
    narrow, wide = {"whom": DEMOCRATS}, {"whom": {}}
    earlier, later = (narrow, wide) if narrow_first else (wide, narrow)
    first = add(sessions, draft(NOON, NOON + 5 * HOUR, **earlier))
    second = add(sessions, draft(NOON + HOUR, NOON + 3 * HOUR, **later))
    mark_due(sessions, NOON + 2 * HOUR)  # both at once, late
    counts = (len(marked(sessions, first)), len(marked(sessions, second)))
    assert counts == ((0, 10) if narrow_first else (5, 5))
    mark_due(sessions, NOON + 3 * HOUR)  # the earlier one has its people back
    assert len(marked(sessions, first)) == (5 if narrow_first else 10)
    assert marked(sessions, second) == []


def test_a_phase_with_a_broken_filter_does_not_stop_the_others(
    sessions: Sessions, ten: Campaign
) -> None:
    broken, sound = add(sessions, draft(name="Broken")), add(sessions, draft())
    with sessions.begin() as session:
        session.execute(
            text("""UPDATE phases SET filter = '{"name": "gone"}' WHERE id = :id"""),
            {"id": broken},
        )
    with pytest.raises(ValueError, match="gone"):
        mark_due(sessions, NOON)
    assert len(marked(sessions, sound)) == 10


def test_with_nothing_due_a_run_is_two_small_queries(sessions: Sessions, ten: Campaign) -> None:
    add(sessions, draft())
    mark_due(sessions, NOON)
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(sessions.kw["bind"], "before_cursor_execute", note)
    try:
        mark_due(sessions, NOON + HOUR)
    finally:
        event.remove(sessions.kw["bind"], "before_cursor_execute", note)
    assert len(asked) == 2


def test_a_mark_that_no_phase_stands_for_is_taken_off(sessions: Sessions, ten: Campaign) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET phase_id = 99 WHERE voter_id < 4"))
    assert mark_due(sessions, NOON).cleared == 3
