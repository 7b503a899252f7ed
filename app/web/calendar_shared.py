"""Who gets several blasts on one day, counted when it is asked and kept for some minutes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.blast import BlastState
from app.domain.condition import BadUniverse
from app.services import calendar as moves
from app.services.calendar import Effect
from app.store import calendar as stored
from app.store.blasts import Blast, blasts_of
from app.store.calendar import Shared
from app.store.campaigns import Campaign
from app.store.universe_sql import Asking
from app.web.calendar_week import Column
from app.web.kept import kept
from app.web.sessions import parts, session
from app.web.tongue import translated as _
from app.web.words import number

KEEP = timedelta(minutes=10)


def _count(campaign: Campaign, blasts: Sequence[Blast], now: datetime) -> Shared:
    """How many voters these blasts have in common; raises BadUniverse."""
    asking = Asking(campaign.polling_day, now, campaign.country)
    return kept().count(
        ("shared", campaign.id, *((one.id, repr(one.filter)) for one in blasts)),
        parts().clock.wall(),
        lambda: stored.shared(session(), campaign.id, blasts, asking),
        KEEP,
    )


def _several(found: Shared) -> str:
    facts = {"count": number(found.at_least(2)), "all": number(found.targets)}
    if found.exact:
        return _("%(count)s of %(all)s voters get more than one of them.", **facts)
    return _("About %(count)s of %(all)s voters get more than one of them.", **facts)


def met_on(campaign: Campaign, effect: Effect, now: datetime) -> str:
    """How many would get more than one of the blasts on the day to which one moves."""
    if effect.kind != "blast" or all(one.why is not moves.Why.SAME_DAY for one in effect.warnings):
        return ""
    those = [
        one
        for one in blasts_of(session(), campaign.id)
        if one.id == effect.id
        or (one.starts_at.date() == effect.to.date() and one.state != BlastState.CANCELED)
    ]
    try:
        return _several(_count(campaign, those, now))
    except BadUniverse:
        return ""


def on_day(campaign: Campaign, column: Column, now: datetime) -> list[str]:
    """Who gets several blasts on a day, and who would have more than the cap with the ramp's."""
    blasts = list(column.blasts)
    if not blasts:
        return [_("No blast goes out on this day.")]
    try:
        found = _count(campaign, blasts, now)
    except BadUniverse as bad:
        return [_("It cannot be counted: %(why)s.", why=str(bad))]
    told = [_several(found)] if len(blasts) > 1 else []
    ramp = sum(count for _channel, count in column.volumes)
    cap = campaign.voter_daily_cap
    full = found.at_least(cap) if ramp else found.at_least(cap + 1)
    share = min(ramp / found.targets, 1.0) if ramp and found.targets else 1.0
    if over := round(full * share):
        told.append(
            _(
                "With the %(ramp)s attempts planned, about %(count)s would have more than the "
                "%(cap)s a day that you allow; what is over it waits.",
                ramp=number(ramp),
                count=number(over),
                cap=cap,
            )
        )
    return told or [_("Nobody gets more than you allow in a day.")]
