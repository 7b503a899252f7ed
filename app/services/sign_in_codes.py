"""Codes that sign a person in: sent by text or email, good once and for ten minutes."""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.channels.port import Accepted, MailOut, MailPort, NoAnswer, Outcome, TextOut, TextPort
from app.domain.channel import Channel
from app.domain.segment import segments
from app.domain.sign_in import DIGITS, LIFE, MOST_CODES, TRIES, Login, code_hash
from app.services.own_prices import own_answered
from app.services.people import whom
from app.store.engine import Sessions, patiently
from app.store.incident_desk import Teller, sender_for, wants_no_texts
from app.store.own_messages import Handed, hold_for_own
from app.store.people import AuditEntry, SignInCode, User
from app.store.rates import count_in

log = structlog.get_logger()

LEAVES_WITHIN = 10.0
"""Seconds; what has not left by then does not leave at all, and its person asks again."""
CODE, LINK = "{code}", "{link}"
"""Where a message has the code, and the link that signs in without one."""


class Sent(StrEnum):
    """What came of sending a code. Only our own logs and notices may know which it was."""

    SENT = "sent"
    NOBODY = "nobody"  # no account has this address
    ENOUGH = "enough"  # this account has had as many codes as it may within ten minutes
    NO_TEXTS = "no_texts"  # the number has opted out of texts
    NO_SENDER = "no_sender"  # no campaign has a sender that may text
    FAILED = "failed"  # the carrier or the relay did not take it


@dataclass(frozen=True)
class Words:
    """What is sent, in the language of whoever asks. With CODE in it; the mail with LINK too."""

    text: str
    subject: str
    mail: str


@dataclass(frozen=True)
class Post:
    """What codes are sent with; the ports are made and closed by whoever sends."""

    texts: Callable[[], TextPort]
    mails: Callable[[], MailPort]
    link_for: Callable[[User], str]
    key: str  # the signing key
    public_url: str


@dataclass(frozen=True)
class _Letter:
    """A code on its way; it is stored already."""

    id: UUID
    login: Login
    code: str
    sender: str
    link: str
    paid_as: str  # the key of what is reserved for it


def send_code(
    sessions: Sessions, post: Post, login: Login, words: Words, *, wall: datetime
) -> Sent:
    """Sends a new code to an account's phone or email; codes sent before stay good.

    The code is committed before the network is touched. A process that dies in between has stored
    a code that nobody knows. Nothing is sent twice: whoever got none asks for another.
    """
    found = _draw(sessions, post, login, words, wall)
    if isinstance(found, Sent):
        said, problem = found, None
    else:
        outcome = (_text if login.channel is Channel.TEXT else _mail)(post, found, words)
        # Without an answer it may well have gone out; then the code it brings is good.
        fine = isinstance(outcome, Accepted | NoAnswer)
        # What a carrier says in words may name the number; its code does not.
        said, problem = (Sent.SENT, None) if fine else (Sent.FAILED, getattr(outcome, "code", None))
        _pay(sessions, found, outcome, wall)
    if said in (Sent.NO_SENDER, Sent.FAILED):
        log.warning("sign-in code not sent", by=login.channel.value, why=said.value, code=problem)
    return said


def use_code(
    sessions: Sessions, login: Login, code: str, *, key: str, wall: datetime
) -> int | None:
    """The id of the person whom this code signs in, once; None for a code that does not fit.

    Each try counts for all codes that are open for the address, committed with the verdict, so that
    two who try at once cannot share one. What fits ends every open code of the person.
    """
    wanted = code_hash(key, login, code)
    with sessions.begin() as session:
        tried = session.execute(
            update(SignInCode)
            .where(
                SignInCode.sent_to == login.address,
                SignInCode.used_at.is_(None),
                SignInCode.expires_at > wall,
                SignInCode.tries_left > 0,
            )
            .values(tries_left=SignInCode.tries_left - 1)
            .returning(SignInCode.user_id, SignInCode.code_hash)
        ).all()
        fits = [row.user_id for row in tried if hmac.compare_digest(row.code_hash, wanted)]
        if not fits:
            return None
        person = session.get(User, fits[0])
        if person is None or not person.active:
            return None
        mine = (SignInCode.user_id == person.id, SignInCode.used_at.is_(None))
        session.execute(update(SignInCode).where(*mine).values(used_at=wall))
        user_id: int = person.id
        by = {"by": login.channel.value}
        entry = AuditEntry(
            at=wall,
            user_id=user_id,
            action="signed in by a code",
            subject=f"user:{user_id}",
            details=by,
        )
        session.add(entry)
        return user_id


