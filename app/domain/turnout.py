"""The turnout score: the chance that a voter votes, from their past votes, precinct and age.

docs/turnout.md tells it in plain words. `store/turnout.py` has the same formula as SQL, for
millions; `scores` here is the one to read, and the one that the SQL is tested against.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

MOST_ELECTIONS = 10
"""Elections that count, those of the greatest weight; the eleventh would hardly move a score."""

KIND_WEIGHT = {"general": 1.0, "primary": 0.5, "municipal": 0.4, "special": 0.3, "other": 0.2}
"""How much an election tells of a November general. Our choice: who votes in small elections
votes in large ones, but staying away from a small one says little."""

HALF_LIFE_YEARS = 8.0
"""An election so much older than the newest counts half. Our choice: two presidential terms."""

HELD_SHARE = 0.02
"""An election counts as held in a county where at least this share of those who could vote did.
Below lie towns' elections, files of other counties, and mistyped days. Our choice."""

NO_DATA = 0.5
"""What is assumed where nothing is known."""

PULL_OF_HALF = 10.0
"""In votes of full weight: how strongly NO_DATA pulls an age band of the whole source. Enough for
a file of a handful of voters, nothing for one of thousands."""

PULL_OF_BAND = 60.0
"""How strongly the age band pulls a precinct's part of it. Precincts differ by some 10 points
(variance 0.01, against 0.25 of a single vote: 25 votes); one voter's votes resemble each other,
so that it takes more than twice as many. Our choice."""

PULL_OF_PRECINCT = 2.0
"""How strongly the precinct pulls a voter: as two full elections. It fits where two votes of one
voter correlate by 1 / (2 + 1), as in a beta-binomial. Our choice."""

SUREST = 0.999
"""No score is nearer to 1, nor to 0, than this: nobody is certain."""

ADULT = 18
BAND_STARTS = (25, 35, 45, 55, 65, 75)
"""Ages at which the second and the later bands begin. Band 0 is an age unknown, 1 is up to 24."""


class Election(NamedTuple):
    """A past election of a source."""

    day: date
    kind: str  # a key of KIND_WEIGHT


class Counted(NamedTuple):
    """An election that counts for the score."""

    day: date
    weight: float


@dataclass(frozen=True)
class Past:
    """What the score needs to know of a voter."""

    votes: Collection[str] = ()  # ISO days
    registered_on: date | None = None
    birth_year: int | None = None
    state: str = ""
    county: str = ""
    precinct: str = ""


class Record(NamedTuple):
    """Weights of elections, summed: those voted in, and those one could have voted in."""

    voted: float = 0.0
    could: float = 0.0

    def plus(self, other: "Record") -> "Record":
        """Both together."""
        return Record(self.voted + other.voted, self.could + other.could)

    def rate(self, toward: float, pull: float) -> float:
        """The share voted in, drawn toward a number as if by `pull` votes that came out so."""
        return (self.voted + pull * toward) / (self.could + pull)


def counted(elections: Iterable[Election], today: date) -> tuple[Counted, ...]:
    """The elections before `today` that count, oldest first; at most MOST_ELECTIONS.

    Their age is reckoned from the newest of them, so that no score moves while nothing happens.
    """
    past = [election for election in elections if election.day < today]
    newest = max((election.day for election in past), default=today)
    weighed = [Counted(day, _weight(kind, (newest - day).days)) for day, kind in past]
    weighed.sort(key=lambda election: (election.weight, election.day), reverse=True)
    return tuple(sorted(weighed[:MOST_ELECTIONS]))


def _weight(kind: str, days: int) -> float:
    kind_weight = KIND_WEIGHT.get(kind, KIND_WEIGHT["other"])
    return float(kind_weight * 0.5 ** (days / 365.25 / HALF_LIFE_YEARS))


def age_band(birth_year: int | None, today: date) -> int:
    """Which age band somebody is in: 0 unknown, 1 up to 24, 2 from 25 …, 7 from 75."""
    if birth_year is None:
        return 0
    return 1 + sum(today.year - birth_year >= start for start in BAND_STARTS)


def could_vote(voter: Past, day: date) -> bool:
    """Whether they were registered and of age, as far as is known."""
    if voter.registered_on is not None and voter.registered_on > day:
        return False
    return voter.birth_year is None or day.year - voter.birth_year >= ADULT


def was_held(voted: int, could: int) -> bool:
    """Whether an election counts in a county where so many voted of so many who could."""
    return voted >= HELD_SHARE * could


def record(voter: Past, elections: Iterable[Counted], held: Collection[date]) -> Record:
    """A voter's own record over the elections `held` where they live.

    Who voted could vote, whatever the file says of the day they registered: many states write the
    day of the last change.
    """
    voted = could = 0.0
    for day, weight in elections:
        if day.isoformat() in voter.votes:
            voted += weight
            could += weight
        elif day in held and could_vote(voter, day):
            could += weight
    return Record(voted, could)


def score(own: Record, precinct_rate: float) -> float:
    """A voter's score: their own record drawn toward the rate of their precinct and age."""
    return min(max(own.rate(precinct_rate, PULL_OF_PRECINCT), 1 - SUREST), SUREST)


def scores(
    voters: Sequence[Past], elections: Iterable[Election], today: date
) -> list[float | None]:
    """The score of each of a source's voters; None for all while no election is known."""
    count = counted(elections, today)
    if not count:
        return [None] * len(voters)
    held = _held(voters, count)
    records = [record(voter, count, held[voter.state, voter.county]) for voter in voters]
    cells = [
        (voter.state, voter.county, voter.precinct, age_band(voter.birth_year, today))
        for voter in voters
    ]
    by_band: dict[int, Record] = {}
    by_cell: dict[tuple[str, str, str, int], Record] = {}
    for cell, own in zip(cells, records, strict=True):
        by_cell[cell] = by_cell.get(cell, Record()).plus(own)
        by_band[cell[-1]] = by_band.get(cell[-1], Record()).plus(own)
    rates = {
        cell: sum_.rate(by_band[cell[-1]].rate(NO_DATA, PULL_OF_HALF), PULL_OF_BAND)
        for cell, sum_ in by_cell.items()
    }
    return [score(own, rates[cell]) for cell, own in zip(cells, records, strict=True)]


def _held(
    voters: Iterable[Past], elections: Iterable[Counted]
) -> Mapping[tuple[str, str], Collection[date]]:
    """The elections held in each county, as its voters' votes show."""
    by_county: dict[tuple[str, str], list[Past]] = {}
    for voter in voters:
        by_county.setdefault((voter.state, voter.county), []).append(voter)
    held: dict[tuple[str, str], Collection[date]] = {}
    days = [election.day for election in elections]
    for county, people in by_county.items():
        held[county] = {day for day in days if _held_for(people, day)}
    return held


def _held_for(people: Iterable[Past], day: date) -> bool:
    voted = could = 0
    for voter in people:
        took_part = day.isoformat() in voter.votes
        voted += took_part
        could += took_part or could_vote(voter, day)
    return was_held(voted, could)
