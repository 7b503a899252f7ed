"""The household of a voter, and what was said to them before, as the card of a call shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.channel import Channel
from app.domain.disposition import LABELS, Disposition


@dataclass(frozen=True)
class Member:
    """Somebody else of the household who is also a target."""

    name: str
    age: int | None


HOUSEHOLD = """
coalesce((SELECT json_agg(json_build_array(first_name, birth_year)) FROM (
    SELECT w.first_name, w.birth_year FROM targets m JOIN voters w ON w.id = m.voter_id
    WHERE m.campaign_id = q.campaign_id AND m.household_id = q.household_id
      AND m.voter_id <> q.voter_id AND m.out = '' AND m.voted_at IS NULL
    ORDER BY w.birth_year NULLS LAST, w.id LIMIT 6) member), '[]')
"""
"""In SQL, the other targets of the household of touch q who have not voted, oldest first."""


def members(household: Sequence[tuple[str, int | None]], year: int) -> list[Member]:
    """Who they are, as old as they are in a year."""
    return [Member(name, year - born if born else None) for name, born in household]


@dataclass(frozen=True)
class Said:
    """One earlier contact, in words."""

    at: datetime
    channel: Channel
    what: str
    note: str
    code: str = ""  # a disposition, reply, or what became of a text: sent | lost | on; or unsaid


HISTORY = """
coalesce((SELECT json_agg(json_build_array(at, channel, disposition, state, note)) FROM (
    SELECT attempted_at AS at, channel, disposition, state, note FROM attempts
    WHERE voter_id = q.voter_id AND campaign_id = q.campaign_id AND state <> 'absent'
      AND NOT (channel = 'call' AND state = 'attempting')
    UNION ALL
    SELECT received_at, 'text', 'reply', meaning, body FROM inbound
    WHERE voter_id = q.voter_id AND campaign_id = q.campaign_id
    ORDER BY at DESC LIMIT 6) contact), '[]')
"""
"""In SQL, the last six contacts with the voter of touch q in its campaign, newest first."""

_WORDS = {
    "delivered": ("sent", "sent"),
    "accepted": ("sent", "sent"),
    "sent": ("sent", "sent"),
    "undelivered": ("not delivered", "lost"),
    "failed": ("not delivered", "lost"),
    "done": ("answered, result not recorded", "unsaid"),
}


def contacts(history: Sequence[Sequence[str]]) -> list[Said]:
    """What they were, in words."""
    told = []
    for stamp, channel, disposition, state, note in history:
        at = datetime.fromisoformat(stamp)
        if disposition == "reply":
            told.append(Said(at, Channel.TEXT, "replied", note, "reply"))
        elif disposition:
            words = LABELS[Disposition(disposition)]
            told.append(Said(at, Channel(channel), words, note, disposition))
        else:
            words, code = _WORDS.get(state, ("on its way", "on"))
            told.append(Said(at, Channel(channel), words, "", code))
    return told
