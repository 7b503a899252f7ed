"""Universes in the database: who meets the conditions, how many, overlap, targets of a campaign."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.condition import (
    DEEPEST,
    FIELDS,
    MOST,
    Ask,
    BadUniverse,
    Condition,
    Every,
    Group,
    InUniverse,
    Reach,
    both,
)
from app.domain.figure import DEFAULTS
from app.domain.layout import withdrawn_statuses
from app.domain.model import Salience, gain_curve
from app.domain.universe import Universe
from app.store.facts import ADDRESS
from app.store.precincts import place_sql
from app.store.reach_marks import marks_of
from app.store.saved_universes import SavedUniverse
from app.store.target_value import value_sql
from app.store.universe_sql import ON_FILE, Asking, reach, where, wheres

COUNTED = (Channel.CALL, Channel.TEXT, Channel.EMAIL)
MOST_CHOICES = 500
PATIENCE_SECONDS = 60
ROUGH_PERCENT = 1
MANY = 3_000_000
"""From so many voters on, an estimate comes first: an exact count takes seconds."""


@dataclass(frozen=True)
class UniverseCount:
    """How many voters, and how many each channel may reach."""

    voters: int
    callable: int
    textable: int  # a phone with a consent to texts
    mailable: int


def resolve(session: Session, condition: Condition | None, name: str = "") -> Condition | None:
    """The condition with every saved universe that it refers to written out in its place.

    `name` is the condition's own, if it has one. Raises BadUniverse for a universe that does not
    exist, that leads back to itself, or that makes the whole too large.
    """
    if condition is None:
        return None
    saved = {one.name: one.filter for one in session.scalars(select(SavedUniverse))}
    return _Resolver(saved).write_out(condition, (name,) if name else (), 1)


class _Resolver:
    def __init__(self, saved: dict[str, dict[str, object]]) -> None:
        self.saved, self.written = saved, 0

    def write_out(self, condition: Condition, path: tuple[str, ...], depth: int) -> Condition:
        self.written += 1
        if self.written > MOST or depth > DEEPEST + 1:
            raise BadUniverse(
                f"with the universes it refers to, this filter is more than {MOST} conditions or "
                f"{DEEPEST} groups deep; make it simpler"
            )
        if isinstance(condition, Group):
            of = tuple(self.write_out(one, path, depth + 1) for one in condition.of)
            return Group(condition.every, of)
        if not isinstance(condition, InUniverse):
            return condition
        found = self._saved(condition.name, path)
        return self.write_out(found, (*path, condition.name), depth)

    def _saved(self, name: str, path: tuple[str, ...]) -> Condition:
        if name in path:
            chain = " → ".join((*path[path.index(name) :], name))
            raise BadUniverse(f"a universe cannot refer to itself: {chain}")
        if name not in self.saved:
            there = ", ".join(f"“{one}”" for one in sorted(self.saved)[:10]) or "none yet"
            raise BadUniverse(f"there is no universe called “{name}”; there are {there}")
        condition = Universe.from_json(self.saved[name]).condition
        assert condition is not None  # one that asks nothing is not saved
        return condition


def resolved(session: Session, universe: Universe) -> Universe:
    """The universe with its filter written out, as a campaign keeps it; raises BadUniverse."""
    return Universe(
        universe.parties,
        universe.min_age,
        universe.max_age,
        universe.min_votes,
        universe.states,
        resolve(session, universe.filter),
    )


def count_universe(
    session: Session, condition: Condition | None, asking: Asking, *, rough: bool = False
) -> UniverseCount:
    """Counts a universe in one query; `rough` estimates from a hundredth of the file's pages.

    Each table that bars or allows an address is joined once. The filter comes first, so that few
    rows are joined; a join serves a list of any length, where a subquery in FILTER would turn to
    a look-up a row.
    """
    inner, reached = _reach_apart(resolve(session, condition))
    found = where(session, inner, asking)
    joins: dict[tuple[str, Channel], str] = {}

    def has(table: str, channel: Channel) -> str:
        alias = joins.setdefault((table, channel), f"j{len(joins)}")
        return f"({alias}.address IS NOT NULL)"

    may = {channel: f"({reach(channel, asking.country, has, of='s')})" for channel in Channel}
    counts = [f"count(*) FILTER (WHERE {may[channel]})" for channel in COUNTED]
    outer = [f"({' OR '.join(may[channel] for channel in one.channels)})" for one in reached]
    joined = " ".join(
        f"LEFT JOIN {table} {alias} ON {alias}.channel = '{channel.value}' "
        f"AND {alias}.address = {ADDRESS[channel].replace('v.', 's.')}"
        for (table, channel), alias in joins.items()
    )
    sample = f" TABLESAMPLE SYSTEM ({ROUGH_PERCENT}) REPEATABLE (1)" if rough else ""
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    session.execute(text(f"SET LOCAL statement_timeout = '{PATIENCE_SECONDS}s'"))
    row = session.execute(
        text(
            f"SELECT count(*), {', '.join(counts)} FROM (SELECT v.phone, v.phone_kind, v.email "
            f"FROM voters v{sample} WHERE {found.sql}) s {joined} "
            f"WHERE {' AND '.join(outer) or 'TRUE'}"
        ),
        found.binds,
    ).one()
    times = 100 // ROUGH_PERCENT if rough else 1
    return UniverseCount(*(number * times for number in row))


def _reach_apart(condition: Condition | None) -> tuple[Condition | None, list[Reach]]:
    """The condition without the channels that must reach everybody in it, and those: the count
    joins what they ask for anyway."""
    if isinstance(condition, Reach):
        return None, [condition]
    if not isinstance(condition, Group) or condition.every is not Every.ALL:
        return condition, []
    reached = [one for one in condition.of if isinstance(one, Reach)]
    rest = [one for one in condition.of if not isinstance(one, Reach)]
    return both(rest), reached


def is_large(session: Session) -> bool:
    """Whether the file is so large that an estimate should come before the exact count."""
    rows = session.scalar(text("SELECT reltuples FROM pg_class WHERE oid = 'voters'::regclass"))
    return float(rows or 0) >= MANY


def sample_of(
    session: Session, condition: Condition | None, asking: Asking, limit: int = 5
) -> list[tuple[str, str]]:
    """Some voters of the universe, as initials and city: enough to see, too little to know."""
    found = where(session, resolve(session, condition), asking)
    rows = session.execute(
        text(
            "SELECT upper(left(v.first_name, 1) || left(v.last_name, 1)), v.city "
            f"FROM voters v WHERE {found.sql} LIMIT {limit:d}"
        ),
        found.binds,
    )
    return [(initials, city) for initials, city in rows]


def overlap(session: Session, conditions: Sequence[Condition], asking: Asking) -> list[list[int]]:
    """How many voters each two of the universes share; on the diagonal, how many each has."""
    asked = [resolve(session, one) for one in conditions]
    found = wheres(session, asked, asking)
    places = ", ".join(str(place + 1) for place in range(len(asked)))
    rows = session.execute(
        text(f"SELECT {found.sql}, count(*) FROM voters v WHERE {ON_FILE} GROUP BY {places}"),
        found.binds,
    )
    matrix = [[0] * len(asked) for _ in asked]
    for *flags, number in rows:
        inside = [place for place, flag in enumerate(flags) if flag]
        for one in inside:
            for other in inside:
                matrix[one][other] += number
    return matrix


def choices(session: Session, field: str, column: str = "") -> list[tuple[str, int]]:
    """The values on file of a field, or of the file's own `column`, the commonest first.

    Raises KeyError for a field that has no values to choose from.
    """
    if not column and Ask.IS not in FIELDS[field].asks:
        raise KeyError(field)
    what = f"v.{field}" if not column else "coalesce(v.extra ->> :column, '')"
    rows = session.execute(
        text(
            f"SELECT {what}, count(*) FROM voters v WHERE {ON_FILE} GROUP BY 1 "
            f"ORDER BY 2 DESC, 1 LIMIT {MOST_CHOICES}"
        ),
        {"withdrawn": sorted(withdrawn_statuses())} | ({"column": column} if column else {}),
    )
    return [(value, number) for value, number in rows]


def extra_columns(session: Session) -> list[str]:
    """The files' own columns that were kept, as the oldest and the newest voters have them."""
    ends = " UNION ALL ".join(
        f"(SELECT extra FROM voters ORDER BY id {order} LIMIT 2000)" for order in ("", "DESC")
    )
    rows = session.scalars(
        text(f"SELECT DISTINCT jsonb_object_keys(e.extra) FROM ({ends}) e ORDER BY 1 LIMIT 500")
    )
    return list(rows)


