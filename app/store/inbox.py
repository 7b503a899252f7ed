"""The inbox's reads and writes: what waits for a person, whose it is, and what was done with it."""

from collections.abc import Sequence
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
    SELECT i.*, c.id AS conversation_id, c.handed_over_at, c.why_handed_over, c.handed_over_by,
           c.assigned_to, c.held_by, c.held_until
    FROM base i LEFT JOIN conversations c
      ON c.campaign_id = i.campaign_id AND c.address = i.from_address
    LEFT JOIN voters v ON v.id = i.voter_id
    WHERE true {narrower}
    ORDER BY {order} LIMIT :most
)
SELECT f.id, f.received_at, f.from_address, last.body, last.texts, last.meaning,
       f.handled_at IS NOT NULL, f.campaign_id, coalesce(k.name, ''), coalesce(k.zone, 'UTC'),
       coalesce(trim(v.first_name || ' ' || v.last_name), ''), coalesce(v.language, ''),
       coalesce(a.body, ''), f.conversation_id, f.handed_over_at, coalesce(f.why_handed_over, ''),
       coalesce(h.name, ''), f.assigned_to, coalesce(u.name, ''),
       CASE WHEN f.held_until > :wall THEN coalesce(b.name, '') ELSE '' END
FROM found f
LEFT JOIN campaigns k ON k.id = f.campaign_id
LEFT JOIN voters v ON v.id = f.voter_id
LEFT JOIN users u ON u.id = f.assigned_to
LEFT JOIN users h ON h.id = f.handed_over_by
LEFT JOIN users b ON b.id = f.held_by
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
_SHOWS = {
    "waiting": "",
    "mine": "AND c.assigned_to = :user",
    "handed": "AND c.handed_over_at IS NOT NULL",
    "unassigned": "AND c.assigned_to IS NULL",
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
    """How many addresses wait, each number up to COUNTED of all together."""

    waiting: int = 0
    mine: int = 0
    handed: int = 0
    unassigned: int = 0


def counts(session: Session, user_id: int) -> Counts:
    """How much waits under each heading."""
    query = f"""
        SELECT count(*), count(*) FILTER (WHERE c.assigned_to = :user),
               count(*) FILTER (WHERE c.handed_over_at IS NOT NULL),
               count(*) FILTER (WHERE c.assigned_to IS NULL)
        FROM (SELECT DISTINCT from_address, campaign_id FROM (
                  SELECT from_address, campaign_id FROM inbound WHERE handled_at IS NULL
                  ORDER BY received_at LIMIT {COUNTED}) w) i
        LEFT JOIN conversations c ON c.campaign_id = i.campaign_id AND c.address = i.from_address
    """
    return Counts(*session.execute(sql(query), {"user": user_id}).one())


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


def note_of_call(session: Session, attempt_id: str) -> dict[str, Any] | None:
    """What a problem is made of from the note of a call; None: there is no such call."""
    row = session.execute(
        sql(
            "SELECT a.campaign_id, a.voter_id, a.address AS phone, a.note AS said, "
            "a.id AS attempt_id, a.attempted_at AS created_at, a.user_id AS created_by "
            "FROM attempts a WHERE a.id = CAST(:id AS uuid) AND a.channel = 'call'"
        ),
        {"id": attempt_id},
    ).first()
    return dict(row._mapping) if row is not None else None


@dataclass(frozen=True)
class Picked:
    """What was chosen on the page, as it stands when it is looked at."""

    texts: tuple[int, ...] = ()  # ids of inbound that wait
    conversations: tuple[dict[str, Any], ...] = ()  # as they stand, to put back
    addresses: tuple[tuple[str, int | None], ...] = ()  # with their campaigns
    pending: int = 0  # texts that would go out to them
    opted_out: int = 0  # of the addresses, those that want no texts already
    held: tuple[str, ...] = ()  # whoever has one that was chosen in hand, so that it is left out


def pick(
    session: Session,
    ids: Sequence[int],
    user_id: int,
    wall: datetime,
    *,
    seen: int | None = None,
    lock: bool = False,
) -> Picked:
    """All that waits of the addresses of these texts, and what is pending to them; locked until
    the transaction ends if `lock`, conversations first. What came in after `seen` (the last id
    that the page knew; None: all) waits on."""
    of = {"ids": list(ids), "seen": seen}
    whose = (
        "SELECT DISTINCT from_address, campaign_id FROM inbound "
        "WHERE id = ANY(:ids) AND handled_at IS NULL"
    )
    talks = session.execute(
        sql(
            "SELECT c.id, c.waits_since, c.handed_over_at, c.handed_over_by, c.why_handed_over, "
            "CASE WHEN c.held_until > :wall AND c.held_by <> :user THEN "
            "(SELECT name FROM users WHERE id = c.held_by) END AS held, c.address, "
            "c.campaign_id FROM conversations c "
            f"JOIN ({whose}) w ON c.campaign_id = w.campaign_id AND c.address = w.from_address "
            f"ORDER BY c.id {'FOR UPDATE OF c' if lock else ''}"
        ),
        {**of, "wall": wall, "user": user_id},
    ).all()
    texts: Sequence[Any] = session.execute(
        sql(
            f"SELECT i.id, i.from_address, i.campaign_id FROM inbound i JOIN ({whose}) w "
            "ON w.from_address = i.from_address "
            "AND w.campaign_id IS NOT DISTINCT FROM i.campaign_id WHERE i.handled_at IS NULL "
            "AND (CAST(:seen AS bigint) IS NULL OR i.id <= :seen) "
            f"ORDER BY i.id {'FOR UPDATE OF i' if lock else ''}"
        ),
        of,
    ).all()
    theirs = {(row.address, row.campaign_id) for row in talks if row.held}
    texts = [row for row in texts if (row.from_address, row.campaign_id) not in theirs]
    addresses = tuple(dict.fromkeys((row.from_address, row.campaign_id) for row in texts))
    numbers = sorted({address for address, _ in addresses})
    pending, opted_out = session.execute(
        sql(
            "SELECT (SELECT count(*) FROM touches q WHERE q.address = ANY(:numbers) "
            "AND q.channel = 'text' "
            "AND q.state IN ('ready', 'claimed')), "
            "(SELECT count(*) FROM opt_outs WHERE address = ANY(:numbers) AND channel = 'text')"
        ),
        {"numbers": numbers},
    ).one()
    return Picked(
        tuple(row.id for row in texts),
        tuple(_stood(row) for row in talks if not row.held),
        addresses,
        int(pending),
        int(opted_out),
        tuple(dict.fromkeys(row.held for row in talks if row.held)),
    )


def _stood(row: Any) -> dict[str, Any]:
    at = row.handed_over_at
    return {
        "id": row.id,
        "waits_since": row.waits_since.isoformat() if row.waits_since else None,
        "handed_over_at": at.isoformat() if at else None,
        "handed_over_by": row.handed_over_by,
        "why": row.why_handed_over,
    }


def settle(session: Session, picked: Picked, user_id: int, now: datetime) -> None:
    """Nothing of this waits any more."""
    session.execute(
        sql(
            "UPDATE inbound SET handled_at = :now, handled_by = :user "
            "WHERE id = ANY(:ids) AND handled_at IS NULL"
        ),
        {"now": now, "user": user_id, "ids": list(picked.texts)},
    )
    session.execute(
        sql(
            "UPDATE conversations c SET held_by = NULL, held_until = NULL, "
            "handed_over_at = NULL, why_handed_over = '', waits_since = ("
            " SELECT min(i.received_at) FROM inbound i WHERE i.from_address = c.address "
            " AND i.campaign_id = c.campaign_id AND i.handled_at IS NULL "
            " AND i.meaning = 'other') WHERE c.id = ANY(:ids)"
        ),
        {"ids": [one["id"] for one in picked.conversations]},
    )


def unsettle(
    session: Session, texts: Sequence[int], talks: Sequence[dict[str, Any]], user_id: int
) -> int:
    """What was taken out of the inbox waits again, unless somebody wrote or dealt with it since;
    how many texts."""
    done = session.execute(
        sql(
            "UPDATE inbound SET handled_at = NULL, handled_by = NULL WHERE id = ANY(:ids) "
            "AND handled_by = :user RETURNING id"
        ),
        {"ids": list(texts), "user": user_id},
    ).all()
    for one in talks if done else ():
        session.execute(
            sql(
                "UPDATE conversations SET "
                "waits_since = least(waits_since, CAST(:since AS timestamptz)), "
                "handed_over_at = coalesce(handed_over_at, CAST(:handed AS timestamptz)), "
                "handed_over_by = coalesce(handed_over_by, CAST(:by AS bigint)), "
                "why_handed_over = CASE WHEN why_handed_over = '' THEN :why "
                "ELSE why_handed_over END WHERE id = :id"
            ),
            {
                "id": one["id"],
                "since": _instant(one["waits_since"]),
                "handed": _instant(one["handed_over_at"]),
                "by": one["handed_over_by"],
                "why": one["why"],
            },
        )
    return len(done)


def _instant(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def assign(
    session: Session, conversation_id: int, to: int | None, seen: int | None
) -> tuple[bool, str]:
    """Gives a conversation to a person, or to nobody, if it is still whose it was on the page
    (`seen`) or already theirs: of two at once one wins. Whether it did, and whose it is now."""
    won = session.execute(
        sql(
            "UPDATE conversations SET assigned_to = :to WHERE id = :id "
            "AND (assigned_to IS NOT DISTINCT FROM CAST(:seen AS bigint) "
            "OR assigned_to = :to) RETURNING id"
        ),
        {"id": conversation_id, "to": to, "seen": seen},
    ).first()
    name = session.scalar(
        sql(
            "SELECT coalesce(u.name, '') FROM conversations c "
            "LEFT JOIN users u ON u.id = c.assigned_to WHERE c.id = :id"
        ),
        {"id": conversation_id},
    )
    return won is not None, str(name or "")
