"""`lastmile incidents [CAMPAIGN]`: what is wrong now, and what was, in the terminal."""

from datetime import datetime

import click
from sqlalchemy.orm import Session

from app.cli.plan import find
from app.domain.lookout import Kind
from app.domain.lookout_words import TITLES
from app.store import board, incident_desk
from app.store.campaigns import Campaign
from app.store.incidents import Incident
from app.web.words import moment, span
from app.wiring import connect

MOST_CLOSED = 10


@click.command()
@click.argument("campaign", required=False)
@click.option("--all", "closed_too", is_flag=True, help="Those that are over, too.")
@click.pass_context
def incidents(context: click.Context, campaign: str | None, closed_too: bool) -> None:
    """What is wrong in CAMPAIGN (its number or name), or in every campaign, with its timeline.

    Ends with 1 if an incident is open.
    """
    parts = connect()
    now = parts.clock.now()
    with parts.sessions() as session:
        chosen = [find(session, campaign)] if campaign else list(board.campaigns(session))
        if not chosen:
            click.echo("No campaign is set up.")
        opened = sum(_show(session, one, now, closed_too) for one in chosen)
    context.exit(1 if opened else 0)


def _show(session: Session, campaign: Campaign, now: datetime, closed_too: bool) -> int:
    """Prints a campaign's incidents; returns how many are open."""
    opened = incident_desk.open_incidents(session, campaign.id)
    click.echo(f"{campaign.name} (campaign {campaign.id})")
    for incident in opened:
        _print(incident, campaign.zone, now)
    if not opened:
        click.echo("  Nothing is wrong.")
    for incident in incident_desk.closed_incidents(session, campaign.id, MOST_CLOSED * closed_too):
        _print(incident, campaign.zone, now)
    return len(opened)


def _print(incident: Incident, zone: str, now: datetime) -> None:
    lasted = span((incident.closed_at or now) - incident.opened_at)
    state = f"over after {lasted}" if incident.closed_at else f"OPEN for {lasted}"
    click.echo(f"  {TITLES[Kind(incident.kind)]}: {state}")
    for line in incident.timeline:
        at = moment(datetime.fromisoformat(line["at"]), now, zone)
        click.echo(f"    {at:>12}  {line['said']}")
