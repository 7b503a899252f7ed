"""Everything that recurs, in one list. Each job is level-triggered and safe to run twice."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from threading import Thread
from typing import Any, NamedTuple, Protocol

from app.channels.port import MailPort, TextPort
from app.domain.sender import AHEAD_SECONDS
from app.keys import signing_key
from app.services import blast_release, follow
from app.services.book_prices import BEGINNING, book_estimates, book_prices
from app.services.chase import chase
from app.services.count_reports import count_reports
from app.services.day_report import write_due
from app.services.dispatch import Claimer
from app.services.in_line import Dry, stay_in_line
from app.services.learn import learn
from app.services.look_up import Patience, look_up, resend_mails
from app.services.next_numbers import next_numbers
from app.services.own_prices import book_own_prices
from app.services.pace import Dry as PaceDry
from app.services.pace import expire, pace
from app.services.phases import mark_due
from app.services.reach_marks import mark_reach
from app.services.replan import replan
from app.services.send_mails import drain_mails
from app.services.send_texts import drain_texts
from app.services.sender_health import measure_senders
from app.services.set_up.choosing import choose_waiting
from app.services.settle import sweep
from app.services.settle_calls import price_calls, settle_calls
from app.services.tidy import tidy
from app.services.unsubscribe import Unsubscribe
from app.wiring import Parts
from app.worker.importer import Importer
from app.worker.lookout import Lookout
from app.worker.rehearser import Rehearser
from app.worker.volunteers import Volunteers

MAIL_BATCH = 50
CALLBACK_PATIENCE = timedelta(minutes=10)
"""How long a callback is waited for before the carrier is asked."""
PRICE_PATIENCE = timedelta(days=1)
"""How long a price is asked for before the estimate is booked."""
LONG = 600.0
"""Patience for jobs that count a whole electorate in one query, or solve a plan."""


class Runner(Protocol):
    """Runs coroutines, in whatever loop."""

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine and waits for its result."""
        ...

    def stop(self) -> None:
        """Ends the loop."""
        ...


class Loop:
    """One event loop in a thread of its own; the text port's connections live in it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="texts", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine in the loop and waits for its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        """Ends the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        if not self._thread.is_alive():
            self._loop.close()


class Job(NamedTuple):
    """A job and how many machine seconds lie between its runs."""

    name: str
    seconds: float
    run: Callable[[], object]
    patience: float | None = None  # seconds that it may stand still; None: as the settings say


