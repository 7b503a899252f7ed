"""Notices: what volunteers are told by text or email about their shifts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.channel import Channel
from app.store.base import Base, Big, Instant, Serial, by_value
from app.store.sql import sql


class Notice(Base):
    """One message to one person: told once, tried until it has gone out or is too late."""

    __tablename__ = "notices"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    user_id: Mapped[Big] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    shift_id: Mapped[Big | None]
    kind: Mapped[str]  # app.domain.notice.Kind
    key: Mapped[str] = mapped_column(unique=True)  # what it is about, so that it is told once
    channel: Mapped[Channel] = mapped_column(by_value(Channel))  # text or email
    address: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="ready")  # ready | sent | failed | dropped
    due_at: Mapped[Instant]  # campaign time
    expires_at: Mapped[Instant]  # campaign time after which it helps nobody
    try_at: Mapped[Instant | None]  # machine time; moved on by a lease, and by each failure
    tries: Mapped[int] = mapped_column(server_default="0")
    problem: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[Instant]
    sent_at: Mapped[Instant | None]

    __table_args__ = (
        Index("ix_notices_due", "due_at", postgresql_where=text("state = 'ready'")),
        Index("ix_notices_campaign", "campaign_id", "due_at"),
    )


RUNS = "(c.state = 'running' OR c.state = 'paused' AND c.paused_until <= :now)"
"""What a campaign `c` is in which something goes out: a pause ends by itself."""

REACHED_BY = """
SELECT CASE
    WHEN u.phone IS NOT NULL
     AND EXISTS (SELECT FROM senders WHERE campaign_id = :campaign AND channel = 'text'
                    AND stopped = '')
     AND NOT EXISTS (SELECT FROM opt_outs WHERE address = u.phone AND channel = 'text')
     AND NOT EXISTS (SELECT FROM dead_addresses WHERE address = u.phone AND channel = 'text')
    THEN 'text'
    WHEN u.email IS NOT NULL
     AND NOT EXISTS (SELECT FROM opt_outs WHERE address = u.email AND channel = 'email')
     AND NOT EXISTS (SELECT FROM dead_addresses WHERE address = u.email AND channel = 'email')
    THEN 'email' ELSE '' END AS channel
"""
"""How a volunteer `u` of `:campaign` is written to: by text, else by email, else not at all."""


def shift_key(what: str, shift: str = "s") -> str:
    """The SQL of the key of a notice about a shift as it is booked now: moved, it is another."""
    return (
        f"'{what}:' || {shift}.id || ':' || extract(epoch FROM {shift}.starts_at)::bigint "
        f"|| '-' || extract(epoch FROM {shift}.ends_at)::bigint"
    )


_IS_OF_ITS_SHIFT = (
    f"n.key IN ({shift_key('reminder:eve')}, {shift_key('reminder:hour')}, {shift_key('missed')})"
)

GAPS = """(
    SELECT id, campaign_id, user_id, channel, languages, starts_at, ends_at, missed_at, came_at,
           false AS freed
    FROM shifts WHERE missed_at IS NOT NULL
    UNION ALL
    SELECT shift_id, campaign_id, user_id, channel, languages, starts_at, ends_at, freed_at, NULL,
           true
    FROM freed_shifts)"""
"""The places that nobody holds: of shifts to which nobody came in time, and of shifts that were
canceled shortly before they began."""

OPEN_GAP = """
g.came_at IS NULL AND g.ends_at > :now AND NOT EXISTS (
    SELECT FROM audit e JOIN shifts f ON f.id = CAST(e.details ->> 'shift' AS bigint)
     WHERE e.subject = 'shift:' || g.id AND e.action = 'gap filled')
"""
"""Whether one of GAPS, `g`, is still free. Whoever took it and then took themselves off leaves it
free again."""


@dataclass(frozen=True)
class Draft:
    """A notice to be made."""

    user_id: int
    shift_id: int | None
    kind: str
    key: str
    channel: str
    address: str
    subject: str
    body: str
    due_at: datetime
    expires_at: datetime
    state: str = "ready"
    problem: str = ""


def add(session: Session, campaign_id: int, drafts: Sequence[Draft], now: datetime) -> int:
    """Makes those whose key is new; returns how many will be told."""
    if not drafts:
        return 0
    rows = [{"campaign_id": campaign_id, "made_at": now, **asdict(one)} for one in drafts]
    added = session.execute(
        insert(Notice).values(rows).on_conflict_do_nothing().returning(Notice.state)
    )
    return sum(state == "ready" for state in added.scalars())


@dataclass(frozen=True)
class Due:
    """A notice that this worker has taken to tell."""

    id: int
    campaign_id: int
    campaign: str
    channel: Channel
    address: str
    subject: str
    body: str
    tries: int


_TAKE = f"""
WITH due AS (
    SELECT n.id, c.name FROM notices n JOIN campaigns c ON c.id = n.campaign_id
     WHERE n.state = 'ready' AND n.due_at <= :now AND (n.try_at IS NULL OR n.try_at <= :wall)
       AND {RUNS}
     ORDER BY n.due_at, n.id LIMIT :most FOR UPDATE OF n SKIP LOCKED
)
UPDATE notices n SET try_at = :until, tries = tries + 1 FROM due WHERE n.id = due.id
RETURNING n.id, n.campaign_id, due.name, n.channel, n.address, n.subject, n.body, n.tries
"""


def take_due(
    session: Session, *, now: datetime, wall: datetime, until: datetime, most: int
) -> list[Due]:
    """Takes notices that are due under a lease until `until`, in machine time."""
    facts = {"now": now, "wall": wall, "until": until, "most": most}
    return [
        Due(number, campaign, name, Channel(channel), *rest)
        for number, campaign, name, channel, *rest in session.execute(sql(_TAKE), facts)
    ]


_UNWANTED = f"""
SELECT n.id, CASE
    WHEN n.expires_at <= :now THEN 'too late'
    WHEN NOT u.active THEN 'the account is switched off'
    WHEN EXISTS (SELECT FROM opt_outs o WHERE o.address = n.address AND o.channel = n.channel)
    THEN 'wants no messages'
    WHEN EXISTS (SELECT FROM dead_addresses d
                  WHERE d.address = n.address AND d.channel = n.channel) THEN 'the address is dead'
    WHEN n.kind IN ('reminder', 'missed') AND (s.id IS NULL OR NOT {_IS_OF_ITS_SHIFT})
    THEN 'the shift was taken off or moved'
    WHEN n.kind = 'missed' AND s.came_at IS NOT NULL THEN 'came'
    WHEN n.kind = 'offer' AND (g.id IS NULL OR NOT ({OPEN_GAP})) THEN 'the gap is filled'
    ELSE '' END
