"""`lastmile status`: the figures of a campaign in the terminal."""

import click
from sqlalchemy import select, text

from app.store.campaigns import Campaign
from app.store.frames import running_frames
from app.wiring import connect

_TOUCHES = text(
    "SELECT channel, state, count(*) FROM touches WHERE campaign_id = :campaign "
    "GROUP BY channel, state ORDER BY channel, state"
)


@click.command()
def status() -> None:
    """What every campaign has planned, released and done."""
    parts = connect()
    now = parts.clock.now()
    click.echo(f"Campaign time {now:%Y-%m-%d %H:%M} UTC")
    with parts.sessions() as session:
        for row in session.scalars(select(Campaign).where(Campaign.state == "draft")):
            click.echo(f"\n{row.name} (campaign {row.id}): a draft, nothing goes out")
        for frame in running_frames(session):
            click.echo(f"\n{frame.name} (campaign {frame.id})")
            for channel, state, count in session.execute(_TOUCHES, {"campaign": frame.id}):
                click.echo(f"  {channel:<6} {state:<12} {count:>8,}")
