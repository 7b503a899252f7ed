"""Problems: reported once, given to one, noted, solved, opened again."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.problem import (
    MOVES,
    STILL,
    ImpossibleMove,
    ProblemKind,
    ProblemState,
    gravest,
    move,
    same_place,
)
from app.services import problems
from app.services.problems import NewProblem, ProblemRefused
from app.store import problems as stored
from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.scene import column

STATES = st.sampled_from(ProblemState)


@given(STATES, STATES)
def test_a_problem_moves_only_where_its_life_leads(here: ProblemState, there: ProblemState) -> None:
    if there in MOVES[here]:
        assert move(here, there) is there
    else:
        with pytest.raises(ImpossibleMove):
            move(here, there)


def test_whatever_is_open_can_be_solved_and_what_is_solved_opened() -> None:
    assert all(ProblemState.SOLVED in MOVES[state] for state in STILL)
    assert ProblemState.OPEN in MOVES[ProblemState.SOLVED]


@given(st.sets(st.sampled_from(ProblemKind), min_size=1))
def test_who_is_kept_from_voting_comes_first(kinds: set[ProblemKind]) -> None:
    if ProblemKind.THREATS in kinds:
        assert gravest(kinds) is ProblemKind.THREATS
    assert gravest(kinds) in kinds


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("01", ""), ("01", "Lincoln"), True),
        (("", "Lincoln School"), ("", " lincoln  school"), True),
        (("", "Lincoln"), ("", "Maple"), False),
        (("", ""), ("", ""), True),
    ],
)
def test_reports_of_one_polling_place_are_known(
    one: tuple[str, str], other: tuple[str, str], same: bool
) -> None:
    assert (same_place(*one) == same_place(*other)) is same


@pytest.fixture
def team(sessions: Sessions) -> dict[str, int]:
    """Olga and Otto organize, Vera calls; a campaign with one voter."""
    with sessions.begin() as session:
        factories.call_list(session, 1)
    roles = {"Olga": "organizer", "Otto": "organizer", "Vera": "volunteer"}
    return {name: factories.person(sessions, role, 1, name).id for name, role in roles.items()}


def report(sessions: Sessions, by: int, key: str = "", kind: str = "long_line") -> int:
    told = NewProblem(key or str(uuid4()), kind, "Two hours", "Lincoln School")
    return problems.report(sessions, 1, told, by=by, now=NOON)[0]


def assign(sessions: Sessions, one: int, to: int | None, seen: int | None, by: int) -> str:
    try:
        problems.assign(sessions, 1, one, to, seen=seen, by=by, now=NOON)
    except ProblemRefused as refused:
        return f"{refused.code} {refused.facts.get('name', '')}".strip()
    return ""


def test_the_same_form_twice_is_one_problem(sessions: Sessions, team: dict[str, int]) -> None:
    key = str(uuid4())
    with ThreadPoolExecutor(4) as pool:
        done = set(pool.map(lambda _: report(sessions, team["Vera"], key), range(4)))
    assert len(done) == 1
    with pytest.raises(ProblemRefused, match="key"):
        report(sessions, team["Olga"], key)


def test_of_two_who_take_it_at_once_one_wins_and_the_other_is_told(
    sessions: Sessions, team: dict[str, int]
) -> None:
    one = report(sessions, team["Vera"])
    takers = (team["Olga"], team["Otto"])
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda who: assign(sessions, one, who, None, who), takers))
    assert sorted(map(bool, said)) == [False, True]
    assert {"meanwhile Olga", "meanwhile Otto"} & set(said)
    assert assign(sessions, one, team["Vera"], None, team["Olga"]).startswith("meanwhile")


def test_it_is_given_only_to_whom_it_can_be(sessions: Sessions, team: dict[str, int]) -> None:
    one = report(sessions, team["Vera"])
    assert assign(sessions, one, team["Vera"], None, team["Olga"]) == "nobody"


def test_a_problem_is_noted_solved_and_opened_again(
    sessions: Sessions, team: dict[str, int]
) -> None:
    one, by = report(sessions, team["Vera"]), team["Olga"]
    for _ in range(2):
        problems.note(sessions, 1, one, " Called the\nboard ", by=by, now=NOON)
    with pytest.raises(ProblemRefused, match="outcome"):
        problems.solve(sessions, 1, one, " ", by=by, now=NOON)
    for _ in range(2):
        problems.solve(sessions, 1, one, "More booths", by=by, now=NOON)
    with sessions() as session:
        assert stored.open_problems(session, 1) == []
        found = stored.one(session, 1, one)
        assert found is not None
        assert [(line["code"], line.get("said")) for line in found.timeline] == [
            ("reported", None),
            ("", "Called the board"),
            ("solved", "More booths"),
        ]
    assert assign(sessions, one, by, None, by) == "over"
    problems.reopen(sessions, 1, one, by=by, now=NOON)
    assert column(sessions, "SELECT state FROM problems") == ["open"]


def test_the_inbox_asks_for_one_kind(sessions: Sessions, team: dict[str, int]) -> None:
    report(sessions, team["Vera"])
    asks = report(sessions, team["Vera"], kind="asks")
    with sessions() as session:
        found = stored.open_problems(session, 1, kinds={ProblemKind.ASKS}, limit=5)
        assert [(one.id, one.reporter) for one in found] == [(asks, "Vera")]
        assert len(stored.open_problems(session, 1)) == 2


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (NewProblem("k", "fire"), "kind"),
        (NewProblem("k", "other"), "said"),
        (NewProblem("k", "asks", phone="5"), "phone"),
        (NewProblem("k", "asks", touch_id=1), "not_yours"),
    ],
)
def test_a_report_says_what_it_lacks(
    sessions: Sessions, team: dict[str, int], told: NewProblem, code: str
) -> None:
    with pytest.raises(ProblemRefused, match=code):
        problems.report(sessions, 1, told, by=team["Vera"], now=NOON)
