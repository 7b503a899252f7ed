"""Codes that sign in: sent over a real carrier, good once, for ten minutes and five tries."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.channels.smtp_mail import SmtpMails
from app.channels.twilio_text import TwilioTexts
from app.domain.channel import Channel
from app.domain.sign_in import LIFE, MOST_CODES, TRIES, Login
from app.services.sign_in_codes import CODE, LINK, Post, Sent, Words, send_code, use_code
from app.store.engine import Sessions
from app.store.own_messages import paid_for_own
from app.store.wishes import opt_out
from tests import factories
from tests.books import violations
from tests.box import Box
from tests.factories import NOON
from tests.processes import Carrier
from tests.scene import column, texting

KEY = "a key"
PHONE = Login(Channel.TEXT, "+19195550199")
EMAIL = Login(Channel.EMAIL, "ana@example.org")
WORDS = Words(f"Your code: {CODE}.", f"{CODE} is it", f"Type {CODE} or open {LINK}")


class Desk:
    """Who sends codes and tries them."""

    def __init__(self, sessions: Sessions, carrier: Carrier | None = None) -> None:
        self.sessions, self.carrier, self.box = sessions, carrier, Box()
        self.post = Post(
            self._over_texts if carrier else self.box.as_texts,
            self._over_mails if carrier else self.box.as_mails,
            lambda person: f"http://web.test/s/{person.id}",
            KEY,
            "http://web.test",
        )

    def send(self, login: Login = PHONE, minutes: float = 0) -> Sent:
        wall = NOON + timedelta(minutes=minutes)
        return send_code(self.sessions, self.post, login, WORDS, wall=wall)

    def use(self, code: str, login: Login = PHONE, minutes: float = 1) -> int | None:
        wall = NOON + timedelta(minutes=minutes)
        return use_code(self.sessions, login, code, key=KEY, wall=wall)

    def codes(self) -> list[str]:
        """Those that came by text, oldest first."""
        return self.box.codes()

    def _over_texts(self) -> TwilioTexts:
        there = self.carrier
        assert there is not None
        return TwilioTexts(there.account_sid, there.auth_token, there.url, "http://web.test", 2)

    def _over_mails(self) -> SmtpMails:
        assert self.carrier is not None
        port = self.carrier.smtp_port
        return SmtpMails("127.0.0.1", port, user="", password="", tls=False, timeout=2)


@pytest.fixture
def ana(sessions: Sessions) -> Sessions:
    """A campaign that can text and mail, with a volunteer who has a phone and an email."""
    with sessions.begin() as session:
        texting(session, 1)
    factories.person(sessions, "volunteer", 1, "Ana", phone=PHONE.address)
    return sessions


@pytest.fixture
def desk(ana: Sessions) -> Desk:
    """Over ports that deliver at once."""
    return Desk(ana)


def test_codes_go_over_a_real_carrier_and_a_real_relay(
    ana: Sessions, carrier_process: Carrier
) -> None:
    desk = Desk(ana, carrier_process)
    assert (desk.send(), desk.send(EMAIL)) == (Sent.SENT, Sent.SENT)
    (told,), (mail,) = carrier_process.ledger(kind="text"), carrier_process.ledger(kind="mail")
    assert (told["to"], mail["to"]) == (PHONE.address, EMAIL.address)
    by_text, by_mail = (re.findall(r"\d{6}", one["body"])[0] for one in (told, mail))
    assert mail["body"].strip() == f"Type {by_mail} or open http://web.test/s/1"
    assert desk.use(by_mail) is None, "a code of the email is none of the phone"
    assert desk.use(by_mail, EMAIL) == 1
    assert desk.use(by_text) is None, "one sign-in ends all codes"
    with ana() as session:
        paid = paid_for_own(session, 1)
    carrier_process.running.kill()
    assert (desk.send(), desk.send(EMAIL)) == (Sent.FAILED, Sent.FAILED)
    with ana() as session:
        assert paid_for_own(session, 1) == paid > 0, "what did not go out costs nothing"
        assert violations(session) == []


def test_a_code_is_paid_for_by_the_campaign_whose_sender_it_leaves_by(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        session.execute(text("UPDATE senders SET price = 0.01 WHERE channel = 'text'"))
        session.execute(text("UPDATE campaigns SET budget = 0"))
    assert desk.send() is Sent.SENT
    with desk.sessions() as session:
        assert paid_for_own(session, 1) == Decimal("0.01")
        assert violations(session) == []


def test_a_code_comes_by_text_and_signs_in_once(desk: Desk) -> None:
    assert desk.send() is Sent.SENT
    (code,) = desk.codes()
    assert desk.use(code) == 1
    assert desk.use(code) is None
    assert column(desk.sessions, "SELECT user_id FROM audit WHERE action LIKE 'signed in%'") == [1]


def test_the_code_itself_is_not_stored(desk: Desk) -> None:
    desk.send()
    (code,) = desk.codes()
    (row,) = column(desk.sessions, "SELECT to_jsonb(c)::text FROM sign_in_codes c")
    assert code not in row


def test_a_code_ends_after_ten_minutes(desk: Desk) -> None:
    desk.send()
    (code,) = desk.codes()
    assert desk.use(code, minutes=LIFE.total_seconds() / 60) is None
    assert desk.use(code, minutes=9.9) == 1


def test_five_wrong_tries_end_a_code(desk: Desk) -> None:
    desk.send()
    (code,) = desk.codes()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert [desk.use(wrong) for _ in range(TRIES)] == [None] * TRIES
    assert desk.use(code) is None


def test_tries_at_once_are_five_and_only_one_comes_in(desk: Desk) -> None:
    desk.send()
    (code,) = desk.codes()
    with ThreadPoolExecutor(6) as threads:
        came_in = list(threads.map(lambda _: desk.use(code), range(6)))
    assert sorted(came_in, key=bool) == [None] * 5 + [1]


def test_an_older_code_that_comes_late_is_still_good(desk: Desk) -> None:
    desk.send()
    desk.send(minutes=1)
    late, newest = desk.codes()
    assert desk.use(late, minutes=2) == 1
    assert desk.use(newest, minutes=2) is None, "one sign-in ends them all"


def test_an_account_gets_only_so_many_codes(desk: Desk) -> None:
    said = [desk.send() for _ in range(MOST_CODES + 1)]
    assert said == [Sent.SENT] * MOST_CODES + [Sent.ENOUGH]
    assert desk.send(EMAIL) is Sent.ENOUGH
    assert desk.send(minutes=10) is Sent.SENT


@pytest.mark.parametrize(
    "login",
    [Login(Channel.TEXT, "+19195550198"), Login(Channel.EMAIL, "eve@example.org")],
    ids=["phone", "email"],
)
def test_nobody_elses_address_gets_anything(desk: Desk, login: Login) -> None:
    assert desk.send(login) is Sent.NOBODY
    assert desk.box.texts == desk.box.mails == []


def test_an_account_that_is_off_gets_no_code_and_uses_none(desk: Desk) -> None:
    desk.send()
    (code,) = desk.codes()
    with desk.sessions.begin() as session:
        session.execute(text("UPDATE users SET active = false"))
    assert desk.send() is Sent.NOBODY
    assert desk.use(code) is None


def test_a_phone_from_a_list_does_not_open_an_organizers_account(desk: Desk) -> None:
    phone = Login(Channel.TEXT, "+19195550177")
    factories.person(desk.sessions, "organizer", None, "Olive", phone=phone.address)
    assert desk.send(phone) is Sent.NOBODY
    assert desk.send(Login(Channel.EMAIL, "olive@example.org")) is Sent.SENT


def test_a_shared_phone_opens_the_account_that_was_made_with_it(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO users (name, phone, fs_uniquifier, campaign_id) "
                "VALUES ('Luis', :phone, 'luis', 1)"
            ),
            {"phone": PHONE.address},
        )
    desk.send()
    assert desk.use(desk.codes()[0]) == 2


def test_a_code_counts_in_the_senders_limits(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        session.execute(text("UPDATE senders SET per_second = 0.5, per_day = 5"))
    desk.send()
    assert column(desk.sessions, "SELECT day_used FROM senders WHERE channel = 'text'") == [1]


def test_without_a_sender_of_ones_own_campaign_another_texts(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        other = factories.campaign(session, name="Northside calls")
        session.execute(text("UPDATE users SET campaign_id = :id"), {"id": other.id})
    assert desk.send() is Sent.SENT
    with desk.sessions.begin() as session:
        session.execute(text("UPDATE senders SET stopped = 'wrong credentials (20003)'"))
    assert desk.send() is Sent.NO_SENDER


def test_who_wants_no_texts_gets_none(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        opt_out(session, PHONE.address, Channel.TEXT, source="reply", words="STOP", now=NOON)
    assert desk.send() is Sent.NO_TEXTS
    assert desk.box.texts == []
