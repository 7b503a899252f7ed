"""`lastmile plan CAMPAIGN`: the plan as a table, with the proof of its final week."""

import csv
import json
import shutil
import sys
import textwrap
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.report import DayLine, Report, ShiftNeed
from app.services import plans
from app.services.plans import Made, PlanRefused
from app.store.campaigns import Campaign
from app.web import plan_csv
from app.web.plan_strip import DayRow, Strip, strip
from app.web.plan_words import (
    COVERS,
    costs,
    dated,
    forecast,
    gains,
    judgement,
    noun,
    reasons,
    solver,
    votes,
)
from app.web.words import day as day_words
from app.web.words import money, number
from app.wiring import Parts, connect


@click.command()
@click.argument("campaign")
@click.option("--json", "as_json", is_flag=True, help="All that the plan says of itself, as JSON.")
@click.option(
    "--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the hours there."
)
@click.option("--again", is_flag=True, help="Make the plan anew first.")
@click.pass_context
def plan(
    context: click.Context, campaign: str, as_json: bool, file: Path | None, again: bool
) -> None:
    """The plan of CAMPAIGN: its number, its name, or a part that no other name has.

    Ends with 1 if the final week has a gap that law does not explain, with 2 if no campaign, or
    more than one, is called so.
    """
    parts = connect()
    with parts.sessions() as session:
        found = find(session, campaign)
    made = _made(parts, found, again)
    report, now = made.report, parts.clock.now()
    if file is not None:
        _write_hours(parts, found, file)
    if as_json:
        about = {"campaign": found.id, "plan": made.id, "why": list(made.why)}
        click.echo(json.dumps({**about, **report.to_json()}, ensure_ascii=False, indent=2))
    else:
        for line in lines(made, found, now):
            for part in folded(line):
                click.echo(part)
    if report.gaps:
        context.exit(1)


def folded(line: str) -> list[str]:
    """A line as the terminal holds it, broken between words; as it is for a file or a pipe."""
    width = shutil.get_terminal_size().columns
    if len(line) <= width or not sys.stdout.isatty():
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)


def find(session: Session, said: str) -> Campaign:
    """The campaign of this number or name, or the only one whose name has it as a part."""
    everything = session.scalars(select(Campaign).order_by(Campaign.id)).all()
    wanted = " ".join(said.split()).casefold()
    for same in (
        lambda one: str(one.id) == wanted,
        lambda one: one.name.casefold() == wanted,
        lambda one: bool(wanted) and wanted in one.name.casefold(),
    ):
        found = [one for one in everything if same(one)]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(f"{one.id} {one.name}" for one in found[:8])
            raise click.UsageError(f"{said!r} may be any of these: {names}")
    names = ", ".join(f"{one.id} {one.name}" for one in everything[:8]) or "none is set up"
    raise click.UsageError(f"no campaign is called {said!r}; there are: {names}")


def _made(parts: Parts, campaign: Campaign, again: bool) -> Made:
    """The plan in force; made first if there is none, or if it is asked for."""
    with parts.sessions() as session:
        made = plans.latest(session, campaign.id)
    if made is not None and not again:
        return made
    clock = parts.clock
    try:
        plans.make_plan(
            parts.sessions,
            campaign.id,
            now=clock.now(),
            wall=clock.wall(),
            why=("asked for on the command line",),
        )
    except PlanRefused as refused:
        raise click.ClickException(f"no plan could be made: {refused}") from refused
    with parts.sessions() as session:
        made = plans.latest(session, campaign.id)
    assert made is not None  # it was just stored
    return made


def _write_hours(parts: Parts, campaign: Campaign, file: Path) -> None:
    """The hours in force, as the page has them to download."""
    try:
        with parts.sessions() as session, file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(plan_csv.in_force(session, campaign))
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error


def lines(made: Made, campaign: Campaign, now: datetime) -> Iterator[str]:
    """Everything that is printed."""
    report, zone = made.report, campaign.zone
    yield f"{campaign.name} (campaign {campaign.id}), polling day {campaign.polling_day}"
    yield judgement(report, zone)[1]
    made_at = f"{made.made_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    why = f": {reasons(made.why)}"
    yield f"Plan {made.id} of {made_at}{why}"
    yield f"{solver(report)}. {report.solver_words}".rstrip()
    left = campaign.budget - campaign.spent - campaign.reserved
    yield (
        f"Cost from then on {money(report.cost)}; left of the budget now {money(left)}; "
        f"≈ {votes(report.votes)} extra votes, a model's estimate"
    )
    yield from report.notes
    yield from ("", *_table(report, zone))
    yield from ("", *_coverage(strip(report, zone, campaign.polling_day, now)))
    yield from ("", "Missing", *_shortfalls(report))
    yield from ("", "Do next", *_advice(report))
    yield from ("", "When people run out")
    for dry in report.forecast:
        yield f"  {noun(dry.channel)}: {forecast(dry, now, zone)}"
    short = [need for need in report.shifts if need.short]
    yield from ("", *_shifts(short, zone))


