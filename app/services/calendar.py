"""The calendar: moves a blast or a phase to another time, with its effect told before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from app.domain.blast import BlastState, Stretch, Timing, stretches
from app.domain.channel import Channel
from app.domain.hours import Place, Schedule, why_closed
from app.domain.local import instant
from app.domain.phase import PhaseDraft, last_close, problems_of
from app.domain.report import Cover
from app.services.blast_preview import preview
from app.store import blasts as stored
from app.store.blasts import Blast, blasts_of
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, load_frame, place_names
from app.store.people import AuditEntry
from app.store.phases import Phase, phases_of


class Why(StrEnum):
    """What a move meets: the first ones forbid it, the others are to be known."""

    GONE = "gone"  # removed meanwhile
    MEANWHILE = "meanwhile"  # somebody else moved it since it was looked at
    BEGUN = "begun"
    ENDED = "ended"  # canceled, over, or paused
    TOO_LATE = "too_late"  # its time would have passed, or the polls would have closed
    NOWHERE = "nowhere"  # the channel is closed everywhere at that time
    CANNOT = "cannot"  # another reason, in words
    STARTED = "started"  # warning: the start has passed in some places
    WAITS = "waits"  # warning: shut at first, so that it begins later
    PARTLY = "partly"  # warning: closed in some places
    PAUSED = "paused"  # warning: the campaign is paused then
    SAME_DAY = "same_day"  # warning: other blasts on the day
    OVERLAPS = "overlaps"  # warning: another phase at the same time


@dataclass(frozen=True)
class Met:
    """One thing that a move meets, with the facts for its words."""

    why: Why
    places: int = 0  # of `of`
    of: int = 0
    cover: Cover | None = None  # why it is closed
    until: datetime | None = None
    names: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class Effect:
    """What a move would bring."""

    kind: str  # blast | phase
    id: int
    name: str
    channel: Channel | None
    was: datetime  # a blast: on the voter's clock, without a zone; a phase: an instant
    to: datetime
    until: datetime | None  # when it is through: a phase's end, a blast's `done_by`
    first_at: datetime | None = None  # a blast: the instants between which it goes out
    last_at: datetime | None = None
    scheduled: bool = False
    refusals: tuple[Met, ...] = ()
    warnings: tuple[Met, ...] = ()


class MoveRefused(ValueError):
    """A move that cannot be, with what it meets."""

    def __init__(self, met: Met, now_at: datetime | None = None) -> None:
        self.met, self.now_at = met, now_at  # where the thing stands
        super().__init__(met.why)


MAY_MOVE = (BlastState.DRAFT, BlastState.SCHEDULED)


def effect_on_blast(
    session: Session, campaign_id: int, blast_id: int, to: datetime | None, now: datetime
) -> Effect | None:
    """What moving a blast to `to` (voter's clock) would bring, from rules alone: no voter is
    counted. Without `to` it stands still. None when it is gone."""
    blast = session.get(Blast, blast_id, populate_existing=True)
    if blast is None or blast.campaign_id != campaign_id:
        return None
    to = to or blast.starts_at
    frame = load_frame(session, campaign_id)
    places = place_names(session, campaign_id) or [Place("", (frame.schedule.zone,))]
    timing = moved(blast.timing, to)
    found = stretches(timing, frame.schedule, places, blast.channel)
    ahead = [one for one in found if one.last_at > now]
    refusals = [*_of_state(session, blast), *_of_time(frame, timing, blast.channel, places, found)]
    if found and not ahead:
        refusals.append(Met(Why.TOO_LATE))
    return Effect(
        "blast",
        blast.id,
        blast.name,
        blast.channel,
        blast.starts_at,
        to,
        timing.done_by,
        min((one.open[0][0] for one in ahead), default=None),
        max((one.last_at for one in ahead), default=None),
        blast.state == BlastState.SCHEDULED,
        tuple(refusals),
        tuple(_warnings(session, frame, blast, to, found, len(places), now)),
    )


def moved(timing: Timing, to: datetime) -> Timing:
    """The same blast at another time: what it must be done by moves along."""
    by = timing.done_by + (to - timing.starts_at) if timing.done_by else None
    return replace(timing, starts_at=to, done_by=by)


def _of_state(session: Session, blast: Blast) -> Iterator[Met]:
    if BlastState(blast.state) not in MAY_MOVE:
        yield Met(Why.ENDED, said=blast.state)
    elif stored.has_begun(session, blast):
        yield Met(Why.BEGUN)


def _of_time(
    frame: Frame,
    timing: Timing,
    channel: Channel,
    places: Sequence[Place],
    found: dict[Stretch, list[Place]],
) -> Iterator[Met]:
    """Why it goes out nowhere."""
    if found:
        return
    at = instant(timing.starts_at.date(), timing.starts_at.time(), frame.schedule.zone)
    if at >= last_close(frame.schedule, places):
        yield Met(Why.TOO_LATE)
    else:
        yield Met(Why.NOWHERE, cover=_cover(frame.schedule, places, channel, at))


def _cover(
    schedule: Schedule, places: Sequence[Place], channel: Channel, at: datetime
) -> Cover | None:
    covers = (why_closed(schedule, place, channel, at) for place in places)
    return next((cover for cover in covers if cover is not None), None)


def _warnings(
    session: Session,
    frame: Frame,
    blast: Blast,
    to: datetime,
    found: dict[Stretch, list[Place]],
    places: int,
    now: datetime,
) -> Iterator[Met]:
    there = sum(len(some) for some in found.values())
    shut = {one.open[0][0]: some for one, some in found.items() if one.open[0][0] > one.starts_at}
    if shut:
        begins = min(shut)
        stretch_at = next(one.starts_at for one in found if one.open[0][0] == begins)
        cover = _cover(frame.schedule, shut[begins], blast.channel, stretch_at)
        yield Met(Why.WAITS, sum(map(len, shut.values())), places, cover, begins)
    if found and there < places:
        yield Met(Why.PARTLY, places=places - there, of=places)
    started = sum(len(some) for one, some in found.items() if one.starts_at <= now < one.last_at)
    if started:
        yield Met(Why.STARTED, places=started, of=places)
    paused = frame.rules.paused_until
    if paused and not frame.draft and any(one.starts_at < paused for one in found):
        yield Met(Why.PAUSED, until=paused)
    others = [
        one.name
        for one in blasts_of(session, blast.campaign_id)
        if one.id != blast.id
        and one.state != BlastState.CANCELED
        and one.starts_at.date() == to.date()
    ]
    if others:
        yield Met(Why.SAME_DAY, names=tuple(others))


def effect_on_phase(
    session: Session, campaign_id: int, phase_id: int, to: datetime | None, now: datetime
) -> Effect | None:
    """What moving a phase to begin at `to` (an instant) would bring; without `to` it stands still.
    None when it is gone."""
    phase = session.get(Phase, phase_id, populate_existing=True)
    if phase is None or phase.campaign_id != campaign_id:
        return None
    to = to or phase.starts_at
    frame = load_frame(session, campaign_id)
    places = place_names(session, campaign_id) or [Place("", (frame.schedule.zone,))]
    until = phase.ends_at + (to - phase.starts_at)
    others = [
        one.name
        for one in phases_of(session, campaign_id)
        if one.id != phase.id and one.starts_at < until and to < one.ends_at
    ]
    overlap = (Met(Why.OVERLAPS, names=tuple(others)),) if others else ()
    refusals = tuple(_of_phase(phase, to, until, frame.schedule, places, now))
    return Effect(
        "phase",
        phase.id,
        phase.name,
        None,
        phase.starts_at,
        to,
        until,
        refusals=refusals,
        warnings=overlap,
    )


def _of_phase(
    phase: Phase,
    to: datetime,
    until: datetime,
    schedule: Schedule,
    places: Sequence[Place],
    now: datetime,
) -> Iterator[Met]:
    if phase.ends_at <= now:
        yield Met(Why.ENDED, said="done")
        return
    if phase.starts_at <= now:
        yield Met(Why.BEGUN)
        return
    draft = PhaseDraft(phase.kind, phase.name, to, until, phase.goal)
    wrong = problems_of(draft, schedule, places, now)
    if {"starts_at", "ends_at"} & set(wrong):
        close = last_close(schedule, places)
        yield Met(Why.TOO_LATE, until=close if until > close else None)
    elif wrong:
        yield Met(Why.CANNOT, said=" ".join(wrong.values()))
    elif to < now:
        yield Met(Why.TOO_LATE)


@patiently
def move_blast(
    sessions: Sessions,
    campaign_id: int,
    blast_id: int,
    to: datetime,
    *,
    seen: datetime,
    by: int | None,
    now: datetime,
) -> None:
    """Moves a blast that has not begun; a scheduled one stays so, if it could be scheduled anew.

    `seen` is where it stood when it was looked at: whoever moved it meanwhile keeps the word, and
    a second press changes nothing. Raises MoveRefused.
    """
    with sessions.begin() as session:
        blast = stored.hold(session, blast_id, list(BlastState))
        if blast is None or blast.campaign_id != campaign_id:
            raise MoveRefused(Met(Why.GONE))
        if blast.starts_at == to:
            return
        if blast.starts_at != seen:
            raise MoveRefused(Met(Why.MEANWHILE), blast.starts_at)
        effect = effect_on_blast(session, campaign_id, blast_id, to, now)
        if effect is not None and effect.refusals:
            raise MoveRefused(effect.refusals[0], blast.starts_at)
        timing = moved(blast.timing, to)
        blast.starts_at, blast.done_by = timing.starts_at, timing.done_by
        if blast.state == BlastState.SCHEDULED:
            session.flush()
            wrong = preview(session, blast, now).refusals
            if wrong:
                raise MoveRefused(Met(Why.CANNOT, said=" ".join(wrong)), seen)
        details = {"from": seen.isoformat(), "to": to.isoformat(), "campaign": campaign_id}
        session.add(_entry("blast moved", f"blast:{blast.id}", details, by, now))


@patiently
def move_phase(
    sessions: Sessions,
    campaign_id: int,
    phase_id: int,
    to: datetime,
    *,
    seen: datetime,
    by: int | None,
    now: datetime,
) -> None:
    """Moves a phase that has not begun, as long as it is; see move_blast. Raises MoveRefused."""
    with sessions.begin() as session:
        phase = session.get(Phase, phase_id, with_for_update=True, populate_existing=True)
        if phase is None or phase.campaign_id != campaign_id:
            raise MoveRefused(Met(Why.GONE))
        if phase.starts_at == to:
            return
        if phase.starts_at != seen:
            raise MoveRefused(Met(Why.MEANWHILE), phase.starts_at)
        effect = effect_on_phase(session, campaign_id, phase_id, to, now)
        if effect is not None and effect.refusals:
            raise MoveRefused(effect.refusals[0], phase.starts_at)
        length: timedelta = phase.ends_at - phase.starts_at
        phase.starts_at, phase.ends_at = to, to + length
        details = {"from": seen.isoformat(), "to": to.isoformat(), "campaign": campaign_id}
        session.add(_entry("phase moved", f"phase:{phase.id}", details, by, now))


def _entry(
    action: str, subject: str, details: dict[str, object], by: int | None, now: datetime
) -> AuditEntry:
    return AuditEntry(at=now, user_id=by, action=action, subject=subject, details=details)
