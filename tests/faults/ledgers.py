"""The carrier's ledger against the database: what must agree once real processes were broken."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from app.carrier.resource import TEXT_PRICE
from app.domain.carrier_error import NEVER_SENT
from app.domain.segment import segments
from app.domain.touch import TERMINAL, TouchState
from app.store.engine import Sessions
from tests.books import violations

ENDED = ("delivered", "undelivered", "failed")

Entry = Mapping[str, Any]
"""A line of the ledger: `sid`, `to`, `body`, `status`, `status_callback` …"""

_ATTEMPTS = """
SELECT CAST(id AS text) AS id, touch_id, state, sid, address, price, held
FROM attempts WHERE channel = 'text'
"""
_TOUCHES = """
SELECT id, state, reason, due_at, expires_at, lease_until, claimed_by FROM touches
WHERE channel = 'text' ORDER BY id
"""
_CALLBACKS = "SELECT sid, status FROM callbacks"


@dataclass(frozen=True)
class Found:
    """What the database says of texts, each a list of rows."""

    attempts: dict[str, Any]  # by id
    touches: Sequence[Any]
    callbacks: set[tuple[str, str]]  # (sid, status)
    violations: list[str]


def read(sessions: Sessions) -> Found:
    """The database at one moment."""
    with closing(sessions()) as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return Found(
            {row.id: row for row in session.execute(text(_ATTEMPTS))},
            session.execute(text(_TOUCHES)).all(),
            {(row.sid, row.status) for row in session.execute(text(_CALLBACKS))},
            violations(session),
        )


def attempt_of(entry: Entry) -> str:
    """The attempt that a message says it belongs to."""
    return str(entry["status_callback"]).rpartition("/")[2]


def disagreements(ledger: Sequence[Entry], found: Found, now: datetime) -> list[str]:
    """Every sentence in which the carrier and the database do not agree, or a rule is broken, once
    nothing is on its way. `now` is campaign time."""
    return [
        *never(ledger, found),
        *_sent_and_not_known(ledger, found),
        *_known_and_not_sent(ledger, found),
        *_without_a_reason(found, now),
        *_money(ledger, found),
    ]


def never(ledger: Sequence[Entry], found: Found) -> list[str]:
    """What may not be at any moment, even in the middle of sending.

    `ledger` holds the texts that the carrier took in; read it before `found`.
    """
    return [*_twice(ledger, found), *found.violations]


def unsettled(ledger: Sequence[Entry], found: Found) -> list[str]:
    """What is still on its way: texts that have not ended, or of whose end nobody has told us."""
    states = Counter(row.state for row in found.touches if row.state not in TERMINAL)
    states.update(f"{entry['status']} at the carrier" for entry in _open(ledger))
    for entry in ledger:
        told = (entry["sid"], entry["status"]) in found.callbacks
        states[f"{entry['status']}, not told yet"] += entry["status"] in ENDED and not told
    return [f"{number} {state}" for state, number in sorted((+states).items())]


def _open(ledger: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in ledger if entry["status"] not in ENDED]


def _twice(ledger: Sequence[Entry], found: Found) -> Iterator[str]:
    """At most one message for each attempt, and for each touch, and none for neither."""
    keys = [attempt_of(entry) for entry in ledger if entry["error_code"] != NEVER_SENT]
    for key in {*keys} - found.attempts.keys():
        yield f"a message went out for attempt {key}, which nobody has made"
    for key, number in Counter(keys).items():
        if number > 1:
            yield f"{number} messages went out for attempt {key}"
    touches = Counter(found.attempts[key].touch_id for key in {*keys} & found.attempts.keys())
    for touch, number in touches.items():
        if number > 1:
            yield f"{number} messages went out for touch {touch}"


def _sent_and_not_known(ledger: Sequence[Entry], found: Found) -> Iterator[str]:
    """Whatever the carrier has, the database knows by its id, and no better or worse of it."""
    for entry in ledger:
        attempt = found.attempts.get(attempt_of(entry))
        if attempt is None:
            continue
        if attempt.sid != entry["sid"] or attempt.address != entry["to"]:
            yield f"attempt {attempt.id} does not know its message {entry['sid']}: {attempt}"
        elif entry["error_code"] == NEVER_SENT and attempt.state == "absent":
            continue  # and that is what it is
        elif entry["status"] in ENDED and attempt.state != entry["status"]:
            yield f"attempt {attempt.id} is {attempt.state}, its message {entry['status']}"
    # A callback that was answered with success is stored; the last one must have been.
    for entry in ledger:
        if entry["status"] in ENDED and (entry["sid"], entry["status"]) not in found.callbacks:
            yield f"nobody has stored that {entry['sid']} was {entry['status']}"


def _known_and_not_sent(ledger: Sequence[Entry], found: Found) -> Iterator[str]:
    """Whatever the database counts as sent, the carrier has."""
    sent = {attempt_of(entry) for entry in ledger}
    for key, row in found.attempts.items():
        if key not in sent and row.state not in ("absent", "attempting", "unknown"):
            yield f"attempt {key} is {row.state}, and the carrier has nothing of it"


def _without_a_reason(found: Found, now: datetime) -> Iterator[str]:
    """A touch has ended, or says what it waits for."""
    settled = {row.touch_id for row in found.attempts.values() if row.state in ENDED}
    trying = {row.touch_id for row in found.attempts.values() if row.state not in ("absent",)}
    for row in found.touches:
        if row.state == TouchState.READY and row.expires_at < now:
            yield f"touch {row.id} waits though its time is over"
        elif row.state == TouchState.CLAIMED and row.lease_until is None:
            yield f"touch {row.id} is claimed for ever"
        elif row.state in ("attempting", "unknown", "accepted") and row.id not in trying:
            yield f"touch {row.id} is {row.state} and nothing is tried"
        elif row.state in ("skipped", "expired", "canceled") and not row.reason:
            yield f"touch {row.id} is {row.state} and nobody knows why"
        elif row.state in ENDED and row.id not in settled:
            yield f"touch {row.id} is {row.state} by no attempt"


def _money(ledger: Sequence[Entry], found: Found) -> Iterator[str]:
    """What is booked is what the carrier charges, and for what is not booked yet it is held.

    That the sums are right, `tests.books` says.
    """
    for entry in ledger:
        attempt, price = found.attempts.get(attempt_of(entry)), price_of(entry)
        if attempt is None:
            continue
        if attempt.price is None and attempt.held != price:
            yield f"{attempt.held} is held for attempt {attempt.id}, which costs {price}"
        elif attempt.price is not None and (attempt.price, attempt.held) != (price, 0):
            yield f"{attempt.price} is booked for attempt {attempt.id}, which costs {price}"


def price_of(entry: Entry) -> Decimal:
    """What the carrier charges for a text that was not refused."""
    return Decimal(str(TEXT_PRICE)) * segments(entry["body"])
