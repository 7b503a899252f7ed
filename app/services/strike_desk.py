"""The strike desk: one voter with one tap, taken back for a while; each is in the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.services.strike import Struck, strike_ids, strike_voters
from app.store import ballots, strike_desk, taken_back
from app.store.engine import Sessions, patiently
from app.store.people import AuditEntry
from app.store.search import Within
from app.store.strike_desk import LISTED, STRUCK, TAKEN_BACK, watched_by

GRACE = timedelta(minutes=10)
"""Machine time in which a strike can be taken back: long enough to see that it was the neighbor."""
LATEST = timedelta(days=30)
"""How late a device may bring what it kept, in campaign time."""


class DeskRefused(ValueError):
    """What the desk cannot do: a code, and what its sentence names."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


@dataclass(frozen=True)
class Desk:
    """Who strikes, for which polling day; a poll watcher strikes in their own precincts alone."""

    user_id: int
    campaign_id: int
    polling_day: date
    watcher: bool = False

    @property
    def within(self) -> Within | None:
        """Whom alone the desk may see and strike."""
        return watched_by(self.user_id, self.campaign_id) if self.watcher else None


@dataclass(frozen=True)
class One:
    """What came of a tap."""

    name: str
    new: bool  # False: known before, or taken back since
    canceled: int = 0  # touches that were pending


@patiently
def strike_one(
    sessions: Sessions,
    desk: Desk,
    key: str,
    *,
    voter_id: int | None = None,
    number: str = "",
    now: datetime,
    wall: datetime,
) -> One:
    """Strikes a voter, by our number of them or by that in the voter file, under the client's own
    key: again, it changes nothing, and nothing at all once it was taken back. Raises DeskRefused.
    """
    with sessions.begin() as session:
        whom = strike_desk.voter(session, voter_id=voter_id, number=number, within=desk.within)
        if whom is None:
            raise DeskRefused("unknown", number=number)
        if not whom.allowed:
            raise DeskRefused("elsewhere", name=whom.name)
        strike_desk.hold_key(session, key)
        if strike_desk.events_of(session, desk.user_id, key, now - LATEST):
            return One(whom.name, False)
        campaigns = ballots.campaigns_of(session, desk.polling_day)
        ballots.lock_targets(session, campaigns, [whom.id])
        before = taken_back.row_as_is(
            session, "ballots", voter_id=whom.id, polling_day=desk.polling_day
        )
        new, canceled = strike_voters(
            session, desk.polling_day, [whom.id], by=desk.user_id, source="desk", at=now
        )
        if new or (before is not None and before["source"] == "mail"):
            details = {
                "n": 1,
                "key": key,
                "precinct": whom.precinct,
                "at": now.isoformat(),
                "wall": wall.isoformat(),
                "before": before,
            }
            session.add(_audit(STRUCK, f"voter:{whom.id}", desk, now, **details))
        return One(whom.name, bool(new), canceled)


@patiently
def take_back(sessions: Sessions, desk: Desk, key: str, *, now: datetime, wall: datetime) -> str:
    """Takes back what this person struck under `key`: the voter is a target again; what was
    canceled stays canceled. Returns the voter's name, empty when it was never struck: then a
    strike under this key that comes late does nothing. Raises DeskRefused."""
    with sessions.begin() as session:
        strike_desk.hold_key(session, key)
        events = strike_desk.events_of(session, desk.user_id, key, now - LATEST)
        if any(event.action == TAKEN_BACK for event in events):
            return ""
        if not events:
            session.add(_audit(TAKEN_BACK, f"strike:{key}", desk, now, key=key))
            return ""
        struck = events[0]
        if wall - datetime.fromisoformat(struck.details["wall"]) > GRACE:
            raise DeskRefused("too_late")
        voter_id = int(struck.subject.partition(":")[2])
        _put_back(session, desk, voter_id, struck)
        details = {"key": key, "n": 1, "precinct": struck.details["precinct"]}
        session.add(_audit(TAKEN_BACK, struck.subject, desk, now, **details))
        whom = strike_desk.voter(session, voter_id=voter_id, number="", within=None)
        return whom.name if whom is not None else ""


def _put_back(session: Session, desk: Desk, voter_id: int, struck: strike_desk.Event) -> None:
    campaigns = ballots.campaigns_of(session, desk.polling_day)
    ballots.lock_targets(session, campaigns, [voter_id])
    key: dict[str, object] = {"voter_id": voter_id, "polling_day": desk.polling_day}
    is_ = taken_back.row_as_is(session, "ballots", **key)
    if is_ is None or (is_["source"], is_["recorded_by"]) != ("desk", desk.user_id):
        raise DeskRefused("changed")
    before = struck.details["before"]
    taken_back.put_back_row(session, "ballots", before, key)
    if before is None:
        at = datetime.fromisoformat(struck.details["at"])
        taken_back.unstrike_elsewhere(session, voter_id, campaigns, at)


def strike_list(
    sessions: Sessions, desk: Desk, ids: Iterable[str], *, source: str, now: datetime
) -> Struck:
    """Strikes a list of numbers of the voter file, those of the desk's own precincts alone."""
    struck = strike_ids(
        sessions,
        desk.polling_day,
        ids,
        by=desk.user_id,
        source=source,
        at=now,
        within=desk.within,
    )
    if struck.recorded:
        with sessions.begin() as session:
            watched = strike_desk.precincts_of(session, desk.user_id, desk.campaign_id)
            only = watched[0].code if desk.watcher and len(watched) == 1 else ""
            details = {"n": struck.recorded, "source": source, "precinct": only}
            session.add(_audit(LISTED, f"campaign:{desk.campaign_id}", desk, now, **details))
    return struck


def _audit(action: str, subject: str, desk: Desk, now: datetime, **details: object) -> AuditEntry:
    return AuditEntry(
        at=now,
        user_id=desk.user_id,
        action=action,
        subject=subject,
        details={"campaign": desk.campaign_id, **details},
    )
