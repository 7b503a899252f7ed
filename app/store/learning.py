"""What a campaign's records teach: counts over stretches of time that were not counted before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import CONTACTS, Disposition
from app.domain.model import ANSWER_HOURS
from app.domain.rate import (
    AGAIN,
    BAD_NUMBERS,
    LONGEST_GAP_SECONDS,
    SHORTEST_GAP_SECONDS,
    Tally,
    pace_of,
)

ANSWER_TIME = timedelta(days=1)
"""An answer to a text counts if it comes within a day; so long a text waits to be counted."""
RECENT_CALLS = 300
"""Calls from which a volunteer's own pace is taken."""


@dataclass(frozen=True)
class Stretch:
    """Instants after the first and up to the second, and how many attempts are in it."""

    after: datetime
    upto: datetime
    attempts: int = 0


def stretch(
    session: Session,
    campaign_id: int,
    channels: Sequence[Channel],
    after: datetime,
    until: datetime,
    most: int,
) -> Stretch:
    """The next stretch to count: up to `until`, or the instant by which there are `most` attempts.

    The index alone tells. A clock that steps back leaves the stretch empty.
    """
    binds = {
        "campaign": campaign_id,
        "channels": [channel.value for channel in channels],
        "after": after,
        "until": until,
        "most": most,
    }
    found = session.execute(
        text(
            "SELECT count(*), max(attempted_at) FROM (SELECT attempted_at FROM attempts "
            "WHERE campaign_id = :campaign AND attempted_at > :after AND attempted_at <= :until "
            "AND channel = ANY(:channels) ORDER BY attempted_at LIMIT :most) new"
        ),
        binds,
    ).one()
    upto = found[1] if found[0] == most else max(after, until)
    return Stretch(after, upto, found[0])


_WORKED = "gap BETWEEN :shortest AND :longest"
_DIALS = f"""
WITH dials AS (
    SELECT a.disposition, a.attempted_at AT TIME ZONE coalesce(
               nullif(split_part(split_part(t.place, ':', 2), '|', 1), ''), :zone) AS there,
           1 + (SELECT count(*) FROM (
               SELECT FROM attempts e WHERE e.voter_id = a.voter_id
               AND e.campaign_id = a.campaign_id AND e.attempted_at < a.attempted_at
               AND e.channel = 'call' LIMIT 3) earlier) AS pass,
           extract(epoch FROM a.attempted_at - (
               SELECT e.attempted_at FROM attempts e WHERE e.user_id = a.user_id
               AND e.attempted_at < a.attempted_at AND e.channel = 'call'
               ORDER BY e.attempted_at DESC LIMIT 1)) AS gap
    FROM attempts a
    JOIN targets t ON t.campaign_id = a.campaign_id AND t.voter_id = a.voter_id
    WHERE a.campaign_id = :campaign AND a.channel = 'call' AND a.disposition <> ''
      AND a.attempted_at > :after AND a.attempted_at <= :upto
)
SELECT CAST(pass AS int), CAST(extract(hour FROM there) AS int), count(*),
       count(*) FILTER (WHERE disposition = ANY(:contacts)),
       count(*) FILTER (WHERE disposition = ANY(:bad)),
       count(*) FILTER (WHERE disposition = ANY(:again)),
       CAST(coalesce(sum(gap) FILTER (WHERE {_WORKED}), 0) AS int),
       count(*) FILTER (WHERE {_WORKED})
FROM dials GROUP BY 1, 2
"""
"""Dials by pass and by the hour on the voter's clock; the gap is to the volunteer's call before."""


def count_calls(session: Session, campaign_id: int, of: Stretch, zone: str) -> dict[str, Tally]:
    """Dials of the stretch, as domain.rate takes them; `zone` is for voters without one."""
    rows = session.execute(
        text(_DIALS),
        {
            "campaign": campaign_id,
            "after": of.after,
            "upto": of.upto,
            "zone": zone,
            "contacts": _values(CONTACTS),
            "bad": _values(BAD_NUMBERS),
            "again": _values(AGAIN),
            "shortest": SHORTEST_GAP_SECONDS,
            "longest": LONGEST_GAP_SECONDS,
        },
    )
    found: dict[str, Tally] = {}

    def add(name: str, hits: int, seen: int) -> None:
        found[name] = found.get(name, Tally()).plus(Tally(hits, seen))

    for pass_, hour, dials, reached, bad, again, seconds, worked in rows:
        add(f"contact_{pass_}", reached, dials)
        if pass_ == 1:
            add("bad_number", bad, dials)
        else:
            add(f"again_{min(pass_, 3)}", again, dials)
        if hour in ANSWER_HOURS:
            add(f"answer_{hour:02}", reached, dials)
        if worked:
            add("dials_per_hour", seconds, worked)
    return found


