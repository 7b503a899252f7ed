"""The plan: counting cells, the program, the proof and the advice, and the ramp editor's answer.

    .venv/bin/python -m benchmarks.plan [--voters 1000000] [--rounds 3]

Ours is a whole plan as a worker makes it, 35 days before the polls close: voters in five states,
calls, texts and emails, shifts every evening, too little money. The yardstick is one bare pass
over the same targets and voters (SELECT count(*), avg(turnout) of the join). Then how the plan
grows with the days, on the same cells, and with the voters, whose number the program never sees.
"""

import argparse
import statistics
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.clock import Clock
from app.domain.account import Before, report_of
from app.domain.channel import Channel
from app.domain.draft import draw_up
from app.domain.ramp import RampRule, Shape
from app.domain.situation import Situation
from app.domain.universe import Universe
from app.services import plans
from app.services.campaigns import CampaignDraft, set_up
from app.services.situations import situation_of
from app.store.cells import count_cells
from benchmarks.bench import BODY, POLLING_DAY, SCRIPT, SENDER, Database, database, seconds
from benchmarks.universes import add_voters

ZONE = ZoneInfo("America/New_York")
DAYS = 35
BAR_SECONDS, SKETCH_BAR_SECONDS = 10.0, 1.0
STATES = """
UPDATE voters SET (state, zones) = (
    SELECT state, zones FROM (VALUES (0, 'NC', 'America/New_York'), (1, 'TX', 'America/Chicago'),
        (2, 'CA', 'America/Los_Angeles'), (3, 'CO', 'America/Denver'),
        (4, 'FL', 'America/New_York|America/Chicago')) AS one (k, state, zones)
    WHERE k = id % 5)
"""
PEOPLE = """
INSERT INTO users (email, name, active, fs_uniquifier)
SELECT 'v' || n || '@volunteers.example', 'Volunteer ' || n, true, 'v' || n
FROM generate_series(1, 500) AS n
"""
SHIFTS = """
INSERT INTO shifts (campaign_id, user_id, channel, starts_at, ends_at, created_at)
SELECT :campaign, id, 'call', day + interval '17 hours', day + interval '20 hours', :at
FROM users, generate_series(CAST(:first AS timestamptz), CAST(:last AS timestamptz),
                            interval '1 day') AS day
"""
JOIN = """
SELECT count(*) + round(avg(v.turnout)) FROM targets t JOIN voters v ON v.id = t.voter_id
WHERE t.campaign_id = :campaign
"""


def noon(days: int) -> datetime:
    """Noon in North Carolina, so many days before polling day."""
    day = POLLING_DAY - timedelta(days=days)
    return datetime.combine(day, clock_time(12), ZONE).astimezone(UTC)


