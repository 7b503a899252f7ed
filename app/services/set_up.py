"""Sets a campaign up step by step: a draft, whom it works on, money, first words, and go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.campaign_setting import EXACT
from app.domain.channel import Channel
from app.domain.checklist import Point, checklist, in_the_way
from app.domain.hours import Place, Schedule
from app.domain.message import UnknownField, fields_of
from app.domain.place import zones_of_state
from app.domain.poll import polls_of
from app.domain.universe import BadUniverse, Universe
from app.services.campaigns import LONGEST_TEXT
from app.services.set_up_facts import ready_for
from app.store.campaigns import Campaign, Script
from app.store.engine import Sessions, patiently
from app.store.people import AuditEntry
from app.store.set_up import forget_plan, remove_people
from app.store.touches import Touch
from app.store.universe_sql import Asking
from app.store.universes import (
    UniverseCount,
    add_targets,
    count_universe,
    parts_of_file,
    resolved,
)

DRAFT, RUNNING = "draft", "running"
STEPS = (
    *("place", "voters", "universe", "senders", "money", "ramp", "words", "people"),
    *("plan", "rehearsal", "go"),
)
"""The steps in the order in which they are usually taken."""
SKIPPABLE = ("senders", "money", "people", "rehearsal")
"""Steps of which somebody may say by hand that they are not needed."""
OPEN, CLOSE = time(7), time(20)
"""Polling hours where no table has any (custom); the organizer sees and changes them."""
FARTHEST = timedelta(days=4 * 366)
"""A plan has a row for each day; elections are within four years."""
PART = 50_000
"""Numbers of voters that are gone through at a time when a draft chooses."""
LONGEST_MAIL, LONGEST_SCRIPT, LONGEST_SUBJECT = 20_000, 10_000, 200


class SetUpRefused(ValueError):
    """What cannot be: by field a code of what is wrong, for the pages to say."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))


class NotYet(ValueError):
    """The campaign cannot begin: these points stand in the way."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = tuple(points)
        super().__init__(", ".join(point.name for point in points))


@dataclass(frozen=True)
class Basics:
    """What is asked first of a new campaign."""

    name: str
    candidate: str
    organization: str  # who pays
    polling_day: date
    country: str = "US"
    states: tuple[str, ...] = ()  # two letters each; empty: not said
    zone: str = ""  # IANA; empty: by the first state
    polls_open: time | None = None  # None: by the table
    polls_close: time | None = None


def zone_of(basics: Basics) -> str:
    """The campaign's own clock: as said, else the first zone of its first state; empty if neither
    is known."""
    if basics.zone:
        return basics.zone
    zones = zones_of_state(basics.states[0]) if basics.states and basics.country == "US" else ()
    return zones[0] if zones else ""


def polling_hours(basics: Basics) -> tuple[time, time]:
    """The campaign's own polling hours: as said, else by the table for its first state."""
    opens = closes = None
    if basics.states and basics.country == "US":
        opens, closes = polls_of(basics.states[0], zone_of(basics))
    return basics.polls_open or opens or OPEN, basics.polls_close or closes or CLOSE


def check(basics: Basics, now: datetime) -> dict[str, str]:
    """What is wrong, by field, as a code; empty when a draft can be made."""
    problems = {}
    if len(basics.name.strip()) < 3:
        problems["name"] = "short"
    for name in ("candidate", "organization"):
        if not getattr(basics, name).strip():
            problems[name] = "empty"
    if basics.country == "US":
        unknown = [state for state in basics.states if not zones_of_state(state)]
        if unknown:
            problems["states"] = "unknown_state"
    try:
        ZoneInfo(zone_of(basics))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones, or too long
        return {**problems, "zone": "unknown_zone"}
    opens, closes = polling_hours(basics)
    if closes <= opens:
        problems["polls_close"] = "order"
    elif too_far(basics.polling_day, now):
        problems["polling_day"] = "far"
    elif _schedule(basics, now).polls_close_at(Place("", (zone_of(basics),))) <= now:
        problems["polling_day"] = "past"
    return problems