def _values(results: frozenset[Disposition]) -> list[str]:
    return sorted(result.value for result in results)


_MESSAGES = """
SELECT a.channel, count(*),
       count(*) FILTER (WHERE a.state = 'delivered'),
       count(*) FILTER (WHERE a.state IN ('delivered', 'undelivered', 'failed')),
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM opt_outs o WHERE o.address = a.address AND o.channel = a.channel
           AND o.opted_out_at BETWEEN a.attempted_at AND a.attempted_at + :patience)),
       count(*) FILTER (WHERE a.channel = 'text' AND EXISTS (
           SELECT FROM inbound i WHERE i.from_address = a.address
           AND i.received_at BETWEEN a.attempted_at AND a.attempted_at + :patience))
FROM attempts a
WHERE a.campaign_id = :campaign AND a.channel IN ('text', 'email') AND a.state <> 'absent'
  AND a.attempted_at > :after AND a.attempted_at <= :upto
GROUP BY 1
"""


def count_messages(session: Session, campaign_id: int, of: Stretch) -> dict[str, Tally]:
    """Texts and emails of the stretch: what arrived, and what was answered within a day."""
    rows = session.execute(
        text(_MESSAGES),
        {
            "campaign": campaign_id,
            "after": of.after,
            "upto": of.upto,
            "patience": ANSWER_TIME,
        },
    )
    found: dict[str, Tally] = {}
    for channel, sent, delivered, settled, left, replied in rows:
        if channel == Channel.EMAIL.value:
            found["unsubscribed"] = Tally(left, sent)
            continue
        found |= {
            "delivered": Tally(delivered, settled),
            "opt_out": Tally(left, sent),
            "replies": Tally(replied, sent),
        }
    return found


def count_shifts(session: Session, campaign_id: int, of: Stretch) -> dict[str, Tally]:
    """Shifts for calls that ended in the stretch, and in how many of them a call was made."""
    ended, came = session.execute(
        text(
            "SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM attempts a "
            "WHERE a.user_id = s.user_id AND a.campaign_id = s.campaign_id "
            "AND a.channel = 'call' "
            "AND a.attempted_at >= s.starts_at AND a.attempted_at <= s.ends_at)) "
            "FROM shifts s WHERE s.campaign_id = :campaign AND s.channel = 'call' "
            "AND s.ends_at > :after AND s.ends_at <= :upto"
        ),
        {"campaign": campaign_id, "after": of.after, "upto": of.upto},
    ).one()
    return {"show_rate": Tally(came, ended)} if ended else {}


_PACES = f"""
SELECT u.id, CAST(sum(gap) AS int), count(*)
FROM (SELECT id FROM users WHERE campaign_id = :campaign
      UNION SELECT user_id FROM shifts WHERE campaign_id = :campaign) u
CROSS JOIN LATERAL (
    SELECT extract(epoch FROM attempted_at - lag(attempted_at) OVER (ORDER BY attempted_at)) AS gap
    FROM (SELECT attempted_at FROM attempts
          WHERE user_id = u.id AND campaign_id = :campaign AND channel = 'call'
          ORDER BY attempted_at DESC LIMIT :most) recent) gaps
WHERE {_WORKED} GROUP BY 1
"""


def pace_of_volunteers(session: Session, campaign_id: int, usual: float) -> dict[int, float]:
    """Dials an hour of each volunteer of the campaign with calls behind them, by account.

    From the latest calls of each, weighed with `usual`, the campaign's own pace.
    """
    rows = session.execute(
        text(_PACES),
        {
            "campaign": campaign_id,
            "most": RECENT_CALLS,
            "shortest": SHORTEST_GAP_SECONDS,
            "longest": LONGEST_GAP_SECONDS,
        },
    )
    return {user: pace_of(Tally(seconds, dials), usual) for user, seconds, dials in rows}