def draft(voters: int) -> CampaignDraft:
    """A campaign that wants a text and an email a voter, and a call to every fourth."""
    first = noon(DAYS).date()
    totals = {Channel.CALL: voters // 4, Channel.TEXT: voters, Channel.EMAIL: voters}
    return CampaignDraft(
        name="Benchmark",
        organization="Friends of Rosa Alvarez",
        candidate="Rosa Alvarez",
        zone="America/New_York",
        polling_day=POLLING_DAY,
        polls_open=clock_time(6, 30),
        polls_close=clock_time(19, 30),
        universe=Universe(),
        ramps={c: RampRule(Shape.LINEAR, first, total) for c, total in totals.items()},
        budget=Decimal(voters) / 100,
        reserve_share=Decimal("0.3"),
        voter_daily_cap=2,
        voter_total_cap=12,
        text_body=BODY,
        email_subject="Vote",
        email_body=BODY,
        email_sender="rosa@alvarez.example",
        call_script=SCRIPT,
        text_sender=SENDER,
        text_per_second=100,
        starts_at=noon(DAYS),
    )


def add_campaign(base: Database, voters: int) -> int:
    """Voters, campaign and shifts; the campaign's id."""
    add_voters(base, voters)
    base.run(STATES)
    base.tidy("voters")
    campaign = set_up(base.sessions, draft(voters), now=noon(DAYS))
    base.run(PEOPLE)
    first = noon(DAYS).replace(hour=4)
    base.run(SHIFTS, campaign=campaign, at=first, first=first, last=first + timedelta(days=DAYS))
    base.tidy()
    return campaign


def median(rounds: int, work: Callable[[], object]) -> float:
    """The median of so many times."""
    return statistics.median(seconds(work) for _ in range(rounds))


def line(what: str, took: float, more: str = "") -> None:
    """One line of the table."""
    print(f"  {what:58} {took:8.2f} s  {more}")


def whole(base: Database, campaign: int, rounds: int) -> None:
    """A plan as a worker makes it, part by part."""

    def count() -> None:
        with base.sessions.begin() as session:
            count_cells(session, campaign, "US")

    def make() -> None:
        made.append(plans.make_plan(base.sessions, campaign, now=noon(DAYS), wall=Clock().wall()))

    made: list[plans.Report] = []
    bare = median(rounds, lambda: base.ask(JOIN, campaign=campaign))
    counted, planned = median(rounds, count), median(rounds, make)
    report = made[-1]
    ramps = {}
    with base.sessions() as session:
        ramps = plans.ramps_of(session, campaign)
    sketched = median(rounds, lambda: plans.sketch(base.sessions, campaign, ramps, now=noon(DAYS)))
    line("a bare pass over targets and voters (the yardstick)", bare)
    line("cells counted", counted, f"{counted / bare:.1f} × the yardstick")
    line(f"a whole plan, {DAYS} days (bar {BAR_SECONDS:.0f} s)", planned, f"{planned / bare:.1f} ×")
    line("  of which the solver, for the plan itself", report.solver_seconds, report.solver_words)
    line(f"the ramp editor's answer (bar {SKETCH_BAR_SECONDS:.0f} s)", sketched)
    print(f"  gaps {len(report.gaps)}, advice {len(report.advice)}, {report.votes:,.0f} votes")


def growth(base: Database, campaign: int, rounds: int) -> None:
    """How the plan grows with the days that are left, and with the voters in the cells."""
    with base.sessions.begin() as session:
        some = situation_of(session, campaign, now=noon(DAYS))
    print(f"\n  without counting, {len(some.cells)} cells:")
    for days in (7, 14, 35, 70):
        took = median(rounds, lambda days=days: work(shifted(some, days)))
        line(f"{days} days", took, f"{took / days * 1000:.0f} ms a day")
    for times in (1, 10):
        cells = tuple(
            replace(
                cell,
                voters=cell.voters * times,
                tried={c: tuple(n * times for n in counts) for c, counts in cell.tried.items()},
            )
            for cell in some.cells
        )
        took = median(rounds, lambda cells=cells: work(some.with_cells(cells)))
        line(f"{sum(cell.voters for cell in cells):,} voters in the same cells", took)


def shifted(some: Situation, days: int) -> Situation:
    """The same so many days before polling day, with ramps from that day on."""
    now = noon(days)
    ramps = {c: replace(rule, starts_on=now.date()) for c, rule in some.ramps.items()}
    schedule = replace(some.schedule, starts_at=now)
    return replace(some, now=now, ramps=ramps, schedule=schedule)


def work(some: Situation) -> None:
    """Program, proof, forecast and advice."""
    report_of(draw_up(some), Before())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The plan.")
    parser.add_argument("--voters", type=int, default=1_000_000, help="on file (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(%(default)s)")
    chosen = parser.parse_args()
    with database() as base:
        campaign = add_campaign(base, chosen.voters)
        print(f"\nThe plan: {chosen.voters:,} voters in five states, three channels")
        whole(base, campaign, chosen.rounds)
        growth(base, campaign, chosen.rounds)


if __name__ == "__main__":
    main()
