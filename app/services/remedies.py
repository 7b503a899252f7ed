"""Remedies: what the lookout does by itself against a silence, one table of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.lookout import Course, Remedy, SenderSeen, Verdict
from app.services.pulse import keep_going
from app.services.release import release_some
from app.store import lookout
from app.store.engine import Sessions, patiently
from app.store.frames import Frame
from app.store.people import AuditEntry
from app.store.queue import end_leases
from app.store.sql import sql

A_FEW = 5
"""Touches that are released at once where the pacer does not (custom)."""
LEAST_HEALTH = 0.05
"""A sender keeps so much of its share, so that its recovery shows (custom)."""


@dataclass(frozen=True)
class Case:
    """A campaign in trouble."""

    frame: Frame
    verdict: Verdict
    senders: tuple[SenderSeen, ...]
    now: datetime
    wall: datetime


Act = Callable[[Session, Case], str]
"""Does something and says what; says nothing if there was nothing to do."""


def treat(sessions: Sessions, case: Case) -> tuple[list[str], list[Exception]]:
    """Takes the remedies of the verdict, each in a transaction of its own.

    Returns what was done and what went wrong: a remedy that fails does not keep the others back.
    """
    done, wrong = [], []
    for remedy in case.verdict.remedies:
        try:
            done.append(_take(sessions, remedy, case))
        except Exception as error:
            wrong.append(error)
            done.append(f"{FAILED[remedy]}; it is tried again, and the log of the worker says why.")
    return [said for said in done if said], wrong


@patiently
def _take(sessions: Sessions, remedy: Remedy, case: Case) -> str:
    with sessions.begin() as session:
        return ACTS[remedy](session, case)


@patiently
def end_pauses(sessions: Sessions, campaign_id: int, *, final: bool, now: datetime) -> bool:
    """Sets a campaign whose pause is over back to running; in the final week also one that was
    paused without an end, which nobody may do then. Returns whether it did."""
    with sessions.begin() as session:
        return bool(_end_pause(session, campaign_id, final, now))


def _end_pause(session: Session, campaign_id: int, final: bool, now: datetime) -> str:
    # Conditional: of two workers one sets it back and writes the entry.
    row = session.execute(
        sql(
            "UPDATE campaigns SET state = 'running', paused_until = NULL FROM ("
            "  SELECT id, paused_until AS until FROM campaigns WHERE id = :id "
            "  AND state = 'paused' AND coalesce(paused_until <= :now, :final) FOR UPDATE) was "
            "WHERE campaigns.id = was.id RETURNING was.until"
        ),
        {"id": campaign_id, "now": now, "final": final},
    ).first()
    if row is None:
        return ""
    # At its end, not now: from then on outreach could have flowed.
    details = {"until": row.until.isoformat() if row.until else "", "reason": "it was over"}
    session.add(
        AuditEntry(
            at=row.until or now,
            user_id=None,
            action="campaign resumed",
            subject=f"campaign:{campaign_id}",
            details=details,
        )
    )
    return "Lifted a pause that was over."


def _resume(session: Session, case: Case) -> str:
    return _end_pause(session, case.frame.id, True, case.now)


def _end_leases(session: Session, case: Case) -> str:
    freed = end_leases(session, case.wall)
    return f"Freed {freed} touches that a worker had claimed and not sent." if freed else ""


def _wake_senders(session: Session, case: Case) -> str:
    woken = session.execute(
        sql(
            "UPDATE senders SET slow_until = NULL WHERE campaign_id = :campaign "
            "AND slow_until <= :wall RETURNING coalesce(nullif(name, ''), address)"
        ),
        {"campaign": case.frame.id, "wall": case.wall},
    )
    names = sorted(woken.scalars())
    return f"Woke senders that have rested: {', '.join(names)}." if names else ""


def _other_sender(session: Session, case: Case) -> str:
    """Halves the health of senders that nobody answers, where another may take their share."""
    deaf = [
        one
        for one in case.senders
        if one.deaf and not one.stopped and _has_other(case.senders, one)
    ]
    lowered = session.execute(
        sql(
            "UPDATE senders SET health = greatest(health / 2, :least), measured_at = :wall "
            "WHERE id = ANY(:ids) AND health > :least "
            "RETURNING coalesce(nullif(name, ''), address)"
        ),
        {"ids": sorted(one.id for one in deaf), "least": LEAST_HEALTH, "wall": case.wall},
    )
    names = sorted(lowered.scalars())
    return f"Moved traffic away from {', '.join(names)}." if names else ""


def _has_other(senders: tuple[SenderSeen, ...], one: SenderSeen) -> bool:
    return any(
        other.channel is one.channel
        and not (other.stopped or other.sick or other.deaf or other.paused_until)
        for other in senders
    )


def _release(session: Session, case: Case) -> str:
    """Releases now: as the pacer keeps its pulse; once the limit is over also on channels that
    nothing stands before."""
    if keep_going(session, case.frame, case.now):
        return "Released the next best beyond the plan."
    for channel in case.verdict.clear if case.verdict.course is Course.SILENT else ():
        if lookout.due(session, case.frame.id, channel, case.now):
            continue  # what was released before is on its way
        released = release_some(session, case.frame, channel, A_FEW, case.now)
        if released:
            return f"Released {CHANNELS[channel]}."
    return ""


CHANNELS = {Channel.CALL: "calls", Channel.TEXT: "texts", Channel.EMAIL: "emails"}

FAILED: Mapping[Remedy, str] = {
    Remedy.RESUME: "The pause could not be lifted",
    Remedy.END_LEASES: "What was claimed and not sent could not be freed",
    Remedy.WAKE_SENDERS: "Senders that have rested could not be woken",
    Remedy.OTHER_SENDER: "Traffic could not be moved to another sender",
    Remedy.RELEASE: "Nothing more could be released",
}
"""A remedy that an error stopped, whose kind is logged by the job."""

ACTS: Mapping[Remedy, Act] = {
    Remedy.RESUME: _resume,
    Remedy.END_LEASES: _end_leases,
    Remedy.WAKE_SENDERS: _wake_senders,
    Remedy.OTHER_SENDER: _other_sender,
    Remedy.RELEASE: _release,
}
