"""What is done in the inbox: chosen, taken out, put back, given to somebody, made a problem."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.store.sql import sql


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
