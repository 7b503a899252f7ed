"""What the benchmarks share: a database with a campaign in it, rounds, and the table at the end."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock_time
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine, text

from app.domain.channel import Channel
from app.domain.ramp import Shape
from app.domain.universe import Universe
from app.services.campaigns import CampaignDraft, RampDraft, set_up
from app.services.release import release_some
from app.store.embedded import EmbeddedPostgres
from app.store.engine import PREPARED, Sessions, make_engine, make_sessions
from app.store.frames import load_frame
from app.store.migrate import upgrade
from tests.processes import ROOT

AT = datetime(2026, 10, 27, 16, tzinfo=UTC)
"""The instant at which the campaign stands: noon in North Carolina, a week before polling day."""
START = date(2026, 10, 20)
POLLING_DAY = date(2026, 11, 3)
SENDER = "+19195550142"
BODY = (
    "Hi {first_name}, this is {organization}. The polls are open on {polling_day} until "
    "{polls_close} at {polling_place}. Reply STOP to end."
)
SCRIPT = "Hi, may I speak with {first_name}? I'm {volunteer}, calling for {candidate}."


@dataclass(frozen=True)
class Database:
    """An embedded PostgreSQL of the benchmark's own, as durable as the program's."""

    server: EmbeddedPostgres
    url: str
    engine: Engine
    sessions: Sessions

    def run(self, statement: str, **binds: object) -> int:
        """One statement in a transaction of its own; how many rows it changed."""
        with self.engine.begin() as connection:
            return connection.execute(text(statement), binds).rowcount

    def ask(self, query: str, **binds: object) -> int:
        """One number."""
        with self.engine.connect() as connection:
            return int(connection.execute(text(query), binds).scalar_one() or 0)

    def tidy(self, *tables: str) -> None:
        """What autovacuum does in its own time: dead rows away, statistics up to date."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in tables or ("",):
                connection.execute(text(f"VACUUM ANALYZE {table}"))


@contextmanager
def database() -> Iterator[Database]:
    """A migrated database on a server that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="lastmile-bench-") as folder:
        server = EmbeddedPostgres(Path(folder))
        url = server.start()
        engine = make_engine(url, prepared=PREPARED)  # as the program's own
        try:
            upgrade(engine)
            yield Database(server, url, engine, make_sessions(engine))
        finally:
            engine.dispose()
            server.shut_down()


_VOTERS = """
INSERT INTO voters (source, source_id, first_name, last_name, birth_year, party, status, address,
                    city, state, postcode, county, precinct, phone, email, zones, votes,
                    household_id, imported_at)
SELECT 'nc', 'B' || n, 'First' || n % 999, 'Last' || n % 9973, 1930 + n % 78, 'UNA', 'active',
       n / :together || ' Main St', 'Raleigh', 'NC', '27601', 'Wake', lpad((n % 60)::text, 2, '0'),
       '+1' || (9190000000 + n), 'b' || n || '@voters.example', 'America/New_York',
       CAST((ARRAY['2018-11-06', '2020-11-03', '2022-11-08', '2024-11-05'])[1:n % 5] AS text[]),
       n - (n - 1) % :together, :at
FROM generate_series(1, CAST(:voters AS bigint)) AS n
"""

_CONSENTS = """
INSERT INTO consents (address, channel, basis, source, given_on)
SELECT phone, 'text', 'form', 'benchmark', '2026-01-02' FROM voters
"""


def add_campaign(base: Database, voters: int, *, together: int = 2) -> int:
    """Voters in North Carolina, `together` to a household, all with a phone and a consent to
    texts, and one campaign with all of them as targets; its id."""
    base.run(_VOTERS, voters=voters, together=together, at=AT)
    base.run(_CONSENTS)
    base.tidy("voters", "consents")
    campaign = set_up(base.sessions, _draft(voters), now=AT)
    base.tidy()
    return campaign


def _draft(voters: int) -> CampaignDraft:
    return CampaignDraft(
        name="Benchmark",
        organization="Friends of Rosa Alvarez",
        candidate="Rosa Alvarez",
        zone="America/New_York",
        polling_day=POLLING_DAY,
        polls_open=clock_time(6, 30),
        polls_close=clock_time(19, 30),
        universe=Universe(),
        ramps={
            Channel.TEXT: RampDraft(Shape.LINEAR, START, voters, rise=4),
            Channel.CALL: RampDraft(Shape.LINEAR, START, voters, rise=4),
        },
        budget=Decimal(1_000_000),
        reserve_share=Decimal("0.3"),
        voter_daily_cap=2,
        voter_total_cap=12,
        text_body=BODY,
        call_script=SCRIPT,
        text_sender=SENDER,
        text_per_second=1_000_000,  # so that the rate of a sender is never what is measured
        starts_at=datetime(2026, 10, 20, 4, tzinfo=UTC),
    )


def release(base: Database, campaign: int, channel: Channel, number: int) -> int:
    """Has the pacer release at most `number` touches now; how many it released."""
    with base.sessions.begin() as session:
        return release_some(session, load_frame(session, campaign), channel, number, AT)


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


@dataclass(frozen=True)
class Compared:
    """Rates a second of ours and of the yardstick, round by round."""

    ours: Sequence[float]
    yardstick: Sequence[float]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios; above 1 we are faster."""
        return statistics.median(a / b for a, b in zip(self.ours, self.yardstick, strict=True))


def compare(rounds: int, ours: Callable[[], float], yardstick: Callable[[], float]) -> Compared:
    """Measures both in turns, each rate once a round; a first round warms up and is dropped."""
    pairs = []
    for number in range(rounds + 1):
        if number % 2:
            pairs.append((ours(), yardstick()))
        else:
            other = yardstick()
            pairs.append((ours(), other))
    return Compared([pair[0] for pair in pairs[1:]], [pair[1] for pair in pairs[1:]])


def show(title: str, unit: str, name: str, yardstick: str, found: Compared, bar: str) -> None:
    """Prints what a comparison found: medians, the slowest and fastest round, the ratio."""
    print(f"\n{title}")
    for label, rates in ((name, found.ours), (yardstick, found.yardstick)):
        print(
            f"  {label:46} {statistics.median(rates):10,.1f} {unit}"
            f"   ({min(rates):,.1f} to {max(rates):,.1f})"
        )
    print(f"  {'ratio, median of ' + str(len(found.ours)) + ' rounds':46} {found.ratio:10.3f}")
    print(f"  {'bar to come':46} {bar:>10}", flush=True)


@contextmanager
def process(*command: str, log: Path, **settings: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process from the root of the tree, ended afterwards; its output goes to `log`."""
    environment = {**os.environ, **{name: str(value) for name, value in settings.items()}}
    with log.open("ab") as output:
        running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            yield running
        finally:
            running.terminate()
            running.wait(20)
