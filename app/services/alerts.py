"""Alerts: an outbox that any worker empties, by text, by email and by webhook.

Each is taken under a lease that is committed before the network is touched. If the process dies
after that, nothing or one message has gone out, and the alert is tried again when the lease is
over. A text is then looked up at the carrier first; an email keeps its Message-ID and a webhook
its number, by which receivers drop a double. Nobody's calling hours hold here: alerts go to
organizers, who asked for them.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog

from app.channels.port import (
    Accepted,
    CarrierUnreachable,
    HookPort,
    MailOut,
    MailPort,
    NoAnswer,
    Outcome,
    Refused,
    TextOut,
    TextPort,
)
from app.domain.carrier_error import ErrorEffect, effect_of
from app.domain.channel import Channel
from app.domain.lookout import Kind
from app.domain.lookout_words import TITLES
from app.domain.segment import segments
from app.services.own_prices import own_answered
from app.store import incident_desk
from app.store.engine import Sessions, patiently
from app.store.incident_desk import Due
from app.store.own_messages import Handed, hold_for_own
from app.store.rates import count_in

log = structlog.get_logger()

LEASE = timedelta(seconds=90)
"""Longer than a batch takes, in machine time."""
BATCH = 20
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 30
"""With pauses that double up to an hour, these take a day."""
LATER = frozenset({ErrorEffect.SLOW_DOWN, ErrorEffect.STOP_SENDER, ErrorEffect.RETRY})
"""Refusals after which another try may pass, perhaps by another sender."""
SIGN_IN = frozenset({530, 534, 535})
"""What a relay says to whom it does not know: an operator can mend it."""

OWN = frozenset({Channel.TEXT.value, Channel.EMAIL.value})
"""Ways that a campaign's senders are used for, and paid."""

Run = Callable[[Coroutine[Any, Any, Any]], Any]
"""Runs a coroutine in the loop in which the ports live, and waits for its result."""


@dataclass(frozen=True)
class Outbox:
    """What alerts are told with."""

    texts: TextPort
    mails: MailPort
    hooks: HookPort
    run: Run
    key: str  # the signing key
    public_url: str


@dataclass(frozen=True)
class Told:
    """What came of one try."""

    state: str  # sent | ready | failed | dropped
    problem: str = ""
    outcome: Outcome | None = None  # of the carrier or relay; None: it was not asked


def send_alerts(sessions: Sessions, outbox: Outbox, *, wall: datetime) -> int:
    """Tells what is due; returns how many were told. Safe for any number of workers at once."""
    due = _take(sessions, wall)
    if not due:
        return 0
    told = {one.id: _without_asking(sessions, one) for one in due}
    left = [one for one in due if told[one.id] is None]
    told.update(_tell(sessions, outbox, left, wall))
    for one in due:
        _settle(sessions, one, told[one.id] or Told("ready"), wall)
    return sum(said is not None and said.state == "sent" for said in told.values())


def hook_secret(key: str, url: str) -> str:
    """The secret with which a webhook's bodies are signed; its receiver may know it, since no
    other can be told from it."""
    return hmac.new(key.encode(), f"webhook {url}".encode(), hashlib.sha256).hexdigest()


def signature(secret: str, at: datetime, body: bytes) -> str:
    """The header Lastmile-Signature: the time, and the HMAC-SHA256 of "time.body"."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
    return f"t={stamp},v1={digest.hexdigest()}"


def key_of(alert_id: int) -> UUID:
    """The id under which an alert's text goes out: the same at every try."""
    return uuid5(NAMESPACE_URL, f"lastmile:alert:{alert_id}")


@patiently
def _take(sessions: Sessions, wall: datetime) -> list[Due]:
    with sessions.begin() as session:
        return incident_desk.take_due(session, wall=wall, until=wall + LEASE, most=BATCH)


@patiently
def _settle(sessions: Sessions, alert: Due, told: Told, wall: datetime) -> None:
    state = told.state
    if state == "ready" and alert.tries >= MOST_TRIES:
        state = "failed"
    pause = min(FIRST_PAUSE * 2 ** min(alert.tries - 1, 20), LONGEST_PAUSE)
    with sessions.begin() as session:
        due, why = wall + pause, told.problem
        incident_desk.settle_alert(session, alert, state, due_at=due, problem=why)
        if alert.kind in OWN:
            own_answered(session, Channel(alert.kind), {_try(alert): told.outcome}, wall)


def _without_asking(sessions: Sessions, alert: Due) -> Told | None:
    """What is settled without the network: news that is old, and numbers that want no texts."""
    if alert.event == "opened" and alert.closed_at is not None:
        return Told("dropped", "it was over before this was told; its end tells all")
    if alert.kind == "text":
        with sessions() as session:
            if incident_desk.wants_no_texts(session, alert.address):
                return Told("dropped", "this number has opted out of texts")
    return None


def _tell(
    sessions: Sessions, outbox: Outbox, due: Sequence[Due], wall: datetime
) -> dict[int, Told]:
    """Tells each by its way: texts and webhooks side by side, emails on one connection."""
    texts = [one for one in due if one.kind == "text"]
    mails = [one for one in due if one.kind == "email"]
    hooks = [one for one in due if one.kind == "webhook"]
    senders = {
        (campaign, kind): _sender(sessions, campaign, kind, due, wall)
        for campaign in sorted({one.campaign_id for one in due})
        for kind in ("text", "email")
    }

    async def side_by_side() -> list[Told]:
        return await asyncio.gather(
            *(_text(outbox, one, senders[one.campaign_id, "text"]) for one in texts),
            *(_post(outbox, one, wall) for one in hooks),
        )

    found = dict.fromkeys((one.id for one in due), Told("ready"))
    if texts or hooks:
        said = outbox.run(side_by_side())
        found.update(zip([one.id for one in [*texts, *hooks]], said, strict=True))
    if mails:
        out = [_mail(outbox, one, senders[one.campaign_id, "email"]) for one in mails]
        outcomes = outbox.mails.send(out)
        outbox.mails.close()  # alerts are rare
        found.update((one.id, what_came(said)) for one, said in zip(mails, outcomes, strict=True))
    return found