@patiently
def _draw(
    sessions: Sessions, post: Post, login: Login, words: Words, wall: datetime
) -> _Letter | Sent:
    """Stores a new code for the account of this address, or says why none can go."""
    with sessions.begin() as session:
        person = whom(session, login)
        if person is None:
            return Sent.NOBODY
        # Two requests at once take turns, or both would count the codes before either.
        session.execute(select(User.id).where(User.id == person.id).with_for_update())
        if _codes_of(session, person.id, wall) >= MOST_CODES:
            return Sent.ENOUGH
        sender = _sender(session, person.campaign_id, login.channel)
        if login.channel is Channel.TEXT:
            if sender is None:
                return Sent.NO_SENDER
            if wants_no_texts(session, login.address):
                return Sent.NO_TEXTS
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        row = SignInCode(
            user_id=person.id,
            code_hash=code_hash(post.key, login, code),
            sent_to=login.address,
            created_at=wall,
            expires_at=wall + LIFE,
            tries_left=TRIES,
        )
        session.add(row)
        session.flush()
        parts = segments(words.text.replace(CODE, code)) if login.channel is Channel.TEXT else 1
        paid_as = f"sign_in_code:{row.id}"
        if sender is not None:
            handed = [Handed(paid_as, login.address, parts)]
            hold_for_own(session, sender.campaign_id, login.channel, "sign_in_code", handed, wall)
            count_in(session, sender.id, parts, wall)
        return _Letter(
            uuid5(NAMESPACE_URL, f"lastmile:sign-in:{row.id}"),
            login,
            code,
            sender.address if sender else "",
            post.link_for(person),
            paid_as,
        )


@patiently
def _pay(sessions: Sessions, letter: _Letter, outcome: Outcome, wall: datetime) -> None:
    """What came of it means for the money that was reserved."""
    with sessions.begin() as session:
        own_answered(session, letter.login.channel, {letter.paid_as: outcome}, wall)


def _codes_of(session: Session, user_id: int, wall: datetime) -> int:
    recent = (SignInCode.user_id == user_id, SignInCode.created_at > wall - LIFE)
    return session.scalar(select(func.count()).select_from(SignInCode).where(*recent)) or 0


_ANY_CAMPAIGN = text("""
    SELECT c.id FROM campaigns c JOIN senders s ON s.campaign_id = c.id
     WHERE s.channel = :channel AND s.stopped = ''
     ORDER BY (c.state = 'running') DESC, c.polling_day DESC, c.id LIMIT 1
""")


def _sender(session: Session, campaign_id: int | None, channel: Channel) -> Teller | None:
    """The healthiest sender of the person's campaign; of another, if theirs has none that may."""
    found = sender_for(session, campaign_id, channel) if campaign_id is not None else None
    if found is None:
        other = session.scalar(_ANY_CAMPAIGN, {"channel": channel.value})
        found = sender_for(session, other, channel) if other is not None else None
    return found


def _text(post: Post, letter: _Letter, words: Words) -> Outcome:
    out = TextOut(
        attempt_id=letter.id,
        to=letter.login.address,
        sender=letter.sender,
        body=words.text.replace(CODE, letter.code),
        valid_seconds=int(LIFE.total_seconds()),
        leave_within=LEAVES_WITHIN,
    )

    async def send() -> Outcome:
        port = post.texts()
        try:
            return await port.send(out)
        finally:
            await port.close()

    return asyncio.run(send())


def _mail(post: Post, letter: _Letter, words: Words) -> Outcome:
    host = post.public_url.partition("://")[2].partition("/")[0].partition(":")[0]
    sender = letter.sender or f"lastmile@{host}"
    out = MailOut(
        attempt_id=letter.id,
        message_id=f"<{letter.id}@{sender.rpartition('@')[2].rstrip('>')}>",
        to=letter.login.address,
        sender=sender,
        subject=words.subject.replace(CODE, letter.code),
        body=words.mail.replace(CODE, letter.code).replace(LINK, letter.link),
        unsubscribe_url="",
        leave_within=LEAVES_WITHIN,
    )
    port = post.mails()
    try:
        return port.send([out])[0]
    finally:
        port.close()
