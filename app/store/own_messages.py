"""What messages to our own people cost: alerts, notices to volunteers, sign-in codes.

They are paid from the budget of the campaign whose sender they leave by, but never refused for want
of money: who has run out of it must hear of it. Each payment is an entry of the audit log, which
nobody can change.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.campaigns import Sender
from app.store.dearest import dearest
from app.store.people import AuditEntry
from app.store.pool import settle_money

PAID = "own messages paid"


def pay_for_own(
    session: Session, campaign_id: int, channel: Channel, what: str, parts: int, at: datetime
) -> None:
    """Books messages to our own people that have gone out, in segments of texts or mails, at what
    one costs at most by the campaign's senders. `what` they were: alert, notice or sign_in_code."""
    mine = select(func.max(Sender.price)).where(
        Sender.campaign_id == campaign_id, Sender.channel == channel
    )
    price: Decimal = session.scalar(mine) or Decimal(0)
    if channel is Channel.TEXT:
        price = max(price, dearest(session, campaign_id))
    cost = price * parts
    if not cost:
        return
    settle_money(session, campaign_id, freed=Decimal(0), spent=cost)
    details = {"what": what, "channel": channel.value, "parts": parts, "cost": str(cost)}
    session.add(AuditEntry(at=at, action=PAID, subject=f"campaign:{campaign_id}", details=details))


def paid_for_own(session: Session, campaign_id: int) -> Decimal:
    """What a campaign has paid for them so far."""
    cost = func.sum(AuditEntry.details["cost"].astext.cast(Sender.price.type))
    mine = (AuditEntry.subject == f"campaign:{campaign_id}", AuditEntry.action == PAID)
    return session.scalar(select(cost).where(*mine)) or Decimal(0)
