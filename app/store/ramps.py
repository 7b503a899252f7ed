"""Ramps as rows: read as rules, and written."""

from collections.abc import Mapping
from datetime import date
from typing import cast

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.ramp import RampRule
from app.store.campaigns import Ramp


def ramps_of(session: Session, campaign_id: int) -> dict[Channel, RampRule]:
    """The ramps of a campaign, in the order of the channels."""
    rows = session.scalars(select(Ramp).where(Ramp.campaign_id == campaign_id))
    found = {row.channel: rule_of(row) for row in rows}
    return {channel: found[channel] for channel in Channel if channel in found}


def rule_of(row: Ramp) -> RampRule:
    """The rule that a row holds."""
    return RampRule(
        shape=row.shape,
        starts_on=row.starts_on,
        total=row.total,
        rise=row.rise,
        doubling_days=row.doubling_days,
        daily_cap=row.daily_cap,
        peak=row.peak,
        middle=row.middle,
        steps=row.steps,
        drawn=tuple(
            (date.fromisoformat(day), volume)
            for day, volume in cast(list[tuple[str, int]], row.drawn)
        ),
    )


def write_ramps(session: Session, campaign_id: int, ramps: Mapping[Channel, RampRule]) -> None:
    """Makes these the ramps of the campaign; a channel that is not among them loses its own."""
    session.execute(
        delete(Ramp).where(Ramp.campaign_id == campaign_id, Ramp.channel.not_in(list(ramps)))
    )
    for channel, rule in ramps.items():
        facts = _facts(rule)
        written = insert(Ramp).values(campaign_id=campaign_id, channel=channel, **facts)
        session.execute(
            written.on_conflict_do_update(index_elements=["campaign_id", "channel"], set_=facts)
        )


def _facts(rule: RampRule) -> dict[str, object]:
    return {
        "shape": rule.shape,
        "starts_on": rule.starts_on,
        "total": rule.total,
        "rise": rule.rise,
        "doubling_days": rule.doubling_days,
        "daily_cap": rule.daily_cap,
        "peak": rule.peak,
        "middle": rule.middle,
        "steps": rule.steps,
        "drawn": [[day.isoformat(), volume] for day, volume in rule.drawn],
    }
