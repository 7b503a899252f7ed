"""Campaigns as the rules need them: schedule, caps, places."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy.exc import NoResultFound
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
_SPACINGS = {f"spacing_{channel.value}": channel for channel in Channel}


@dataclass(frozen=True)
class Stretch:
    """A phase as the order of touches needs it: when it is on, and on which channels."""

    phase: int
    channels: frozenset[Channel]  # empty: all
    starts_at: datetime
    ends_at: datetime

    def is_on(self, channel: Channel, now: datetime) -> bool:
        """Whether it is on and uses the channel."""
        return self.starts_at <= now < self.ends_at and channel in (self.channels or Channel)


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
    phases: tuple[Stretch, ...] = ()  # the one that starts last first
    nobody: set[tuple[Channel, datetime]] = field(default_factory=set, compare=False, repr=False)
    """On which channel a search found nobody, and when: not to be repeated at the same instant."""
    places: list[Place] = field(default_factory=list, compare=False, repr=False)
    """Where its targets are; see `places_in`."""

    def look_anew(self) -> None:
        """Forgets what was found of the targets: there may be others now."""
        self.nobody.clear()
        self.places.clear()

    def rest(self, channel: Channel, now: datetime) -> timedelta:
        """How long nobody tries a voter again after a try at `now`."""
        usual = int(DEFAULTS[f"spacing_{channel.value}"])
        return rest(self.schedule, self.spacing.get(channel, usual), now)

    def phases_on(self, channel: Channel, now: datetime) -> list[int]:
        """The phases that are on now and use the channel, the one that started last first."""
        return [one.phase for one in self.phases if one.is_on(channel, now)]

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


_COLUMNS = f"""
c.id, c.name, c.organization, c.candidate, c.starts_at, c.polling_day, c.polls_open,
       c.polls_close, c.zone, c.country, c.first_polling_day, c.polls_by_state,
       c.voter_daily_cap, c.voter_total_cap, c.state, c.paused_until, c.paused_channels::text,
       c.budget, c.reserve_share, coalesce(c.setup ->> '{POSTAL_ADDRESS}', ''),
       (SELECT json_agg(json_build_array(id, kind, value) ORDER BY id)::text FROM rule_changes
        WHERE campaign_id = c.id AND ended_at IS NULL),
       (SELECT json_agg(json_build_array(name, value) ORDER BY name)::text FROM changed_figures
        WHERE campaign_id = c.id AND name IN ({", ".join(f"'{name}'" for name in _SPACINGS)})),
       (SELECT json_agg(json_build_array(id, channels, starts_at, ends_at)
                        ORDER BY starts_at DESC, id DESC)::text
        FROM phases WHERE campaign_id = c.id)
