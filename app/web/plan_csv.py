"""The hours of a plan as lines of a CSV, for the page and the command line."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.store import plan_desk
from app.store.campaigns import Campaign
from app.store.plans import Plan
from app.web.plan_calendar import read_hours

COLUMNS = ("hour", "hour_utc", "channel", "planned", "wanted", "released")
Line = tuple[object, ...]


def in_force(session: Session, campaign: Campaign) -> Iterator[Line]:
    """The hours that the pacer goes by, past ones too, with what was released of them."""
    yield COLUMNS
    for row in plan_desk.plan_hours(session, campaign.id):
        attempts = (row.channel.value, row.planned, row.wanted, row.released)
        yield (*_named(row.hour_at, campaign.zone), *attempts)


def of_plan(plan: Plan, campaign: Campaign) -> Iterator[Line]:
    """The hours of a plan as it was made; by the hour it keeps neither wanted nor released."""
    yield COLUMNS
    for channel, held in read_hours(plan.hours).items():
        for at, planned in held.items():
            yield (*_named(at, campaign.zone), channel.value, planned, "", "")


def _named(at: datetime, zone: str) -> tuple[str, str]:
    return at.astimezone(ZoneInfo(zone)).isoformat(), at.astimezone(UTC).isoformat()
