"""Sets a draft's budget, and the reserve that waits for the final week."""

from datetime import datetime
from decimal import Decimal

from app.domain.campaign_setting import EXACT
from app.services.set_up.draft import SetUpRefused, locked_draft, noted
from app.store.engine import Sessions

MOST = Decimal(999_999_999)


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
    if problems := _wrong(budget, reserve_share):
        raise SetUpRefused(problems)
    with sessions.begin() as session:
        campaign = locked_draft(session, campaign_id, "budget")
        if (campaign.budget, campaign.reserve_share) == (budget, reserve_share):
            return
        details = {"budget": str(budget), "reserve_share": str(reserve_share)}
        campaign.budget, campaign.reserve_share = budget, reserve_share
        session.add(noted("money set", campaign_id, details, by, now))


def _wrong(budget: Decimal, reserve_share: Decimal) -> dict[str, str]:
    highest = {"budget": (budget, MOST), "reserve_percent": (reserve_share, 1 - EXACT)}
    return {
        field: "range"
        for field, (said, most) in highest.items()
        if not said.is_finite() or not 0 <= said <= most
    }