"""
"""A campaign c with all that organizers changed of it, in one query: every tick of every worker and
every call asks. What is JSON comes as text, so that a row can be a key."""
_WIDTH = 23


@lru_cache(maxsize=256)
def _frame(row: tuple[Any, ...]) -> Frame:
    """The frame of a row of `_COLUMNS`; made once for as long as nothing of it is changed, since
    to make it, and to find its hours anew, takes longer than to read it."""
    (
        campaign_id,
        name,
        organization,
        candidate,
        *of_schedule,
        daily_cap,
        total_cap,
        state,
        paused_until,
        paused,
        budget,
        reserve_share,
        postal_address,
        rules,
        figures,
        phases,
    ) = row
    starts_at, polling_day, opens, closes, zone, country, first_day, by_state = of_schedule
    changes, problems = _changes(json.loads(rules or "[]"))
    schedule = Schedule(
        starts_at=starts_at,
        polling_day=polling_day,
        polls_open=opens,
        polls_close=closes,
        zone=zone,
        country=country,
        first_polling_day=first_day,
        polls_by_state=by_state,
    ).changed(changes)
    draft = state == "draft"
    held = paused_until if state == "paused" else NEVER if draft else None
    return Frame(
        campaign_id,
        name,
        organization,
        candidate,
        Rules(schedule, daily_cap, total_cap, held, _instants(json.loads(paused or "{}"))),
        budget,
        reserve_share,
        {_SPACINGS[which]: int(days) for which, days in json.loads(figures or "[]")},
        problems,
        draft,
        postal_address,
        tuple(_stretch(*one) for one in json.loads(phases or "[]")),
    )


def _stretch(phase: int, channels: list[str], starts_at: str, ends_at: str) -> Stretch:
    begin, end = datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at)
    return Stretch(phase, frozenset(map(Channel, channels)), begin, end)


def _changes(stored: Iterable[tuple[int, str, object]]) -> tuple[list[Change], tuple[str, ...]]:
    """The changes to the rules, and the sentences on those that cannot be read.

    A change that cannot be read does not hold and does not stop its campaign: the tables' rules
    stand.
    """
    read: list[Change] = []
    problems: list[str] = []
    for number, kind, value in stored:
        try:
            read.append(from_json(kind, value))
        except BadRule as bad:
            problems.append(
                f"Change {number} to the rules ({kind}) cannot be read and does not hold: "
                f"{bad}. Take it back and make it anew."
            )
    return read, tuple(problems)


def paused_channels(campaign: Campaign) -> dict[Channel, datetime]:
    """Channel to the instant until which an organizer paused it, those too whose time is over."""
    return _instants(campaign.paused_channels or {})


def _instants(stored: Mapping[str, object]) -> dict[Channel, datetime]:
    return {
        channel: datetime.fromisoformat(str(stored[channel.value]))
        for channel in Channel
        if channel.value in stored
    }


def frames_by(session: Session, which: str, **binds: object) -> list[Frame]:
    """The frames of the campaigns c for which the condition holds, the oldest first."""
    query = f"SELECT {_COLUMNS} FROM campaigns c WHERE {which} ORDER BY c.id"
    return [_of_row(row) for row in session.execute(sql(query), binds)]


def _of_row(row: Iterable[Any]) -> Frame:
    # What was found of the targets is known for one errand.
    return replace(_frame(tuple(row)), nobody=set(), places=[])


def frames_of(session: Session, campaigns: Iterable[Campaign]) -> list[Frame]:
    """The frames of these campaigns, in their order, as they stand in this transaction."""
    ids = [row.id for row in campaigns]
    session.flush()
    found = {one.id: one for one in frames_by(session, "c.id = ANY(:ids)", ids=ids)} if ids else {}
    return [found[one] for one in ids]


def frame_of(session: Session, campaign: Campaign) -> Frame:
    """The frame of a campaign row."""
    return frames_of(session, [campaign])[0]


def load_frame(session: Session, campaign_id: int) -> Frame:
    """The frame of one campaign; raises NoResultFound when there is none of this id."""
    found = frames_by(session, "c.id = :campaign", campaign=campaign_id)
    if not found:
        raise NoResultFound(f"there is no campaign {campaign_id}")
    return found[0]


def frame_and(
    session: Session, campaign_id: int, more: str, **binds: object
) -> tuple[Frame, tuple[Any, ...]]:
    """The frame of one campaign, and what `more` columns say of it, in one query; raises as
    `load_frame`."""
    query = f"SELECT {more}, {_COLUMNS} FROM campaigns c WHERE c.id = :campaign"
    row = session.execute(sql(query), {"campaign": campaign_id, **binds}).first()
    if row is None:
        raise NoResultFound(f"there is no campaign {campaign_id}")
    own = len(row) - _WIDTH
    return _of_row(row[own:]), tuple(row[:own])


def running_frames(session: Session) -> list[Frame]:
    """The frames of all campaigns that are neither closed nor still being set up, oldest first."""
    return frames_by(session, "c.state = ANY(:live)", live=list(LIVE))


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


def places_in(session: Session, frame: Frame) -> list[Place]:
    """The same, asked once for the frame, whose errand takes several transactions."""
    if not frame.places:
        frame.places.extend(place_names(session, frame.id))
    return list(frame.places)
