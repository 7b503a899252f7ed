"""What the bar must know of targets, in one query for any number of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.bar import Reachable
from app.domain.channel import Channel
from app.domain.hours import Place

ADDRESS = {Channel.CALL: "v.phone", Channel.TEXT: "v.phone", Channel.EMAIL: "v.email"}

_FACTS = """
SELECT t.voter_id, t.place, {address} AS address, t.voted_at IS NOT NULL AS voted,
       t.arm = 'holdout' AS holdout, t.out, t.no_{channel}s AS channel_off,
       EXISTS (SELECT FROM opt_outs o WHERE o.address = {address} AND o.channel = :channel)
         AS opted_out,
       EXISTS (SELECT FROM dead_addresses d WHERE d.address = {address} AND d.channel = :channel)
         OR :channel = 'text' AND v.phone_kind = 'landline' AS dead,
       EXISTS (SELECT FROM consents c WHERE c.address = {address} AND c.channel = :channel)
         AS consented,
       day.every AS attempts_24h, day.same AS channel_24h,
       t.calls + t.texts + t.emails AS attempts, t.next_{channel}_at AS next_at
FROM targets t JOIN voters v ON v.id = t.voter_id
CROSS JOIN LATERAL (
    SELECT count(*) AS every, count(*) FILTER (WHERE a.channel = :channel) AS same
    FROM attempts a
    WHERE a.voter_id = t.voter_id AND a.campaign_id = t.campaign_id
      AND a.attempted_at > :since AND a.state <> 'absent'
) day
WHERE t.campaign_id = :campaign AND t.voter_id = ANY(:voters)
"""


def facts_of(
    session: Session, campaign_id: int, channel: Channel, voters: Sequence[int], now: datetime
) -> dict[int, Reachable]:
    """The facts of each of these voters on a channel, by voter id."""
    if not voters:
        return {}
    query = text(_FACTS.format(address=ADDRESS[channel], channel=channel.value))
    rows = session.execute(
        query,
        {
            "campaign": campaign_id,
            "channel": channel.value,
            "voters": list(voters),
            "since": now - timedelta(hours=24),
        },
    ).mappings()
    found = {}
    for row in rows:
        facts = dict(row)
        voter, place = facts.pop("voter_id"), Place.of(facts.pop("place"))
        found[voter] = Reachable(place=place, **facts)
    return found
