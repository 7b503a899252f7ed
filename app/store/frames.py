"""Campaigns as the rules need them: schedule, caps, places."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.bar import Rules
from app.domain.hours import Place, Schedule
from app.store.campaigns import Campaign

FINAL_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Frame:
    """One campaign's rules, with what a message needs of it."""

    id: int
    name: str
    organization: str
    candidate: str
    rules: Rules
    budget: Decimal
    reserve_share: Decimal

    @property
    def schedule(self) -> Schedule:
        """Hours and polling day."""
        return self.rules.schedule

    def spendable(self, now: datetime) -> Decimal:
        """How much of the budget may be committed at all by `now`: the reserve waits for the
        final week."""
        close = self.schedule.polls_close_at(Place("", (self.schedule.zone,)))
        if now >= close - FINAL_WEEK:
            return self.budget
        return self.budget * (1 - self.reserve_share)


def frame_of(campaign: Campaign) -> Frame:
    """The frame of a campaign row."""
    schedule = Schedule(
        starts_at=campaign.starts_at,
        polling_day=campaign.polling_day,
        polls_open=campaign.polls_open,
        polls_close=campaign.polls_close,
        zone=campaign.zone,
        country=campaign.country,
    )
    paused = campaign.paused_until if campaign.state == "paused" else None
    rules = Rules(schedule, campaign.voter_daily_cap, campaign.voter_total_cap, paused)
    return Frame(
        campaign.id,
        campaign.name,
        campaign.organization,
        campaign.candidate,
        rules,
        campaign.budget,
        campaign.reserve_share,
    )


def load_frame(session: Session, campaign_id: int) -> Frame:
    """The frame of one campaign; raises NoResultFound when there is none of this id."""
    return frame_of(session.scalars(select(Campaign).where(Campaign.id == campaign_id)).one())


def running_frames(session: Session) -> list[Frame]:
    """The frames of all campaigns that are not closed, oldest first."""
    rows = session.scalars(select(Campaign).where(Campaign.state != "closed").order_by(Campaign.id))
    return [frame_of(row) for row in rows]


def places_of(session: Session, campaign_id: int) -> dict[Place, int]:
    """How many targets the campaign has at each place."""
    rows = session.execute(
        text("SELECT place, count(*) FROM targets WHERE campaign_id = :campaign GROUP BY place"),
        {"campaign": campaign_id},
    )
    return {Place.of(key): count for key, count in rows}


_DISTINCT_PLACES = """
WITH RECURSIVE step AS (
    SELECT min(place) AS place FROM targets WHERE campaign_id = :campaign
    UNION ALL
    SELECT (SELECT min(place) FROM targets WHERE campaign_id = :campaign AND place > step.place)
    FROM step WHERE step.place IS NOT NULL
)
SELECT place FROM step WHERE place IS NOT NULL
"""


def place_names(session: Session, campaign_id: int) -> list[Place]:
    """The places of a campaign's targets; one index probe each, whatever the number of targets."""
    rows = session.execute(text(_DISTINCT_PLACES), {"campaign": campaign_id})
    return [Place.of(key) for key in rows.scalars()]
