"""Conversations in the database: who waits, who has whom in hand, the thread, the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.store.sql import sql

FIRST_HERS = timedelta(minutes=5)
"""A reply to a text that somebody tapped is hers first for so long, in campaign time."""
OTHER_TONGUE = timedelta(minutes=15)
"""After so long somebody who does not speak the voter's language may answer as well as she can."""


def opened(
    session: Session,
    campaign_id: int,
    address: str,
    *,
    voter_id: int,
    our_address: str,
    waits_since: datetime | None,
) -> None:
    """Opens the conversation with an address, or goes on with it: it waits for an answer since
    then, unless it has waited longer. Of a double it is the kept one's."""
    session.execute(
        sql(
            "INSERT INTO conversations AS c (campaign_id, address, voter_id, our_address, "
            "waits_since) VALUES (:campaign, :address, coalesce("
            "(SELECT merged_into FROM voters WHERE id = :voter), :voter), :ours, :since) "
            "ON CONFLICT (campaign_id, address) DO UPDATE SET "
            "waits_since = coalesce(c.waits_since, excluded.waits_since), "
            "our_address = excluded.our_address, voter_id = excluded.voter_id"
        ),
        {
            "campaign": campaign_id,
            "address": address,
            "voter": voter_id,
            "ours": our_address,
            "since": waits_since,
        },
    )


def end_waiting(session: Session, address: str) -> None:
    """Nothing of this address waits for an answer any more, in any campaign: it wants none."""
    session.execute(
        sql(
            "UPDATE conversations SET waits_since = NULL, held_by = NULL, held_until = NULL "
            "FROM (SELECT id FROM conversations WHERE address = :address AND waits_since "
            "IS NOT NULL ORDER BY id FOR UPDATE) c WHERE conversations.id = c.id"
        ),
        {"address": address},
    )


_FREE = """
FROM conversations c LEFT JOIN voters v ON v.id = c.voter_id
LEFT JOIN LATERAL (
    SELECT a.user_id AS tapped_by FROM attempts a
    WHERE a.address = c.address AND a.campaign_id = c.campaign_id AND a.channel = 'text'
    ORDER BY a.attempted_at DESC LIMIT 1) last ON true
WHERE c.campaign_id = :campaign AND c.waits_since IS NOT NULL AND c.handed_over_at IS NULL
  -- What an organizer gave to somebody is nobody else's.
  AND (c.assigned_to IS NULL OR c.assigned_to = :user)
"""
_TAKE = f"""
SELECT c.id {_FREE}
  AND (c.held_by IS NULL OR c.held_by = :user OR c.held_until IS NULL OR c.held_until <= :wall)
  AND (last.tapped_by IS NULL OR last.tapped_by = :user OR c.waits_since <= :first_hers
       OR c.held_by = :user)
  AND (coalesce(v.language, '') IN ('', 'en') OR v.language = ANY(SELECT unnest(languages)
       FROM users WHERE id = :user) OR c.waits_since <= :other_tongue OR c.held_by = :user)
  AND c.id <> ALL(:passed)
ORDER BY (c.held_by = :user AND c.held_until > :wall) IS TRUE DESC,
         (last.tapped_by = :user) IS TRUE DESC, c.waits_since, c.id
LIMIT 1 FOR UPDATE OF c SKIP LOCKED
"""


def take(
    session: Session,
    campaign_id: int,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
    until: datetime,
    passed: Sequence[int] = (),
) -> int | None:
    """Holds the conversation that a person has in hand, else one of her own, else the one that
    waits longest; None when none is free. What others are taking is passed over."""
    found = session.scalar(
        sql(_TAKE),
        {
            "campaign": campaign_id,
            "user": user_id,
            "wall": wall,
            "first_hers": now - FIRST_HERS,
            "other_tongue": now - OTHER_TONGUE,
            "passed": list(passed),
        },
    )
    if found is None:
        return None
    let_go(session, user_id, but=int(found))
    hold(session, int(found), user_id, until)
    return int(found)


def hold(session: Session, conversation_id: int, user_id: int, until: datetime) -> None:
    """Nobody else gets the conversation until then."""
    session.execute(
        sql("UPDATE conversations SET held_by = :user, held_until = :until WHERE id = :id"),
        {"id": conversation_id, "user": user_id, "until": until},
    )


def let_go(session: Session, user_id: int, *, but: int = 0) -> None:
    """A person has one conversation in hand at a time."""
    session.execute(
        sql(
            "UPDATE conversations SET held_by = NULL, held_until = NULL "
            "WHERE held_by = :user AND id <> :but"
        ),
        {"user": user_id, "but": but},
    )


