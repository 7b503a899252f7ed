"""The dearest segment: what the carrier has charged at most, for what is held for the next texts.

The sender's price is what an organizer expects. Where the carrier charges more, every text on its
way would be booked above its hold, and the budget be passed by the difference. So holds rest on
the greater of the two as soon as the first price is known. Kept among the learned figures, under a
name that no figure has; its value is always 0, so that no plan is made anew for it.
"""

from datetime import datetime
from decimal import ROUND_UP, Decimal

from sqlalchemy.orm import Session

from app.store.sql import sql

NAME = "dearest:text"
UNIT = Decimal("0.00001")
"""In which the rows count: no price is stored finer."""
DEAREST = (
    f"SELECT seen * {UNIT} FROM learned_figures WHERE campaign_id = :campaign AND name = '{NAME}'"
)
"""What a segment was charged at most so far; no row before the first price."""


def learn_dearest(session: Session, campaign_id: int, price: Decimal, at: datetime) -> None:
    """Keeps what a segment was charged, if none was charged more before."""
    units = int((price / UNIT).to_integral_value(ROUND_UP))
    session.execute(
        sql(
            "INSERT INTO learned_figures (campaign_id, name, value, seen, learned_at) "
            "VALUES (:campaign, :name, 0, :units, :at) ON CONFLICT (campaign_id, name) "
            "DO UPDATE SET seen = excluded.seen, learned_at = excluded.learned_at "
            "WHERE learned_figures.seen < excluded.seen"
        ),
        {"campaign": campaign_id, "name": NAME, "units": units, "at": at},
    )


def dearest(session: Session, campaign_id: int) -> Decimal:
    """What a segment was charged at most so far; 0 before the first price."""

    price: Decimal | None = session.scalar(sql(DEAREST), {"campaign": campaign_id})
    return price or Decimal(0)
