"""The copy: a campaign with its people, in a database of its own that is dropped afterward."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from os import getpid

from sqlalchemy import Connection, Engine, Table, event, text
from sqlalchemy.exc import DBAPIError

from app.store.engine import make_engine
from app.store.every_table import metadata

MOST_VOTERS = 20_000
"""Of a larger campaign so many take part, household by household; money, rates and plan shrink."""
PREPARED = 500
"""A week asks some 350 statements, most of them thousands of times."""
SETTINGS = (
    "synchronous_commit = off",  # it is dropped anyway
    # To plan a statement anew takes longer than to run it, over tables as small as these.
    "plan_cache_mode = force_generic_plan",
)
_NUMBERS = count(1)
NAMED = "rehearsal_"
LOCK = 0x1A57_4EA2  # any number that no other advisory lock of the program uses
_LEFT = """
SELECT datname FROM pg_database d WHERE datname LIKE :named
AND split_part(datname, '_', 4) = CAST(:of AS text)
AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)
"""
_OF = "SELECT CAST(oid AS text) FROM pg_database WHERE datname = current_database()"
"""Which database a copy is of, in its name: the lock holds only among those who rehearse there, and
another installation on the server would take a copy that is just being made for left behind."""

_CHOSEN = """
CREATE TEMP TABLE chosen ON COMMIT DROP AS
SELECT t.voter_id, v.phone, v.email FROM targets t JOIN voters v ON v.id = t.voter_id
WHERE t.campaign_id = :campaign
  AND mod(('x' || substr(md5(t.household_id::text), 1, 7))::bit(28)::bigint, 1000000)
      BETWEEN round(:since * 1000000) AND round(:until * 1000000) - 1
"""
_MINE = "campaign_id = {campaign}"
_THEIRS = "voter_id IN (SELECT voter_id FROM chosen)"
_ADDRESSES = "address IN (SELECT phone FROM chosen UNION ALL SELECT email FROM chosen)"
# Dealt out to the parts one by one: of few shifts a draw would give one part all.
_SHIFT = """id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (ORDER BY channel, starts_at, id) AS place FROM shifts
        WHERE campaign_id = {campaign}
          AND mod(('x' || substr(md5(id::text), 1, 7))::bit(28)::bigint, 1000000)
              < {share} * 1000000
    ) taken WHERE mod(place, {of}) = {number})"""
_CALLERS = "(id IN (SELECT user_id FROM shifts WHERE campaign_id = {campaign}))"
ROWS: Mapping[str, str] = {
    "campaigns": "id = {campaign}",
    "ramps": _MINE,
    "plan_hours": _MINE,
    "senders": _MINE,
    "scripts": _MINE,
    "rule_changes": _MINE,
    "changed_figures": _MINE,
    "learned_figures": _MINE,
    "phases": _MINE,
    "plan_states": _MINE,
    "blasts": _MINE,
    "voice_rates": _MINE,
    "roles": "true",
    "users": _CALLERS,
    "shifts": _SHIFT,
    "precincts": "true",
    "elections": "true",
    "universes": "true",
    "voters": "id IN (SELECT voter_id FROM chosen)",
    "targets": f"{_MINE} AND {_THEIRS}",
    "touches": f"{_MINE} AND {_THEIRS}",
    "attempts": f"{_MINE} AND {_THEIRS}",
    "consents": _ADDRESSES,
    "opt_outs": _ADDRESSES,
    "dead_addresses": _ADDRESSES,
    "ballots": _THEIRS,
    "mail_ballots": _THEIRS,
    "answers": _THEIRS,
    "voting_plans": f"{_MINE} AND {_THEIRS}",
}
"""The rows of each table that come along. What is not here stays out: files, callbacks, audit,
alerts (nobody is to be told of what only a rehearsal saw)."""
_INSTEAD = {("users", "campaign_id"): "NULL", ("users", "email"): "'caller' || id || '@rehearsal'"}
_INSTEAD |= {
    ("users", "team_id"): "NULL",
    # A campaign that is still being set up is rehearsed as if it ran.
    ("campaigns", "state"): "CASE state WHEN 'draft' THEN 'running' ELSE state END",
}

_SETTLED = (
    # What is on its way at this moment is the real carrier's, which a rehearsal cannot ask.
    "UPDATE touches SET state = 'ready', lease_until = NULL WHERE state = 'claimed'",
    "UPDATE touches SET state = 'delivered' WHERE state IN ('attempting', 'unknown', 'accepted')",
    "UPDATE attempts SET state = 'delivered' "
    "WHERE state IN ('attempting', 'unknown', 'accepted', 'sent')",
    "UPDATE attempts SET price = coalesce(price, held), held = 0",
    "UPDATE senders SET next_free_at = NULL, slow_until = NULL, day_used = 0",
)
_SMALLER = (
    "UPDATE campaigns SET budget = round(budget * CAST(:share AS numeric), 5), "
    "spent = round(spent * CAST(:share AS numeric), 5)",
    # From one border to the next, so that the parts have as many as the whole.
    "UPDATE plan_hours SET planned = round(planned * :until) - round(planned * :since), "
    "wanted = round(wanted * :until) - round(wanted * :since), "
    "released = round(released * :until) - round(released * :since)",
    "UPDATE ramps SET total = ceil(total * :share), peak = ceil(peak * :share), "
    "daily_cap = ceil(daily_cap * :share)",
    "UPDATE senders SET per_second = per_second * :share, per_minute = ceil(per_minute * :share), "
    "per_hour = ceil(per_hour * :share), per_day = ceil(per_day * :share)",
)


class NoRoom(RuntimeError):
    """The database server lets nobody make the copy; the message says what to do."""


@dataclass(frozen=True)
class Part:
    """Which part of those who take part, of how many; by default all."""

    number: int = 0
    of: int = 1


WHOLE = Part()


@dataclass(frozen=True)
class Copy:
    """A copied campaign, or a part of it: where it is, how many voters came along, and the share of
    the campaign's that take part in all parts together."""

    engine: Engine
    share: float
    voters: int


