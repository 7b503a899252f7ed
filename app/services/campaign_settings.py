"""The settings of a campaign that bear on its plan: read, checked, changed, noted.

Nothing is called afterwards: the planner finds by itself that what its plan rests on has changed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.campaign_setting import CampaignSettings, SenderSettings, check
from app.services.closing import last_close, polls_have_closed
from app.store.campaigns import Campaign, Sender
from app.store.engine import Sessions
from app.store.people import AuditEntry

MOST_POLLING_DAYS = timedelta(days=7)


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
    new = new.exact()
    with sessions.begin() as session:
        campaign = _locked(session, campaign_id)
        senders = _senders(session, campaign_id)
        old = _settings(campaign, senders)
        changed = new.differs(old)
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
