"""Campaigns: checks a draft, sets the campaign up, and lays its plan."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from email.utils import parseaddr
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.email import clean_email
from app.domain.hours import Place, Schedule
from app.domain.message import UnknownField, fields_of
from app.domain.phone import clean_phone
from app.domain.ramp import RampRule, with_total
from app.domain.script_check import LONGEST_TEXT
from app.domain.universe import BadUniverse, Universe
from app.services.plans import make_plan
from app.services.ramps import check_ramps
from app.services.refusal import PlanRefused
from app.store.campaigns import Campaign, Script, Sender
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.ramps import write_ramps
from app.store.universe_sql import Asking
from app.store.universes import (
    UniverseCount,
    add_targets,
    count_universe,
    resolved,
)

RampDraft = RampRule
SUBSTANCE = 3
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Machine time of a plan that any other may replace."""


@dataclass(frozen=True)
class CampaignDraft:
    """What an organizer says of a new campaign."""

    name: str
    organization: str
    candidate: str
    zone: str
    polling_day: date
    polls_open: time
    polls_close: time
    universe: Universe
    ramps: Mapping[Channel, RampDraft]
    budget: Decimal
    reserve_share: Decimal  # 0 to 1
    voter_daily_cap: int
    voter_total_cap: int
    text_body: str = ""
    email_subject: str = ""
    email_body: str = ""
    call_script: str = ""
    text_sender: str = ""  # E.164 or MG…
    text_price: Decimal = Decimal("0.0079")
    text_per_second: float = 3.0
    email_sender: str = ""
    starts_at: datetime | None = None  # now, if not said
    country: str = "US"
    translations: Mapping[tuple[Channel, str], tuple[str, str]] = field(default_factory=dict)


class CampaignRefused(ValueError):
    """A draft that cannot be set up: for each field, what is wrong and what to do."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{name}: {why}" for name, why in problems.items()))


def check(draft: CampaignDraft, now: datetime) -> dict[str, str]:
    """What is wrong with a draft, by field; empty when it can be set up."""
    problems: dict[str, str] = {}
    if len(draft.name.strip()) < SUBSTANCE:
        problems["name"] = "Give the campaign a name of at least 3 letters."
    try:
        ZoneInfo(draft.zone)
    except (ZoneInfoNotFoundError, ValueError):
        problems["zone"] = f"{draft.zone!r} is no time zone; write it like America/New_York."
        return problems
    if draft.polls_close <= draft.polls_open:
        problems["polls_close"] = "The polls must close after they open."
    schedule = schedule_of(draft, now)
    closes = schedule.polls_close_at(Place("", (draft.zone,)))
    if closes <= now:
        problems["polling_day"] = (
            f"The polls of {draft.polling_day:%B} {draft.polling_day.day}, "
            f"{draft.polling_day.year} have closed; choose a day to come."
        )
    elif schedule.starts_at >= closes:
        problems["starts_at"] = "The campaign must start before the polls close."
    if draft.budget < 0:
        problems["budget"] = "The budget cannot be below zero."
    if not 0 <= draft.reserve_share < 1:
        problems["reserve_share"] = "Reserve from 0 % up to less than 100 % for the final week."
    if draft.voter_daily_cap < 1:
        problems["voter_daily_cap"] = "Allow at least one attempt a voter a day."
    if draft.voter_total_cap < draft.voter_daily_cap:
        problems["voter_total_cap"] = "The limit for the campaign is below the limit for a day."
    if "polling_day" not in problems:  # a wrong day would only make every ramp look wrong
        first = schedule.starts_at.astimezone(ZoneInfo(draft.zone)).date()
        problems |= check_ramps(draft.ramps, first, draft.polling_day)
    return problems | _check_words(draft)


def _check_words(draft: CampaignDraft) -> dict[str, str]:
    problems: dict[str, str] = {}
    needed = {
        Channel.TEXT: {"text_body": draft.text_body, "text_sender": draft.text_sender},
        Channel.EMAIL: {
            "email_subject": draft.email_subject,
            "email_body": draft.email_body,
            "email_sender": draft.email_sender,
        },
        Channel.CALL: {"call_script": draft.call_script},
    }
    for channel in draft.ramps:
        for name, words in needed[channel].items():
            if not words.strip():
                problems[name] = f"{channel.value.title()}s need this."
    for name in ("text_body", "email_subject", "email_body", "call_script"):
        try:
            named = fields_of(getattr(draft, name))
        except UnknownField as error:
            problems[name] = f"{error}."
            continue
        if "volunteer" in named and name != "call_script":
            problems[name] = "Nobody calls here: {volunteer} can stand in a call script only."
    if len(draft.text_body) > LONGEST_TEXT:
        problems["text_body"] = f"A text has at most {LONGEST_TEXT:,} characters; shorten it."
    if Channel.TEXT in draft.ramps:
        problems |= _check_text_sender(draft)
    if (
        Channel.EMAIL in draft.ramps
        and draft.email_sender
        and clean_email(parseaddr(draft.email_sender)[1]) is None
    ):
        problems["email_sender"] = f"{draft.email_sender!r} is no email address."
    return problems


def _check_text_sender(draft: CampaignDraft) -> dict[str, str]:
    problems: dict[str, str] = {}
    sender = draft.text_sender
    if sender and not sender.startswith("MG") and clean_phone(sender, draft.country) != sender:
        problems["text_sender"] = (
            f"{sender!r} is no phone number; write it like +19195550142, or a messaging service’s "
            "MG… id."
        )
    if draft.text_per_second <= 0:
        problems["text_per_second"] = "The sender must manage more than 0 segments a second."
    if draft.text_price < 0:
        problems["text_price"] = "A price cannot be below zero."
    return problems


def schedule_of(draft: CampaignDraft, now: datetime) -> Schedule:
    """The draft's frame in time."""
    return Schedule(
        starts_at=draft.starts_at or now,
        polling_day=draft.polling_day,
        polls_open=draft.polls_open,
        polls_close=draft.polls_close,
        zone=draft.zone,
        country=draft.country,
    )


