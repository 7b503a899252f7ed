"""Looks into the database of a rehearsal: what there is to do, and whether anybody waits."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import Connection, Engine, event

from app.domain.channel import Channel
from app.domain.hours import open_until, opens_next
from app.domain.place import Place
from app.domain.schedule import Schedule
from app.store.frames import Frame
from app.store.sql import sql

_DUE = """
SELECT
  (SELECT min(due_at) FROM touches WHERE campaign_id = :campaign AND channel = 'text'
   AND state = 'ready') AS "send texts",
  (SELECT min(due_at) FROM touches WHERE campaign_id = :campaign AND channel = 'email'
   AND state = 'ready') AS "send mails",
  (SELECT min(expires_at) FROM touches WHERE state IN ('ready', 'claimed')) AS "expire",
  (SELECT min(lease_until) FROM touches WHERE state = 'claimed') AS "end leases",
  (SELECT min(handed_at) + interval '30 seconds' FROM attempts
   WHERE state IN ('attempting', 'unknown') AND channel = 'text') AS "look up texts",
  (SELECT min(handed_at) + interval '90 seconds' FROM attempts
   WHERE state IN ('attempting', 'unknown') AND channel = 'email') AS "look up mails",
  (SELECT min(coalesce(settled_at, handed_at + interval '1 day')) FROM attempts
   WHERE channel = 'text' AND price IS NULL AND sid IS NOT NULL) AS "book prices",
  (SELECT min(handed_at) + interval '10 minutes' FROM attempts
   WHERE channel = 'text' AND price IS NULL AND sid IS NOT NULL AND settled_at IS NULL) AS "chase"
"""
"""From when each job has something to do, as long as nothing else happens."""

_WAITS = """
SELECT EXISTS (
SELECT FROM targets t JOIN voters v ON v.id = t.voter_id
WHERE t.campaign_id = :campaign AND t.arm = 'treated' AND t.out = '' AND t.voted_at IS NULL
  AND t.no_{channel}s = '' AND t.place = ANY(:places) AND {address} IS NOT NULL
  AND t.calls + t.texts + t.emails < :total_cap
  AND (t.next_{channel}_at IS NULL OR t.next_{channel}_at <= :now)
  AND (SELECT count(*) FROM attempts a WHERE a.voter_id = t.voter_id
       AND a.campaign_id = :campaign AND a.attempted_at > :since AND a.state <> 'absent')
      < :daily_cap
  AND NOT EXISTS (SELECT FROM opt_outs o WHERE o.address = {address} AND o.channel = :channel)
  AND NOT EXISTS (SELECT FROM dead_addresses d
                  WHERE d.address = {address} AND d.channel = :channel)
  AND NOT EXISTS (SELECT FROM touches q WHERE q.voter_id = t.voter_id
                  AND q.campaign_id = :campaign AND q.channel = :channel
                  AND (q.state IN ('attempting', 'unknown') OR
                       q.state IN ('ready', 'claimed') AND q.due_at > :now))
  {consent})
AND EXISTS (SELECT FROM senders s WHERE s.campaign_id = :campaign AND s.channel = :channel
            AND s.stopped = '' AND (s.paused_until IS NULL OR s.paused_until <= :now))
AND EXISTS (SELECT FROM scripts s WHERE s.campaign_id = :campaign AND s.channel = :channel)
AND (SELECT spent + reserved + 2 * coalesce((SELECT max(price) FROM senders s
       WHERE s.campaign_id = :campaign AND s.channel = :channel), 0) <= :spendable
     FROM campaigns WHERE id = :campaign) AS waits
