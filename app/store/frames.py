"""Campaigns as the rules need them: schedule, caps, places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Text, select, text
from sqlalchemy.orm import Session

from app.domain.bar import Rules
from app.domain.channel import Channel
from app.domain.figure import DEFAULTS
from app.domain.hours import Place, Schedule
from app.domain.rest import final_from, rest
from app.domain.rule import Change
from app.domain.rule_json import BadRule, from_json
from app.store.campaigns import Campaign
from app.store.rule_changes import ChangedFigure, RuleChange


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
    spacing: Mapping[Channel, int] = field(default_factory=dict)  # days between two tries
    problems: tuple[str, ...] = ()  # changes to the rules that cannot be read, each in a sentence

    def rest(self, channel: Channel, now: datetime) -> timedelta:
        """How long nobody tries a voter again after a try at `now`."""
        usual = int(DEFAULTS[f"spacing_{channel.value}"])
        return rest(self.schedule, self.spacing.get(channel, usual), now)

    @property
    def schedule(self) -> Schedule:
        """Hours and polling day."""
        return self.rules.schedule

    def spendable(self, now: datetime) -> Decimal:
        """How much of the budget may be committed at all by `now`: the reserve waits for the
        final week."""
        if now >= final_from(self.schedule):
            return self.budget
        return self.budget * (1 - self.reserve_share)


def _frame(
    campaign: Campaign,
    changes: Sequence[Change],
    problems: Sequence[str],
    spacing: Mapping[Channel, int],
) -> Frame:
    schedule = Schedule(
        starts_at=campaign.starts_at,
        polling_day=campaign.polling_day,
        polls_open=campaign.polls_open,
        polls_close=campaign.polls_close,
        zone=campaign.zone,
        country=campaign.country,
        first_polling_day=campaign.first_polling_day,
        polls_by_state=campaign.polls_by_state,
    ).changed(changes)
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
        spacing,
        tuple(problems),
    )


def frames_of(session: Session, campaigns: Iterable[Campaign]) -> list[Frame]:
    """The frames of these campaigns, with the changes to their rules in one query.

    A change that cannot be read does not hold and does not stop its campaign: the tables' rules
    stand, and the frame's `problems` say so.
    """
    rows = list(campaigns)
    changes: dict[int, list[Change]] = {row.id: [] for row in rows}
    problems: dict[int, list[str]] = {row.id: [] for row in rows}
    holding = (
        select(
            RuleChange.campaign_id,
            RuleChange.id,
            RuleChange.kind.cast(Text).label("kind"),  # as text: an unknown one stops nothing
            RuleChange.value,
        )
        .where(RuleChange.campaign_id.in_(list(changes)), RuleChange.ended_at.is_(None))
        .order_by(RuleChange.id)
    )
    for one in session.execute(holding) if rows else ():
        try:
            changes[one.campaign_id].append(from_json(one.kind, one.value))
        except BadRule as bad:
            problems[one.campaign_id].append(
                f"Change {one.id} to the rules ({one.kind}) cannot be read and does not hold: "
                f"{bad}. Take it back and make it anew."
            )
    spacing = _spacings(session, list(changes))
    return [_frame(row, changes[row.id], problems[row.id], spacing.get(row.id, {})) for row in rows]


def _spacings(session: Session, campaigns: Sequence[int]) -> dict[int, dict[Channel, int]]:
    """The spacing that organizers set, by campaign and channel."""
    names = {f"spacing_{channel.value}": channel for channel in Channel}
    changed = select(ChangedFigure).where(
        ChangedFigure.campaign_id.in_(campaigns), ChangedFigure.name.in_(names)
    )
    found: dict[int, dict[Channel, int]] = {}
    for row in session.scalars(changed) if campaigns else ():
        found.setdefault(row.campaign_id, {})[names[row.name]] = int(row.value)
    return found


def frame_of(session: Session, campaign: Campaign) -> Frame:
    """The frame of a campaign row."""
    return frames_of(session, [campaign])[0]


def load_frame(session: Session, campaign_id: int) -> Frame:
    """The frame of one campaign; raises NoResultFound when there is none of this id."""
    found = session.scalars(select(Campaign).where(Campaign.id == campaign_id)).one()
    return frame_of(session, found)


def running_frames(session: Session) -> list[Frame]:
    """The frames of all campaigns that are not closed, oldest first."""
    rows = session.scalars(select(Campaign).where(Campaign.state != "closed").order_by(Campaign.id))
    return frames_of(session, rows)


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
