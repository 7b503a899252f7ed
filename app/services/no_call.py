"""Why there is no call: the reason, as a code with its facts and as a sentence."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import Place, open_until, opens_next
from app.store.frames import Frame, place_names
from app.store.sql import sql


class Why(StrEnum):
    """Why nobody can be called now."""

    NO_CAMPAIGN = "no campaign"  # the volunteer is in none
    PAUSED = "paused"  # by an organizer, until …
    NOBODY = "nobody"  # the campaign has no voters yet
    CLOSED = "closed"  # outside calling hours everywhere, until … in …
    OVER = "over"  # the polls have closed
    LANGUAGE = "language"  # what is left needs a speaker of another language
    WAITING = "waiting"  # there are calls; nobody has one in hand
    TRIED = "tried"  # everyone was tried, the next round begins …
    CAPPED = "capped"  # everyone was tried as often as a day allows, until …
    TAKEN = "taken"  # others are calling whoever is left
    DONE = "done"  # everyone has been called
    GIVEN_BACK = "given back"  # too many were given back in a short time, until …


@dataclass(frozen=True)
class NoCall:
    """Why there is no call now, in a sentence, and until when if that is known."""

    reason: str
    until: datetime | None
    why: Why = Why.WAITING
    zone: str = ""  # where `until` is on the clock, if not in the campaign's own zone
    languages: list[str] = field(default_factory=list)  # that are needed


NO_CAMPAIGN = NoCall(
    "You are not in a campaign yet. Ask your organizer for an invitation.", None, Why.NO_CAMPAIGN
)

CALLS_WAIT = NoCall("Calls are waiting. Take the next one.", None, Why.WAITING)
USED_UP = frozenset({Why.TRIED, Why.CAPPED, Why.TAKEN, Why.DONE})
"""Of those who may be called nobody is left, when a release has found nobody either."""


class Reasons:
    """What one process found out in the last seconds: when a whole room waits for the next round,
    not every screen that looks again has every target looked at."""

    def __init__(self, lasts: timedelta = timedelta(seconds=5)) -> None:
        self._lasts = lasts  # machine time
        self._found: dict[int, tuple[datetime, NoCall]] = {}

    def lately(self, campaign_id: int, wall: datetime, find: Callable[[], NoCall]) -> NoCall:
        """What `find` found for a campaign, at most so long ago."""
        known = self._found.get(campaign_id)
        if known is None or not timedelta(0) <= wall - known[0] < self._lasts:
            known = self._found[campaign_id] = (wall, find())
        return known[1]


def why_none(
    session: Session,
    frame: Frame,
    user_id: int,
    now: datetime,
    wall: datetime,
    reasons: Reasons | None = None,
) -> NoCall:
    """Why no call can be had now: paused, closed hours, another language, everyone tried, or
    nobody at all."""
    paused = frame.rules.pause(Channel.CALL, now)
    if not frame.draft and paused is not None:
        return NoCall("An organizer has paused the calls.", paused, Why.PAUSED)
    places = place_names(session, frame.id)
    if frame.draft or not places:
        words = "This campaign has nobody to call yet. Ask your organizer."
        return NoCall(words, None, Why.NOBODY)
    if not any(open_until(frame.schedule, place, Channel.CALL, now) for place in places):
        return _closed(frame, places, now)
    waiting, languages = _ready(session, frame.id, user_id, now)
    if waiting:
        return CALLS_WAIT
    if languages:
        words = "The calls that are left need somebody who speaks another language."
        return NoCall(words, None, Why.LANGUAGE, languages=languages)
    reasons = reasons or Reasons()
    return reasons.lately(frame.id, wall, lambda: _used_up(session, frame, now))


def _used_up(session: Session, frame: Frame, now: datetime) -> NoCall:
    """Why nobody is ready though it is a time for calls; this looks at every target."""
    again = _next_try(session, frame.id, now)
    if again is not None:
        return NoCall("Everyone who may be called now has been tried.", again, Why.TRIED)
    freed = _cap_ends(session, frame, now)
    if freed is not None:
        words = "Everyone has been tried as often as one day allows."
        return NoCall(words, freed, Why.CAPPED)
    if _others_call(session, frame.id):
        return NoCall("Others are calling whoever is left.", None, Why.TAKEN)
    return NoCall("Everyone who may be called has been called.", None, Why.DONE)


def _closed(frame: Frame, places: list[Place], now: datetime) -> NoCall:
    opening = [
        (at, place.clock(frame.schedule.zone).key)
        for place in places
        if (at := opens_next(frame.schedule, place, Channel.CALL, now)) is not None
    ]
    if not opening:
        return NoCall("The polls have closed. Thank you for every call.", None, Why.OVER)
    at, zone = min(opening)
    words = "It is too early or too late to call voters."
    return NoCall(words, at, Why.CLOSED, zone=zone)


_READY = """
SELECT bool_or(fits), coalesce(array_agg(DISTINCT language) FILTER (WHERE NOT fits), '{}')
FROM (SELECT t.language, t.language = '' OR t.language = ANY(
             SELECT unnest(languages) FROM users WHERE id = :user) AS fits
      FROM touches q JOIN targets t USING (campaign_id, voter_id)
      WHERE q.campaign_id = :campaign AND q.channel = 'call' AND q.state = 'ready'
        AND q.due_at <= :now AND q.expires_at > :now LIMIT 100) ready
"""


def _ready(
    session: Session, campaign_id: int, user_id: int, now: datetime
) -> tuple[bool, list[str]]:
    """Whether a call that this volunteer could make is ready; and languages that others need."""
    binds = {"campaign": campaign_id, "user": user_id, "now": now}
    fits, languages = session.execute(sql(_READY), binds).one()
    return bool(fits), sorted(languages)


def _others_call(session: Session, campaign_id: int) -> bool:
    return bool(
        session.scalar(
            sql(
                "SELECT EXISTS (SELECT FROM touches WHERE campaign_id = :campaign "
                "AND channel = 'call' AND state IN ('claimed', 'attempting') "
                "AND lease_until IS NOT NULL)"
            ),
            {"campaign": campaign_id},
        )
    )


def _next_try(session: Session, campaign_id: int, now: datetime) -> datetime | None:
    at = session.scalar(
        sql(
            "SELECT min(next_call_at) FROM targets WHERE campaign_id = :campaign "
            "AND next_call_at > :now AND out = '' AND no_calls = '' AND voted_at IS NULL"
        ),
        {"campaign": campaign_id, "now": now},
    )
    return at if isinstance(at, datetime) else None


def _cap_ends(session: Session, frame: Frame, now: datetime) -> datetime | None:
    """When the first of those whose attempts of the last 24 hours are too many may be called."""
    at = session.scalar(
        sql(
            "SELECT min(a.attempted_at) + interval '24 hours' FROM targets t "
            "JOIN attempts a USING (campaign_id, voter_id) "
            "WHERE t.campaign_id = :campaign AND t.out = '' AND t.no_calls = '' "
            "AND t.arm = 'treated' AND t.voted_at IS NULL "
            "AND t.calls + t.texts + t.emails < :total_cap AND t.last_attempt_at > :since "
            "AND a.attempted_at > :since AND a.state <> 'absent'"
        ),
        {
            "campaign": frame.id,
            "total_cap": frame.rules.total_cap,
            "since": now - timedelta(hours=24),
        },
    )
    return at if isinstance(at, datetime) else None
