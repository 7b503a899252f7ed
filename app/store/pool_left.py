"""Who is left: targets that may not be tried now, but again before their last open hour ends."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.facts import ADDRESS
from app.store.sql import sql

_LEFT = """
SELECT EXISTS (
    SELECT FROM unnest(CAST(:places AS text[]), CAST(:lasts AS timestamptz[])) AS p(place, last)
    JOIN targets t ON t.campaign_id = :campaign AND t.place = p.place
    JOIN voters v ON v.id = t.voter_id
    WHERE t.out = '' AND t.no_{channel}s = '' AND t.arm = 'treated' AND t.voted_at IS NULL
      AND {address} IS NOT NULL
      AND NOT EXISTS (SELECT FROM opt_outs o WHERE o.address = {address} AND o.channel = :channel)
      AND NOT EXISTS (SELECT FROM dead_addresses d
                      WHERE d.address = {address} AND d.channel = :channel)
      {consent} {mobile}
      AND CASE WHEN EXISTS (
          SELECT FROM touches q WHERE q.campaign_id = t.campaign_id AND q.{same} = t.{same}
             AND q.channel = '{channel}'
             AND q.state IN ('ready', 'claimed', 'attempting', 'unknown'))
      -- Whoever is about to be tried comes again a day later.
      THEN p.last > :tomorrow AND t.calls + t.texts + t.emails + 1 < :total_cap
      ELSE t.calls + t.texts + t.emails < :total_cap
          AND (t.next_{channel}_at IS NULL OR t.next_{channel}_at < p.last)
          AND (t.last_attempt_at IS NULL OR t.last_attempt_at <= p.last - :day OR (
               SELECT count(*) < :daily_cap FROM attempts a
               WHERE a.voter_id = t.voter_id AND a.campaign_id = t.campaign_id
                 AND a.attempted_at > p.last - :day AND a.state <> 'absent'))
      END)
"""
_CONSENT = """
AND EXISTS (SELECT FROM consents c WHERE c.address = {address} AND c.channel = :channel)
"""
_MOBILE = "AND v.phone_kind <> 'landline'"


def anybody_left(
    session: Session,
    campaign_id: int,
    channel: Channel,
    last: Mapping[str, datetime],
    *,
    now: datetime,
    daily_cap: int,
    total_cap: int,
    needs_consent: bool,
) -> bool:
    """Whether a target at one of these places may be tried on the channel before it closes there
    for good (`last`), if nobody tries them until then: neither rest nor caps last longer."""
    address = ADDRESS[channel]
    query = _LEFT.format(
        address=address,
        channel=channel.value,
        same="household_id" if channel is Channel.CALL else "voter_id",
        consent=_CONSENT.format(address=address) if needs_consent else "",
        mobile=_MOBILE if channel is Channel.TEXT else "",
    )
    facts = {
        "campaign": campaign_id,
        "channel": channel.value,
        "places": list(last),
        "lasts": list(last.values()),
        "tomorrow": now + timedelta(days=1),
        "day": timedelta(days=1),
        "daily_cap": daily_cap,
        "total_cap": total_cap,
    }
    return bool(session.scalar(sql(query), facts))
