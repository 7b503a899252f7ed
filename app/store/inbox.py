"""What the inbox shows: replies that wait for a person, calls that want an organizer, counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.store.sql import sql

PAGE = 25
LATEST = 5_000
"""A search looks through so many of the latest replies."""
COUNTED = 1_000
"""What waits is counted up to here."""
NOTES = 1_000
"""Notes are looked for in so many of the latest calls of each campaign …"""
NOTES_SINCE = timedelta(days=3)
"""… and no farther back."""
ASKS_FOR_US = (
    r"\y(organizer|coordinator|manager|supervisor|campaign office|complain\w*|"
    r"(call|speak|talk)\w* (to|with|from) (the )?(campaign|candidate|somebody|someone)|"
    r"organizador\w*|coordinador\w*|encargad\w*|queja\w*)\y"
)
"""How volunteers write that somebody wants more than they can give (custom)."""


@dataclass(frozen=True)
class Wanted:
    """Which of what waits is looked for."""

    show: str = "waiting"  # waiting | mine | handed | unassigned
    user_id: int = 0
    meaning: str = ""
    campaign_id: int | None = None
    before: datetime | None = None  # waits at least since then
    words: str = ""
    digits: str = ""  # of a phone, from `words`
    after: tuple[datetime, int] | None = None  # the last of the page before


@dataclass(frozen=True)
class Waiting:
    """All that one address wrote and that waits, with what we had written before."""

    id: int  # of the text that waits longest
    since: datetime
    address: str
    body: str  # of the latest
    texts: int
    meaning: str
    done: bool  # found by a search, and dealt with
    campaign_id: int | None
    campaign: str
    zone: str
    voter: str
    language: str
    sent_before: str
    conversation_id: int | None
    handed_over_at: datetime | None
    why: str  # it was handed over
    handed_by: str
    assigned_to: int | None
    assigned: str
    held_by: str  # whoever has it in hand now; empty: nobody


_FOUND = """
WITH base AS ({base}), found AS (
    SELECT i.* FROM base i LEFT JOIN voters v ON v.id = i.voter_id
    WHERE true {narrower}
    ORDER BY {order} LIMIT :most
)
SELECT f.id, f.received_at, f.from_address, last.body, last.texts, last.meaning,
       f.handled_at IS NOT NULL, f.campaign_id, coalesce(k.name, ''), coalesce(k.zone, 'UTC'),
       coalesce(trim(v.first_name || ' ' || v.last_name), ''), coalesce(v.language, ''),
       coalesce(a.body, ''), c.id, c.handed_over_at, coalesce(c.why_handed_over, ''),
       coalesce(h.name, ''), c.assigned_to, coalesce(u.name, ''),
       CASE WHEN c.held_until > :wall THEN coalesce(b.name, '') ELSE '' END
FROM found f
LEFT JOIN conversations c ON c.campaign_id = f.campaign_id AND c.address = f.from_address
LEFT JOIN campaigns k ON k.id = f.campaign_id
LEFT JOIN voters v ON v.id = f.voter_id
LEFT JOIN users u ON u.id = c.assigned_to
LEFT JOIN users h ON h.id = c.handed_over_by
LEFT JOIN users b ON b.id = c.held_by
LEFT JOIN LATERAL (
    SELECT (array_agg(x.body ORDER BY x.received_at DESC, x.id DESC))[1] AS body,
           count(*) AS texts,
           (array_agg(x.meaning ORDER BY x.received_at DESC, x.id DESC))[1] AS meaning
    FROM inbound x WHERE x.from_address = f.from_address
      AND x.campaign_id IS NOT DISTINCT FROM f.campaign_id
      AND (x.id = f.id OR x.handled_at IS NULL AND f.handled_at IS NULL)) last ON true
LEFT JOIN LATERAL (
    SELECT body FROM attempts
    WHERE voter_id = f.voter_id AND campaign_id = f.campaign_id AND channel = 'text'
      AND attempted_at <= f.received_at
    ORDER BY attempted_at DESC LIMIT 1) a ON true
