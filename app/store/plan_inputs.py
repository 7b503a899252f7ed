"""What a plan rests on, as digests: one that differs from the plan's own says what changed."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

_DIGESTS = """
SELECT
  (SELECT md5(concat_ws('|', zone, country, polling_day, first_polling_day, polls_open,
                        polls_close, polls_by_state, starts_at, voter_daily_cap, voter_total_cap,
                        salience))
     FROM campaigns WHERE id = :campaign) AS settings,
  (SELECT concat_ws('|', budget, reserve_share) FROM campaigns WHERE id = :campaign) AS money,
  (SELECT concat_ws('|', state, paused_until, nullif(paused_channels, '{}'))
     FROM campaigns WHERE id = :campaign) AS pause,
  (SELECT md5(string_agg(r::text, ',' ORDER BY channel)) FROM ramps r
    WHERE campaign_id = :campaign) AS ramps,
  (SELECT md5(string_agg(concat_ws('|', id, channel, address, per_second,
                                   coalesce(per_minute, 0), coalesce(per_hour, 0),
                                   coalesce(per_day, 0), price,
                                   stopped <> '', paused_until), ',' ORDER BY id))
     FROM senders WHERE campaign_id = :campaign) AS senders,
  (SELECT md5(string_agg(concat_ws('|', id, channel, starts_at, ends_at), ',' ORDER BY id))
     FROM shifts WHERE campaign_id = :campaign) AS shifts,
  (SELECT md5(string_agg(concat_ws('|', id, ended_at IS NULL), ',' ORDER BY id))
     FROM rule_changes WHERE campaign_id = :campaign) AS rules,
  (SELECT md5(string_agg(concat_ws('|', name, value), ',' ORDER BY name))
     FROM changed_figures WHERE campaign_id = :campaign) AS figures,
  (SELECT md5(string_agg(concat_ws('|', name, value), ',' ORDER BY name))
     FROM learned_figures WHERE campaign_id = :campaign) AS rates,
  (SELECT max(id) FROM scripts WHERE campaign_id = :campaign) AS words,
  (SELECT md5(string_agg(concat_ws('|', id, channel, starts_at, spread_minutes, done_by, filter,
                                   words), ',' ORDER BY id))
     FROM blasts WHERE campaign_id = :campaign AND state = 'scheduled') AS blasts,
  (SELECT concat_ws('|', count(*), max(ended_at)) FROM import_runs WHERE state = 'done') AS imports
"""

WHY: Mapping[str, str] = {
    "settings": "the campaign's settings changed",
    "money": "the budget changed",
    "pause": "a pause began or ended",
    "ramps": "the ramp changed",
    "senders": "a sender changed",
    "shifts": "the shifts changed",
    "rules": "the hours changed",
    "figures": "the model's figures changed",
    "rates": "new rates were learned",
    "words": "the words changed",
    "blasts": "a blast was booked, changed or ended",
    "imports": "a file was imported",
    "day": "a new day began",
}
"""What is said of each input when it has changed."""


def digests(session: Session, campaign_id: int, today: date) -> dict[str, str]:
    """A digest of each input of a campaign's plan; `today` is the day on its own clock."""
    row = session.execute(text(_DIGESTS), {"campaign": campaign_id}).one()
    found = {name: str(value or "") for name, value in row._mapping.items()}
    return {**found, "day": today.isoformat()}


def ballots_since(session: Session, campaign_id: int, since: datetime, most: int) -> int:
    """Ballots of the campaign's polling day recorded after `since`, counted up to `most`."""
    counted = text(
        "SELECT count(*) FROM (SELECT FROM ballots b JOIN campaigns c ON c.id = :campaign "
        "AND b.polling_day = c.polling_day WHERE b.recorded_at > :since LIMIT :most) counted"
    )
    found = session.scalar(counted, {"campaign": campaign_id, "since": since, "most": most})
    return int(found or 0)
