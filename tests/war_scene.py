"""A campaign in its final week for tests: a plan in force, attempts, shifts, blasts, a round."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.lookout import Kind
from app.domain.phase import PhaseKind
from app.domain.touch import AttemptState
from app.store.blasts import Blast
from app.store.campaigns import Campaign
from app.store.incidents import Incident
from app.store.phases import Phase
from app.store.touches import Attempt, Target
from app.store.voters import Voter
from tests import factories, reports, scene
from tests.factories import NOON
from tests.reports import DAYS, at

WORDS = {"en": {"subject": "", "body": scene.BODY}}


def final_week(session: Session, voters: int = 40, **facts: Any) -> Campaign:
    """Something of everything that the war room and the calendar show."""
    named = {"name": "Friends of María José Fernández: Eastside", **facts}
    made, whom = scene.texting(session, voters, **named)
    west = factories.voters(session, 3, 900, state="CA", zones="America/Los_Angeles")
    factories.targets(session, made, west)
    report = reports.report()
    reports.store(session, made, report)
    reports.put_in_force(session, made, report)
    tried(session, made, [one.id for one in whom])
    for voter in whom[:7]:
        session.get_one(Target, (made.id, voter.id)).voted_at = NOON
    factories.reply(session, voter_id=whom[0].id, campaign_id=made.id)
    factories.worker(session, "brisk", NOON + timedelta(days=3650))
    session.add(
        Incident(
            campaign_id=made.id,
            kind=Kind.SENDER.value,
            said="Sender A was slow; traffic moved to B.",
            since=NOON - timedelta(hours=1),
            opened_at=NOON - timedelta(hours=1),
            opened_wall=NOON,
            closed_at=NOON - timedelta(minutes=41),
        )
    )
    planned_week(session, made)
    return made


def planned_week(session: Session, made: Campaign) -> None:
    """Two blasts of one day, one of another, and a round on polling day."""
    sunday, monday, polling_day = DAYS[4:]
    session.add_all(
        [
            blast(made, "Sunday morning", datetime.combine(sunday, time(10))),
            blast(made, "Bring a friend", datetime.combine(sunday, time(15)), Channel.EMAIL),
            blast(made, "Last call", datetime.combine(monday, time(18))),
            Phase(
                campaign_id=made.id,
                kind=PhaseKind.ROUND,
                name="Afternoon round",
                starts_at=at(polling_day, 16),
                ends_at=at(polling_day, 18),
                goal=400,
            ),
        ]
    )
    session.flush()


def blast(made: Campaign, name: str, starts_at: datetime, channel: Channel = Channel.TEXT) -> Blast:
    """A draft to everybody."""
    words = {"en": {"subject": "Vote", "body": scene.BODY}} if channel is Channel.EMAIL else WORDS
    return Blast(
        campaign_id=made.id,
        channel=channel,
        name=name,
        words=words,
        starts_at=starts_at,
        created_at=NOON - timedelta(days=1),
    )


def tried(session: Session, made: Campaign, voters: list[int], days: int = 3) -> None:
    """Attempts of the last days: most of the plan's, with two hours in which none was tried."""
    touches = {
        channel: factories.calls(
            session,
            made,
            scene_voters(session, voters[:1]),
            channel=channel,
            state="done" if channel is Channel.CALL else "delivered",
        )[0].id
        for channel in (Channel.CALL, Channel.TEXT)
    }
    rows = []
    for channel, touch in touches.items():
        moment = NOON - timedelta(days=days)
        while moment < NOON:
            if moment.hour >= 13 or moment.hour < 1:  # 8 am to 8 pm there
                quiet = moment.day == 28 and moment.hour in (18, 19)
                if not quiet:
                    rows.append(_attempt(made, touch, channel, voters[0], moment))
            moment += timedelta(minutes=3 if channel is Channel.CALL else 2)
    factories.stored(session, Attempt, rows)


def scene_voters(session: Session, ids: list[int]) -> list[Voter]:
    """The voters of these ids."""
    return [session.get_one(Voter, one) for one in ids]


def _attempt(
    made: Campaign, touch: int, channel: Channel, voter: int, moment: datetime
) -> dict[str, object]:
    failed = moment.minute % 20 == 0
    state = AttemptState.DONE if channel is Channel.CALL else AttemptState.DELIVERED
    return {
        "id": uuid4(),
        "touch_id": touch,
        "campaign_id": made.id,
        "voter_id": voter,
        "channel": channel,
        "address": "+19195550001",
        "state": AttemptState.UNDELIVERED if failed and channel is Channel.TEXT else state,
        "error_code": 30007 if moment.minute == 40 and channel is Channel.TEXT else None,
        "attempted_at": moment,
        "handed_at": NOON,
        "disposition": "canvassed" if channel is Channel.CALL else "",
    }
