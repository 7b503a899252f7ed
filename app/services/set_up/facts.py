"""What a campaign's set-up has and lacks, read from the tables each time."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.checklist import Ready, RehearsalSeen, SenderReady
from app.domain.first_words import Written
from app.domain.hours import Place
from app.domain.report import Cover, Report
from app.services.plans import Made, latest
from app.services.sender_checks import LOOKS, Known, known_checks, webhooks_seen
from app.store import set_up as store
from app.store.campaigns import Campaign, Sender
from app.store.frames import frame_of, place_names
from app.store.ramps import ramps_of
from app.store.rates import senders_of


@dataclass(frozen=True)
class Seen:
    """Everything that a page of the set-up may say."""

    ready: Ready
    voters: bool  # somebody is on file
    importing: int  # files on their way in
    people: dict[str, int]  # whole, call, text, email: as last counted, with the plan or before
    channels: tuple[Channel, ...]  # those chosen, and those with a ramp
    senders: tuple[Sender, ...]
    checks: dict[int, dict[str, Known]]
    volunteers: int
    invited: bool
    rehearsing: str  # state of the newest rehearsal; empty: none yet
    rules: int  # changes that hold
    imported_since: bool  # a voter file came in after the voters were chosen
    choosing: float | None  # which share of the file is gone through, while voters are chosen
    plan: Made | None
    skipped: tuple[str, ...] = ()


def see(
    session: Session, campaign: Campaign, public_url: str, *, now: datetime, wall: datetime
) -> Seen:
    """Reads all of it; `wall` is machine time."""
    row = store.facts(session, campaign.id, now=now, wall=wall)
    senders = tuple(senders_of(session, campaign.id))
    checks = known_checks(session, campaign.id) if senders else {}
    ramps = tuple(ramps_of(session, campaign.id))
    plan = latest(session, campaign.id)
    schedule = frame_of(session, campaign).schedule
    places = place_names(session, campaign.id) or [Place("", (campaign.zone,))]
    rehearsal = None
    if row.rehearsal is not None:
        rehearsal = RehearsalSeen(row.rehearsal, row.rehearsed_at, row.kept)
    scripts = tuple(
        Written(one.channel, one.language, one.subject, one.body)
        for one in store.newest_scripts(session, campaign.id)
    )
    costs = any(one.price for one in senders if one.channel in ramps)
    ready = Ready(
        now=now,
        closes_at=max(schedule.polls_close_at(place) for place in places),
        people=row.people,
        ramps=ramps,
        organization=campaign.organization,
        candidate=campaign.candidate,
        scripts=scripts,
        senders=tuple(_sender(one, checks.get(one.id, {})) for one in senders),
        webhooks=webhooks_seen(checks),
        outside=is_outside(public_url),
        workers=row.workers,
        planned=plan is not None,
        silent_hours=silent_hours(plan.report) if plan else 0,
        plan_problem=row.problem,
        rehearsal=rehearsal,
        changed_at=row.changed_at,
        alert_routes=row.routes,
        alert_mails=row.mailed,
        money=campaign.budget > Decimal(0) or not costs,
        shifts=row.shifts,
    )
    chosen = [Channel(name) for name in campaign.setup.get("channels", [])]
    return Seen(
        ready=ready,
        voters=row.voters,
        importing=row.importing,
        people=people_of(session, campaign),
        channels=tuple(one for one in Channel if one in chosen or one in ramps),
        senders=senders,
        checks=checks,
        volunteers=row.volunteers,
        invited=row.invited,
        rehearsing=row.rehearsing or "",
        rules=row.rules,
        imported_since=row.imported_since,
        choosing=row.choosing,
        plan=plan,
        skipped=tuple(campaign.setup.get("skipped", ())),
    )


def people_of(session: Session, campaign: Campaign) -> dict[str, int]:
    """The targets, whole and by channel: as the plan last counted them, else as they were counted
    when they were chosen."""
    counted = store.people_counted(session, campaign.id)
    chosen = {name: int(campaign.setup.get("people", {}).get(name, 0)) for name in counted}
    return counted if counted["whole"] else chosen


def ready_for(
    session: Session, campaign: Campaign, public_url: str, *, now: datetime, wall: datetime
) -> Ready:
    """What the checklist asks about."""
    return see(session, campaign, public_url, now=now, wall=wall).ready


def silent_hours(report: Report) -> int:
    """Hours of the final week in which a channel is open and nothing is planned on any."""
    gaps = {hour.at for hour in report.coverage if hour.cover is Cover.GAP}
    filled = {hour.at for hour in report.coverage if hour.cover is Cover.PLANNED}
    return len(gaps - filled)


def is_outside(public_url: str) -> bool:
    """Whether an address looks as if people and carriers could reach it over https."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    try:
        return ip_address(host).is_global
    except ValueError:
        inside = "." not in host or host.endswith((".localhost", ".local", ".internal"))
        return parts.scheme == "https" and not inside


def _sender(row: Sender, known: dict[str, Known]) -> SenderReady:
    kinds = (*LOOKS[row.channel], "test")
    failed = tuple(kind for kind in kinds if kind in known and known[kind].passed is False)
    unknown = tuple(kind for kind in kinds if kind not in known or known[kind].passed is None)
    name = row.name or row.address
    return SenderReady(row.id, row.channel, name, not row.stopped, failed, unknown)