def too_far(polling_day: date, now: datetime) -> bool:
    """Whether polling day lies so far ahead that nothing can be planned until then."""
    return polling_day > now.date() + FARTHEST


def _schedule(basics: Basics, now: datetime) -> Schedule:
    opens, closes = polling_hours(basics)
    return Schedule(now, basics.polling_day, opens, closes, zone_of(basics), basics.country)


def begin(sessions: Sessions, basics: Basics, *, by: int | None, now: datetime) -> int:
    """Makes the draft, in which nothing goes out; returns its id. Raises SetUpRefused.

    A second one of the same name is refused, so that a form sent twice makes one.
    """
    problems = check(basics, now)
    if problems:
        raise SetUpRefused(problems)
    opens, closes = polling_hours(basics)
    try:
        with sessions.begin() as session:
            row = Campaign(
                name=" ".join(basics.name.split()),
                organization=" ".join(basics.organization.split()),
                candidate=" ".join(basics.candidate.split()),
                country=basics.country,
                zone=zone_of(basics),
                polling_day=basics.polling_day,
                polls_open=opens,
                polls_close=closes,
                polls_by_state=basics.country == "US" and basics.polls_open is None,
                starts_at=now,
                budget=Decimal(0),
                reserve_share=Decimal("0.3"),
                state=DRAFT,
                setup={"states": list(basics.states)},
                created_at=now,
            )
            session.add(row)
            session.flush()
            session.add(_noted("campaign drafted", row.id, {"name": row.name}, by, now))
            return row.id
    except IntegrityError as error:
        if "uq_campaigns_name" not in str(error):
            raise
        raise SetUpRefused({"name": "taken"}) from error


def mark(
    sessions: Sessions, campaign_id: int, step: str, skipped: bool, *, by: int | None, now: datetime
) -> bool:
    """Says by hand that a step is not needed, or takes that back; False if it was so already."""
    if step not in SKIPPABLE:
        raise SetUpRefused({"step": "not_skippable"})
    with sessions.begin() as session:
        campaign = _locked(session, campaign_id)
        before = list(campaign.setup.get("skipped", []))
        if (step in before) == skipped:
            return False
        after = [*before, step] if skipped else [one for one in before if one != step]
        campaign.setup = {**campaign.setup, "skipped": after}
        action = "set-up step skipped" if skipped else "set-up step taken up"
        session.add(_noted(action, campaign_id, {"step": step}, by, now))
    return True


def choose_channels(
    sessions: Sessions,
    campaign_id: int,
    channels: Sequence[Channel],
    *,
    by: int | None,
    now: datetime,
) -> None:
    """Keeps by which channels the campaign means to work; its ramps say by which it does."""
    with sessions.begin() as session:
        campaign = _locked(session, campaign_id)
        chosen = {"channels": [one.value for one in channels]}
        if campaign.setup != (said := {**campaign.setup, **chosen}):
            campaign.setup = said
            session.add(_noted("channels chosen", campaign_id, chosen, by, now))


class Left(Exception):
    """What was being chosen was asked for anew; whoever is at it leaves it."""


def may_choose(session: Session, campaign_id: int, universe: Universe) -> Universe:
    """The universe written out, if this draft may choose its voters: the campaign's row is locked.
    Raises SetUpRefused: not_draft, begun, or what is wrong with the universe."""
    campaign = _locked(session, campaign_id)
    if campaign.state != DRAFT:
        raise SetUpRefused({"universe": "not_draft"})
    touched = select(Touch.id).where(Touch.campaign_id == campaign_id).limit(1)
    if session.scalar(touched) is not None:
        raise SetUpRefused({"universe": "begun"})
    try:
        return resolved(session, universe)
    except BadUniverse as bad:
        raise SetUpRefused({"universe": f"words:{bad}"}) from bad