class Jobs:
    """The jobs of one worker, on its own connections."""

    def __init__(
        self,
        parts: Parts,
        name: str,
        told_to_end: Callable[[], bool],
        loop: Runner | None = None,
        *,
        advice: bool = True,
        ahead: float = AHEAD_SECONDS,
    ) -> None:
        chosen = parts.settings
        self.parts, self.name, self.told_to_end = parts, name, told_to_end
        self.advice = advice  # in plans
        self.loop = loop or Loop()
        self.texts: TextPort = parts.texts()
        self.mails: MailPort = parts.mails()
        self.voice = parts.voice()
        self.links = Unsubscribe(signing_key(chosen), chosen.public_url)
        lease = timedelta(seconds=chosen.text_lease_seconds)
        # Longer than a lease and a time-out: whoever might still send has given up by then.
        self.sure = timedelta(seconds=chosen.look_up_seconds)
        self.patience = Patience(
            lease + timedelta(seconds=chosen.twilio_timeout_seconds) + self.sure,
            self.sure,
            timedelta(minutes=chosen.accept_minutes),
        )
        self.claimer = Claimer(
            name,
            lease,
            chosen.send_batch,
            told_to_end,
            parts.new_id,
            self.patience.valid_for,
            ahead,
        )
        # A batch of mails goes out one by one, so it is small and its lease long.
        slow = timedelta(seconds=chosen.smtp_timeout_seconds * 2 + MAIL_BATCH)
        self.mailer = Claimer(name, slow, MAIL_BATCH, told_to_end, parts.new_id, ahead=ahead)
        self.asked_until = self.chased_until = BEGINNING
        self.mail_grace = slow + timedelta(seconds=10)
        self.importer = Importer(parts, name)
        self.rehearser = Rehearser(parts, name)
        self.lookout = Lookout(parts, self.loop.run)
        self.volunteers = Volunteers(parts, self.loop.run)
        self.in_line_dry: Dry = {}
        self.blast_dry: blast_release.Dry = {}
        self.pace_dry: PaceDry = {}
        self.follow_dry: follow.Dry = {}

    def timetable(self) -> list[Job]:
        """All that recurs."""
        sessions, clock = self.parts.sessions, self.parts.clock
        return [
            Job("pace", 1, lambda: pace(sessions, clock.now(), self.pace_dry)),
            Job("expire", 1, lambda: expire(sessions, clock.now())),
            Job("mark reach", 10, lambda: mark_reach(sessions, clock.wall()), LONG),
            Job("mark phases", 5, lambda: mark_due(sessions, clock.now()), LONG),
            Job("follow through", 30, self.follow_through),
            Job("day reports", 60, lambda: write_due(sessions, clock.now()), LONG),
            Job("stay in line", 5, lambda: stay_in_line(sessions, clock.now(), self.in_line_dry)),
            Job("blasts", 2, self.release_blasts, LONG),
            Job("send texts", 0.5, self.send_texts),
            Job("send mails", 1, self.send_mails),
            Job("end leases", 2, lambda: sweep(sessions, clock.wall())),
            Job("measure senders", 10, self.measure_senders),
            Job("look up texts", self.sure.total_seconds() / 2, self.look_up),
            Job("look up mails", 15, self.look_up_mails),
            Job("book prices", 2, self.book_prices),
            Job("book own prices", 30, self.book_own_prices),
            Job("chase", 10, self.chase),
            Job("settle calls", 5, self.settle_calls),
            Job("price calls", 30, lambda: price_calls(sessions, self.voice, wall=clock.wall())),
            Job("watch", 15, self.lookout.watch),
            Job("alerts", 5, self.lookout.tell),
            Job("ping", 60, self.lookout.ping),
            Job("shift notices", 3, self.volunteers.watch),
            Job("tell volunteers", 2, self.volunteers.tell),
            Job("plan", 5, self.replan, LONG),
            Job("learn rates", 600, lambda: learn(sessions, clock.now()), LONG),
            Job("count reports", 20, self.count_reports, LONG),
            Job("next numbers", 30, lambda: next_numbers(self.parts.engine, clock.now()), LONG),
            Job("import files", 1, self.importer.tend),
            Job("tidy uploads", 600, self.importer.tidy),
            Job("tidy", 60, lambda: tidy(sessions, now=clock.now(), wall=clock.wall())),
            Job("rehearse", 2, self.rehearser.tend),
            Job("choose voters", 2, lambda: choose_waiting(sessions, self.name, clock.wall), LONG),
        ]

    def follow_through(self) -> int:
        """Releases the reminders of plans and the chases of mail ballots that are due."""
        parts = self.parts
        return follow.follow_through(parts.sessions, parts.clock.now(), self.follow_dry)

    def replan(self) -> object:
        """Makes the plans anew whose ground has changed."""
        parts, clock = self.parts, self.parts.clock
        times = {"now": clock.now(), "wall": clock.wall()}
        return replan(parts.sessions, self.name, **times, advice=self.advice)

    def count_reports(self) -> int:
        """Counts the days of the reports that may have changed."""
        clock = self.parts.clock
        return count_reports(self.parts.sessions, clock.now(), clock.wall())

    def release_blasts(self) -> int:
        """Releases what is due of the blasts."""
        now = self.parts.clock.now()
        return blast_release.release_blasts(self.parts.sessions, now, self.blast_dry)

    def close(self) -> None:
        """Closes the connections and ends the loop."""
        self.importer.end()
        self.rehearser.end()
        self.lookout.close()
        self.volunteers.close()
        self.mails.close()
        self.loop.run(self.texts.close())
        self.loop.stop()

    def send_texts(self) -> object:
        """Sends what is due."""
        parts = self.parts
        return self.loop.run(drain_texts(parts.sessions, self.texts, parts.clock, self.claimer))

    def send_mails(self) -> int:
        """Sends what is due."""
        parts = self.parts
        return drain_mails(parts.sessions, self.mails, parts.clock, self.mailer, self.links)

    def measure_senders(self) -> int:
        """Measures the senders' health."""
        clock = self.parts.clock
        return measure_senders(
            self.parts.sessions, now=clock.now(), wall=clock.wall(), speed=clock.speed
        )

    def look_up(self) -> object:
        """Settles texts without an answer by the carrier's list."""
        clock = self.parts.clock
        return self.loop.run(
            look_up(
                self.parts.sessions,
                self.texts,
                now=clock.now(),
                wall=clock.wall(),
                patience=self.patience,
                clock=clock,
                told_to_end=self.told_to_end,
            )
        )

    def settle_calls(self) -> int:
        """Settles calls through the carrier that their volunteers say nothing of."""
        clock = self.parts.clock
        return settle_calls(self.parts.sessions, self.voice, now=clock.now(), wall=clock.wall())

    def look_up_mails(self) -> int:
        """Puts mails without an answer back."""
        clock = self.parts.clock
        return resend_mails(
            self.parts.sessions, now=clock.now(), before=clock.wall() - self.mail_grace
        )

    def chase(self) -> object:
        """Asks for the state of texts whose last callback never came."""
        clock = self.parts.clock
        self.chased_until = self.loop.run(
            chase(
                self.parts.sessions,
                self.texts,
                now=clock.now(),
                after=self.chased_until,
                before=clock.wall() - CALLBACK_PATIENCE,
            )
        )
        return self.chased_until

    def book_prices(self) -> object:
        """Books what the carrier charged."""
        self.asked_until = self.loop.run(
            book_prices(self.parts.sessions, self.texts, after=self.asked_until)
        )
        book_estimates(self.parts.sessions, before=self.parts.clock.wall() - PRICE_PATIENCE)
        return self.asked_until

    def book_own_prices(self) -> object:
        """Books what the carrier charged for messages to our own people."""
        parts = self.parts
        return self.loop.run(book_own_prices(parts.sessions, self.texts, wall=parts.clock.wall()))