_QUESTIONS = """
WITH RECURSIVE one AS (
    (SELECT question, answer FROM answers ORDER BY question, answer LIMIT 1)
    UNION ALL
    SELECT next.* FROM one CROSS JOIN LATERAL (
        SELECT a.question, a.answer FROM answers a
        WHERE (a.question, a.answer) > (one.question, one.answer)
        ORDER BY a.question, a.answer LIMIT 1
    ) next
)
SELECT question, answer FROM one LIMIT 2000
"""
"""From each answer to the next along the index, instead of through millions of them."""


def questions(session: Session) -> dict[str, list[str]]:
    """The survey questions on file, each with its answers."""
    found: dict[str, list[str]] = {}
    for question, answer in session.execute(text(_QUESTIONS)):
        found.setdefault(question, []).append(answer)
    return found


_PART = "v.id >= :first AND v.id < :before"


def parts_of_file(session: Session, size: int) -> list[tuple[int, int]]:
    """The numbers of all voters in parts of about `size`, each with its first and the one after its
    last; a tenth of them where there are many."""
    first, last = session.execute(text("SELECT min(id), max(id) FROM voters")).one()
    if first is None:
        return []
    step = max(size, (last - first) // 10 + 1)
    return [(at, at + step) for at in range(first, last + 1, step)]


def add_targets(
    session: Session,
    campaign_id: int,
    universe: Universe,
    asking: Asking,
    *,
    salience: str = Salience.MIDDLE,
    part: tuple[int, int] | None = None,
) -> int:
    """Makes every voter of the universe a target, in one statement; returns how many are new. With
    `part` only those whose numbers lie from the first to before the second.

    `asking.day` is polling day. Whoever gains most from a contact has the greatest value, 1; what
    that depends on, also where no chance to vote is known, says store/target_value.py. Equal
    values keep the file's order.
    """
    value = value_sql(gain_curve(DEFAULTS, Salience(salience)))
    found = where(session, resolve(session, universe.condition), asking)
    place = place_sql(session.connection(), "v")
    marks = marks_of(asking.country)  # at once, for to set them later rewrites the table
    done = session.execute(
        text(
            "INSERT INTO targets (campaign_id, voter_id, household_id, place, value, "
            f"{', '.join(f'can_{channel.value}' for channel in marks)}, voted_at) "
            "SELECT :campaign, v.id, coalesce(v.household_id, v.id), "
            f"{place.key}, {value}, {', '.join(marks.values())}, "
            "(SELECT recorded_at FROM ballots b "
            " WHERE b.voter_id = v.id AND b.polling_day = :day) "
            f"FROM voters v {place.join} WHERE {found.sql} {'AND ' + _PART if part else ''} "
            "ORDER BY v.id ON CONFLICT DO NOTHING"
        ),
        {
            **found.binds,
            **(dict(zip(("first", "before"), part, strict=True)) if part else {}),
            "campaign": campaign_id,
            "day": asking.day,
        },
    )
    return int(getattr(done, "rowcount", 0))