@contextmanager
def copied(
    source: Engine, campaign_id: int, most: int = MOST_VOTERS, part: Part = WHOLE
) -> Iterator[Copy]:
    """The campaign, or a part of it, in a database of its own, for as long as the context lasts.
    `most` voters take part in all parts together. Raises NoRoom."""
    admin = source.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        of = connection.execute(text(_OF)).scalar_one()
    name = f"{NAMED}{getpid()}_{next(_NUMBERS)}_{of}"
    scratch = _made(admin, name, of)
    try:
        yield _fill(source, scratch, campaign_id, most, part)
    finally:
        scratch.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def _made(admin: Engine, name: str, of: str) -> Engine:
    """A new database; those that killed rehearsals left behind are dropped first."""
    url = admin.url.set(database=name).render_as_string(hide_password=False)
    scratch = make_engine(url, pool_size=5, ping=False, prepared=PREPARED)
    try:
        with admin.connect() as connection:
            # One at a time, so that nobody takes a database for left behind before it is in use.
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            try:
                for (left,) in connection.execute(text(_LEFT), {"named": f"{NAMED}%", "of": of}):
                    connection.execute(text(f'DROP DATABASE IF EXISTS "{left}"'))
                connection.execute(text(f"CREATE DATABASE {name}"))
                for setting in SETTINGS:
                    connection.execute(text(f"ALTER DATABASE {name} SET {setting}"))
                scratch.connect().close()  # stays open in the pool
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
    except DBAPIError as error:
        scratch.dispose()
        raise NoRoom(
            "A rehearsal needs a database of its own on the same server. Let the role in "
            "DATABASE_URL create databases: ALTER ROLE … CREATEDB."
        ) from error
    return scratch


def _fill(source: Engine, scratch: Engine, campaign_id: int, most: int, part: Part) -> Copy:
    event.listen(scratch, "before_cursor_execute", _unlogged, retval=True)
    metadata().create_all(scratch)
    event.remove(scratch, "before_cursor_execute", _unlogged)
    with source.begin() as read, scratch.begin() as write:
        read.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        binds = {"campaign": campaign_id}
        known = read.scalar(
            text("SELECT count(*) FROM targets WHERE campaign_id = :campaign"), binds
        )
        share = min(1.0, most / max(int(known or 0), 1))
        since, until = (share * (part.number + end) / part.of for end in (0, 1))
        read.execute(text(_CHOSEN), {**binds, "since": since, "until": until})
        voters = int(read.scalar(text("SELECT count(*) FROM chosen")) or 0)
        for table in metadata().sorted_tables:
            if table.name in ROWS:
                where = ROWS[table.name].format(
                    campaign=campaign_id, share=share, of=part.of, number=part.number
                )
                _pour(read, write, table, where)
        for query in _SETTLED:
            write.execute(text(query))
        for query in _SMALLER if until - since < 1 else ():
            smaller = {"share": until - since, "since": since, "until": until}
            write.execute(text(query), smaller)
        write.execute(
            text("UPDATE campaigns SET reserved = coalesce((SELECT sum(held) FROM touches), 0)")
        )
    with scratch.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return Copy(scratch, share, voters)


def _unlogged(
    _connection: object, _cursor: object, words: str, binds: object, _context: object, _many: bool
) -> tuple[str, object]:
    """Tables that need not outlive the server: nothing of them goes into its log, nor to the other
    servers that follow it."""
    return words.replace("CREATE TABLE", "CREATE UNLOGGED TABLE", 1), binds


def _pour(read: Connection, write: Connection, table: Table, where: str) -> None:
    """Copies the rows of one table, and sets its numbers behind them."""
    names = [column.name for column in table.columns]
    chosen = ", ".join(_INSTEAD.get((table.name, name), f'"{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    source, target = read.connection.cursor(), write.connection.cursor()
    with (
        source.copy(f"COPY (SELECT {chosen} FROM {table.name} WHERE {where}) TO STDOUT") as rows,
        target.copy(f"COPY {table.name} ({columns}) FROM STDIN") as into,
    ):
        for part in rows:
            into.write(part)
    if table.columns[0].identity is not None:
        key = table.columns[0].name
        write.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key}'), "
                f"greatest(max({key}), 1)) FROM {table.name}"
            )
        )
