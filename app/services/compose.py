"""The words that go to one voter: the newest script in their language, every field filled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.message import fill
from app.store.campaigns import Script
from app.store.frames import Frame

NEIGHBOR = {"en": "neighbor", "es": "vecino"}


@dataclass(frozen=True)
class Words:
    """A subject (mail only) and a body, ready to go."""

    subject: str
    body: str


class NoScript(LookupError):
    """A campaign has nothing to say on this channel."""


def scripts_of(session: Session, campaign_id: int, channel: Channel) -> dict[str, Script]:
    """Language → newest script; raises NoScript when there is none."""
    rows = session.scalars(
        select(Script)
        .where(Script.campaign_id == campaign_id, Script.channel == channel)
        .order_by(Script.version)
    )
    found = {script.language: script for script in rows}
    if not found:
        raise NoScript(f"write a script for {channel.value}s first")
    return found


def time_in_words(at: datetime) -> str:
    """7 pm, 7:30 pm: the way it is said on the phone."""
    clock = at.strftime("%I:%M").lstrip("0").removesuffix(":00")
    return f"{clock} {'am' if at.hour < 12 else 'pm'}"


def day_in_words(at: datetime) -> str:
    """Tuesday, November 3."""
    return f"{at:%A, %B} {at.day}"


def votes_at(polling_place: str, precinct: str) -> str:
    """Where somebody votes: the place with its address, else the precinct; empty if neither is
    known."""
    return polling_place or (f"precinct {precinct}" if precinct else "")


def facts_for(
    frame: Frame, place: Place, first_name: str, where: str, language: str, volunteer: str = ""
) -> dict[str, str]:
    """What each merge field stands for, for one voter; no field is left empty but the caller's."""
    closes = frame.schedule.polls_close_at(place).astimezone(place.clock(frame.schedule.zone))
    return {
        "first_name": first_name or NEIGHBOR.get(language, NEIGHBOR["en"]),
        "candidate": frame.candidate or frame.name,
        "organization": frame.organization or frame.name,
        "polling_place": where or "your polling place",
        "polls_close": time_in_words(closes),
        "polling_day": day_in_words(closes),
        "volunteer": volunteer,
    }


def words_for(
    scripts: Mapping[str, Script],
    frame: Frame,
    first_name: str,
    where: str,
    language: str,
    place: Place,
    volunteer: str = "",
) -> Words:
    """The words for one voter who votes at `where` (see `votes_at`).

    Raises UnknownField rather than send an unfilled field.
    """
    script = scripts.get(language) or scripts.get("en") or next(iter(scripts.values()))
    facts = facts_for(frame, place, first_name, where, language, volunteer)
    return Words(fill(script.subject, facts), fill(script.body, facts))
