"""How a campaign calls through the carrier: the number it shows, its rate, its price."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.phone import clean_phone
from app.domain.voice import caller_id_fault
from app.services.campaign_settings import SettingsRefused
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.voice_calls import VoiceRate, rate_of

EXACT = Decimal("0.00001")
"""As exact as money is stored."""


@dataclass(frozen=True)
class VoiceSettings:
    """What an organizer may set of calls through the carrier."""

    caller_id: str = ""  # E.164 that voters see; empty: volunteers dial by hand
    per_second: float = 1.0
    price: Decimal = Decimal(0)  # estimate a minute, both legs


def voice_settings_of(session: Session, campaign_id: int) -> VoiceSettings:
    """The settings as they are stored, or as they are before anybody set them."""
    row = rate_of(session, campaign_id)
    if row is None:
        return VoiceSettings()
    return VoiceSettings(row.caller_id, row.per_second, row.price)


def change_voice(
    sessions: Sessions, campaign_id: int, new: VoiceSettings, *, by: int | None, now: datetime
) -> bool:
    """Stores the settings; False if nothing was different. Raises SettingsRefused by field."""
    with sessions.begin() as session:
        country = session.scalars(
            select(Campaign.country).where(Campaign.id == campaign_id).with_for_update()
        ).one()
        new = _cleaned(new, country)
        old = voice_settings_of(session, campaign_id)
        if new == old:
            return False
        values = asdict(new)
        session.execute(
            insert(VoiceRate)
            .values(campaign_id=campaign_id, **values)
            .on_conflict_do_update(index_elements=["campaign_id"], set_=values)
        )
        session.add(_audit(campaign_id, old, new, by, now))
    return True


def _cleaned(new: VoiceSettings, country: str) -> VoiceSettings:
    written = new.caller_id.strip()
    number = clean_phone(written, country) or written
    problems = caller_id_fault(number, new.per_second, new.price)
    if problems:
        raise SettingsRefused(problems)
    return VoiceSettings(number, new.per_second, new.price.quantize(EXACT))


def _audit(
    campaign_id: int, old: VoiceSettings, new: VoiceSettings, by: int | None, now: datetime
) -> AuditEntry:
    return AuditEntry(
        at=now,
        user_id=by,
        action="calls through the carrier changed",
        subject=f"campaign:{campaign_id}",
        details={
            "before": {name: str(value) for name, value in asdict(old).items()},
            "after": {name: str(value) for name, value in asdict(new).items()},
        },
    )
