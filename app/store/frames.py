"""Campaigns as the rules need them: schedule, caps, places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.bar import Rules
from app.domain.channel import Channel
from app.domain.figure import DEFAULTS
from app.domain.hours import Place, Schedule
from app.domain.rest import final_from, rest
from app.domain.rule import Change
from app.domain.rule_json import BadRule, from_json
from app.store.campaigns import Campaign
from app.store.once import once
from app.store.sql import sql

LIVE = ("running", "paused")
"""States of a campaign that something goes out for, now or when its pause is over."""
POSTAL_ADDRESS = "postal_address"
"""Under which a campaign's set-up keeps it."""
NEVER = datetime(2200, 1, 1, tzinfo=UTC)
"""Until when a campaign that is being set up is held back."""


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
    draft: bool = False  # being set up: planned, not carried out
    postal_address: str = ""  # under each mail
    nobody: set[tuple[Channel, datetime]] = field(default_factory=set, compare=False, repr=False)
    """On which channel a search found nobody, and when: not to be repeated at the same instant."""

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
    draft = campaign.state == "draft"
    paused = campaign.paused_until if campaign.state == "paused" else NEVER if draft else None
    rules = Rules(
        schedule,
        campaign.voter_daily_cap,
        campaign.voter_total_cap,
        paused,
        paused_channels(campaign),
    )
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
        draft,
        str(campaign.setup.get(POSTAL_ADDRESS, "")),
    )


def paused_channels(campaign: Campaign) -> dict[Channel, datetime]:
    """Channel to the instant until which an organizer paused it, those too whose time is over."""
    stored = campaign.paused_channels or {}
    return {
        channel: datetime.fromisoformat(str(stored[channel.value]))
        for channel in Channel
        if channel.value in stored
    }


def frames_of(session: Session, campaigns: Iterable[Campaign]) -> list[Frame]:
    """The frames of these campaigns, with the changes to their rules in one query.

    A change that cannot be read does not hold and does not stop its campaign: the tables' rules
    stand, and the frame's `problems` say so.
    """
    rows = list(campaigns)
    found: dict[int, _Changed] = {row.id: _Changed() for row in rows}
    for one in session.execute(sql(_CHANGED), {"ids": list(found)}) if rows else ():
        changed = found[one.campaign_id]
        if one.name is not None:
            changed.spacing[_SPACINGS[one.name]] = int(one.figure)
            continue
        try:
            changed.rules.append(from_json(one.kind, one.value))
        except BadRule as bad:
            changed.problems.append(
                f"Change {one.id} to the rules ({one.kind}) cannot be read and does not hold: "
                f"{bad}. Take it back and make it anew."
            )
    return [
        _frame(row, found[row.id].rules, found[row.id].problems, found[row.id].spacing)
        for row in rows
    ]


@dataclass
class _Changed:
    """What organizers changed of one campaign."""

    rules: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    spacing: dict[Channel, int] = field(default_factory=dict)


_SPACINGS = {f"spacing_{channel.value}": channel for channel in Channel}
_CHANGED = f"""
SELECT campaign_id, id, kind, value, NULL AS name, NULL AS figure FROM rule_changes
WHERE campaign_id = ANY(:ids) AND ended_at IS NULL
UNION ALL
SELECT campaign_id, 0, '', NULL, name, value FROM changed_figures
WHERE campaign_id = ANY(:ids) AND name IN ({", ".join(f"'{name}'" for name in _SPACINGS)})
ORDER BY id
"""
"""Both in one query: every tick of every worker asks."""


def frame_of(session: Session, campaign: Campaign) -> Frame:
    """The frame of a campaign row."""
    return frames_of(session, [campaign])[0]


def load_frame(session: Session, campaign_id: int) -> Frame:
    """The frame of one campaign; raises NoResultFound when there is none of this id."""
    found = session.scalars(select(Campaign).where(Campaign.id == campaign_id)).one()
    return frame_of(session, found)


def running_frames(session: Session) -> list[Frame]:
    """The frames of all campaigns that are neither closed nor still being set up, oldest first."""
    rows = session.scalars(select(Campaign).where(Campaign.state.in_(LIVE)).order_by(Campaign.id))
    return frames_of(session, rows)


def places_of(session: Session, campaign_id: int) -> dict[Place, int]:
    """How many targets the campaign has at each place."""
    rows = session.execute(
        sql("SELECT place, count(*) FROM targets WHERE campaign_id = :campaign GROUP BY place"),
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
    """The places of a campaign's targets; one index probe each, whatever the number of targets.

    Kept for the transaction: one release asks several times.
    """

    def ask() -> list[Place]:
        rows = session.execute(sql(_DISTINCT_PLACES), {"campaign": campaign_id})
        return [Place.of(key) for key in rows.scalars()]

    return list(once(session, ("places", campaign_id), ask))
