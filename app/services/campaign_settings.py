"""The settings of a campaign that bear on its plan: read, checked, changed, noted.

Nothing is called afterwards: the planner finds by itself that what its plan rests on has changed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.services.closing import last_close, polls_have_closed
from app.store.campaigns import Campaign, Sender
from app.store.engine import Sessions
from app.store.people import AuditEntry

MOST_MONEY = Decimal(999_999_999)
MOST_PRICE = Decimal(10)
FASTEST = 10_000.0  # segments or mails a second; five times what Twilio lets an account send
MOST_ATTEMPTS = 200
MOST_POLLING_DAYS = timedelta(days=7)
EXACT = Decimal("0.00001")
"""As exact as money is stored."""


@dataclass(frozen=True)
class SenderSettings:
    """The rate and the price of one sender."""

    id: int
    channel: Channel
    name: str
    per_second: float  # segments or mails
    price: Decimal  # of a segment or mail


@dataclass(frozen=True)
class CampaignSettings:
    """What an organizer may change of a running campaign."""

    budget: Decimal
    reserve_share: Decimal  # of the budget, 0 to below 1
    voter_daily_cap: int
    voter_total_cap: int
    polls_by_state: bool
    polls_open: time  # on the voter's clock
    polls_close: time
    first_polling_day: date | None  # where the polls are open on several days
    starts_at: datetime
    senders: tuple[SenderSettings, ...] = ()

    def written(self) -> dict[str, str]:
        """Each setting by its name, as text; equal texts are equal settings."""
        own = {
            "budget": plain(self.budget),
            "reserve_share": plain(self.reserve_share),
            "voter_daily_cap": str(self.voter_daily_cap),
            "voter_total_cap": str(self.voter_total_cap),
            "polls_by_state": "yes" if self.polls_by_state else "no",
            "polls_open": f"{self.polls_open:%H:%M}",
            "polls_close": f"{self.polls_close:%H:%M}",
            "first_polling_day": str(self.first_polling_day or ""),
            "starts_at": self.starts_at.astimezone(UTC).isoformat(),
        }
        for sender in self.senders:
            own[f"sender-{sender.id}-per_second"] = f"{sender.per_second:g}"
            own[f"sender-{sender.id}-price"] = plain(sender.price)
        return own

    @property
    def token(self) -> str:
        """What a form was loaded with; it comes back with the form."""
        return json.dumps(self.written())


class SettingsRefused(ValueError):
    """Settings that cannot be: for each field, what is wrong and what to do."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(problems.values()))


class SettingsMoved(ValueError):
    """Somebody else saved since the form was loaded; nothing is overwritten."""

    def __init__(self, stored: CampaignSettings) -> None:
        self.stored = stored
        super().__init__("Somebody else changed these settings meanwhile; look at them again.")


