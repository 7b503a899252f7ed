"""A campaign to be planned, and plans made of it."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.ramp import RampRule, Shape
from app.services import plans
from app.services.replan import replan
from app.store.engine import Sessions
from app.store.ramps import write_ramps
from tests.factories import NOON
from tests.scene import texting

WALL = datetime(2030, 1, 1, tzinfo=NOON.tzinfo)
RAMP = RampRule(Shape.LINEAR, date(2026, 10, 22), 1_200)


def planning(session: Session, voters: int = 400, **facts: object) -> int:
    """A campaign with a ramp of texts, whose voters all consent; its id."""
    campaign, _ = texting(session, voters, **facts)
    write_ramps(session, campaign.id, {Channel.TEXT: RAMP})
    return campaign.id


def make(sessions: Sessions, campaign_id: int, now: datetime = NOON, wall: datetime = WALL) -> None:
    plans.make_plan(sessions, campaign_id, now=now, wall=wall)


def again(sessions: Sessions, seconds: float, now: datetime = NOON) -> list[int]:
    """What a worker's tick does so long after the plan was made."""
    return replan(sessions, "worker:test", now=now, wall=WALL + timedelta(seconds=seconds))
