"""Voters who told a plan or have a ballot out, and what follows for them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.purpose import CHASE, REMIND_EVE, REMIND_HOUR
from app.services.dispatch import claim_batch
from app.services.follow import follow_through
from app.store.ballots import MailBallot
from app.store.engine import Sessions
from tests.factories import NOON, POLLING_DAY
from tests.scene import CLAIMER, run

NEW_YORK = ZoneInfo("America/New_York")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in North Carolina; days above 20 lie in October, others in November."""
    there = datetime(2026, 10 if day > 20 else 11, day, hour, minute, tzinfo=NEW_YORK)
    return there.astimezone(UTC)


VOTES = at(3, 17)  # five in the afternoon of polling day
EVE = at(2, 17)


def plans(
    sessions: Sessions,
    votes_at: datetime | None = VOTES,
    voters: str = "true",
    campaign: int = 1,
) -> None:
    """These voters told a plan two days before."""
    run(
        sessions,
        "INSERT INTO voting_plans (campaign_id, voter_id, votes_at, source, made_at) "
        f"SELECT :to, id, :at, 'call', :made FROM voters WHERE {voters}",
        to=campaign,
        at=votes_at,
        made=NOON,
    )


def out(sessions: Sessions, stage: str = "sent", since: date = date(2026, 10, 20)) -> None:
    """Every voter's mail ballot is out."""
    with sessions.begin() as session:
        for voter in session.execute(text("SELECT id FROM voters ORDER BY id")).scalars():
            session.add(
                MailBallot(
                    voter_id=voter,
                    polling_day=POLLING_DAY,
                    stage=stage,
                    stage_on=since,
                    recorded_at=NOON,
                )
            )


def follow(sessions: Sessions, now: datetime) -> dict[tuple[str, str], int]:
    """What follow-through has released so far: (purpose, channel) → how many."""
    follow_through(sessions, now, {})
    return released(sessions)


def released(sessions: Sessions) -> dict[tuple[str, str], int]:
    with sessions() as session:
        rows = session.execute(
            text(
                "SELECT purpose, channel, count(*) FROM touches "
                "WHERE purpose <> 'ramp' GROUP BY 1, 2"
            )
        )
        return {(row[0], row[1]): row[2] for row in rows}


def sent(sessions: Sessions, now: datetime, channel: Channel = Channel.TEXT) -> list[str]:
    """What now goes out."""
    batch = claim_batch(sessions, channel, CLAIMER, now=now, wall=now)
    return [item.body for item in batch.tries] if batch else []


TEXT_EVE, TEXT_HOUR, TEXT_CHASE = ((one, "text") for one in (REMIND_EVE, REMIND_HOUR, CHASE))
