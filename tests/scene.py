"""A campaign that texts and mails, and a desk that does by hand what the worker does."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from app.channels.smtp_mail import SmtpMails
from app.channels.twilio_text import TwilioTexts
from app.clock import ManualClock
from app.domain.channel import Channel
from app.services.book_prices import BEGINNING, book_prices
from app.services.chase import chase
from app.services.dispatch import Claimer
from app.services.look_up import Patience, look_up
from app.services.send_mails import drain_mails
from app.services.send_texts import drain_texts
from app.services.unsubscribe import Unsubscribe
from app.store.campaigns import Campaign, PlanHour, Script, Sender
from app.store.engine import Sessions
from app.store.messages import Consent
from app.store.voters import Voter
from tests import factories
from tests.factories import NOON
from tests.processes import Carrier

SENDER = "+19195550142"
Result = TypeVar("Result")
CLAIMER = Claimer("worker:test", timedelta(seconds=15), 50)
TIMEOUT = 2.0
BODY = "Hi {first_name}, vote {polling_day}. Reply STOP to end. Paid for by {organization}"


def texting(session: Session, count: int, **facts: Any) -> tuple[Campaign, list[Voter]]:
    """A campaign with `count` voters who consent to texts, at noon, five days before."""
    made = factories.campaign(session, **facts)
    whom = factories.voters(session, count)
    factories.targets(session, made, whom)
    consent(session, whom)
    session.add_all(
        [
            Script(campaign_id=made.id, channel=Channel.TEXT, body=BODY),
            Script(campaign_id=made.id, channel=Channel.EMAIL, subject="Vote", body=BODY),
            Sender(
                campaign_id=made.id,
                channel=Channel.TEXT,
                name="Texts",
                address=SENDER,
                per_second=10_000,
                price=Decimal("0.0079"),
            ),
            Sender(
                campaign_id=made.id,
                channel=Channel.EMAIL,
                name="Mail",
                address="ana@rivera.example",
                per_second=10_000,
            ),
        ]
    )
    session.flush()
    return made, whom


def consent(session: Session, whom: Sequence[Voter]) -> None:
    """Consents to texts for these voters' phones."""
    factories.stored(
        session,
        Consent,
        [
            {
                "address": voter.phone,
                "channel": "text",
                "basis": "sign-up form",
                "source": "test",
                "given_on": factories.POLLING_DAY - timedelta(days=90),
            }
            for voter in whom
        ],
    )


def planned(session: Session, campaign: Campaign, channel: Channel, at: datetime, n: int) -> None:
    """`n` attempts planned for the hour that ends at `at`."""
    hour = at - timedelta(hours=1)
    session.add(PlanHour(campaign_id=campaign.id, channel=channel, hour_at=hour, planned=n))
    session.flush()


def run(sessions: Sessions, statement: str, **binds: Any) -> None:
    """One statement in a transaction of its own."""
    with sessions.begin() as session:
        session.execute(text(statement), binds)


@contextmanager
def heard(engine: Engine) -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    said: list[str] = []

    def note(*facts: Any) -> None:
        said.append(facts[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:  # while somebody listens, no statement goes the plain way
        event.remove(engine, "before_cursor_execute", note)


def apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Runs a coroutine in a thread of its own: a browser test may have left a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class Desk:
    """Does by hand what the worker does on its timetable, on a clock that stands still."""

    def __init__(self, sessions: Sessions, carrier: Carrier, web: str = "http://web.example"):
        self.sessions, self.carrier, self.web = sessions, carrier, web
        self.clock = ManualClock(NOON)

    def texts(self) -> TwilioTexts:
        """A text port over real HTTP to the carrier."""
        carrier = self.carrier
        return TwilioTexts(carrier.account_sid, carrier.auth_token, carrier.url, self.web, TIMEOUT)

    def send_texts(self) -> int:
        """Sends what is due; returns the attempts."""

        async def run() -> int:
            texts = self.texts()
            try:
                return await drain_texts(self.sessions, texts, self.clock, CLAIMER)
            finally:
                await texts.close()

        return apart(run())

    def send_mails(self) -> int:
        """Mails what is due; returns the attempts."""
        mails = SmtpMails(
            "127.0.0.1", self.carrier.smtp_port, user="", password="", tls=False, timeout=TIMEOUT
        )
        links = Unsubscribe("key", self.web)
        try:
            return drain_mails(self.sessions, mails, self.clock, CLAIMER, links)
        finally:
            mails.close()

    def look_up(self, later: timedelta) -> int:
        """Settles what nobody answered, `later` in machine time."""

        # The carrier and the attempts' machine time differ: the clock of this desk stands still.
        async def run() -> int:
            texts = self.texts()
            try:
                return await look_up(
                    self.sessions,
                    texts,
                    now=self.clock.now(),
                    wall=self.clock.wall() + later,
                    patience=Patience(timedelta(seconds=30)),
                )
            finally:
                await texts.close()

        return apart(run())

    def chase(self) -> None:
        """Asks what became of texts whose callbacks never came."""

        async def run() -> None:
            texts = self.texts()
            try:
                await chase(
                    self.sessions,
                    texts,
                    now=self.clock.now(),
                    after=BEGINNING,
                    before=self.clock.wall() + timedelta(minutes=10),
                )
            finally:
                await texts.close()

        apart(run())

    def book(self) -> None:
        """Books what the carrier charged."""

        async def run() -> None:
            texts = self.texts()
            try:
                await book_prices(self.sessions, texts, after=BEGINNING)
            finally:
                await texts.close()

        apart(run())


def column(sessions: Sessions, query: str, **binds: Any) -> list[Any]:
    """The first column of a query."""
    with closing(sessions()) as session:
        return list(session.execute(text(query), binds).scalars())


def counts(sessions: Sessions, query: str, **binds: Any) -> dict[Any, Any]:
    """The rows of a query of two columns, as a dict."""
    with closing(sessions()) as session:
        return {row[0]: row[1] for row in session.execute(text(query), binds)}


TOUCHES = "SELECT state, count(*) FROM touches GROUP BY state"
ATTEMPTS = "SELECT state, count(*) FROM attempts GROUP BY state"
