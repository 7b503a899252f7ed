"""The program finds the optimum: against every plan there is, on campaigns small enough."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.channel import Channel
from app.domain.draft import Draft, draw_up
from app.domain.program import ASIDE, CHEAP, EMPTY, FALL, SHORT
from app.domain.rule import OwnHours
from app.domain.shortfall import day_lines
from app.domain.situation import Situation, Supply
from app.domain.value import Model, votes
from tests.situations import cell, evenings, situation

TEXT = Channel.TEXT
MODEL = replace(
    Model(),
    returning={TEXT: (1.0, 1.0, 1.0)},
    spacing_days={TEXT: 1},
    floor_per_hour=0,
)
"""Whoever was texted may be texted again the next day: whole people, so that all can be listed."""


@dataclass(frozen=True)
class Tiny:
    """Monday and Tuesday, one open hour each; two kinds of voters."""

    voters: tuple[int, int]
    supply: int = 4
    total: int = 4
    total_cap: int = 12
    money: int = 100


def of(tiny: Tiny) -> Situation:
    """The campaign: its own hours leave 5 to 6 pm."""
    plain = situation(
        cell(tiny.voters[0], TEXT, propensity=0.9),
        cell(tiny.voters[1], TEXT, propensity=0.2),
        totals={TEXT: tiny.total},
        days=1,
        model=MODEL,
        total_cap=tiny.total_cap,
        price={TEXT: Decimal(1)},
        money=Decimal(tiny.money),
        money_before=Decimal(tiny.money),
    )
    hour = OwnHours((TEXT,), tuple(range(7)), time(17), time(18))
    changed = replace(plain, schedule=plain.schedule.changed([hour]))
    supply = Supply(evenings(changed, tiny.supply, (17,)))
    return replace(changed, supply={TEXT: supply})


def plans(tiny: Tiny) -> Iterator[tuple[int, ...]]:
    """Every way to text: for each kind of voter Monday's first tries, Tuesday's first, Tuesday's
    second."""
    ranges = [range(count + 1) for count in tiny.voters for _ in range(3)]
    for plan in product(*ranges):
        if all(
            monday + first <= many
            and second <= monday
            and monday + first + second <= tiny.total_cap * many
            for (monday, first, second), many in zip((plan[:3], plan[3:]), tiny.voters, strict=True)
        ):
            yield plan


def aside(attempts: float, wish: int) -> float:
    """What so many attempts more or less than a day's wish cost: each third of it a little more."""
    near, far = min(attempts, wish / 3), max(attempts - wish / 3, 0.0)
    return ASIDE[0] * near + ASIDE[1] * min(far, wish / 3) + ASIDE[2] * max(far - wish / 3, 0.0)


class Objective:
    """What a plan of a tiny campaign is worth, as docs/planning.md says it."""

    def __init__(self, tiny: Tiny, draft: Draft) -> None:
        self.tiny, self.wish = tiny, draft.wishes.by_day[TEXT]
        self.each = [
            votes(MODEL, TEXT, pass_, propensity=chance, hour=17.5, days_left=left)
            for chance in (0.9, 0.2)
            for pass_, left in ((1, draft.grid.day_left(0)), (1, 0), (2, 0))
        ]

    def of(self, plan: tuple[int, ...]) -> float | None:
        """None for a plan beyond supply or money."""
        monday, tuesday = plan[0] + plan[3], plan[1] + plan[2] + plan[4] + plan[5]
        if max(monday, tuesday) > self.tiny.supply or monday + tuesday > self.tiny.money:
            return None
        first, then = self.wish
        return (
            sum(count * one for count, one in zip(plan, self.each, strict=True))
            - CHEAP * (monday + tuesday)
            - aside(abs(monday - first), first)
            - aside(abs(tuesday - then), then)
            - SHORT * max(first + then - monday - tuesday, 0)
            - FALL * max(monday - tuesday + min(then - first, 0), 0)
            - EMPTY * (max(1 - monday, 0) + max(1 - tuesday, 0))
        )

    def best(self) -> float:
        """The best of all plans."""
        return max(value for plan in plans(self.tiny) if (value := self.of(plan)) is not None)


CASES = [
    ("all can be had", Tiny((3, 3))),
    ("little supply", Tiny((3, 3), supply=1)),
    ("few voters, so that some are tried twice", Tiny((1, 1))),
    ("nobody twice", Tiny((2, 1), total_cap=1)),
    ("little money", Tiny((3, 3), money=3)),
    ("no money", Tiny((2, 2), money=0)),
    ("a ramp of one", Tiny((3, 3), total=1)),
]


@pytest.mark.parametrize(("what", "tiny"), CASES, ids=[what for what, _ in CASES])
def test_the_program_is_as_good_as_the_best_of_all_plans(what: str, tiny: Tiny) -> None:
    draft = draw_up(of(tiny))
    assert draft.solution.worth == pytest.approx(Objective(tiny, draft).best(), abs=2e-3)


@settings(max_examples=15, deadline=None)
@given(
    st.builds(
        Tiny,
        st.tuples(st.integers(1, 3), st.integers(1, 3)),
        supply=st.integers(0, 5),
        total=st.integers(1, 6),
        total_cap=st.integers(1, 2),
        money=st.integers(0, 6),
    )
)
def test_no_plan_of_whole_people_beats_the_program(tiny: Tiny) -> None:
    draft = draw_up(of(tiny))
    assert draft.solution.worth >= Objective(tiny, draft).best() - 2e-3


DOCUMENTED: list[tuple[str, Tiny, list[int]]] = [
    ("enough of all", Tiny((3, 3), supply=50), [1, 3]),
    ("two an hour", Tiny((3, 3), supply=2), [2, 2]),
    ("one an hour", Tiny((3, 3), supply=1), [1, 1]),
    ("money for three", Tiny((3, 3), money=3), [1, 2]),
]
"""The example of docs/planning.md: what is there, Monday and Tuesday."""


@pytest.mark.parametrize(("what", "tiny", "days"), DOCUMENTED, ids=[one[0] for one in DOCUMENTED])
def test_the_example_of_the_docs_comes_out(what: str, tiny: Tiny, days: list[int]) -> None:
    assert [line.planned for line in day_lines(draw_up(of(tiny)))] == days


def test_dual_values_say_where_one_more_helps() -> None:
    short, enough = of(Tiny((3, 3), supply=1)), of(Tiny((3, 3), supply=50))
    scarce, plenty = draw_up(short).solution.prices, draw_up(enough).solution.prices
    assert scarce is not None
    assert plenty is not None
    assert scarce.supply[TEXT].max() > 1
    assert plenty.supply[TEXT].max() < 0.01
    poor = draw_up(of(Tiny((3, 3), money=2))).solution.prices
    assert poor is not None
    assert poor.money > 0.5 > plenty.money