def _table(report: Report, zone: str) -> Iterator[str]:
    """Day by channel: wanted, planned, cost, shifts that are needed."""
    yield f"{'day':<12} {'channel':<8} {'wanted':>9} {'planned':>9} {'cost':>10} {'shifts':>7}"
    shifts = _needed(report, zone)
    sums: dict[Channel, list[DayLine]] = {}
    for line in sorted(report.days, key=lambda line: (line.day, list(Channel).index(line.channel))):
        sums.setdefault(line.channel, []).append(line)
        needed = shifts.get((line.day, line.channel), 0)
        yield _row(day_words(line.day), [line], needed)
    for channel, mine in sums.items():
        needed = sum(count for (_, which), count in shifts.items() if which is channel)
        yield _row("all days", mine, needed)


def _row(when: str, mine: list[DayLine], needed: int) -> str:
    wanted, planned = sum(one.wanted for one in mine), sum(one.planned for one in mine)
    fewer = "  fewer than before" if len(mine) == 1 and mine[0].falls else ""
    return (
        f"{when:<12} {noun(mine[0].channel):<8} {number(wanted):>9} {number(planned):>9} "
        f"{money(sum(one.cost for one in mine)):>10} {needed or '–':>7}{fewer}"
    )


def _needed(report: Report, zone: str) -> dict[tuple[date, Channel], int]:
    found: dict[tuple[date, Channel], int] = {}
    for need in report.shifts:
        key = need.begins_at.astimezone(ZoneInfo(zone)).date(), need.channel
        found[key] = found.get(key, 0) + need.needed
    return found


def _coverage(drawn: Strip) -> Iterator[str]:
    """The final week with one letter an hour, and what the letters mean."""
    yield "Final week, an hour a letter"
    yield f"{'':<12} {'':<8} {_ruler(drawn)}"
    yield from _eve(drawn.eve)
    for row in drawn.days:
        for band in row.bands:
            cells = "".join(COVERS[c.hour.cover][0] if c.hour else " " for c in band.cells)
            yield f"{day_words(row.day):<12} {noun(band.channel):<8} {cells}"
    yield "  ".join(f"{COVERS[cover][0]} {COVERS[cover][1]}" for cover in drawn.covers)


def _eve(row: DayRow | None) -> Iterator[str]:
    """The evening on which the week begins, in words."""
    if row is None:
        return
    begins = f"{day_words(row.day)}, from {row.since}"
    if row.quiet:
        yield f"{begins}: {row.quiet}"
        return
    for band in row.bands:
        yield f"{begins}: {noun(band.channel)} {band.words}"


def _ruler(drawn: Strip) -> str:
    """Every third hour over its column; an hour that comes twice is said."""
    ruler = [" "] * (len(drawn.slots) + 1)
    for place, (hour, again) in enumerate(drawn.slots):
        if hour % 3 == 0 and not again:
            ruler[place : place + 2] = f"{hour:02}"
    twice = [f"  ({hour:02} comes twice on one day)" for hour, again in drawn.slots if again]
    return "".join(ruler) + "".join(twice)


def _shortfalls(report: Report) -> Iterator[str]:
    for one in report.shortfalls:
        yield f"  {one.words} {one.remedy}"
    if not report.shortfalls:
        yield "  Nothing: all that the ramps want is planned."


def _advice(report: Report) -> Iterator[str]:
    for place, one in enumerate(report.advice, 1):
        yield f"  {place}. {one.words}: {', '.join(gains(one))}, for {costs(one)}"
    if not report.advice:
        yield "  Nothing that we know of would do better."


def _shifts(short: list[ShiftNeed], zone: str) -> Iterator[str]:
    if not short:
        yield "No shift is short of volunteers."
        return
    yield "Shifts short"
    for one in short:
        when = dated(one.begins_at, one.ends_at, zone)
        yield (
            f"  {when} {noun(one.channel)}: {number(one.booked)} booked of "
            f"{number(one.needed)} needed, {number(one.short)} short"
        )