@dataclass(frozen=True)
class Known:
    """A conversation with what the page says of its voter."""

    id: int
    campaign_id: int
    address: str
    voter_id: int | None
    our_address: str
    waits_since: datetime | None
    held_by: int | None
    held_until: datetime | None
    handed_over_at: datetime | None
    why_handed_over: str
    first_name: str
    last_name: str
    language: str
    household_id: int
    place: str
    voted: bool
    opted_out: bool
    dead: bool


_KNOWN = """
SELECT c.id, c.campaign_id, c.address, c.voter_id, c.our_address, c.waits_since, c.held_by,
       c.held_until, c.handed_over_at, c.why_handed_over, coalesce(v.first_name, ''),
       coalesce(v.last_name, ''), coalesce(v.language, ''),
       coalesce(t.household_id, c.voter_id, 0), coalesce(t.place, ''), t.voted_at IS NOT NULL,
       EXISTS (SELECT FROM opt_outs o WHERE o.address = c.address AND o.channel = 'text'),
       EXISTS (SELECT FROM dead_addresses d WHERE d.address = c.address AND d.channel = 'text')
FROM conversations c LEFT JOIN voters v ON v.id = c.voter_id
LEFT JOIN targets t ON t.campaign_id = c.campaign_id AND t.voter_id = c.voter_id
WHERE c.id = :id
"""


def known(session: Session, conversation_id: int, *, lock: bool = False) -> Known | None:
    """One conversation, held until the transaction ends if `lock`."""
    row = session.execute(
        sql(f"{_KNOWN} FOR UPDATE OF c" if lock else _KNOWN), {"id": conversation_id}
    ).first()
    return Known(*row) if row is not None else None


def held(session: Session, user_id: int, wall: datetime) -> int | None:
    """The conversation that a person has in hand at machine time `wall`."""
    found = session.scalar(
        sql(
            "SELECT id FROM conversations WHERE held_by = :user AND held_until > :wall "
            "AND waits_since IS NOT NULL ORDER BY held_until DESC, id LIMIT 1"
        ),
        {"user": user_id, "wall": wall},
    )
    return None if found is None else int(found)


def end(session: Session, of: Known, user_id: int, now: datetime, seen: int | None) -> None:
    """What came in up to `seen` (an id of `inbound`; None: all) was dealt with by this person;
    the conversation waits only for what came later."""
    binds = {
        "id": of.id,
        "address": of.address,
        "campaign": of.campaign_id,
        "user": user_id,
        "now": now,
        "seen": seen,
    }
    session.execute(
        sql(
            "UPDATE inbound SET handled_at = :now, handled_by = :user "
            "WHERE from_address = :address AND campaign_id = :campaign AND handled_at IS NULL "
            "AND (CAST(:seen AS bigint) IS NULL OR id <= :seen)"
        ),
        binds,
    )
    session.execute(
        sql(
            "UPDATE conversations SET held_by = NULL, held_until = NULL, handed_over_at = NULL, "
            "why_handed_over = '', waits_since = (SELECT min(received_at) FROM inbound "
            " WHERE from_address = :address AND campaign_id = :campaign AND handled_at IS NULL "
            " AND meaning = 'other' AND id > :seen) WHERE id = :id"
        ),
        binds,
    )


def hand_over(
    session: Session, conversation_id: int, user_id: int, why: str, now: datetime
) -> None:
    """The organizers have it now."""
    session.execute(
        sql(
            "UPDATE conversations SET handed_over_at = :now, handed_over_by = :user, "
            "why_handed_over = :why, held_by = NULL, held_until = NULL WHERE id = :id"
        ),
        {"id": conversation_id, "user": user_id, "why": why, "now": now},
    )


@dataclass(frozen=True)
class Said:
    """One text of a thread."""

    at: datetime
    ours: bool
    id: int  # of theirs; 0 of ours
    body: str
    state: str  # of ours: sent, waits, not sent …; of theirs: its meaning
    who: str  # a volunteer's name, where a person wrote or tapped it


