"""Reliability: each fault alone, then all together, over many small final weeks; one table.

    .venv/bin/python -m benchmarks.reliability [--weeks 20] [--faults kill,hang] [--first-seed 1]

Every row plays so many seeded weeks of small campaigns (tests/rehearsal/weeks.py) with one fault as
often as it can be borne, and counts against the carrier's own ledger: texts and records lost, texts
doubled, messages and calls out of bounds, and the longest silence while somebody could be reached.
"""

import argparse
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.rehearsal import Fault, Promise
from app.rehearsal.chance import AT_STEP
from app.rehearsal.week import Manner
from benchmarks.bench import Database, database
from tests.conftest import empty
from tests.rehearsal.weeks import play

HARD = 10.0
"""How many times as often as in a rehearsal a fault strikes, alone or with all others …"""
OFTEN = 0.4
"""… and one that strikes by message or callback alone at least with this chance: of them there are
few in a small campaign."""
BY_MESSAGE = 0.01


@dataclass
class Row:
    """One line of the table."""

    name: str
    times: int = 0
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_bounds: int = 0
    others: int = 0
    longest: timedelta = timedelta(0)

    def __str__(self) -> str:
        silence = f"{self.longest.total_seconds() / 60:.1f} min"
        return (
            f"| {self.name} | {self.times:,} | {self.messages:,} | {self.lost} | {self.doubled} "
            f"| {self.out_of_bounds} | {self.others} | {silence} |"
        )

    @property
    def kept(self) -> bool:
        """Whether nothing was broken."""
        return not (self.lost or self.doubled or self.out_of_bounds or self.others)


HEAD = """\
| fault | times | messages, calls | lost | doubled | out of bounds | others | longest silence |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


def factor(faults: Collection[Fault]) -> float:
    """How many times as often as in a rehearsal these strike."""
    if len(faults) != 1:
        return HARD if faults else 1.0
    chance = AT_STEP.get(next(iter(faults)), 1.0)
    return max(HARD, OFTEN / chance) if chance >= BY_MESSAGE else HARD


def measure(base: Database, name: str, faults: Collection[Fault], seeds: Sequence[int]) -> Row:
    """The line of these faults over these weeks."""
    row = Row(name)
    for seed in seeds:
        empty(base.engine)
        week = play(base.engine, seed, Manner(faults=faults, factor=factor(faults)))
        row.times += sum(len(times) for times in week.chance.struck.values())
        row.messages += len(week.carrier.ledger) + len(week.volunteers.recorded)
        for broken in week.promises.broken:
            match broken.promise:
                case Promise.NEVER_LOST:
                    row.lost += 1
                case Promise.NEVER_TWICE:
                    row.doubled += 1
                case Promise.IN_BOUNDS | Promise.STRUCK_AT_ONCE:
                    row.out_of_bounds += 1
                case _:
                    row.others += 1
            print(f"seed {seed}, {name}: {broken.promise.name} {broken.what}", file=sys.stderr)
        row.longest = max(row.longest, week.promises.longest_silence)
    return row


def main() -> None:
    """Print the table; exit with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description="Reliability.")
    parser.add_argument("--weeks", type=int, default=20, help="for each fault (%(default)s)")
    parser.add_argument("--first-seed", type=int, default=1, help="(%(default)s)")
    parser.add_argument("--faults", default="", help="names, with commas; all if not said")
    chosen = parser.parse_args()
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.weeks)
    faults = [Fault(name) for name in chosen.faults.split(",") if name] or list(Fault)
    kept = True
    with database() as base:
        print(HEAD)
        for fault in faults:
            row = measure(base, fault.value, {fault}, seeds)
            kept = kept and row.kept
            print(row, flush=True)
        for name, several in (("all at once", frozenset(faults)), ("none", frozenset())):
            row = measure(base, name, several, seeds)
            kept = kept and row.kept
            print(row, flush=True)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
