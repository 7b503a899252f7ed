"""A test message of a sender to an organizer's own phone or mailbox."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.channels.apart import waited_for
from app.channels.port import (
    Accepted,
    MailOut,
    MailPort,
    NoAnswer,
    NotProcessed,
    Outcome,
    Refused,
    TextOut,
    TextPort,
)
from app.domain.channel import Channel
from app.domain.email import clean_email
from app.domain.phone import clean_phone
from app.domain.segment import segments
from app.services.sender_checks import domain_of
from app.store.campaigns import Campaign, Sender, SenderCheck
from app.store.engine import Sessions, patiently
from app.store.frames import frame_of
from app.store.messages import OptOut
from app.store.people import AuditEntry
from app.store.pool import hold_money, settle_money
from app.store.rates import count_in
from app.store.sender_checks import check_of_attempt, last_callback

VALID_SECONDS = 600
LEAVES_WITHIN = 5.0  # seconds; a process that was frozen before sends nothing


@dataclass(frozen=True)
class Post:
    """By which ports the message goes."""

    texts: Callable[[], TextPort]
    mails: Callable[[], MailPort]


@dataclass(frozen=True)
class TrialWords:
    """What the message says, in the organizer's language."""

    subject: str
    body: str


class TrialRefused(ValueError):
    """It cannot be sent; `code` says why: address, opted_out or money."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def send_test(
    sessions: Sessions,
    post: Post,
    sender_id: int,
    to: str,
    words: TrialWords,
    *,
    key: UUID,
    by: int | None,
    now: datetime,
    wall: datetime,
) -> str:
    """Sends one test message and returns its code; raises TrialRefused.

    The row is committed before the network is touched: a process that dies in between leaves one
    that says "it was about to go". `key` comes with the form, so that a form sent twice sends one
    message: the second is told what became of the first.
    """
    stored = _store(sessions, sender_id, to, words, key=key, by=by, now=now, wall=wall)
    if isinstance(stored, str):
        return stored
    sender, address = stored
    send = _text if sender.channel is Channel.TEXT else _mail
    passed, said, facts = _told(send(post, sender, address, words, key))
    with sessions.begin() as session:
        row = check_of_attempt(session, sender_id, key)
        if row is not None:
            row.passed, row.said, row.facts = passed, said, {**row.facts, **facts}
            if passed is False:  # it surely did not go out, and costs nothing
                cost = Decimal(str(row.facts.get("cost", 0)))
                settle_money(session, sender.campaign_id, freed=Decimal(0), spent=-cost)
                row.facts = {**row.facts, "cost": "0"}
    return said


@patiently
def _store(
    sessions: Sessions,
    sender_id: int,
    to: str,
    words: TrialWords,
    *,
    key: UUID,
    by: int | None,
    now: datetime,
    wall: datetime,
) -> tuple[Sender, str] | str:
    """The sender and the address, with the row committed; or the code of the row that is there.

    What it will cost is booked as spent with it: whoever dies in between may have sent it.
    """
    with sessions.begin() as session:
        # The money before the sender, as everywhere; two that are pressed at once take turns.
        mine = select(Sender).where(Sender.id == sender_id)
        campaign_id = session.scalars(mine).one().campaign_id
        of_it = select(Campaign).where(Campaign.id == campaign_id).with_for_update()
        campaign = session.scalars(of_it).one()
        locked = mine.with_for_update().execution_options(populate_existing=True)
        sender = session.scalars(locked).one()
        known = check_of_attempt(session, sender_id, key)
        if known is not None:
            return known.said
        texts = sender.channel is Channel.TEXT
        address = clean_phone(to, campaign.country) if texts else clean_email(to)
        if address is None:
            raise TrialRefused("address")
        if session.get(OptOut, (address, sender.channel.value)) is not None:
            raise TrialRefused("opted_out")
        # Counted in the sender's limits and paid for like all that goes out.
        parts = segments(words.body) if texts else 1
        count_in(session, sender_id, parts, wall)
        cost = sender.price * parts
        _pay(session, campaign, cost, now)
        session.add(
            SenderCheck(
                sender_id=sender_id,
                kind="test",
                passed=None,
                said="test_sending",
                facts={
                    "attempt": str(key),
                    "after": last_callback(session),
                    "end": address[-2:],
                    "cost": str(cost),
                },
                checked_by=by,
                checked_at=wall,
            )
        )
        session.add(
            AuditEntry(
                at=now,
                user_id=by,
                action="test message asked for",
                subject=f"sender:{sender_id}",
                details={"campaign": sender.campaign_id, "to": f"…{address[-2:]}"},
            )
        )
        session.flush()
        session.refresh(sender)
        session.expunge(sender)
        return sender, address


def _pay(session: Session, campaign: Campaign, cost: Decimal, now: datetime) -> None:
    """Books what a test costs, within what may be spent now; raises TrialRefused.

    In a draft senders are tried before anybody has set the money: it counts once that is set.
    """
    if campaign.state == "draft" and not campaign.budget:
        settle_money(session, campaign.id, freed=Decimal(0), spent=cost)
        return
    limit = frame_of(session, campaign).spendable(now)
    if cost and not hold_money(session, campaign.id, cost, limit):
        raise TrialRefused("money")
    settle_money(session, campaign.id, freed=cost, spent=cost)


def _text(post: Post, sender: Sender, to: str, words: TrialWords, key: UUID) -> Outcome:
    out = TextOut(key, to, sender.address, words.body, VALID_SECONDS, LEAVES_WITHIN)

    async def send() -> Outcome:
        port = post.texts()
        try:
            return await port.send(out)
        finally:
            await port.close()

    return waited_for(send())


def _mail(post: Post, sender: Sender, to: str, words: TrialWords, key: UUID) -> Outcome:
    message_id = f"<{key}@{domain_of(sender.address)}>"
    out = MailOut(key, message_id, to, sender.address, words.subject, words.body, "", LEAVES_WITHIN)
    port = post.mails()
    try:
        return port.send([out])[0]
    finally:
        port.close()


def _told(outcome: Outcome) -> tuple[bool | None, str, dict[str, object]]:
    """Verdict, code and facts of what the carrier or relay answered."""
    if isinstance(outcome, Accepted):
        return True, "test_sent", {"sid": outcome.sid}
    if isinstance(outcome, Refused):
        return False, "test_refused", {"code": outcome.code}
    if isinstance(outcome, NotProcessed):
        return False, "test_not_sent", {"why": outcome.message[:200]}
    assert isinstance(outcome, NoAnswer)
    return None, "test_unknown", {}
