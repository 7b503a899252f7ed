"""A volunteer's own phone, which the carrier rings before it rings a voter's."""

from datetime import datetime

from sqlalchemy import select, update

from app.domain.phone import clean_phones
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import AuditEntry, User


class BadPhone(ValueError):
    """No number that can be rung; the message says what to write."""


def own_phone(
    sessions: Sessions, user_id: int, campaign_id: int, written: str, *, now: datetime
) -> str:
    """The volunteer's phone as E.164: the one just written, which is kept, else the one on file.

    A number at a premium rate is nobody's phone here. Raises BadPhone.
    """
    with sessions.begin() as session:
        known = session.scalar(select(User.phone).where(User.id == user_id))
        if not written.strip() and known:
            return known
        country = session.scalar(select(Campaign.country).where(Campaign.id == campaign_id))
        phones, _ = clean_phones([(written, "")], country or "US")
        if not phones:
            raise BadPhone("Write the number of the phone you hold, with its area code.")
        found = phones[0].number
        if found != known:
            session.execute(update(User).where(User.id == user_id).values(phone=found))
            session.add(
                AuditEntry(
                    at=now, user_id=user_id, action="own phone set", subject=f"user:{user_id}"
                )
            )
        return found