@patiently
def choose_universe(
    sessions: Sessions,
    campaign_id: int,
    universe: Universe,
    *,
    by: int | None,
    now: datetime,
    advance: Callable[[float], None] = lambda share: None,
    settle: Callable[[Session], None] = lambda session: None,
) -> int:
    """Makes the voters of this universe the draft's targets, in place of those there were; returns
    how many. Raises SetUpRefused: nobody (nothing is changed), not_draft, or begun.

    A large file is gone through in parts, and `advance` hears which share is done; the campaign's
    row is locked only at the end, so that other pages of the set-up go on. `settle` is part of the
    transaction.
    """
    with sessions.begin() as session:
        whole, count = may_choose(session, campaign_id, universe), 0
    with sessions.begin() as session:
        remove_people(session, campaign_id)
        campaign = session.get_one(Campaign, campaign_id)
        asking = Asking(campaign.polling_day, now, campaign.country)
        parts = parts_of_file(session, PART)
        for done, part in enumerate(parts, 1):
            count += add_targets(
                session, campaign_id, whole, asking, salience=campaign.salience, part=part
            )
            advance(done / (len(parts) + 1))
        if not count:
            raise SetUpRefused({"universe": "nobody"})
        reached = count_universe(session, whole.condition, asking)
        may_choose(session, campaign_id, universe)  # and reads what other pages wrote meanwhile
        settle(session)
        forget_plan(session, campaign_id)
        campaign.universe = whole.to_json()
        campaign.setup = {**campaign.setup, "people": _by_channel(count, reached)}
        details = {"filter": campaign.universe, "voters": count}
        session.add(_noted("universe chosen", campaign_id, details, by, now))
    return count


def _by_channel(whole: int, reached: UniverseCount) -> dict[str, int]:
    return {
        "whole": whole,
        "call": reached.callable,
        "text": reached.textable,
        "email": reached.mailable,
    }


def set_money(
    sessions: Sessions,
    campaign_id: int,
    budget: Decimal,
    reserve_share: Decimal,
    *,
    by: int | None,
    now: datetime,
) -> None:
    """Stores budget and reserve of a draft; raises SetUpRefused."""
    problems = {}
    if not budget.is_finite() or not 0 <= budget <= Decimal(999_999_999):
        problems["budget"] = "range"
    if not reserve_share.is_finite() or not 0 <= reserve_share <= 1 - EXACT:
        problems["reserve_percent"] = "range"
    if problems:
        raise SetUpRefused(problems)
    with sessions.begin() as session:
        campaign = _locked(session, campaign_id)
        if campaign.state != DRAFT:
            raise SetUpRefused({"budget": "not_draft"})
        if (campaign.budget, campaign.reserve_share) == (budget, reserve_share):
            return
        details = {"budget": str(budget), "reserve_share": str(reserve_share)}
        campaign.budget, campaign.reserve_share = budget, reserve_share
        session.add(_noted("money set", campaign_id, details, by, now))


def first_words(
    sessions: Sessions,
    campaign_id: int,
    words: Mapping[Channel, tuple[str, str]],
    *,
    by: int | None,
    now: datetime,
) -> tuple[Channel, ...]:
    """Writes subject and body in English as the newest version of each channel's first script;
    returns the channels that are new or have changed. Raises SetUpRefused by `channel_part`.

    What is left empty stays as it is; the same words again make no new version.
    """
    problems = _wrong_words(words)
    if problems:
        raise SetUpRefused(problems)
    changed = []
    with sessions.begin() as session:
        _locked(session, campaign_id)  # one at a time, or both would write the same version
        for channel, (subject, body) in words.items():
            if not body.strip():
                continue
            newest = session.scalars(
                select(Script)
                .where(
                    Script.campaign_id == campaign_id,
                    Script.channel == channel,
                    Script.purpose == "ramp",
                    Script.language == "en",
                )
                .order_by(Script.version.desc())
                .limit(1)
            ).first()
            if newest is not None and (newest.subject, newest.body) == (subject, body):
                continue
            session.add(
                Script(
                    campaign_id=campaign_id,
                    channel=channel,
                    subject=subject,
                    body=body,
                    version=newest.version + 1 if newest else 1,
                    survey=newest.survey if newest else [],
                    created_by=by,
                    created_at=now,
                )
            )
            changed.append(channel)
        if changed:
            details = {"channels": [channel.value for channel in changed]}
            session.add(_noted("words changed", campaign_id, details, by, now))
    return tuple(changed)


