"""A pool that runs dry, and which steps are taken."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.pace import Step
from app.store.campaigns import Campaign, PlanHour
from app.store.engine import Sessions
from app.store.pacing import steps
from tests.factories import NOON
from tests.scene import column

HOUR = timedelta(hours=1)
TODAY = NOON.date()
LONG_AGO = NOON - timedelta(days=3)
SHIFT = (
    "INSERT INTO shifts (campaign_id, user_id, channel, starts_at, ends_at, created_at) "
    "VALUES (1, :user, 'call', :now - interval '1 hour', :now + interval '2 hours', :now)"
)


def wanted(session: Session, channel: Channel, number: int, hour: datetime = NOON - HOUR) -> None:
    session.add(PlanHour(campaign_id=1, channel=channel, hour_at=hour, planned=number))
    session.flush()


def tried(
    session: Session, campaign: Campaign, voters: Sequence[int], channel: Channel, at: datetime
) -> None:
    """An attempt at these voters that has been made, and the rest of two days after it."""
    name = channel.value
    touches = (
        "INSERT INTO touches (campaign_id, voter_id, household_id, channel, state, address, due_at,"
        " expires_at, released_at, tries) SELECT :campaign, v.id, v.household_id, :channel,"
        " 'delivered', v.phone, :at, :at, :at, 1 FROM voters v WHERE v.id = ANY(:voters)"
    )
    attempts = (
        "INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, state,"
        " attempted_at, handed_at, sid) SELECT gen_random_uuid(), id, campaign_id, voter_id,"
        " channel, address, 'delivered', :at, :at, 'SM' || id FROM touches"
        " WHERE channel = :channel AND released_at = :at AND voter_id = ANY(:voters)"
    )
    targets = (
        f"UPDATE targets SET {name}s = {name}s + 1, next_{name}_at = :at + interval '2 days',"
        " last_attempt_at = greatest(last_attempt_at, :at) WHERE voter_id = ANY(:voters)"
    )
    binds = {"campaign": campaign.id, "channel": name, "at": at, "voters": list(voters)}
    for statement in (touches, attempts, targets):
        session.execute(text(statement), binds)


def ready(sessions: Sessions) -> list[tuple[str, str, int]]:
    """(channel, purpose, voter) of all that was released, in its order."""
    with sessions() as session:
        rows = session.execute(
            text("SELECT channel, purpose, voter_id FROM touches WHERE state = 'ready' ORDER BY id")
        )
        return [(row[0], row[1], row[2]) for row in rows]


def texts_of(sessions: Sessions) -> list[int]:
    return [voter for channel, _, voter in ready(sessions) if channel == "text"]


def taken(sessions: Sessions, channel: Channel = Channel.TEXT) -> list[Step]:
    with sessions() as session:
        taken = steps(session, 1, NOON - HOUR)
        return [step for _, on, step in taken if on is channel]


def opened(sessions: Sessions) -> bool:
    return column(sessions, "SELECT opened_at IS NOT NULL FROM reserves") == [True]
