"""Senders of a campaign: added, changed, stopped by hand, started again; each noted in the log.

Nobody is told: the dispatcher looks at the senders before each batch, and the planner finds by
itself that one has changed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from app.domain.channel import Channel
from app.domain.sender import Kind
from app.domain.sender_draft import SenderDraft, check
from app.store.campaigns import Sender
from app.store.people import AuditEntry
from app.store.rates import rates_of

TAKEN = "uq_senders_campaign_id_channel_address"
BY_HAND = "stopped by hand: "


class SenderRefused(ValueError):
    """A sender that cannot be: for each field, what is wrong and what to do."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(problems.values()))


def kind_of(sender: Sender) -> Kind:
    """The kind of a sender; of one from before there were kinds, what its address looks like."""
    if sender.kind:
        return Kind(sender.kind)
    if sender.channel is Channel.EMAIL:
        return Kind.RELAY
    return Kind.SERVICE if sender.address.startswith("MG") else Kind.LONG_CODE


def draft_of(sender: Sender) -> SenderDraft:
    """A sender as a person would describe it."""
    return SenderDraft(
        kind_of(sender), sender.name, sender.address, rates_of(sender), Decimal(sender.price)
    )


def add_sender(
    sessions: sessionmaker[Session],
    campaign_id: int,
    draft: SenderDraft,
    *,
    by: int | None,
    now: datetime,
) -> int:
    """Adds a sender, which sends at once; returns its id. Raises SenderRefused."""
    draft = _checked(draft)
    with _no_double(), sessions.begin() as session:
        row = Sender(campaign_id=campaign_id, channel=draft.kind.channel)
        _write(row, draft)
        session.add(row)
        session.flush()
        session.add(_noted("sender added", row.id, by, now, draft.written()))
        return row.id


def change_sender(
    sessions: sessionmaker[Session],
    sender_id: int,
    draft: SenderDraft,
    *,
    by: int | None,
    now: datetime,
) -> tuple[str, ...]:
    """Changes a sender; returns the names of what differs from before. Raises SenderRefused.

    What is on its way keeps the address that it was given. The channel stays: texts that wait for
    a number cannot go out by a mail relay.
    """
    draft = _checked(draft)
    with _no_double(), sessions.begin() as session:
        row = session.scalars(select(Sender).where(Sender.id == sender_id).with_for_update()).one()
        if draft.kind.channel is not row.channel:
            raise SenderRefused(
                {"kind": "Add a new sender for another channel, and stop this one."}
            )
        before, after = draft_of(row).written(), draft.written()
        changed = tuple(name for name in after if before[name] != after[name])
        if draft.kind.value != row.kind or changed:
            _write(row, draft)
            session.flush()
        if changed:
            details = {
                "before": {name: before[name] for name in changed},
                "after": {name: after[name] for name in changed},
            }
            session.add(_noted("sender changed", row.id, by, now, details))
    return changed


def stop_sender(
    sessions: sessionmaker[Session], sender_id: int, reason: str, *, by: int | None, now: datetime
) -> bool:
    """Stops a sender by hand; False when it was stopped already. Raises SenderRefused.

    What is claimed goes out; what is ready waits for another sender or for this one.
    """
    words = " ".join(reason.split())[:180]
    if not words:
        raise SenderRefused({"reason": "Say why, for whoever wonders later."})
    with sessions.begin() as session:
        done = session.execute(
            update(Sender)
            .where(Sender.id == sender_id, Sender.stopped == "")
            .values(stopped=BY_HAND + words)
            .returning(Sender.id)
        ).scalar()
        if done is not None:
            details = {"reason": words}
            session.add(_noted("sender stopped", sender_id, by, now, details))
    return done is not None


def start_sender(
    sessions: sessionmaker[Session], sender_id: int, *, by: int | None, now: datetime
) -> bool:
    """Lets a stopped sender send again; False when it was not stopped.

    Whatever stopped it stops it again at the next attempt, unless it was put right. Its rest
    and its slow-downs are forgotten.
    """
    with sessions.begin() as session:
        row = session.scalars(
            select(Sender).where(Sender.id == sender_id, Sender.stopped != "").with_for_update()
        ).first()
        if row is None:
            return False
        details = {"was": row.stopped}
        row.stopped, row.slow_downs, row.slow_until = "", 0, None
        session.add(_noted("sender started", row.id, by, now, details))
    return True


def _checked(draft: SenderDraft) -> SenderDraft:
    tidy = draft.tidy()
    problems = check(tidy)
    if problems:
        raise SenderRefused(problems)
    return tidy


@contextmanager
def _no_double() -> Iterator[None]:
    """Says in words what the database says of a second sender with one address."""
    try:
        yield
    except IntegrityError as error:
        if TAKEN not in str(error):
            raise
        words = "This campaign has a sender with this address already; change that one."
        raise SenderRefused({"address": words}) from error


def _write(row: Sender, draft: SenderDraft) -> None:
    rates = draft.rates
    row.kind, row.name, row.address = draft.kind.value, draft.name, draft.address
    row.per_second, row.per_minute = rates.per_second, rates.per_minute
    row.per_hour, row.per_day = rates.per_hour, rates.per_day
    row.price = draft.price


def _noted(
    action: str, sender_id: int, by: int | None, now: datetime, details: Mapping[str, object]
) -> AuditEntry:
    return AuditEntry(
        at=now, user_id=by, action=action, subject=f"sender:{sender_id}", details=dict(details)
    )