def plain(value: Decimal) -> str:
    """0.40000 → 0.4, 20000.00000 → 20000."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def settings_of(session: Session, campaign_id: int) -> CampaignSettings:
    """The settings as they are stored; raises NoResultFound for no campaign."""
    campaign = session.scalars(select(Campaign).where(Campaign.id == campaign_id)).one()
    return _settings(campaign, _senders(session, campaign_id))


def change_settings(
    sessions: Sessions,
    campaign_id: int,
    new: CampaignSettings,
    *,
    loaded: str,
    by: int | None,
    now: datetime,
) -> tuple[str, ...]:
    """Stores the settings and returns the names of those that differ from before.

    `loaded` is the token of the settings that the change started from. Raises SettingsRefused and
    SettingsMoved; the same change twice is stored and noted once.
    """
    _raise(check(new))
    new = _exact(new)
    with sessions.begin() as session:
        campaign = _locked(session, campaign_id)
        senders = _senders(session, campaign_id)
        old = _settings(campaign, senders)
        changed = _changed(old, new)
        if not changed:
            return ()
        if loaded != old.token:
            raise SettingsMoved(old)
        _raise(_check_against(session, campaign, new, changed, now))
        _write(campaign, senders, new)
        session.flush()
        _raise(_check_close(session, campaign_id, now))
        session.add(_audit(campaign_id, old, new, changed, by, now))
    return changed


def check(new: CampaignSettings) -> dict[str, str]:
    """What is wrong with the settings by themselves, by field."""
    problems = _check_money(new) | _check_caps(new)
    if new.polls_close <= new.polls_open:
        problems["polls_close"] = "The polls must close after they open."
    for sender in new.senders:
        problems |= _check_sender(sender)
    return problems


def _check_money(new: CampaignSettings) -> dict[str, str]:
    problems = {}
    if not new.budget.is_finite() or not 0 <= new.budget <= MOST_MONEY:
        problems["budget"] = f"The budget is 0 to {MOST_MONEY:,}."
    if not new.reserve_share.is_finite() or not 0 <= new.reserve_share < 1:
        problems["reserve_share"] = (
            "Reserve from 0 % up to less than 100 % for the final week: with all of it held back, "
            "nothing goes out before."
        )
    return problems


def _check_caps(new: CampaignSettings) -> dict[str, str]:
    problems = {}
    if not 1 <= new.voter_daily_cap <= MOST_ATTEMPTS:
        problems["voter_daily_cap"] = (
            "Allow at least one attempt a voter a day; to stop for a while, pause the campaign."
            if new.voter_daily_cap < 1
            else f"At most {MOST_ATTEMPTS}."
        )
    if new.voter_total_cap < new.voter_daily_cap:
        problems["voter_total_cap"] = "The limit for the campaign is below the limit for a day."
    elif new.voter_total_cap > MOST_ATTEMPTS:
        problems["voter_total_cap"] = f"At most {MOST_ATTEMPTS}."
    return problems


def _check_sender(sender: SenderSettings) -> dict[str, str]:
    problems = {}
    if not 0 < sender.per_second <= FASTEST:
        problems[f"sender-{sender.id}-per_second"] = (
            f"More than 0 and at most {FASTEST:,.0f} a second."
        )
    if not sender.price.is_finite() or not 0 <= sender.price <= MOST_PRICE:
        problems[f"sender-{sender.id}-price"] = f"A price is 0 to {MOST_PRICE}."
    return problems


def _check_against(
    session: Session,
    campaign: Campaign,
    new: CampaignSettings,
    changed: Sequence[str],
    now: datetime,
) -> dict[str, str]:
    """What is wrong with them for this campaign, as it stands."""
    if polls_have_closed(session, campaign.id, now):
        return {"": "The polls have closed and nothing goes out any more, so nothing is changed."}
    problems = {}
    gone = campaign.spent + campaign.reserved
    if "budget" in changed and new.budget < gone:
        problems["budget"] = (
            f"${gone:,.2f} is spent or promised to texts on their way; the budget cannot go below."
        )
    if "starts_at" in changed and campaign.starts_at <= now:
        problems["starts_at"] = "The campaign has started; pause it instead."
    elif "starts_at" in changed and new.starts_at <= now:
        problems["starts_at"] = "This is past; choose a time to come."
    first, last = new.first_polling_day, campaign.polling_day
    if first is not None and not last - MOST_POLLING_DAYS <= first < last:
        problems["first_polling_day"] = (
            f"Choose a day before {last:%B} {last.day}, by {MOST_POLLING_DAYS.days} days at most; "
            "leave it empty for one polling day. Weeks of early voting are a phase."
        )
    return problems


def _check_close(session: Session, campaign_id: int, now: datetime) -> dict[str, str]:
    """As the campaign would be; what is flushed is undone if this finds anything."""
    campaign = session.scalars(select(Campaign).where(Campaign.id == campaign_id)).one()
    closes = last_close(session, campaign_id)
    if closes <= now:
        return {"polls_close": "By this the polls have closed already, and nothing would go out."}
    if campaign.starts_at >= closes:
        return {"starts_at": "The campaign must start before the polls close."}
    return {}


def _raise(problems: Mapping[str, str]) -> None:
    if problems:
        raise SettingsRefused(problems)


def _locked(session: Session, campaign_id: int) -> Campaign:
    # Whoever saves at the same time waits here, and then sees what was saved.
    query = select(Campaign).where(Campaign.id == campaign_id).with_for_update()
    return session.scalars(query).one()


def _senders(session: Session, campaign_id: int) -> Sequence[Sender]:
    query = select(Sender).where(Sender.campaign_id == campaign_id).order_by(Sender.id)
    return session.scalars(query).all()


def _settings(campaign: Campaign, senders: Sequence[Sender]) -> CampaignSettings:
    return CampaignSettings(
        budget=campaign.budget,
        reserve_share=campaign.reserve_share,
        voter_daily_cap=campaign.voter_daily_cap,
        voter_total_cap=campaign.voter_total_cap,
        polls_by_state=campaign.polls_by_state,
        polls_open=campaign.polls_open,
        polls_close=campaign.polls_close,
        first_polling_day=campaign.first_polling_day,
        starts_at=campaign.starts_at,
        senders=tuple(
            SenderSettings(one.id, one.channel, one.name, one.per_second, one.price)
            for one in senders
        ),
    )


def _exact(new: CampaignSettings) -> CampaignSettings:
    """With money as exact as it is stored."""
    return replace(
        new,
        budget=new.budget.quantize(EXACT),
        reserve_share=new.reserve_share.quantize(EXACT),
        senders=tuple(replace(one, price=one.price.quantize(EXACT)) for one in new.senders),
    )


def _changed(old: CampaignSettings, new: CampaignSettings) -> tuple[str, ...]:
    stored = old.written()
    return tuple(name for name, text in new.written().items() if stored.get(name, text) != text)


def _write(campaign: Campaign, senders: Sequence[Sender], new: CampaignSettings) -> None:
    for name in ("budget", "reserve_share", "voter_daily_cap", "voter_total_cap"):
        setattr(campaign, name, getattr(new, name))
    for name in ("polls_by_state", "polls_open", "polls_close", "first_polling_day", "starts_at"):
        setattr(campaign, name, getattr(new, name))
    said = {one.id: one for one in new.senders}
    for row in senders:
        if row.id in said:
            row.per_second, row.price = said[row.id].per_second, said[row.id].price


def _audit(
    campaign_id: int,
    old: CampaignSettings,
    new: CampaignSettings,
    changed: Sequence[str],
    by: int | None,
    now: datetime,
) -> AuditEntry:
    before, after = old.written(), new.written()
    return AuditEntry(
        at=now,
        user_id=by,
        action="settings changed",
        subject=f"campaign:{campaign_id}",
        details={
            "before": {name: before[name] for name in changed},
            "after": {name: after[name] for name in changed},
        },
    )