def _wrong_words(words: Mapping[Channel, tuple[str, str]]) -> dict[str, str]:
    longest = {
        Channel.TEXT: LONGEST_TEXT,
        Channel.EMAIL: LONGEST_MAIL,
        Channel.CALL: LONGEST_SCRIPT,
    }
    problems = {}
    for channel, (subject, body) in words.items():
        name = f"{channel.value}_body"
        try:
            named = fields_of(body) | fields_of(subject)
        except UnknownField as wrong:
            problems[name] = f"words:{wrong}"
            continue
        if "volunteer" in named and channel is not Channel.CALL:
            problems[name] = "volunteer"
        elif len(body) > longest[channel]:
            problems[name] = "long"
        elif channel is Channel.EMAIL and body.strip() and not subject.strip():
            problems["email_subject"] = "empty"
        elif len(subject) > LONGEST_SUBJECT:
            problems["email_subject"] = "long"
    return problems


@patiently
def go(
    sessions: Sessions,
    campaign_id: int,
    reasons: Mapping[str, str],
    *,
    public_url: str,
    by: int | None,
    now: datetime,
    wall: datetime,
) -> bool:
    """Begins the campaign: from now on, or from its start if that is still to come, it goes out.

    `reasons` say by point's name why somebody begins though it is not well; they are audited.
    False when it had begun already. Raises NotYet with the points that stand in the way.
    """
    with sessions.begin() as session:
        campaign = _locked(session, campaign_id)
        if campaign.state != DRAFT:
            return False
        points = checklist(ready_for(session, campaign, public_url, now=now, wall=wall))
        missing = in_the_way(points, reasons)
        if missing:
            raise NotYet(missing)
        passed_over = {
            point.name: reasons[point.name].strip()[:300] for point in points if not point.ok
        }
        campaign.state, campaign.starts_at = RUNNING, max(campaign.starts_at, now)
        details = {"starts_at": campaign.starts_at.isoformat(), "passed_over": passed_over}
        session.add(_noted("campaign begun", campaign_id, details, by, now))
    return True


def start_on(
    sessions: Sessions, campaign_id: int, starts_at: datetime, *, by: int | None, now: datetime
) -> None:
    """Sets when a draft begins once it is let go; raises SetUpRefused."""
    with sessions.begin() as session:
        campaign = _locked(session, campaign_id)
        if campaign.state != DRAFT:
            raise SetUpRefused({"starts_at": "not_draft"})
        zone = ZoneInfo(campaign.zone)
        if starts_at.astimezone(zone).date() > campaign.polling_day:
            raise SetUpRefused({"starts_at": "late"})
        if starts_at < now - timedelta(minutes=1):
            raise SetUpRefused({"starts_at": "past"})
        campaign.starts_at = starts_at
        details = {"starts_at": starts_at.isoformat()}
        session.add(_noted("start set", campaign_id, details, by, now))


def _locked(session: Session, campaign_id: int) -> Campaign:
    mine = select(Campaign).where(Campaign.id == campaign_id)
    query = mine.with_for_update(key_share=True)  # rows that refer to it may come meanwhile
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _noted(
    action: str, campaign_id: int, details: Mapping[str, object], by: int | None, now: datetime
) -> AuditEntry:
    subject = f"campaign:{campaign_id}"
    return AuditEntry(at=now, user_id=by, action=action, subject=subject, details=dict(details))