FROM notices n JOIN users u ON u.id = n.user_id LEFT JOIN shifts s ON s.id = n.shift_id
LEFT JOIN {GAPS} g ON g.id = n.shift_id
WHERE n.id = ANY(:notices)
"""


def unwanted(session: Session, notices: Sequence[int], now: datetime) -> dict[int, str]:
    """Which of these help nobody any more, and why."""
    rows = session.execute(sql(_UNWANTED), {"notices": list(notices), "now": now})
    return {number: why for number, why in rows if why}


def settle(
    session: Session, notice: Due, state: str, *, try_at: datetime, problem: str, now: datetime
) -> bool:
    """Writes what came of a try; False if another worker has taken the notice since."""
    values = {"state": state, "try_at": try_at, "problem": problem[:200]}
    if state == "sent":
        values["sent_at"] = now
    written = session.execute(
        update(Notice)
        .where(Notice.id == notice.id, Notice.tries == notice.tries, Notice.state == "ready")
        .values(**values)
        .returning(Notice.id)
    )
    return written.first() is not None


_TAKE_BACK = f"""
DELETE FROM notices n WHERE n.state = 'ready' AND n.tries = 0 AND n.kind = 'reminder'
   AND NOT EXISTS (SELECT FROM shifts s WHERE s.id = n.shift_id AND {_IS_OF_ITS_SHIFT})
"""


def take_back(session: Session) -> int:
    """Removes the reminders, not yet told, of shifts that were taken off or moved."""
    return session.execute(sql(_TAKE_BACK)).rowcount  # type: ignore[attr-defined,no-any-return]


@dataclass(frozen=True)
class Person:
    """Somebody to be written to."""

    user_id: int
    name: str
    tongue: str  # chosen for the pages; or empty
    languages: tuple[str, ...]
    channel: str  # text | email | empty: cannot be reached
    address: str


@dataclass(frozen=True)
class Unprepared:
    """A shift for which no reminder was thought of, and whose it is."""

    shift_id: int
    starts_at: datetime
    ends_at: datetime
    booked_at: datetime
    follows_on: bool  # another of theirs ends as this one begins
    key: str  # of its notices, without their kind
    person: Person


_UNPREPARED = f"""
SELECT s.id, s.starts_at, s.ends_at, s.created_at,
       EXISTS (SELECT FROM shifts b WHERE b.user_id = s.user_id AND b.starts_at < s.starts_at
                  AND b.ends_at > s.starts_at - interval '90 minutes'),
       {shift_key("")}, u.id, u.name, u.tongue, u.languages, r.channel,
       CASE r.channel WHEN 'text' THEN u.phone WHEN 'email' THEN u.email ELSE '' END
FROM shifts s JOIN users u ON u.id = s.user_id CROSS JOIN LATERAL ({REACHED_BY}) r
WHERE s.campaign_id = :campaign AND s.starts_at > :now AND s.starts_at <= :until
  AND NOT EXISTS (SELECT FROM notices n WHERE n.key = {shift_key("reminder:hour")})
ORDER BY s.id LIMIT :most
"""


def unprepared(
    session: Session, campaign_id: int, now: datetime, until: datetime, most: int
) -> list[Unprepared]:
    """Shifts that begin until then, whose reminders are not made yet."""
    facts = {"campaign": campaign_id, "now": now, "until": until, "most": most}
    found = []
    for row in session.execute(sql(_UNPREPARED), facts):
        number, starts, ends, booked, follows, key, user, name, tongue, spoken, way, address = row
        to = Person(user, name, tongue, tuple(spoken), way, address or "")
        found.append(Unprepared(number, starts, ends, booked, follows, key, to))
    return found


_WITH_SHIFTS = f"""
SELECT c.id, c.name, c.zone FROM campaigns c
WHERE {RUNS} AND EXISTS (
    SELECT FROM shifts s WHERE s.campaign_id = c.id
       AND s.starts_at > :since AND s.starts_at <= :until)
ORDER BY c.id
"""


@dataclass(frozen=True)
class Running:
    """A campaign that runs, with its clock."""

    id: int
    name: str
    zone: str


def with_shifts(session: Session, since: datetime, until: datetime, now: datetime) -> list[Running]:
    """Campaigns that run at `now` and have shifts that begin in (since, until]."""
    facts = {"since": since, "until": until, "now": now}
    return [Running(*row) for row in session.execute(sql(_WITH_SHIFTS), facts)]
