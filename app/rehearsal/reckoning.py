"""The reckoning: once all has come to its end, our tables are held against the world's record."""

from collections.abc import Iterator
from typing import Any

from app.domain.rehearsal import Promise
from app.rehearsal.week import Week
from app.store.engine import Sessions
from app.store.sql import sql

_OPEN = """
SELECT channel, purpose, state, count(*) FROM touches WHERE campaign_id = :campaign
AND state NOT IN ('delivered', 'undelivered', 'failed', 'done', 'skipped', 'expired', 'canceled')
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_COUNTED = """
SELECT t.voter_id, t.calls + t.texts + t.emails - (
    SELECT count(*) FROM attempts a WHERE a.voter_id = t.voter_id
    AND a.campaign_id = t.campaign_id AND a.state <> 'absent') AS more
FROM targets t WHERE t.campaign_id = :campaign ORDER BY t.voter_id
"""
_HOLDS = """
SELECT reserved, spent,
       (SELECT coalesce(sum(held), 0) FROM touches WHERE campaign_id = :campaign)
       + (SELECT coalesce(sum(held), 0) FROM attempts WHERE campaign_id = :campaign) AS held
FROM campaigns WHERE id = :campaign
"""
ENDS = {"delivered": "delivered", "undelivered": "undelivered", "failed": "failed"}


class Books:
    """The counts as they stand, to be held against those of later."""

    def __init__(self, sessions: Sessions, campaign_id: int) -> None:
        binds = {"campaign": campaign_id}
        with sessions() as session:
            counted = session.execute(sql(_COUNTED), binds)
            self.more: dict[int, int] = {row.voter_id: row.more for row in counted}
            self.reserved, self.spent, self.held = session.execute(sql(_HOLDS), binds).one()


def reckon(week: Week, before: Books) -> None:
    """Adds to the week's promises what is found broken now that nothing is on its way any more."""
    for what in _found(week, before):
        week.promises.break_(Promise.NEVER_LOST, what)
    for what in _doubled(week):
        week.promises.break_(Promise.NEVER_TWICE, what)
    after = Books(week.sessions, week.campaign_id)
    if after.spent > week.frame().budget:
        week.promises.break_(Promise.MONEY_LASTS, f"{after.spent} is booked as spent")


def _doubled(week: Week) -> Iterator[str]:
    """Touches of which more than one text went out, each by an attempt of its own."""
    keys = [one.key for one in week.carrier.ledger if one.kind == "text"]
    with week.sessions() as session:
        rows = session.execute(
            sql(
                "SELECT touch_id, count(*) FROM attempts WHERE id = ANY(CAST(:keys AS uuid[])) "
                "GROUP BY 1 HAVING count(*) > 1 ORDER BY 1"
            ),
            {"keys": keys},
        )
        for touch, number in rows:
            yield f"{number} texts went out for touch {touch}"


def _found(week: Week, before: Books) -> Iterator[str]:
    binds = {"campaign": week.campaign_id}
    with week.sessions() as session:
        for channel, purpose, state, number in session.execute(sql(_OPEN), binds):
            yield f"{number} {channel} touches ({purpose}) are left {state}"
        attempts = {
            str(row.id): row
            for row in session.execute(
                sql("SELECT id, channel, state, sid FROM attempts WHERE campaign_id = :campaign"),
                binds,
            )
        }
        rows = session.execute(sql("SELECT sid, status FROM callbacks"))
        stored = {(row.sid, row.status) for row in rows}
        inbound = set(session.execute(sql("SELECT sid FROM inbound")).scalars())
    yield from _ledger(week, attempts)
    lost = set(week.doors.answered) - stored
    if lost:
        yield f"{len(lost)} callbacks that were answered with success are not stored"
    if set(week.doors.replies) - inbound:
        yield f"{len(set(week.doors.replies) - inbound)} replies are not stored"
    missing = {str(key) for key in week.volunteers.keys} - attempts.keys()
    if missing:
        yield f"{len(missing)} records of volunteers are not stored"
    yield from _counts(week, before)


def _ledger(week: Week, attempts: dict[str, Any]) -> Iterator[str]:
    """The carrier's ledger against the attempts, both ways."""
    texts = {one.key: one for one in week.carrier.ledger if one.kind == "text"}
    for key, message in texts.items():
        attempt = attempts.get(key)
        if attempt is None:
            yield f"text {message.number} went out without an attempt"
        elif attempt.sid != message.sid:
            yield f"text {message.number} is not known by its id ({attempt.state})"
        elif message.status in ENDS and attempt.state != ENDS[message.status]:
            yield f"text {message.number} was {message.status}, and is {attempt.state} here"
    phantoms = [
        key
        for key, row in attempts.items()
        if row.channel == "text" and row.sid and row.sid not in week.carrier.by_sid
    ]
    ours = [key for key in phantoms if attempts[key].sid.startswith(f"SM{0:020x}")]
    if ours:
        yield f"{len(ours)} attempts have an id that the carrier never gave"


def _counts(week: Week, before: Books) -> Iterator[str]:
    after = Books(week.sessions, week.campaign_id)
    wrong = [voter for voter, more in after.more.items() if more != before.more.get(voter, 0)]
    if wrong:
        yield f"the counters of {len(wrong)} voters do not fit their attempts (voter {wrong[0]})"
    if after.reserved - after.held != before.reserved - before.held:
        yield f"{after.reserved} is reserved, but {after.held} is held"
    ledger = sum(one.price for one in week.carrier.ledger)
    if after.spent - before.spent < ledger:
        yield f"{after.spent - before.spent} is booked, and the carrier charged {ledger}"
