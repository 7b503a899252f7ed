"""`lastmile voted FILE`: strikes everyone on a list of those who have voted."""

from datetime import date
from pathlib import Path

import click

from app.services.campaigns import upcoming_polling_days
from app.services.strike import StrikeRefused, read_ids, strike_ids
from app.wiring import Parts, connect


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--polling-day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Which election; needed only when campaigns have several polling days ahead.",
)
def voted(file: Path, polling_day: object) -> None:
    """Record the ballots of the voters named in FILE: ids one a line, or a CSV with voter_id.

    Everything pending for them is canceled at once. Safe to load again every few minutes.
    """
    parts = connect()
    day = polling_day.date() if hasattr(polling_day, "date") else _only_day(parts)
    try:
        ids = read_ids(file)
    except StrikeRefused as error:
        raise click.ClickException(str(error)) from error
    struck = strike_ids(parts.sessions, day, ids, by=None, source="file", at=parts.clock.now())
    click.echo(
        f"Ballots recorded: {struck.recorded:,} (known before: {struck.already:,}). "
        f"Pending contacts canceled: {struck.canceled:,}."
    )
    if struck.unknown:
        shown = ", ".join(struck.unknown[:5]) + (" …" if len(struck.unknown) > 5 else "")
        many = len(struck.unknown) > 1
        what = f"{len(struck.unknown):,} ids are" if many else "1 id is"
        click.echo(f"{what} not on the voter file: {shown}")


def _only_day(parts: Parts) -> date:
    today = parts.clock.now().date()
    with parts.sessions() as session:
        days = upcoming_polling_days(session, today)
    if len(days) != 1:
        named = ", ".join(str(day) for day in days) or "none"
        raise click.ClickException(f"say which election with --polling-day (ahead: {named})")
    return days[0]
