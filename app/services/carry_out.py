"""Does what a plan's advice says: budget, reserve, limits, ramps. Callers only people can find."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.advice import raised
from app.domain.report import Advice, Remedy
from app.services.refusal import PlanRefused
from app.store.campaigns import Campaign
from app.store.ramps import ramps_of, write_ramps


def carry_out(session: Session, campaign_id: int, advice: Advice) -> str:
    """Makes the change, in the caller's transaction; what was done, in words.

    Raises PlanRefused for what only people can do.
    """
    campaign = session.scalars(
        select(Campaign).where(Campaign.id == campaign_id).with_for_update()
    ).one()
    amount = Decimal(str(advice.amount))
    match advice.remedy:
        case Remedy.BUDGET:
            return _raise_budget(campaign, amount)
        case Remedy.RESERVE:
            return _keep_less(campaign, amount)
        case Remedy.TOTAL_CAP:
            campaign.voter_total_cap = int(amount)
            return f"A voter may now get {campaign.voter_total_cap} attempts in all."
        case Remedy.DAILY_CAP:
            campaign.voter_daily_cap = int(amount)
            return f"A voter may now get {campaign.voter_daily_cap} attempts in 24 hours."
        case Remedy.RAMP:
            return _plan_more(session, campaign_id, advice)
        case Remedy.CALLERS:
            raise PlanRefused({"advice": "Only people can do this: book volunteers for the shift."})
        case Remedy.SENDER:
            raise PlanRefused(
                {"advice": "Get a faster number or service first, then enter its rate in settings."}
            )


def _raise_budget(campaign: Campaign, amount: Decimal) -> str:
    # The reserve stays what it was in money: the raise is there to be spent.
    reserve = campaign.budget * campaign.reserve_share
    campaign.budget += amount
    campaign.reserve_share = reserve / campaign.budget
    return f"The budget is now {_dollars(campaign.budget)}."


def _keep_less(campaign: Campaign, amount: Decimal) -> str:
    reserve = max(campaign.budget * campaign.reserve_share - amount, Decimal(0))
    campaign.reserve_share = reserve / campaign.budget if campaign.budget else Decimal(0)
    return f"{_dollars(reserve)} are now kept for the final week."


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}".removesuffix(".00")


def _plan_more(session: Session, campaign_id: int, advice: Advice) -> str:
    ramps = ramps_of(session, campaign_id)
    channel = advice.channel
    if channel is None or channel not in ramps:
        raise PlanRefused({"advice": "This channel has no ramp any more."})
    write_ramps(session, campaign_id, {**ramps, channel: raised(ramps[channel], advice.amount)})
    return f"The ramp now has {int(advice.amount):,} {channel.value}s more."
