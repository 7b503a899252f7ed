"""Tell: sends the notices that are due through the campaign's senders, each once.

As in services/alerts.py the lease is committed before the network is touched. If the process dies
after that, nothing or one message has gone out; the notice is tried again when the lease is over, a
text is then looked up at the carrier first, and an email keeps its Message-ID.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from app.channels.port import CarrierUnreachable, MailOut, Outcome, TextOut
from app.domain.channel import Channel
from app.domain.segment import segments
from app.services.alerts import Outbox, Told, what_came
from app.services.own_prices import own_answered
from app.store import notices
from app.store.engine import Sessions, patiently
from app.store.incident_desk import sender_for
from app.store.notices import Due
from app.store.own_messages import Handed, hold_for_own
from app.store.rates import count_in

LEASE = timedelta(seconds=90)
"""Longer than a batch takes, in machine time."""
BATCH = 20
MOST_BATCHES = 10
"""So that one run does not go on for minutes."""
PAUSE = timedelta(seconds=20)
MOST_TRIES = 12


def tell_volunteers(sessions: Sessions, outbox: Outbox, *, now: datetime, wall: datetime) -> int:
    """Tells what is due; returns how many were told. Safe for any number of workers at once."""
    told = 0
    for _ in range(MOST_BATCHES):
        due = _take(sessions, now, wall)
        told += _tell_some(sessions, outbox, due, now, wall)
        if len(due) < BATCH:
            break
    return told


def key_of(notice_id: int) -> UUID:
    """The id under which a notice goes out: the same at every try."""
    return uuid5(NAMESPACE_URL, f"lastmile:notice:{notice_id}")


@patiently
def _take(sessions: Sessions, now: datetime, wall: datetime) -> list[Due]:
    with sessions.begin() as session:
        return notices.take_due(session, now=now, wall=wall, until=wall + LEASE, most=BATCH)


def _tell_some(
    sessions: Sessions, outbox: Outbox, due: Sequence[Due], now: datetime, wall: datetime
) -> int:
    if not due:
        return 0
    with sessions() as session:
        why = notices.unwanted(session, [one.id for one in due], now)
    left = [one for one in due if one.id not in why]
    told = {number: Told("dropped", words) for number, words in why.items()}
    told |= _send(sessions, outbox, left, wall)
    _settle(sessions, due, told, now, wall)
    return sum(said.state == "sent" for said in told.values())


def _send(
    sessions: Sessions, outbox: Outbox, due: Sequence[Due], wall: datetime
) -> dict[int, Told]:
    """Texts side by side, mails on one connection."""
    texts = [one for one in due if one.channel is Channel.TEXT]
    mails = [one for one in due if one.channel is Channel.EMAIL]
    senders = {
        way: _sender(sessions, *way, due, wall)
        for way in sorted({(one.campaign_id, one.channel.value) for one in due})
    }
    found: dict[int, Told] = {}
    if texts:

        async def side_by_side() -> list[Told]:
            return await asyncio.gather(
                *(_text(outbox, one, senders[one.campaign_id, "text"]) for one in texts)
            )

        found.update(zip([one.id for one in texts], outbox.run(side_by_side()), strict=True))
    if mails:
        out = [_mail(outbox, one, senders[one.campaign_id, "email"]) for one in mails]
        outcomes = outbox.mails.send(out)
        outbox.mails.close()
        found.update((one.id, what_came(said)) for one, said in zip(mails, outcomes, strict=True))
    return found


@patiently
def _sender(
    sessions: Sessions, campaign_id: int, channel: str, due: Sequence[Due], wall: datetime
) -> str:
    """The address from which a campaign's notices go out, counted in the sender's limits and in its
    money; empty if none may send. One sender a transaction, as whoever takes room does."""
    mine = [one for one in due if (one.campaign_id, one.channel.value) == (campaign_id, channel)]
    handed = [Handed(_try(one), one.address, _parts(one)) for one in mine]
    with sessions.begin() as session:
        sender = sender_for(session, campaign_id, channel)
        if sender is not None or channel != Channel.TEXT:  # a mail goes without one
            hold_for_own(session, campaign_id, Channel(channel), "notice", handed, wall)
        if sender is None:
            return ""
        count_in(session, sender.id, sum(map(_parts, mine)), wall)
        return sender.address


async def _text(outbox: Outbox, notice: Due, sender: str) -> Told:
    if not sender:
        return Told("ready", "no sender of the campaign may text now")
    try:
        if notice.tries > 1 and await _is_there(outbox, notice):
            return Told("sent")
        said = await outbox.texts.send(
            TextOut(
                attempt_id=key_of(notice.id),
                to=notice.address,
                sender=sender,
                body=notice.body,
                valid_seconds=3600,
                leave_within=LEASE.total_seconds() / 2,
            )
        )
    except CarrierUnreachable:
        return Told("ready", "the carrier cannot be asked")
    return what_came(said)


async def _is_there(outbox: Outbox, notice: Due) -> bool:
    """Whether the carrier has it from a try whose end nobody noted; links make words unlike."""
    return any(one.body == notice.body for one in await outbox.texts.sent_to(notice.address))


def _mail(outbox: Outbox, notice: Due, sender: str) -> MailOut:
    host = outbox.public_url.partition("://")[2].partition("/")[0].partition(":")[0]
    address = sender or f"lastmile@{host}"
    return MailOut(
        attempt_id=key_of(notice.id),
        message_id=f"<notice-{notice.id}@{address.rpartition('@')[2].rstrip('>')}>",
        to=notice.address,
        sender=address,
        subject=f"[{notice.campaign}] {notice.subject}",
        body=notice.body,
        unsubscribe_url="",
        leave_within=LEASE.total_seconds() / 2,
    )


@patiently
def _settle(
    sessions: Sessions, due: Sequence[Due], told: Mapping[int, Told], now: datetime, wall: datetime
) -> None:
    """Writes what came of all of them, and what it means for the money."""
    said: dict[Channel, dict[str, Outcome | None]] = {way: {} for way in Channel}
    with sessions.begin() as session:
        for one in due:
            state, problem = told[one.id].state, told[one.id].problem
            if state == "ready" and one.tries >= MOST_TRIES:
                state = "failed"
            try_at = wall + PAUSE * 2 ** min(one.tries - 1, 6)
            notices.settle(session, one, state, try_at=try_at, problem=problem, now=now)
            said[one.channel][_try(one)] = told[one.id].outcome
        for channel, outcomes in said.items():
            own_answered(session, channel, outcomes, wall)


def _try(notice: Due) -> str:
    """What this try is paid under: another may go out beside it, where nobody answered."""
    return f"notice:{notice.id}:{notice.tries}"


def _parts(notice: Due) -> int:
    """Segments of a text; a mail is one."""
    return segments(notice.body) if notice.channel is Channel.TEXT else 1