ORDER BY {order_out}
"""
_WAITS = """
    SELECT * FROM inbound i WHERE i.handled_at IS NULL
      -- One entry for all that an address wrote: the text that waits longest stands for it.
      AND NOT EXISTS (SELECT FROM inbound e WHERE e.from_address = i.from_address
                      AND e.campaign_id IS NOT DISTINCT FROM i.campaign_id
                      AND e.handled_at IS NULL AND (e.received_at, e.id) < (i.received_at, i.id))
"""
_ALL = f"SELECT * FROM inbound ORDER BY id DESC LIMIT {LATEST}"
_OF = """AND {not_}EXISTS (SELECT FROM conversations c WHERE c.campaign_id = i.campaign_id
    AND c.address = i.from_address AND {which})"""
_SHOWS = {
    "waiting": "",
    "mine": _OF.format(not_="", which="c.assigned_to = :user"),
    "handed": _OF.format(not_="", which="c.handed_over_at IS NOT NULL"),
    "unassigned": _OF.format(not_="NOT ", which="c.assigned_to IS NOT NULL"),
}


def find(session: Session, wanted: Wanted, wall: datetime, most: int = PAGE) -> list[Waiting]:
    """What waits, the longest first; a search goes through the latest replies, answered or not,
    the newest first. One query."""
    binds: dict[str, Any] = {"wall": wall, "most": most, "user": wanted.user_id}
    which = [_SHOWS.get(wanted.show, "")]
    if wanted.meaning:
        which.append("AND i.meaning = :meaning")
        binds["meaning"] = wanted.meaning
    if wanted.campaign_id is not None:
        which.append("AND i.campaign_id = :campaign")
        binds["campaign"] = wanted.campaign_id
    if wanted.before is not None:
        which.append("AND i.received_at <= :before")
        binds["before"] = wanted.before
    searched = bool(wanted.words)
    if searched:
        which.append(_MATCHES.format(phone=" OR i.from_address LIKE :digits" * bool(wanted.digits)))
        binds |= {"words": f"%{_literal(wanted.words)}%", "digits": f"%{wanted.digits}%"}
    if wanted.after is not None:
        binds["after_at"], binds["after_id"] = wanted.after
        sign = "<" if searched else ">"
        which.append(f"AND (i.received_at, i.id) {sign} (:after_at, :after_id)")
    down = " DESC" if searched else ""
    query = _FOUND.format(
        base=_ALL if searched else _WAITS,
        narrower=" ".join(which),
        order=f"i.received_at{down}, i.id{down}",
        order_out=f"f.received_at{down}, f.id{down}",
    )
    return [Waiting(*row) for row in session.execute(sql(query), binds)]


_MATCHES = """AND (i.body ILIKE :words{phone}
      OR v.first_name || ' ' || v.last_name ILIKE :words)"""


def _literal(words: str) -> str:
    """Words in which the signs of a pattern mean themselves."""
    return words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def last_id(session: Session) -> int:
    """The last text that came in: what a page cannot have seen is later."""
    return int(session.scalar(sql("SELECT coalesce(max(id), 0) FROM inbound")) or 0)


@dataclass(frozen=True)
class Counts:
    """How many addresses wait under each heading, each counted up to COUNTED."""

    waiting: int = 0
    mine: int = 0
    handed: int = 0
    unassigned: int = 0


_COUNTS = f"""
WITH waits AS (
    SELECT DISTINCT from_address, campaign_id FROM (
        SELECT from_address, campaign_id FROM inbound WHERE handled_at IS NULL
        ORDER BY received_at LIMIT {COUNTED}) w
), given AS (
    SELECT c.assigned_to, c.handed_over_at, c.address, c.campaign_id FROM conversations c
    WHERE (c.assigned_to IS NOT NULL OR c.handed_over_at IS NOT NULL)
      AND EXISTS (SELECT FROM inbound i WHERE i.from_address = c.address
                  AND i.campaign_id = c.campaign_id AND i.handled_at IS NULL)
    LIMIT {COUNTED}
)
SELECT (SELECT count(*) FROM waits),
       (SELECT count(*) FROM given WHERE assigned_to = :user),
       (SELECT count(*) FROM given WHERE handed_over_at IS NOT NULL),
       (SELECT count(*) FROM waits w WHERE NOT EXISTS (
           SELECT FROM given g WHERE g.assigned_to IS NOT NULL
           AND g.address = w.from_address AND g.campaign_id = w.campaign_id))