_THREAD = """
SELECT * FROM (
    SELECT i.received_at AS at, false AS ours, i.id, i.body, i.meaning AS state, '' AS who
    FROM inbound i WHERE i.from_address = :address AND i.campaign_id = :campaign
    UNION ALL
    SELECT a.attempted_at, true, 0, a.body, a.state, coalesce(u.name, '')
    FROM attempts a LEFT JOIN users u ON u.id = a.user_id
    WHERE a.address = :address AND a.campaign_id = :campaign AND a.channel = 'text'
      AND a.state <> 'absent'
    UNION ALL
    -- Written and not tried yet, or ended before it was.
    SELECT w.written_at, true, 0, w.body, q.state, coalesce(u.name, '')
    FROM written w JOIN touches q ON q.campaign_id = :campaign
      AND q.purpose = 'written:' || w.id AND q.purpose <> 'ramp'
    LEFT JOIN users u ON u.id = w.user_id
    WHERE w.conversation_id = :id AND NOT EXISTS (
        SELECT FROM attempts a WHERE a.touch_id = q.id AND a.state <> 'absent')
) said ORDER BY at DESC LIMIT :most
"""


def thread(session: Session, of: Known, most: int = 40) -> list[Said]:
    """What the voter and the campaign texted each other, the oldest first."""
    rows = session.execute(
        sql(_THREAD),
        {"id": of.id, "address": of.address, "campaign": of.campaign_id, "most": most},
    )
    return [Said(*row) for row in rows][::-1]


def last_words(session: Session, of: Known) -> str:
    """What the voter wrote last."""
    found = session.scalar(
        sql(
            "SELECT body FROM inbound WHERE from_address = :address AND campaign_id = :campaign "
            "ORDER BY received_at DESC, id DESC LIMIT 1"
        ),
        {"address": of.address, "campaign": of.campaign_id},
    )
    return str(found or "")


def waiting(session: Session, campaign_id: int) -> int:
    """How many conversations wait for a volunteer."""
    query = (
        "SELECT count(*) FROM conversations WHERE campaign_id = :campaign "
        "AND waits_since IS NOT NULL AND handed_over_at IS NULL AND assigned_to IS NULL"
    )
    return int(session.scalar(sql(query), {"campaign": campaign_id}) or 0)


def with_others(session: Session, campaign_id: int, user_id: int, wall: datetime) -> int:
    """How many of those others have in hand."""
    query = (
        "SELECT count(*) FROM conversations WHERE campaign_id = :campaign "
        "AND waits_since IS NOT NULL AND handed_over_at IS NULL "
        "AND held_by <> :user AND held_until > :wall"
    )
    binds = {"campaign": campaign_id, "user": user_id, "wall": wall}
    return int(session.scalar(sql(query), binds) or 0)


def lock_target(session: Session, campaign_id: int, voter_id: int) -> bool:
    """Locks the voter's target; False when there is none."""
    row = session.execute(
        sql("SELECT FROM targets WHERE campaign_id = :campaign AND voter_id = :voter FOR UPDATE"),
        {"campaign": campaign_id, "voter": voter_id},
    ).first()
    return row is not None


def answered(session: Session, voter_id: int, answers: dict[str, str], day: date) -> None:
    """Keeps a voter's answers to survey questions, told in a text on this day of the campaign; the
    latest stands."""
    for question, answer in sorted(answers.items()):
        session.execute(
            sql(
                "INSERT INTO answers (voter_id, question, answer, source, answered_on) "
                "VALUES (:voter, :question, :answer, 'text', :day) "
                "ON CONFLICT (voter_id, question) DO UPDATE SET answer = excluded.answer, "
                "source = excluded.source, answered_on = excluded.answered_on"
            ),
            {"voter": voter_id, "question": question, "answer": answer, "day": day},
        )


def close_number(session: Session, address: str, why: str) -> None:
    """Nobody texts or calls the voters of this number any more, in any campaign. The number itself
    is not dead to texts: a last answer to it may still go."""
    session.execute(
        sql(
            "UPDATE targets SET no_texts = :why, no_calls = :why FROM ("
            "SELECT t.campaign_id, t.voter_id FROM targets t JOIN voters v ON v.id = t.voter_id "
            "WHERE v.phone = :address ORDER BY 1, 2 FOR UPDATE OF t) them "
            "WHERE targets.campaign_id = them.campaign_id AND targets.voter_id = them.voter_id"
        ),
        {"address": address, "why": why},
    )


def answers_of(session: Session, voter_id: int, questions: Sequence[str]) -> dict[str, str]:
    """What a voter has answered to these questions."""
    rows = session.execute(
        sql("SELECT question, answer FROM answers WHERE voter_id = :v AND question = ANY(:q)"),
        {"v": voter_id, "q": list(questions)},
    )
    return {row.question: row.answer for row in rows}
