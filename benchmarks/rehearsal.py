"""The rehearsal: the final week of a campaign of 20,000 voters, with everything going wrong.

    .venv/bin/python -m benchmarks.rehearsal [--voters 20000] [--seed 1] [--faults all|none]

Ours is `rehearse` from the copy to the report, as the command line and the button run it. There
are as many callers as make the calls of the ramp (four; ten, as until November 26, made 2.7 times
as many as it plans), for whoever asks for a call is given one beyond the plan. The
yardstick is a bare COPY of the same number of rows as messages went out, so that the ratio says how
much a message costs with all that belongs to it; the bar itself is in seconds.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from app.clock import ManualClock
from app.config import Settings
from app.domain.channel import Channel
from app.domain.ramp import RampRule, Shape
from app.domain.rehearsal import PROMISES, Fault, Outcome
from app.rehearsal.run import rehearse
from app.services.campaigns import set_up
from app.wiring import Parts
from benchmarks.bench import Database, database, seconds
from benchmarks.plan import STATES, draft, noon
from benchmarks.universes import add_voters

BAR_SECONDS = 30.0
DAYS = 8
VOTERS_A_CALLER = 5000  # who makes some 22 calls an hour; every tenth voter is to be called
PEOPLE = """
INSERT INTO users (email, name, active, fs_uniquifier)
SELECT 'v' || n || '@volunteers.example', 'Volunteer ' || n, true, 'v' || n
FROM generate_series(1, :callers) AS n
"""
SHIFTS = """
INSERT INTO shifts (campaign_id, user_id, channel, starts_at, ends_at, created_at)
SELECT :campaign, id, 'call', day + interval '17 hours', day + interval '20 hours', :at
FROM users, generate_series(CAST(:first AS timestamptz), CAST(:last AS timestamptz),
                            interval '1 day') AS day
"""
ROWS = """
CREATE TEMP TABLE bare AS SELECT n, 'a line of the ledger' AS line FROM generate_series(1, :n) AS n
"""


def add_campaign(base: Database, voters: int) -> int:
    """A campaign that texts half of its voters and mails them all, and as many callers a night as
    its ramp of calls asks for."""
    add_voters(base, voters)
    base.run(STATES)
    base.tidy("voters")
    first = noon(DAYS)
    totals = {Channel.CALL: voters // 10, Channel.TEXT: voters // 2, Channel.EMAIL: voters}
    ramps = {c: RampRule(Shape.LINEAR, first.date(), n) for c, n in totals.items()}
    said = replace(draft(voters), ramps=ramps, starts_at=first)
    campaign = set_up(base.sessions, said, now=first)
    base.run(PEOPLE, callers=max(voters // VOTERS_A_CALLER, 1))
    midnight = first.replace(hour=4)
    last = midnight + timedelta(days=DAYS)
    base.run(SHIFTS, campaign=campaign, at=first, first=midnight, last=last)
    base.tidy()
    return campaign


def show(outcome: Outcome) -> None:
    """What came of it."""
    for verdict in outcome.verdicts:
        kept = "kept" if verdict.kept else f"BROKEN {verdict.broken} times"
        print(f"  {PROMISES[verdict.promise]:20} {kept:18} {verdict.measured}")
        for line in verdict.story:
            print(f"      {line}")
    struck = ", ".join(f"{one.fault.value} {one.times}" for one in outcome.faults if one.times)
    print(f"  faults: {struck or 'none'}")
    print(f"  attempts: {dict(outcome.attempts)}, incidents {outcome.incidents}")
    print(f"  trace {outcome.trace[:16]}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The rehearsal.")
    parser.add_argument("--voters", type=int, default=20_000, help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="(%(default)s)")
    parser.add_argument("--faults", choices=("all", "none"), default="all")
    chosen = parser.parse_args(arguments)
    with database() as base:
        campaign = add_campaign(base, chosen.voters)
        clock = ManualClock(noon(DAYS))
        parts = Parts(Settings(_env_file=None), base.engine, base.sessions, clock)
        faults = frozenset(Fault) if chosen.faults == "all" else frozenset()
        print(f"\nThe rehearsal: {chosen.voters:,} voters, the final week, faults {chosen.faults}")
        outcome = rehearse(parts, campaign, faults=faults, seed=chosen.seed)
        show(outcome)
        rows = sum(outcome.attempts.values())
        bare = seconds(lambda: base.run(ROWS, n=rows))
        times = outcome.seconds / bare
        said = f"{outcome.seconds:.1f} s (bar {BAR_SECONDS:.0f} s)"
        print(f"  {said}, {times:,.0f} × {rows:,} bare rows")


if __name__ == "__main__":
    main()