"""
_CONSENT = """
AND v.phone_kind <> 'landline'
AND EXISTS (SELECT FROM consents c WHERE c.address = v.phone AND c.channel = 'text')
"""
_ADDRESS = {Channel.TEXT: "v.phone", Channel.EMAIL: "v.email"}


_CHANGES = """
SELECT min(at) AS at FROM (
    SELECT least(CASE WHEN next_call_at > :now THEN next_call_at END,
                 CASE WHEN next_text_at > :now THEN next_text_at END,
                 CASE WHEN next_email_at > :now THEN next_email_at END) AS at
    FROM targets WHERE campaign_id = :campaign
    UNION ALL
    SELECT min(attempted_at) + interval '24 hours' FROM attempts
    WHERE campaign_id = :campaign AND attempted_at > CAST(:now AS timestamptz) - interval '24 hours'
    UNION ALL
    SELECT min(due_at) FROM touches
    WHERE campaign_id = :campaign AND state = 'ready' AND due_at > :now
) changes
"""


class Looks:
    """What the director of a rehearsal may ask of the database. Nothing here changes any row.

    An answer holds until somebody commits a transaction or its own instant comes: most turns of a
    rehearsal ask nothing anew.
    """

    def __init__(self, engine: Engine, campaign_id: int) -> None:
        # Each look is one statement, so that it needs no transaction around it. Not one connection
        # of its own: the next week's would have to plan anew whatever a week asks.
        self._lent = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._driver = cast("psycopg.Connection[Any]", self._lent.connection.driver_connection)
        self._engine = engine
        self._campaign_id = campaign_id
        self._due: dict[str, datetime] | None = None
        self._change: tuple[datetime | None] | None = None
        self._waiting: tuple[object, bool, datetime | None] | None = None
        event.listen(engine, "commit", self._committed)

    def close(self) -> None:
        """Looks no more."""
        event.remove(self._engine, "commit", self._committed)
        self._lent.close()

    def tidy(self) -> None:
        """Has the server count what there is by now, plan anew, and clear what nobody can see any
        more: its own keeper comes once a minute, which here is half a week."""
        for table in ("attempts", "touches", "targets"):
            self._driver.execute(f"VACUUM (ANALYZE) {table}")

    def _ask(self, words: str, binds: dict[str, Any]) -> dict[str, Any]:
        """The one row that a query finds, by the names of its columns."""
        asked: Any = sql(words).for_driver(self._engine.dialect)
        with self._driver.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(asked, binds).fetchone() or {}

    def _committed(self, _: Connection) -> None:
        self._due = self._change = self._waiting = None

    def due(self, now: datetime) -> set[str]:
        """The names of the jobs that have something to do."""
        if self._due is None:
            row = self._ask(_DUE, {"campaign": self._campaign_id})
            self._due = {name: at for name, at in row.items() if at is not None}
        return {name for name, at in self._due.items() if at <= now}

    def ends_by(self, at: datetime) -> bool:
        """Whether something that is released ends by then; to be asked after `due`."""
        first = (self._due or {}).get("expire")
        return first is not None and first <= at

    def next_change(self, now: datetime) -> datetime | None:
        """When a rest ends, a day's cap is free again or a touch is due, whichever is first."""
        known = self._change
        if known is None or (known[0] is not None and known[0] <= now):
            binds = {"campaign": self._campaign_id, "now": now}
            known = self._change = (self._ask(_CHANGES, binds)["at"],)
        return known[0]

    def somebody_waits(self, frame: Frame, places: Sequence[Place], now: datetime) -> bool:
        """Whether anybody may be texted or mailed at this moment: by rules and rest, by a sender
        that is neither stopped nor paused, within the money. Written apart from the pool that the
        pacer asks."""
        opened = {
            channel: [
                one.key
                for one in places
                if open_until(frame.schedule, one, channel, now) is not None
            ]
            for channel in _ADDRESS
            if frame.rules.pause(channel, now) is None
        }
        asked = (opened, frame.spendable(now))
        if self._waiting is not None and self._waiting[0] == asked:
            _, waits, until = self._waiting
            if waits or until is None or now < until:
                return waits
        waits = any(
            keys and self._waits(frame, channel, _ADDRESS[channel], keys, now)
            for channel, keys in opened.items()
        )
        self._waiting = (asked, waits, None if waits else self.next_change(now))
        return waits

    def _waits(
        self, frame: Frame, channel: Channel, address: str, places: list[str], now: datetime
    ) -> bool:
        query = _WAITS.format(
            channel=channel.value,
            address=address,
            consent=_CONSENT if channel is Channel.TEXT else "",
        )
        binds = {
            "campaign": self._campaign_id,
            "channel": channel.value,
            "places": places,
            "now": now,
            "since": now - timedelta(hours=24),
            "total_cap": frame.rules.total_cap,
            "daily_cap": frame.rules.daily_cap,
            "spendable": frame.spendable(now),
        }
        return bool(self._ask(query, binds)["waits"])


def any_open(frame: Frame, places: Sequence[Place], now: datetime) -> bool:
    """Whether any channel is open at any of the places."""
    return any(
        open_until(frame.schedule, place, channel, now) is not None
        for place in places
        for channel in Channel
    )


class Doorways:
    """When the channels are open at the places; an answer holds until the next of them opens or
    closes, or a pause changes the rules: most turns work out nothing anew."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._ways = [(place, channel) for place in places for channel in Channel]
        self._for: Schedule | None = None
        self._since = self._until = datetime.max.replace(tzinfo=UTC)
        self._any = False
        self._next: datetime | None = None

    def any_open(self, schedule: Schedule, now: datetime) -> bool:
        """Whether any channel is open at any of the places."""
        self._look(schedule, now)
        return self._any

    def next_open(self, schedule: Schedule, now: datetime) -> datetime | None:
        """When next some channel opens at some place where it is closed now; None if never."""
        self._look(schedule, now)
        return self._next

    def _look(self, schedule: Schedule, now: datetime) -> None:
        if schedule == self._for and self._since <= now < self._until:
            return
        closing = [open_until(schedule, *way, now) for way in self._ways]
        opening = [
            opens_next(schedule, *way, now)
            for way, closes in zip(self._ways, closing, strict=True)
            if closes is None
        ]
        self._any = any(closing)
        self._next = min((at for at in opening if at is not None), default=None)
        changes = [at for at in (*closing, self._next) if at is not None]
        self._for, self._since = schedule, now
        self._until = min(changes, default=datetime.max.replace(tzinfo=UTC))
