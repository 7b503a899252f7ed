"""Pauses: nothing goes out until an instant that is known from the start; it ends by itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.services.campaign_settings import SettingsRefused
from app.services.closing import final_week_at, last_close
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.rule_changes import last_act

LONGEST_REASON = 500
PAUSED = "campaign paused"


@dataclass(frozen=True)
class Pause:
    """A pause that holds now."""

    until: datetime
    reason: str
    by: str  # the name of who paused; empty when it is not known
    since: datetime | None


def pause_of(session: Session, campaign: Campaign, now: datetime) -> Pause | None:
    """The pause that holds now, or None; one whose time is over holds no more."""
    until = campaign.paused_until
    if campaign.state != "paused" or until is None or until <= now:
        return None
    found = last_act(session, PAUSED, f"campaign:{campaign.id}")
    if found is None:
        return Pause(until, "", "", None)
    entry, name = found
    return Pause(until, str(entry.details.get("reason", "")), name, entry.at)


def pause_until(
    session: Session, campaign_id: int, until: datetime | None, reason: str, now: datetime
) -> datetime:
    """When the pause would end: before the final week one without an end lasts until it begins.

    Raises SettingsRefused with what is wrong.
    """
    final, closes = final_week_at(session, campaign_id), last_close(session, campaign_id)
    problems = {}
    if closes <= now:
        raise SettingsRefused({"until": "The polls have closed; nothing goes out any more."})
    if until is None and now >= final:
        problems["until"] = "In the final week a pause must have an end. Say until when."
    elif until is not None and until <= now:
        problems["until"] = "This is past; choose a time to come."
    elif until is not None and until >= closes:
        problems["until"] = (
            "By then the polls have closed, so nothing would ever go out again; choose an earlier "
            "end."
        )
    ends = until or final
    if len(reason) > LONGEST_REASON:
        problems["reason"] = f"At most {LONGEST_REASON} characters."
    if not reason and ends > final:
        problems["reason"] = "This pause lies in the final week: say why."
    if problems:
        raise SettingsRefused(problems)
    return ends


def pause(
    sessions: Sessions,
    campaign_id: int,
    *,
    until: datetime | None,
    reason: str,
    by: int | None,
    now: datetime,
) -> datetime:
    """Pauses the campaign, or sets another end to its pause; returns when it ends.

    Raises SettingsRefused. The same pause twice is noted once.
    """
    reason = " ".join(reason.split())
    with sessions.begin() as session:
        campaign = _locked(session, campaign_id)
        ends = pause_until(session, campaign_id, until, reason, now)
        held = pause_of(session, campaign, now)
        if held is not None and (held.until, held.reason) == (ends, reason):
            return ends
        campaign.state, campaign.paused_until = "paused", ends
        details = {"until": ends.isoformat(), "reason": reason}
        if held is not None:
            details["before"] = held.until.isoformat()
        session.add(_entry(PAUSED, campaign_id, details, by, now))
    return ends


def resume(sessions: Sessions, campaign_id: int, *, by: int | None, now: datetime) -> bool:
    """Ends a pause; False when there was none that still held."""
    with sessions.begin() as session:
        campaign = _locked(session, campaign_id)
        held = pause_of(session, campaign, now)
        if campaign.state == "paused":
            campaign.state, campaign.paused_until = "running", None
        if held is None:
            return False
        details = {"until": held.until.isoformat(), "reason": held.reason}
        session.add(_entry("campaign resumed", campaign_id, details, by, now))
    return True


def _locked(session: Session, campaign_id: int) -> Campaign:
    query = select(Campaign).where(Campaign.id == campaign_id).with_for_update()
    return session.scalars(query).one()


def _entry(
    action: str, campaign_id: int, details: dict[str, str], by: int | None, now: datetime
) -> AuditEntry:
    subject = f"campaign:{campaign_id}"
    return AuditEntry(at=now, user_id=by, action=action, subject=subject, details=details)
