"""The household of a voter, and what was said to them before, as the card of a call shows it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import LABELS, Disposition
from app.store.calls import Card
from app.store.sql import sql


@dataclass(frozen=True)
class Member:
    """Somebody else of the household who is also a target."""

    name: str
    age: int | None


def household_of(session: Session, card: Card, year: int) -> list[Member]:
    """The other targets of the household who have not voted, oldest first."""
    rows = session.execute(
        sql(
            "SELECT v.first_name, v.birth_year FROM targets t JOIN voters v ON v.id = t.voter_id "
            "WHERE t.campaign_id = :campaign AND t.household_id = :household "
            "AND t.voter_id <> :voter AND t.out = '' AND t.voted_at IS NULL "
            "ORDER BY v.birth_year NULLS LAST, v.id LIMIT 6"
        ),
        {
            "campaign": card.campaign_id,
            "household": card.household_id,
            "voter": card.voter_id,
        },
    )
    return [Member(name, year - born if born else None) for name, born in rows]


@dataclass(frozen=True)
class Said:
    """One earlier contact, in words."""

    at: datetime
    channel: Channel
    what: str
    note: str
    code: str = ""  # a disposition, reply, or what became of a text: sent | lost | on; or unsaid


_HISTORY = """
SELECT attempted_at AS at, channel, disposition, state, note FROM attempts
WHERE voter_id = :voter AND campaign_id = :campaign AND state <> 'absent'
  AND NOT (channel = 'call' AND state = 'attempting')
UNION ALL
SELECT received_at, 'text', 'reply', meaning, body FROM inbound
WHERE voter_id = :voter AND campaign_id = :campaign
ORDER BY at DESC LIMIT 6
"""

_WORDS = {
    "delivered": ("sent", "sent"),
    "accepted": ("sent", "sent"),
    "sent": ("sent", "sent"),
    "undelivered": ("not delivered", "lost"),
    "failed": ("not delivered", "lost"),
    "done": ("answered, result not recorded", "unsaid"),
}


def history_of(session: Session, card: Card) -> list[Said]:
    """The last six contacts with this voter in the campaign, newest first."""
    rows = session.execute(sql(_HISTORY), {"voter": card.voter_id, "campaign": card.campaign_id})
    told = []
    for at, channel, disposition, state, note in rows:
        if disposition == "reply":
            told.append(Said(at, Channel.TEXT, "replied", note, "reply"))
        elif disposition:
            words = LABELS[Disposition(disposition)]
            told.append(Said(at, Channel(channel), words, note, disposition))
        else:
            words, code = _WORDS.get(state, ("on its way", "on"))
            told.append(Said(at, Channel(channel), words, "", code))
    return told
