"""Draws up a plan: the program, else the greedy plan, as whole hours with what they win."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from app.domain.channel import Channel
from app.domain.greedy import greedy
from app.domain.grid import PARTS, Grid, grid_of
from app.domain.hours import Place
from app.domain.linear import Unsolved
from app.domain.program import Program, Solution
from app.domain.situation import Situation, merge
from app.domain.value import passes
from app.domain.want import Wishes, wishes
from app.domain.whole import Hours, whole_hours

PATIENCE_SECONDS = 20.0
"""How long the solver may take before the greedy plan stands in."""
MOST_COLUMNS = 40_000
"""A larger program is made coarser first: it takes some seconds at this size (docs/performance)."""
MOST_COARSE = 15_000
"""The same for sketches and for advice, of which one plan takes a dozen."""
COARSE_PARTS = (0,)


@dataclass(frozen=True)
class Draft:
    """A plan as it was drawn up, before it is written down."""

    situation: Situation  # as it was solved: perhaps with coarser cells
    grid: Grid
    wishes: Wishes
    solution: Solution
    hours: Hours
    solver: str  # highs | greedy
    words: str  # what was made coarser, or why the solver was not used; empty if nothing


def draw_up(
    situation: Situation,
    *,
    coarse: bool = False,
    seconds: float = PATIENCE_SECONDS,
    grid: Grid | None = None,
) -> Draft:
    """The plan of a situation. The same situation gives the same plan, unless the solver runs
    past its time and the greedy plan stands in; the draft says so.

    `coarse` puts voters of like reach together and plans by the day: for sketches and for
    comparing. With no `seconds` the greedy plan is made at once. Raises ValueError for a ramp
    that cannot be. `grid` is that of a draft with the same cells, hours and first days of ramps,
    to be used again.
    """
    told = ""
    if grid is None:
        grid, situation, told = _fitting(situation, coarse=coarse)
    wanted = wishes(situation, grid)
    if not grid.hours or not situation.cells:
        return _by_hand(situation, grid, wanted, told)
    try:
        if seconds <= 0:
            raise Unsolved("it was given no time")
        program = Program(situation, grid, wanted)
        solution = program.solution(program.linear.solve(seconds=seconds))
    except Unsolved as error:
        why = f"The solver found no optimum ({error}); this plan was made step by step instead."
        return _by_hand(situation, grid, wanted, " ".join(filter(None, (told, why))))
    hours = whole_hours(situation, grid, solution)
    return Draft(situation, grid, wanted, solution, hours, "highs", told)


def _by_hand(situation: Situation, grid: Grid, wanted: Wishes, words: str) -> Draft:
    solution = greedy(situation, grid, wanted)
    hours = whole_hours(situation, grid, solution)
    return Draft(situation, grid, wanted, solution, hours, "greedy", words)


def _fitting(situation: Situation, *, coarse: bool) -> tuple[Grid, Situation, str]:
    """The finest grid and cells whose program is not too large, and what was given up."""
    situation = _grouped(situation)
    together = "voters of any chance to vote together"
    steps = (
        (PARTS, False, situation, ""),
        (PARTS, True, situation, "Voters of any chance to vote are planned together."),
        (COARSE_PARTS, True, situation, f"Planned by the day, {together}."),
        (
            COARSE_PARTS,
            True,
            _by_clock(situation),
            f"Planned by the day, {together}, and places on one clock by the hours of the largest.",
        ),
    )
    for parts, bands, some, told in steps[2:] if coarse else steps:
        finer = some.with_cells(merge(some.cells, bands=bands))
        grid, words = grid_of(finer, parts=parts), told
        if _columns(finer, grid) <= (MOST_COARSE if coarse else MOST_COLUMNS):
            break
    return grid, finer, words


def _by_clock(situation: Situation) -> Situation:
    """Cells of places on one clock as cells of the place with the most voters: some hours at the
    edge are then wrong for some, and the rules keep those attempts back when their time comes."""
    voters: dict[Place, int] = {}
    for cell in situation.cells:
        voters[cell.place] = voters.get(cell.place, 0) + cell.voters
    largest: dict[timedelta | None, Place] = {}
    for place in sorted(voters, key=lambda place: (-voters[place], place.key)):
        largest.setdefault(_offset(situation, place), place)
    return situation.with_cells(
        tuple(
            replace(cell, place=largest[_offset(situation, cell.place)]) for cell in situation.cells
        )
    )


def _offset(situation: Situation, place: Place) -> timedelta | None:
    """How far a place's clock is from UTC when the polls close."""
    return situation.closes_at.astimezone(place.clock(situation.schedule.zone)).utcoffset()


def _grouped(situation: Situation) -> Situation:
    """Cells of places that are open at the same hours as cells of one place: nothing is lost."""
    groups = grid_of(situation, parts=COARSE_PARTS).groups
    first = {place: group.places[0] for group in groups for place in group.places}
    return situation.with_cells(
        tuple(replace(cell, place=first[cell.place]) for cell in situation.cells)
    )


def _columns(situation: Situation, grid: Grid) -> int:
    """About how many columns the program would have."""
    open_ = [
        {channel: int((grid.slot_open(number, channel) > 0).sum()) for channel in group.open}
        for number, group in enumerate(grid.groups)
    ]
    return sum(
        passes(channel) * open_[grid.group_of[cell.place]][channel] + len(grid.days)
        for cell in situation.cells
        for channel in _planned(situation, cell.reach)
    )


def _planned(situation: Situation, reach: frozenset[Channel]) -> Sequence[Channel]:
    return [channel for channel in situation.channels() if channel in reach]