@patiently
def _sender(
    sessions: Sessions, campaign_id: int, kind: str, due: Sequence[Due], wall: datetime
) -> str:
    """The address from which a campaign's alerts of a kind go out, counted in the sender's limits,
    so that voters' messages leave them room, and in the campaign's money; empty if none may send.
    One sender a transaction."""
    mine = [one for one in due if (one.campaign_id, one.kind) == (campaign_id, kind)]
    handed = [Handed(_try(one), one.address, _parts(one)) for one in mine]
    with sessions.begin() as session:
        sender = incident_desk.sender_for(session, campaign_id, kind)
        if sender is not None or kind != Channel.TEXT:  # a mail goes without one
            hold_for_own(session, campaign_id, Channel(kind), "alert", handed, wall)
        if sender is None:
            return ""
        if mine:
            count_in(session, sender.id, sum(map(_parts, mine)), wall)
        return sender.address


def _try(alert: Due) -> str:
    """What this try is paid under: another may go out beside it, where nobody answered."""
    return f"alert:{alert.id}:{alert.tries}"


def _parts(alert: Due) -> int:
    """Segments of a text; a mail is one."""
    return segments(text_of(alert)) if alert.kind == Channel.TEXT else 1


async def _text(outbox: Outbox, alert: Due, sender: str) -> Told:
    if not sender:
        return Told("ready", "no sender of the campaign may text now")
    try:
        if alert.tries > 1 and await _is_there(outbox.texts, alert):
            return Told("sent")
        said = await outbox.texts.send(
            TextOut(
                attempt_id=key_of(alert.id),
                to=alert.address,
                sender=sender,
                body=text_of(alert),
                valid_seconds=int(LONGEST_PAUSE.total_seconds()),
                leave_within=LEASE.total_seconds(),
            )
        )
    except CarrierUnreachable:
        return Told("ready", "the carrier cannot be asked")
    return what_came(said)


async def _is_there(texts: TextPort, alert: Due) -> bool:
    """Whether the carrier has this alert from a try whose end nobody noted."""
    return any(one.body == text_of(alert) for one in await texts.sent_to(alert.address))


def text_of(alert: Due) -> str:
    """The words of the text; the number at its end makes them the alert's own."""
    return f"{alert.said} ({alert.incident_id}.{alert.id})"


def _mail(outbox: Outbox, alert: Due, sender: str) -> MailOut:
    host = outbox.public_url.partition("://")[2].partition("/")[0].partition(":")[0]
    address = sender or f"lastmile@{host}"
    page = f"{outbox.public_url.rstrip('/')}/campaigns/{alert.campaign_id}/incidents"
    over = "Over: " if alert.event == "recovered" else ""
    return MailOut(
        attempt_id=key_of(alert.id),
        message_id=f"<alert-{alert.id}@{address.rpartition('@')[2].rstrip('>')}>",
        to=alert.address,
        sender=address,
        subject=f"[{alert.campaign}] {over}{TITLES[Kind(alert.incident_kind)]}",
        body=f"{alert.said}\n\n{page}",
        unsubscribe_url="",
        leave_within=LEASE.total_seconds() / 2,
    )


async def _post(outbox: Outbox, alert: Due, wall: datetime) -> Told:
    body = body_of(alert, outbox.public_url)
    secret = hook_secret(outbox.key, alert.address)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Lastmile",
        "Lastmile-Alert": str(alert.id),  # the same at every try: a receiver drops a double
        "Lastmile-Signature": signature(secret, wall, body),
    }
    problem = await outbox.hooks.post(alert.address, body, headers)
    return Told("ready", problem) if problem else Told("sent")


def body_of(alert: Due, public_url: str) -> bytes:
    """What a webhook is posted: JSON, with campaign times in ISO 8601."""
    return json.dumps(
        {
            "alert": alert.id,
            "event": alert.event,
            "said": alert.said,
            "incident": {
                "id": alert.incident_id,
                "kind": alert.incident_kind,
                "cause": alert.cause,
                "since": alert.since.isoformat(),
                "opened_at": alert.opened_at.isoformat(),
                "closed_at": alert.closed_at.isoformat() if alert.closed_at else None,
            },
            "campaign": {"id": alert.campaign_id, "name": alert.campaign},
            "page": f"{public_url.rstrip('/')}/campaigns/{alert.campaign_id}/incidents",
        }
    ).encode()


def what_came(said: Outcome) -> Told:
    """What a carrier's or relay's answer means for a message to our own people."""
    if isinstance(said, Accepted):
        return Told("sent", outcome=said)
    if isinstance(said, NoAnswer):
        log.warning("message without an answer", error=said.message)
        words = "no answer, so nobody knows whether it went out; it is tried again"
        return Told("ready", words, said)
    problem = f"{said.code} {said.message}" if isinstance(said, Refused) else said.message
    if isinstance(said, Refused) and effect_of(said.code) not in LATER and said.code not in SIGN_IN:
        return Told("failed", problem, said)
    return Told("ready", problem, said)
