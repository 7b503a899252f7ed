"""The anchor of the shared campaign clock."""

from sqlalchemy import Connection, text

from app.domain.timeline import Anchor, night_of


def load_anchor(connection: Connection) -> Anchor | None:
    """Where the campaign clock stands; None when campaigns run on the wall clock."""
    row = connection.execute(
        text("SELECT campaign_at, wall_at, speed, night, zone FROM clock_anchor")
    ).first()
    if row is None:
        return None
    return Anchor(row.campaign_at, row.wall_at, row.speed, night_of(row.night, row.zone))


def save_anchor(connection: Connection, anchor: Anchor) -> None:
    """Sets the campaign clock for all processes that start from now on."""
    night = anchor.night
    connection.execute(
        text(
            "INSERT INTO clock_anchor (id, campaign_at, wall_at, speed, night, zone) "
            "VALUES (1, :campaign_at, :wall_at, :speed, :night, :zone) "
            "ON CONFLICT (id) DO UPDATE SET campaign_at = excluded.campaign_at, "
            "wall_at = excluded.wall_at, speed = excluded.speed, night = excluded.night, "
            "zone = excluded.zone"
        ),
        {
            "campaign_at": anchor.campaign_at,
            "wall_at": anchor.wall_at,
            "speed": anchor.speed,
            "night": f"{night.begins:%H:%M}-{night.ends:%H:%M}" if night else "",
            "zone": night.zone if night else "UTC",
        },
    )
