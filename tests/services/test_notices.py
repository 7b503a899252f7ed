"""Notices: made once for each shift, told once, at hours in which nobody sleeps."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from app.channels.port import NoAnswer, Outcome, Sent, TextOut
from app.channels.smtp_mail import SmtpMails
from app.channels.twilio_text import TwilioTexts
from app.channels.webhook import Webhooks
from app.domain.channel import Channel
from app.domain.notice import TONGUES, Hours, What, at_night, not_at_night, reminders, say
from app.domain.segment import encoding, segments
from app.services.alerts import Outbox
from app.services.ask_volunteers import Block, CannotAsk, ask_volunteers, preview
from app.services.notices import prepare_notices
from app.services.shifts import NewShift, add_shift, remove_shift
from app.services.tell import LEASE, tell_volunteers
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.messages import DeadAddress, OptOut
from app.store.notices import Notice
from app.store.people import AuditEntry, User
from app.store.shifts import Shift
from tests import factories, reports
from tests.books import violations
from tests.factories import NOON
from tests.processes import Carrier
from tests.scene import apart, texting

URL = "https://vote.example.org"
ZONE = "America/New_York"
FRIDAY = date(2026, 10, 30)
EVE = reports.at(date(2026, 10, 29), 18)
HOUR = reports.at(FRIDAY, 16)


class Teller:
    """Tells what is due, over real HTTP and SMTP."""

    def __init__(self, sessions: Sessions, carrier: Carrier) -> None:
        self.sessions, self.carrier = sessions, carrier
        self.texts: Any = None

    def tell(self, now: datetime, wall: datetime | None = None) -> int:
        """One run of the job."""
        carrier = self.carrier
        texts = self.texts or TwilioTexts(
            carrier.account_sid, carrier.auth_token, carrier.url, "http://web.test", 2
        )

        async def closing(work: Coroutine[Any, Any, Any]) -> Any:
            try:
                return await work
            finally:
                await texts.close()

        mails = SmtpMails(
            "127.0.0.1", carrier.smtp_port, user="", password="", tls=False, timeout=2
        )
        outbox = Outbox(texts, mails, Webhooks(2), lambda work: apart(closing(work)), "key", URL)
        return tell_volunteers(self.sessions, outbox, now=now, wall=wall or now)


@pytest.fixture
def campaign(sessions: Sessions) -> int:
    """A campaign that can text and mail."""
    with sessions.begin() as session:
        return texting(session, 1)[0].id


@pytest.fixture
def teller(sessions: Sessions, campaign: int, carrier_process: Carrier) -> Teller:
    return Teller(sessions, carrier_process)


def volunteer(sessions: Sessions, name: str = "Ana", **facts: Any) -> User:
    return factories.person(sessions, "volunteer", 1, name, **{"phone": "+19195550177", **facts})


def book(sessions: Sessions, who: User, starts: int = 17, ends: int = 20, **facts: Any) -> int:
    asked = NewShift(who.id, **{"day": FRIDAY, "starts": time(starts), "ends": time(ends), **facts})
    return add_shift(sessions, 1, asked, by=who.id, now=NOON, wall=NOON).id


def stored(sessions: Sessions) -> list[Notice]:
    with sessions() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def test_a_shift_is_told_of_the_evening_before_and_an_hour_before_and_once(
    sessions: Sessions, teller: Teller
) -> None:
    shift = book(sessions, volunteer(sessions))
    for _ in range(2):
        prepare_notices(sessions, URL, now=NOON)
    assert [one.due_at for one in stored(sessions)] == [EVE, HOUR]
    assert teller.tell(NOON) == 0
    assert teller.tell(EVE) == 1
    assert teller.tell(EVE + timedelta(minutes=1)) == 0
    assert teller.tell(HOUR) == 1
    first, second = teller.carrier.ledger(kind="text")
    assert first["to"] == "+19195550177"
    with sessions() as session:
        price = session.scalar(text("SELECT max(price) FROM senders WHERE channel = 'text'"))
        parts = segments(first["body"]) + segments(second["body"])
        assert session.scalar(text("SELECT spent + reserved FROM campaigns")) == price * parts > 0
        assert violations(session) == []
    assert "Tomorrow is your shift for Eastside calls: Fri, Oct 30, 5-8 pm." in first["body"]
    assert f"{URL}/shifts/{shift}/cancel" in first["body"]
    assert "begins at 5 pm" in second["body"]


def test_whoever_has_no_phone_gets_a_mail_and_spanish_speakers_spanish(
    sessions: Sessions, teller: Teller
) -> None:
    book(sessions, volunteer(sessions, phone=None, tongue="es"))
    prepare_notices(sessions, URL, now=NOON)
    assert teller.tell(EVE) == 1
    (mail,) = teller.carrier.ledger(kind="mail")
    assert mail["to"] == "ana@example.org"
    assert "Mañana tiene su turno" in stored(sessions)[0].body


def test_a_shift_that_was_taken_off_or_moved_takes_its_notices_back(
    sessions: Sessions, teller: Teller
) -> None:
    ana, ben = volunteer(sessions), volunteer(sessions, "Ben", phone="+19195550178")
    gone, moved = book(sessions, ana), book(sessions, ben)
    prepare_notices(sessions, URL, now=NOON)
    remove_shift(sessions, 1, gone, by=ana.id, now=NOON, wall=NOON)
    with sessions.begin() as session:
        session.get_one(Shift, moved).starts_at += timedelta(hours=1)
    assert teller.tell(EVE) == 0, "even before anybody has looked"
    assert {one.problem for one in stored(sessions) if one.state == "dropped"} == {
        "the shift was taken off or moved"
    }
    prepare_notices(sessions, URL, now=NOON)
    assert teller.tell(EVE) == 1
    (told,) = teller.carrier.ledger(kind="text")
    assert "6-8 pm" in told["body"]
    assert teller.tell(HOUR) == 0
    assert teller.tell(HOUR + timedelta(hours=1)) == 1


@pytest.mark.parametrize("table", [OptOut, DeadAddress])
def test_whoever_sent_stop_and_dead_numbers_are_not_texted(
    sessions: Sessions, teller: Teller, table: type[OptOut | DeadAddress]
) -> None:
    book(sessions, volunteer(sessions))
    prepare_notices(sessions, URL, now=NOON)
    facts: dict[str, Any] = {"address": "+19195550177", "channel": "text"}
    if table is OptOut:
        facts |= {"source": "reply", "opted_out_at": NOON}
    else:
        facts |= {"reason": "30003", "found_at": NOON}
    with sessions.begin() as session:
        session.add(table(**facts))
    book(sessions, volunteer(sessions, "Ben"))
    prepare_notices(sessions, URL, now=NOON)
    assert teller.tell(EVE) == 1
    assert teller.carrier.ledger(kind="text") == []
    (mail,) = teller.carrier.ledger(kind="mail")
    assert mail["to"] == "ben@example.org"


def test_what_comes_too_late_or_to_nobody_is_dropped(sessions: Sessions, teller: Teller) -> None:
    ana = volunteer(sessions)
    book(sessions, ana)
    prepare_notices(sessions, URL, now=NOON)
    assert teller.tell(EVE + timedelta(hours=4)) == 0
    with sessions.begin() as session:
        session.get_one(User, ana.id).active = False
    assert teller.tell(HOUR) == 0
    assert [one.problem for one in stored(sessions)] == ["too late", "the account is switched off"]


@pytest.mark.parametrize("state", ["draft", "closed", "paused"])
def test_nothing_goes_out_while_the_campaign_does_not_run(
    sessions: Sessions, teller: Teller, state: str
) -> None:
    book(sessions, volunteer(sessions))
    prepare_notices(sessions, URL, now=NOON)
    with sessions.begin() as session:
        session.get_one(Campaign, 1).state = state
    assert teller.tell(EVE) == 0


class Lost:
    """A carrier that takes texts and whose answers are lost."""

    def __init__(self) -> None:
        self.has: list[str] = []

    async def send(self, out: TextOut) -> Outcome:
        self.has.append(out.body)
        return NoAnswer("lost")

    async def sent_to(self, address: str) -> list[Sent]:
        return [Sent("SM1", body, "sent", NOON, 1, None, None) for body in self.has]

    async def close(self) -> None:
        await asyncio.sleep(0)


def test_a_text_without_an_answer_is_looked_up_and_not_sent_twice(
    sessions: Sessions, teller: Teller
) -> None:
    book(sessions, volunteer(sessions))
    prepare_notices(sessions, URL, now=NOON)
    teller.texts = lost = Lost()
    assert teller.tell(EVE) == 0
    assert teller.tell(EVE + timedelta(minutes=2), EVE + LEASE) == 1
    assert len(lost.has) == 1
    assert stored(sessions)[0].state == "sent"


def test_four_workers_at_once_tell_it_once(sessions: Sessions, teller: Teller) -> None:
    book(sessions, volunteer(sessions))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: prepare_notices(sessions, URL, now=NOON), range(4)))
        told = list(pool.map(lambda _: teller.tell(EVE), range(4)))
    assert sum(told) == 1
    assert len(teller.carrier.ledger(kind="text")) == 1


def test_notices_count_in_the_limits_of_their_sender(sessions: Sessions, teller: Teller) -> None:
    book(sessions, volunteer(sessions))
    prepare_notices(sessions, URL, now=NOON)
    teller.tell(EVE)
    with sessions() as session:
        used = session.scalar(text("SELECT day_used FROM senders WHERE channel = 'text'"))
    assert used >= 1


BLOCK = Block(Channel.CALL, reports.at(FRIDAY, 17), reports.at(FRIDAY, 20))


def test_all_volunteers_are_asked_once_but_those_who_are_on_a_shift_then(
    sessions: Sessions, teller: Teller
) -> None:
    volunteer(sessions)
    busy = volunteer(sessions, "Ben", phone="+19195550178")
    volunteer(sessions, "Cid", phone=None, tongue="es")
    factories.person(sessions, "organizer", 1, "Olive")
    book(sessions, busy, 19, 21)
    with sessions() as session:
        seen = preview(session, session.get_one(Campaign, 1), BLOCK, URL, NOON)
    assert (seen.texts, seen.mails, seen.busy, seen.problem) == (1, 1, 1, "")
    assert set(seen.words) == {"en", "es"}
    facts: dict[str, Any] = {"by": 4, "now": NOON, "wall": NOON}
    assert ask_volunteers(sessions, 1, BLOCK, URL, **facts) == 2
    assert ask_volunteers(sessions, 1, BLOCK, URL, **facts) == 0
    assert teller.tell(NOON) == 2
    (told,) = teller.carrier.ledger(kind="text")
    assert "needs more people for calls on Fri, Oct 30, 5-8 pm" in told["body"]
    with sessions() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action.like("asked%")))
    assert (entry.subject, entry.details["people"]) == ("campaign:1", 2)


def test_nobody_is_asked_for_hours_that_are_past_or_by_a_draft(
    sessions: Sessions, campaign: int
) -> None:
    volunteer(sessions)
    facts: dict[str, Any] = {"by": 1, "wall": NOON}
    with pytest.raises(CannotAsk, match="past"):
        ask_volunteers(sessions, 1, BLOCK, URL, now=BLOCK.ends_at, **facts)
    with sessions.begin() as session:
        session.get_one(Campaign, 1).state = "draft"
    with pytest.raises(CannotAsk, match="draft"):
        ask_volunteers(sessions, 1, BLOCK, URL, now=NOON, **facts)
    assert stored(sessions) == []


def test_whoever_is_asked_at_night_is_written_to_in_the_morning(
    sessions: Sessions, campaign: int
) -> None:
    volunteer(sessions)
    night = reports.at(date(2026, 10, 29), 22)
    ask_volunteers(sessions, 1, BLOCK, URL, by=1, now=night, wall=NOON)
    assert [one.due_at for one in stored(sessions)] == [reports.at(FRIDAY, 8)]


INSTANTS = st.timedeltas(timedelta(), timedelta(days=270)).map(
    lambda after: datetime(2026, 3, 1, tzinfo=UTC) + after
)


@given(INSTANTS, st.timedeltas(timedelta(), timedelta(days=3)))
def test_reminders_are_never_at_night_never_late_and_never_before_the_booking(
    starts: datetime, ahead: timedelta
) -> None:
    for one in reminders(starts, starts - ahead, ZONE):
        assert not at_night(one.due_at, ZONE)
        assert starts - ahead < one.due_at < one.expires_at <= starts


@given(INSTANTS)
def test_a_night_ends_at_eight_and_the_day_is_left_alone(at: datetime) -> None:
    moved = not_at_night(at, ZONE)
    assert not at_night(moved, ZONE)
    assert timedelta() <= moved - at <= timedelta(hours=12)
    assert (moved == at) == (not at_night(at, ZONE))


@pytest.mark.parametrize(
    ("hour", "whats"),
    [
        (17, [What.EVE, What.HOUR]),
        (9, [What.EVE, What.HOUR]),
        (8, [What.EVE]),
        (6, [What.EVE]),
        (22, [What.EVE, What.HOUR]),
    ],
)
def test_a_shift_so_early_is_told_of_the_evening_before_alone(hour: int, whats: list[What]) -> None:
    starts = reports.at(FRIDAY, hour)
    assert [one.what for one in reminders(starts, NOON, ZONE)] == whats


@pytest.mark.parametrize("tongue", TONGUES)
@pytest.mark.parametrize("what", list(What))
def test_texts_keep_to_the_alphabet_that_costs_half(what: What, tongue: str) -> None:
    facts = dict.fromkeys(("campaign", "page", "cancel", "link", "words", "name"), "Ana")
    hours = Hours(reports.at(FRIDAY, 17), reports.at(FRIDAY, 20), ZONE)
    said = say(what, tongue, hours, Channel.CALL, **facts)
    assert "{" not in said.subject + said.body
    assert encoding(said.on(Channel.TEXT)) == "GSM-7"