def set_up(
    sessions: Sessions,
    draft: CampaignDraft,
    *,
    by: int | None = None,
    now: datetime,
    wall: datetime = LONG_AGO,
) -> int:
    """Sets the campaign up with its targets, all or nothing, then makes its plan; returns its id.

    A plan that cannot be made says so on the plan's page; whoever stops the program in between
    finds the plan made by a worker. `wall` is machine time.
    Raises CampaignRefused; a second draft of the same name is refused, so that a form sent twice
    makes one campaign.
    """
    problems = check(draft, now)
    if problems:
        raise CampaignRefused(problems)
    try:
        with sessions.begin() as session:
            draft = replace(draft, universe=_resolved(session, draft.universe))
            campaign = _write(session, draft, now)
            asking = Asking(draft.polling_day, now, draft.country)
            targets = add_targets(session, campaign.id, draft.universe, asking)
            if not targets:
                raise CampaignRefused(
                    {"universe": "No voter on file meets these conditions; widen them."}
                )
            campaign_id = campaign.id
            subject, details = f"campaign:{campaign_id}", {"name": campaign.name}
            session.add(
                AuditEntry(
                    at=now, user_id=by, action="campaign begun", subject=subject, details=details
                )
            )
    except IntegrityError as error:
        if "uq_campaigns_name" not in str(error):
            raise
        raise CampaignRefused(
            {"name": "There is a campaign of this name already; open it, or choose another name."}
        ) from error
    with suppress(PlanRefused):
        make_plan(sessions, campaign_id, now=now, wall=wall)
    return campaign_id


def _resolved(session: Session, universe: Universe) -> Universe:
    """With saved universes as they are now: a later change of theirs is not the campaign's."""
    try:
        return resolved(session, universe)
    except BadUniverse as refused:
        raise CampaignRefused({"universe": f"{refused}."}) from refused


def _write(session: Session, draft: CampaignDraft, now: datetime) -> Campaign:
    campaign = Campaign(
        name=draft.name.strip(),
        organization=draft.organization.strip(),
        candidate=draft.candidate.strip(),
        country=draft.country,
        zone=draft.zone,
        polling_day=draft.polling_day,
        polls_open=draft.polls_open,
        polls_close=draft.polls_close,
        starts_at=draft.starts_at or now,
        universe=draft.universe.to_json(),
        voter_daily_cap=draft.voter_daily_cap,
        voter_total_cap=draft.voter_total_cap,
        budget=draft.budget,
        reserve_share=draft.reserve_share,
        created_at=now,
    )
    session.add(campaign)
    session.flush()
    first = campaign.starts_at.astimezone(ZoneInfo(draft.zone)).date()
    ramps = {
        channel: with_total(ramp, first, draft.polling_day) for channel, ramp in draft.ramps.items()
    }
    write_ramps(session, campaign.id, ramps)
    _write_words(session, campaign.id, draft)
    _write_senders(session, campaign.id, draft)
    session.flush()
    return campaign


def _write_words(session: Session, campaign_id: int, draft: CampaignDraft) -> None:
    english = {
        Channel.TEXT: ("", draft.text_body),
        Channel.EMAIL: (draft.email_subject, draft.email_body),
        Channel.CALL: ("", draft.call_script),
    }
    words = {(channel, "en"): english[channel] for channel in draft.ramps}
    for (channel, language), (subject, body) in (words | dict(draft.translations)).items():
        session.add(
            Script(
                campaign_id=campaign_id,
                channel=channel,
                language=language,
                subject=subject,
                body=body,
            )
        )


def _write_senders(session: Session, campaign_id: int, draft: CampaignDraft) -> None:
    if Channel.TEXT in draft.ramps:
        session.add(
            Sender(
                campaign_id=campaign_id,
                channel=Channel.TEXT,
                name="Texts",
                address=draft.text_sender,
                per_second=draft.text_per_second,
                price=draft.text_price,
            )
        )
    if Channel.EMAIL in draft.ramps:
        session.add(
            Sender(
                campaign_id=campaign_id,
                channel=Channel.EMAIL,
                name="Mail",
                address=draft.email_sender,
                per_second=10,
            )
        )


def preview(session: Session, universe: Universe, asking: Asking) -> UniverseCount:
    """How many voters a universe has, and how many each channel reaches; raises BadUniverse."""
    return count_universe(session, universe.condition, asking)


def upcoming_polling_days(session: Session, today: date) -> list[date]:
    """Polling days of the campaigns, from `today` on."""
    rows = session.execute(
        text("SELECT DISTINCT polling_day FROM campaigns WHERE polling_day >= :today ORDER BY 1"),
        {"today": today},
    )
    return list(rows.scalars())
