"""A silence to be watched, and the incidents that come of it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.lookout import Kind
from app.domain.touch import AttemptState, TouchState
from app.services.watch import watch
from app.store.campaigns import Sender
from app.store.engine import Sessions
from app.store.incidents import Incident
from app.store.touches import Touch
from tests import factories
from tests.factories import NOON
from tests.scene import texting

QUIET = timedelta(minutes=3)
SILENT = timedelta(minutes=7)


def silent(sessions: Sessions, voters: int = 12) -> None:
    """Texts that could go out, the last of which did so seven minutes ago; a worker is alive."""
    with sessions.begin() as session:
        campaign, whom = texting(session, voters)
        # The last attempt: to somebody who is not to be tried again.
        (touch,) = factories.calls(
            session, campaign, whom[:1], channel=Channel.TEXT, state=TouchState.DELIVERED
        )
        at = NOON - SILENT
        sender = session.scalars(select(Sender).where(Sender.channel == Channel.TEXT)).one()
        factories.attempt(
            session,
            touch,
            state=AttemptState.DELIVERED,
            attempted_at=at,
            handed_at=at,
            sender_id=sender.id,
        )
        session.execute(
            text("UPDATE targets SET out = 'done', last_attempt_at = :at WHERE voter_id = :voter"),
            {"at": at, "voter": whom[0].id},
        )
        factories.worker(session, "here:1", NOON)
        session.execute(text("UPDATE workers SET started_at = :at"), {"at": NOON - SILENT * 9})


def run(sessions: Sessions, now: datetime = NOON, **facts: Any) -> int:
    return watch(sessions, now=now, wall=now, **facts)


def incidents(sessions: Sessions, kind: Kind = Kind.SILENCE) -> list[Incident]:
    with sessions() as session:
        query = select(Incident).where(Incident.kind == kind).order_by(Incident.id)
        return list(session.scalars(query))


def ready_texts(session: Session) -> None:
    """Five texts that are ready, and that nobody takes."""
    session.execute(
        text(
            "INSERT INTO touches (campaign_id, voter_id, household_id, channel, state, address, "
            "due_at, expires_at, released_at) SELECT campaign_id, voter_id, household_id, 'text', "
            "'ready', '+19195550002', :then, :later, :then FROM targets WHERE out = '' LIMIT 5"
        ),
        {"then": NOON - SILENT, "later": NOON + timedelta(hours=5)},
    )


def deaf(session: Session) -> None:
    """The carrier has answered none of the last texts."""
    touch = session.scalars(select(Touch).limit(1)).one()
    sender = session.scalars(select(Sender).where(Sender.channel == Channel.TEXT)).one()
    for number in range(4):
        at = NOON - timedelta(minutes=4 - number)
        factories.attempt(
            session,
            touch,
            state=AttemptState.ABSENT,
            attempted_at=at,
            handed_at=at,
            sender_id=sender.id,
        )
