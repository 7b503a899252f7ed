"""Voters by what somebody typed: a few bounded look-ups in indexes, the exact ones first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg.errors import QueryCanceled
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.search import NameGuess, Search

MOST = 20
PATIENCE_MS = 250
"""When the server gives up. The worst that was measured stays far below: benchmarks/search.py."""


class TooBroad(Exception):
    """The server could not find it in time: more letters are needed."""


@dataclass(frozen=True)
class Found:
    """A voter as the list of results tells them apart."""

    rank: int  # 0 fits best
    id: int
    household_id: int
    first_name: str
    middle_name: str
    last_name: str
    suffix: str
    birth_year: int | None
    party: str
    status: str
    address: str
    city: str
    state: str
    source: str
    source_id: str
    phone: str | None
    email: str | None


_SETTINGS = {
    "plan_cache_mode": "force_custom_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "statement_timeout": str(PATIENCE_MS),
}
"""A plan of its own for the words that were typed, and never a walk over the whole table."""

_CHOOSE = ", ".join(f"set_config('{name}', :{name}, true)" for name in _SETTINGS)

_END = chr(0x10FFFF)  # no text that begins with the same comes after it, byte by byte


@dataclass(frozen=True)
class Within:
    """Whom alone one may find: a condition on `voters`, with its binds."""

    condition: str
    binds: Mapping[str, Any]


@dataclass
class _Branches:
    """The look-ups, as SQL, with their binds. Each is bounded and has an index that serves it."""

    ranked: list[tuple[int, str]] = field(default_factory=list)
    binds: dict[str, Any] = field(default_factory=dict)
    also: str = ""  # a condition that all of them are under

    def add(self, rank: int, conditions: list[str], order: str = "", whose: str = "id") -> None:
        """One look-up; `whose` is the voter it stands for."""
        ordered = f"ORDER BY {order} " if order else ""
        where = " AND ".join([*conditions, self.also] if self.also else conditions)
        chosen = f"SELECT {rank} AS rank, {whose} AS id FROM voters"
        self.ranked.append((rank, f"({chosen} WHERE {where} {ordered}LIMIT {MOST})"))

    def union(self) -> str:
        """All of them as one, the best first; it ends as soon as there is enough."""
        parts = [sql for _, sql in sorted(self.ranked, key=lambda each: each[0])]
        return f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS every LIMIT {3 * MOST}"

    def bind(self, value: object) -> str:
        """The name of a bind for `value`."""
        name = f"b{len(self.binds)}"
        self.binds[name] = value
        return f":{name}"

    def begins(self, column: str, start: str) -> str:
        """`column` begins with `start`, in the operators of the index for patterns.

        Not LIKE: a plan that is kept for any pattern could not use the index.
        """
        low, high = self.bind(start), self.bind(start + _END)
        return f"{column} ~>=~ {low} AND {column} ~<~ {high}"

    def between(self, column: str, start: str, last: str) -> str:
        """The same by an index in the order of the column's own collation."""
        low, high = self.bind(start), self.bind(start + last * 16)
        return f"{column} >= {low} AND {column} <= {high}"


def find(session: Session, asked: Search, within: Within | None = None) -> list[Found]:
    """At most MOST voters, the best first, members of a household together.

    Whoever was merged is found as the one who was kept. Raises TooBroad.
    """
    branches = _branches(asked, within)
    if not branches.ranked:
        return []
    query = text(
        "SELECT found.rank, v.id, coalesce(v.household_id, v.id), v.first_name, v.middle_name, "
        "v.last_name, v.suffix, v.birth_year, v.party, v.status, v.address, v.city, v.state, "
        "v.source, v.source_id, v.phone, v.email "
        f"FROM ({branches.union()}) AS found JOIN voters v ON v.id = found.id"
    )
    savepoint = session.begin_nested()
    try:
        session.execute(text(f"SELECT {_CHOOSE}"), _SETTINGS)
        return _best([Found(*row) for row in session.execute(query, branches.binds)])
    except OperationalError as error:
        if isinstance(error.orig, QueryCanceled):
            raise TooBroad from error
        raise
    finally:
        savepoint.rollback()  # nothing was written; the settings end here


