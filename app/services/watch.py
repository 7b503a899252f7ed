"""Watch: looks at every campaign, acts against a silence, writes incidents and tells of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.alarm import (
    Trouble,
    pause_alarms,
    queue_alarm,
    sender_alarms,
    share_alarms,
    unsure_alarm,
    worker_alarms,
)
from app.domain.lookout import Course, Kind, Verdict, judge
from app.domain.lookout_words import TITLES, over, silence
from app.services import pace
from app.services.pause_ends import end_over
from app.services.reach import Nobody
from app.services.remedies import Case, end_pauses, treat
from app.services.seen import Look, Moment, look
from app.store import incident_desk, lookout
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, running_frames
from app.store.incidents import Incident

PATIENCE = timedelta(minutes=5)
"""What the open hours of a touch may be over before it counts as left behind, in campaign time."""


def watch(
    sessions: Sessions,
    *,
    now: datetime,
    wall: datetime,
    speed: float = 1.0,
    nobody: Nobody | None = None,
) -> int:
    """Looks at every campaign that is not closed; returns how many incidents it opened or closed.

    Any number of workers may run it at once: an incident is open once, and whoever opens or
    closes it writes its alerts in the same transaction. `nobody` is what a worker remembers from
    look to look, so that it does not search everybody for nobody every time. What goes wrong in
    one campaign is raised when all the others have had their turn.
    """
    at = Moment(now, wall, speed)
    with sessions() as session:
        frames = running_frames(session)
    done = 0
    wrong: list[Exception] = []
    for frame in frames:
        try:
            done += _watch_one(sessions, frame, at, nobody, wrong)
        except Exception as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return done


def _watch_one(
    sessions: Sessions, frame: Frame, at: Moment, nobody: Nobody | None, wrong: list[Exception]
) -> int:
    with sessions() as session:
        found = look(session, frame, at, nobody)
        known = incident_desk.open_incidents(session, frame.id)
        is_open = {(Kind(one.kind), one.subject) for one in known}
        over_for_good = at.now >= found.closes_at
        shares = lookout.shares(session, frame.id, at.now)
        overdue = lookout.overdue(session, frame.id, at.now - PATIENCE)
        unsure = lookout.unsure(session, frame.id, at.now)
    verdict = judge(found.seen)
    zone = frame.schedule.zone
    troubles = [
        *([silence(verdict, zone)] if verdict.course is Course.SILENT else []),
        *sender_alarms(found.senders, at.now, is_open),
        *share_alarms(shares, at.now, is_open),
        *worker_alarms(found.crew.workers, at.now, at.speed),
        *pause_alarms(found.pauses, found.seen.final, at.now, zone),
        *queue_alarm(overdue, at.now),
        *unsure_alarm(unsure, at.now),
    ]
    if over_for_good:
        troubles = []
    done = _note(sessions, frame, at, known, troubles, verdict)
    if not over_for_good:
        _act(sessions, frame, at, found, verdict, overdue, wrong)
    return done


def _act(
    sessions: Sessions,
    frame: Frame,
    at: Moment,
    found: Look,
    verdict: Verdict,
    overdue: int,
    wrong: list[Exception],
) -> None:
    """Takes the remedies and adds them to the timeline; it was told of before, in case they
    fail."""
    if found.seen.stuck_pause:
        end_pauses(sessions, frame.id, final=found.seen.final, now=at.now)
    if found.seen.ended:
        end_over(sessions, frame.id, now=at.now)
    if overdue:
        pace.expire(sessions, at.now)
    if not verdict.remedies:
        return
    said, failed = treat(sessions, Case(frame, verdict, found.senders, at.now, at.wall))
    wrong += failed
    if verdict.course is Course.SILENT and said:
        _add_to_silence(sessions, frame.id, said, at.now)


@patiently
def _add_to_silence(sessions: Sessions, campaign_id: int, said: list[str], now: datetime) -> None:
    with sessions.begin() as session:
        for one in incident_desk.open_incidents(session, campaign_id):
            if one.kind == Kind.SILENCE:
                incident_desk.add_lines(session, one.id, said, now)


def _note(
    sessions: Sessions,
    frame: Frame,
    at: Moment,
    known: Sequence[Incident],
    troubles: Sequence[Trouble],
    verdict: Verdict,
) -> int:
    """Opens what is new, notes other causes, closes what is over; each in a transaction with its
    alerts."""
    opened = {(one.kind, one.subject): one for one in known}
    done = 0
    for trouble in troubles:
        incident = opened.pop((trouble.kind, trouble.subject), None)
        if incident is None:
            done += _open(sessions, frame, at, trouble)
        elif incident.cause != trouble.cause:
            _change(sessions, incident.id, trouble, at.now)
    for incident in opened.values():
        done += _close(sessions, frame, at, incident, verdict)
    return done


@patiently
def _open(sessions: Sessions, frame: Frame, at: Moment, trouble: Trouble) -> int:
    with sessions.begin() as session:
        incident = incident_desk.open_incident(session, frame.id, trouble, now=at.now, wall=at.wall)
        if incident is None:
            return 0  # another worker was faster, and tells of it
        said = f"{frame.name}: {TITLES[trouble.kind]}. {trouble.said}"
        ways = incident_desk.ways_to_tell(session, frame.id)
        incident_desk.add_alerts(session, incident, "opened", said, ways, at.wall)
    return 1


@patiently
def _change(sessions: Sessions, incident_id: int, trouble: Trouble, now: datetime) -> None:
    with sessions.begin() as session:
        incident_desk.change_cause(session, incident_id, trouble, now)


@patiently
def _close(
    sessions: Sessions, frame: Frame, at: Moment, incident: Incident, verdict: Verdict
) -> int:
    kind = Kind(incident.kind)
    course = verdict.course if kind is Kind.SILENCE else None
    words = over(kind, incident.said, course, at.now, frame.schedule.zone)
    with sessions.begin() as session:
        if not incident_desk.close_incident(session, incident.id, words, at.now):
            return 0  # another worker was faster, and tells of it
        ways = incident_desk.ways_to_tell(session, frame.id)
        said = f"{frame.name}: {words}"
        incident_desk.add_alerts(session, incident.id, "recovered", said, ways, at.wall)
    return 1
