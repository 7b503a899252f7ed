"""Receipts: what carriers say became of messages, kept once, applied to many in one statement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import finalize

import psycopg
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.touch import (
    CARRIER_STATES,
    MOVES,
    RANK,
    TERMINAL,
    TOUCH_OF_ATTEMPT,
    AttemptState,
    TouchState,
)
from app.store.engine import lone
from app.store.sql import sql


@dataclass(frozen=True)
class StatusNews:
    """A status callback: what the carrier says of one message."""

    attempt_id: UUID
    sid: str
    status: str
    error_code: int | None
    payload: Mapping[str, str]

    @property
    def said(self) -> AttemptState | None:
        """The state of the attempt that it tells of; None for a word that we do not know."""
        return CARRIER_STATES.get(self.status)


_RANKS = " ".join(f"WHEN '{state.value}' THEN {rank}" for state, rank in RANK.items())


def _from(onward: TouchState) -> str:
    """The states from which a touch may move there, as SQL."""
    return ", ".join(f"'{state.value}'" for state in sorted(MOVES) if onward in MOVES[state])


_FILE = f"""
WITH told AS MATERIALIZED (
    SELECT n.*, a.touch_id,
           CASE WHEN n.rank > CASE a.state {_RANKS} END THEN 'applied' ELSE 'stale' END AS verdict,
           -- Not thought absent; known by this id or none; the only try at its touch that counts.
           a.state NOT IN ('absent', 'unsure')
           AND (a.sid = n.sid OR a.sid IS NULL
                AND NOT EXISTS (SELECT FROM attempts o WHERE o.sid = n.sid))
           AND (q.tries < 2 OR NOT EXISTS (
                SELECT FROM attempts o WHERE o.touch_id = a.touch_id AND o.id <> a.id
                AND o.state <> 'absent')) AS plain
    FROM jsonb_to_recordset(CAST(:news AS jsonb)) AS n(
        turn int, attempt_id uuid, sid text, status text, payload jsonb, said text, rank int,
        onward text, ends bool)
    JOIN attempts a ON a.id = n.attempt_id JOIN touches q ON q.id = a.touch_id
    ORDER BY q.id FOR UPDATE OF q, a
), stored AS (
    INSERT INTO callbacks (attempt_id, sid, status, payload, received_at, verdict)
    SELECT attempt_id, sid, status, payload, :now, verdict FROM told WHERE plain
    ON CONFLICT DO NOTHING RETURNING attempt_id, verdict
), raised AS (
    UPDATE attempts a SET sid = t.sid,
        state = CASE WHEN s.verdict = 'applied' THEN t.said ELSE a.state END,
        settled_at = CASE WHEN s.verdict = 'applied' AND t.ends THEN :now ELSE a.settled_at END
    FROM told t JOIN stored s USING (attempt_id)
    WHERE a.id = t.attempt_id AND (s.verdict = 'applied' OR a.sid IS NULL)
), moved AS (
    UPDATE touches q SET state = t.onward, lease_until = NULL,
        settled_at = CASE WHEN t.ends THEN :now ELSE q.settled_at END
    FROM told t JOIN stored s USING (attempt_id)
    WHERE q.id = t.touch_id AND s.verdict = 'applied'
      AND (t.onward = 'accepted' AND q.state IN ({_from(TouchState.ACCEPTED)})
           OR t.onward = 'delivered' AND q.state IN ({_from(TouchState.DELIVERED)}))
)
SELECT t.turn, coalesce(s.verdict, 'stale') FROM told t LEFT JOIN stored s USING (attempt_id)
WHERE t.plain
"""


class Filing:
    """A connection of its own on which news is filed, one statement and no more: its transaction
    is the statement, and the server has its plan ready."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own: psycopg.Connection[Any] | None = None
        self._close = finalize(self, int)  # nothing yet

    def file(self, news: Sequence[StatusNews], now: datetime) -> dict[int, str]:
        """As `file_news`; after an error it connects anew the next time."""
        own = self._own or self._connect()
        self._own = None
        try:
            words: Any = sql(_FILE).for_driver(self._engine.dialect)
            found = own.execute(words, _binds(news, now)).fetchall()
        except BaseException:
            self._close()
            if (
                own.broken
            ):  # so are the others that rest in the pool: whoever comes next has a new one
                self._engine.dispose()
            raise
        self._own = own
        return dict(found)

    def _connect(self) -> "psycopg.Connection[Any]":
        own = lone(self._engine)
        self._close = finalize(self, own.close)
        return own


def file_news(session: Session, news: Sequence[StatusNews], now: datetime) -> dict[int, str]:
    """Stores news and raises what they tell of, in one statement; verdicts by position in `news`.

    For at most one each message, without an error. What takes more than raising a state has no
    verdict, and nothing of it is stored.
    """
    found = session.execute(sql(_FILE), _binds(news, now))
    return {row[0]: row[1] for row in found}


def _binds(news: Sequence[StatusNews], now: datetime) -> dict[str, object]:
    told = [_told(turn, item) for turn, item in enumerate(news)]
    return {"news": json.dumps(told), "now": now}


def _told(turn: int, news: StatusNews) -> dict[str, object]:
    said = news.said
    onward = TOUCH_OF_ATTEMPT[said] if said else None
    return {
        "turn": turn,
        "attempt_id": str(news.attempt_id),
        "sid": news.sid,
        "status": news.status,
        "payload": dict(news.payload),
        "said": said,
        "rank": RANK[said] if said else -1,
        "onward": onward,
        "ends": onward in TERMINAL,
    }