def _best(rows: list[Found]) -> list[Found]:
    """Each voter once at their best rank; a household stands where its best member does."""
    best: dict[int, Found] = {}
    for row in sorted(rows, key=lambda row: row.rank):
        best.setdefault(row.id, row)
    people = sorted(best.values(), key=_place)[:MOST]
    homes: dict[int, int] = {}
    for number, row in enumerate(people):
        homes.setdefault(row.household_id, number)
    return sorted(people, key=lambda row: homes[row.household_id])


def _place(row: Found) -> tuple[Any, ...]:
    return row.rank, row.last_name.casefold(), row.first_name.casefold(), row.city, row.id


def _branches(asked: Search, within: Within | None) -> _Branches:
    branches = _Branches()
    if within is not None:
        branches = _Branches(binds=dict(within.binds), also=within.condition)
    if asked.own_id is not None:
        own = branches.bind(asked.own_id)
        branches.add(0, [f"id = {own}"], whose="coalesce(merged_into, id)")
    for exact in (True, False):
        _contacts(branches, asked, exact)
    for number, guess in enumerate(asked.names):
        _names(branches, guess, 2 * (number > 1))
    return branches


def _contacts(branches: _Branches, asked: Search, exact: bool) -> None:
    rank, kept = 0 if exact else 1, "coalesce(merged_into, id)"
    order = "source_id USING ~<~"
    for start in asked.ids:
        if exact:
            branches.add(rank, [f"source_id = {branches.bind(start)}"], whose=kept)
        else:
            branches.add(rank, [branches.begins("source_id", start)], order, kept)
    for start in asked.phones:
        if exact:
            for column in ("phone", "phone2", "phone3"):
                branches.add(rank, [f"{column} = {branches.bind(start)}"], whose=kept)
        else:
            branches.add(rank, [branches.begins("phone", start)], "phone USING ~<~", kept)
            for column in ("phone2", "phone3"):
                branches.add(rank, [branches.between(column, start, "9")], column, kept)
    if asked.email:
        begins = f"starts_with(email, {branches.bind(asked.email)})"
        where = [f"email = {branches.bind(asked.email)}"]
        if not exact:
            where = [branches.between("email", asked.email, "z"), begins]
        branches.add(rank, where, "" if exact else "email", kept)


_BY_LAST = "last_key USING ~<~, first_key USING ~<~"
_BY_FIRST = "first_key USING ~<~, last_key USING ~<~"


def _names(branches: _Branches, guess: NameGuess, rank: int) -> None:
    """Exact names, then names that begin so. Of two beginnings the planner takes the rarer first.

    Were both frequent, their meeting would be too: for independent names, either a range holds
    fewer than the root of MOST times all voters, or MOST are found before the end of it.
    """
    for exact_last, exact_first in _tries(guess):
        where = ["merged_into IS NULL"]
        for column, start, exact in (
            ("last_key", guess.last, exact_last),
            ("first_key", guess.first, exact_first),
        ):
            if start and exact:
                where.append(f"{column} = {branches.bind(start)}")
            elif start:
                where.append(branches.begins(column, start))
        order = ""
        if exact_last or not guess.first:
            order = _BY_LAST
        elif exact_first or not guess.last:
            order = _BY_FIRST
        missing = (bool(guess.last) and not exact_last) + (bool(guess.first) and not exact_first)
        branches.add(rank + missing, where, order)


def _tries(guess: NameGuess) -> Iterator[tuple[bool, bool]]:
    """Whether the last and the first name are to be exactly so, the strictest first."""
    if guess.last and guess.first:
        yield True, True
        yield True, False
        yield False, True
        yield False, False
    else:
        yield bool(guess.last), bool(guess.first)
        yield False, False
