"""Answers to survey questions, as loaded."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.imports.lists import Load, came_to, rows

ANSWERS = "source_id,question,answer,answered_on"


def answered(engine: Engine) -> list[tuple[object, ...]]:
    """All answers."""
    return rows(
        engine,
        "SELECT source_id, question, answer, answered_on::text FROM answers "
        "JOIN voters ON voters.id = voter_id ORDER BY 1, 2",
    )


def test_the_latest_answer_stands(engine: Engine, sessions: Sessions, load: Load) -> None:
    with sessions.begin() as session:
        factories.voters(session, 2)
    first = load(
        "answers",
        ANSWERS,
        "AA000001,Support,Undecided,2026-10-01",
        "AA000001,Support,Yes,2026-10-05",
        "AA000002,Support,No,",
        "ZZ,Support,No,",
    )
    assert came_to(first) == (2, 0, 1, 1)
    assert first.refused == {5: "no voter on file has this id"}
    older = load("answers", ANSWERS, "AA000001,Support,No,2026-10-04")
    assert came_to(older) == (0, 0, 1, 0)
    same = load("answers", ANSWERS, "AA000002,Support,No,", at=NOON + timedelta(days=1))
    assert came_to(same) == (0, 0, 1, 0)
    mended = load("answers", ANSWERS, "AA000001,Support,Strong yes,2026-10-05")
    assert came_to(mended) == (0, 1, 0, 0)
    assert answered(engine) == [
        ("AA000001", "Support", "Strong yes", "2026-10-05"),
        ("AA000002", "Support", "No", "2026-10-29"),
    ]


def test_a_list_of_the_same_day_does_not_undo_what_a_call_heard(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        factories.voters(session, 1)
        session.execute(
            text("INSERT INTO answers VALUES (1, 'Support', 'Yes', 'call', '2026-10-05')")
        )
    assert came_to(load("answers", ANSWERS, "AA000001,Support,No,2026-10-05")) == (0, 0, 1, 0)
    assert came_to(load("answers", ANSWERS, "AA000001,Support,No,2026-10-06")) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("AA000001,,Yes,", "no question"),
        ("AA000001,Support, ,", "no answer"),
        (f"AA000001,{'S' * 301},Yes,", "the question is longer than 300 characters"),
        ("AA000001,Support,Yes,2026-12-24", "Answered on 2026-12-24 is in the future"),
        ("AA000001,Support", "has 2 cells where 4 are expected"),
    ],
)
def test_an_answer_that_stays_out_says_why(
    sessions: Sessions, load: Load, row: str, reason: str
) -> None:
    with sessions.begin() as session:
        factories.voters(session, 1)
    assert load("answers", ANSWERS, row).refused == {2: reason}