"""
"""Mine and handed over are counted for themselves: they may be few behind very many that wait."""


def counts(session: Session, user_id: int) -> Counts:
    """How much waits under each heading. One query."""
    return Counts(*session.execute(sql(_COUNTS), {"user": user_id}).one())


def people(session: Session) -> list[tuple[int, str]]:
    """(id, name) of those to whom a conversation may be given, by name."""
    rows = session.execute(
        sql(
            "SELECT DISTINCT u.id, u.name FROM users u JOIN roles_users ru ON ru.user_id = u.id "
            "JOIN roles r ON r.id = ru.role_id WHERE u.active "
            "AND r.name IN ('admin', 'organizer', 'team_lead') ORDER BY u.name, u.id LIMIT 200"
        )
    )
    return [(row[0], row[1]) for row in rows]


def campaigns(session: Session) -> list[tuple[int, str]]:
    """(id, name) of the campaigns that are not closed, the newest first."""
    rows = session.execute(
        sql("SELECT id, name FROM campaigns WHERE state <> 'closed' ORDER BY id DESC LIMIT 100")
    )
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True)
class Call:
    """A call after which somebody wants to hear from an organizer."""

    problem_id: int | None  # None: so far it is only a volunteer's note
    attempt_id: str  # "" of a problem that names no call
    campaign_id: int
    campaign: str
    since: datetime
    voter: str
    phone: str
    said: str
    who: str  # spoke with them
    assigned: str


_CALLS = """
SELECT * FROM (
    (SELECT p.id, '' AS attempt_id, p.campaign_id, k.name, p.created_at,
            coalesce(trim(v.first_name || ' ' || v.last_name), '') AS voter,
            coalesce(nullif(p.phone, ''), v.phone, '') AS phone, p.said,
            coalesce(w.name, ''), coalesce(a.name, '')
     FROM problems p JOIN campaigns k ON k.id = p.campaign_id
     LEFT JOIN voters v ON v.id = p.voter_id LEFT JOIN users w ON w.id = p.created_by
     LEFT JOIN users a ON a.id = p.assigned_to
     WHERE p.kind = 'asks' AND p.state IN ('open', 'taken') AND k.state <> 'closed' {problem}
     ORDER BY p.created_at, p.id LIMIT :most)
    UNION ALL
    (SELECT NULL, CAST(n.id AS text), k.id, k.name, n.attempted_at,
            coalesce(trim(v.first_name || ' ' || v.last_name), ''), n.address, n.note,
            coalesce(w.name, ''), ''
     FROM (SELECT id, name FROM campaigns k WHERE k.state IN ('running', 'paused') {campaign}
           ORDER BY id DESC LIMIT 10) k
     CROSS JOIN LATERAL (
        SELECT * FROM (SELECT id, voter_id, address, note, user_id, attempted_at, channel
              FROM attempts WHERE campaign_id = k.id AND attempted_at > :since
              ORDER BY attempted_at DESC LIMIT :notes) late
        WHERE late.channel = 'call' AND late.note ~* :asks
          AND NOT EXISTS (SELECT FROM problems p WHERE p.key = 'note:' || late.id)
        ORDER BY late.attempted_at LIMIT :most) n
     LEFT JOIN voters v ON v.id = n.voter_id LEFT JOIN users w ON w.id = n.user_id)
) calls ORDER BY 5 LIMIT :most
"""


def calls(
    session: Session, now: datetime, campaign_id: int | None = None, most: int = PAGE
) -> list[Call]:
    """Calls that need an organizer: what volunteers reported as such, and notes that say so; the
    longest-waiting first. One query."""
    query = _CALLS.format(
        problem="AND p.campaign_id = :campaign" * (campaign_id is not None),
        campaign="AND k.id = :campaign" * (campaign_id is not None),
    )
    binds: dict[str, Any] = {
        "most": most,
        "since": now - NOTES_SINCE,
        "notes": NOTES,
        "asks": ASKS_FOR_US,
        "campaign": campaign_id,
    }
    return [Call(*row) for row in session.execute(sql(query), binds)]
