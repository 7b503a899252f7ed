"""Blasts: draft, change, schedule, pause, resume and cancel them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.blast import BlastDraft, BlastState, problems_of
from app.domain.condition import BadUniverse
from app.services.blast_facts import Preview
from app.services.blast_preview import last_of, preview
from app.services.blast_words import tidy
from app.store import blasts as stored
from app.store import phase_people
from app.store.blasts import Blast
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.frames import load_frame
from app.store.people import AuditEntry


class BlastRefused(ValueError):
    """A blast that cannot be, or cannot do this: for each field, what is wrong and what to do."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(problems.values()))


_IN_WORDS = {
    BlastState.DRAFT: "is a draft",
    BlastState.SCHEDULED: "is scheduled",
    BlastState.PAUSED: "is paused",
    BlastState.CANCELED: "is canceled",
    BlastState.DONE: "is over",
}


def add(
    sessions: Sessions, campaign_id: int, draft: BlastDraft, *, by: int | None, now: datetime
) -> int:
    """Adds a draft and returns its id; a form sent twice adds one. Raises BlastRefused."""
    with sessions.begin() as session:
        session.get_one(Campaign, campaign_id, with_for_update={"key_share": True})  # take turns
        blast = Blast(campaign_id=campaign_id, state=BlastState.DRAFT, created_by=by)
        blast.created_at = now
        _fill(session, blast, draft)
        for one in stored.blasts_of(session, campaign_id):
            if one.state == BlastState.DRAFT and _facts(one) == _facts(blast):
                return one.id
        session.add(blast)
        session.flush()
        session.add(_audit(blast, "blast added", by, now))
        return blast.id


def change(
    sessions: Sessions,
    campaign_id: int,
    blast_id: int,
    draft: BlastDraft,
    *,
    by: int | None,
    now: datetime,
) -> None:
    """Changes a draft; raises BlastRefused."""
    with sessions.begin() as session:
        blast = _held(session, campaign_id, blast_id, [BlastState.DRAFT])
        _fill(session, blast, draft)
        session.add(_audit(blast, "blast changed", by, now))


def schedule(
    sessions: Sessions, campaign_id: int, blast_id: int, *, by: int | None, now: datetime
) -> Preview:
    """Schedules a draft, so that it begins by itself; returns what it was shown to do. Raises
    BlastRefused with every reason why it cannot be done."""
    with sessions.begin() as session:
        blast = _held(session, campaign_id, blast_id, [BlastState.DRAFT])
        found = preview(session, blast, now)
        if found.refusals:
            raise BlastRefused({str(number): why for number, why in enumerate(found.refusals)})
        blast.state = BlastState.SCHEDULED
        session.add(_audit(blast, "blast scheduled", by, now, people=found.people))
        return found


def take_back(
    sessions: Sessions, campaign_id: int, blast_id: int, *, by: int | None, now: datetime
) -> None:
    """Makes a scheduled blast of which nothing was released a draft again, to be changed; raises
    BlastRefused."""
    with sessions.begin() as session:
        blast = _held(session, campaign_id, blast_id, [BlastState.SCHEDULED])
        if stored.has_begun(session, blast):
            raise BlastRefused({"": "It has begun to go out; pause or cancel it instead."})
        blast.state = BlastState.DRAFT
        session.add(_audit(blast, "blast taken back", by, now))


@patiently
def pause(
    sessions: Sessions, campaign_id: int, blast_id: int, *, by: int | None, now: datetime
) -> int:
    """Pauses a scheduled blast: nothing more is released, and what waits is held back. Returns how
    many were; raises BlastRefused."""
    with sessions.begin() as session:
        blast = _held(session, campaign_id, blast_id, [BlastState.SCHEDULED])
        blast.state = BlastState.PAUSED
        session.add(_audit(blast, "blast paused", by, now))
        return stored.hold_back(session, blast)


@patiently
def resume(
    sessions: Sessions, campaign_id: int, blast_id: int, *, by: int | None, now: datetime
) -> None:
    """Lets a paused blast go on with those who have not got it; raises BlastRefused when its time
    is over."""
    with sessions.begin() as session:
        blast = _held(session, campaign_id, blast_id, [BlastState.PAUSED])
        over_at = last_of(session, load_frame(session, campaign_id), blast)
        if over_at is None or over_at <= now:
            raise BlastRefused({"": "Its time is over; copy its words into a new blast."})
        blast.state = BlastState.SCHEDULED
        stored.let_go(session, blast, now)
        session.add(_audit(blast, "blast resumed", by, now))


@patiently
def cancel(
    sessions: Sessions, campaign_id: int, blast_id: int, *, by: int | None, now: datetime
) -> int:
    """Ends a blast for good: what has not gone out never does. Returns how many of the released
    that were; raises BlastRefused."""
    with sessions.begin() as session:
        states = [BlastState.DRAFT, BlastState.SCHEDULED, BlastState.PAUSED]
        blast = _held(session, campaign_id, blast_id, states)
        blast.state, blast.ended_at = BlastState.CANCELED, now
        session.add(_audit(blast, "blast canceled", by, now))
        return stored.cancel_pending(session, blast, now)


def _held(session: Session, campaign_id: int, blast_id: int, states: Sequence[BlastState]) -> Blast:
    blast = stored.hold(session, blast_id, list(BlastState))
    if blast is None or blast.campaign_id != campaign_id:
        raise BlastRefused({"": "There is no such blast in this campaign."})
    state = BlastState(blast.state)
    if state not in states:
        raise BlastRefused({"": f"“{blast.name}” {_IN_WORDS[state]}; look at it again."})
    return blast


def _fill(session: Session, blast: Blast, draft: BlastDraft) -> None:
    """Writes the draft into the row; raises BlastRefused."""
    problems = problems_of(draft)
    words = tidy(draft.words)
    if not words.get("en", {}).get("body"):
        problems["body-en"] = "Write the words; whoever has no other language gets these."
    try:
        whom = phase_people.kept(session, draft.whom)
    except BadUniverse as refused:
        problems["whom"] = f"{str(refused)[:1].upper()}{str(refused)[1:]}."
    if problems:
        raise BlastRefused(problems)
    blast.channel, blast.name = draft.channel, " ".join(draft.name.split())
    blast.filter, blast.words, blast.by_hand = whom, words, draft.by_hand
    blast.starts_at, blast.done_by = draft.timing.starts_at, draft.timing.done_by
    blast.spread_minutes = int(draft.timing.spread.total_seconds()) // 60


def _audit(
    blast: Blast, action: str, by: int | None, now: datetime, **details: object
) -> AuditEntry:
    said = {**_facts(blast), **details}
    return AuditEntry(at=now, user_id=by, action=action, subject=f"blast:{blast.id}", details=said)


def _facts(blast: Blast) -> dict[str, object]:
    """All that its writer says of a blast."""
    return {
        "name": blast.name,
        "channel": blast.channel.value,
        "by_hand": blast.by_hand,
        "starts_at": blast.starts_at.isoformat(),
        "spread_minutes": blast.spread_minutes,
        "done_by": blast.done_by.isoformat() if blast.done_by else None,
        "filter": blast.filter,
        "words": blast.words,
    }
