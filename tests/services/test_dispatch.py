"""Dispatch over real HTTP to a carrier that fails on demand: never twice, never lost."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import text

from app.channels.port import Accepted, MailOut, Outcome, TextOut, TextPort
from app.channels.smtp_mail import SmtpMails
from app.clock import ManualClock
from app.domain.channel import Channel
from app.services.dispatch import VALID_FOR, Claimer
from app.services.look_up import Patience, resend_mails
from app.services.pace import pace
from app.services.send_mails import drain_mails
from app.services.send_texts import LEAVES_WITHIN, drain_texts
from app.services.unsubscribe import Unsubscribe
from app.store.engine import Sessions
from tests.factories import NOON
from tests.processes import Carrier
from tests.scene import ATTEMPTS, CLAIMER, TOUCHES, Desk, apart, column, counts, planned, texting


@pytest.fixture
def desk(sessions: Sessions, carrier_process: Carrier) -> Desk:
    """Six texts released and due, and a desk that sends them."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 6)
        planned(session, campaign, Channel.TEXT, NOON, 6)
    pace(sessions, NOON)
    return Desk(sessions, carrier_process)


def sent(desk: Desk) -> list[str]:
    """The numbers in the carrier's own ledger, one for each message."""
    return sorted(entry["to"] for entry in desk.carrier.ledger(kind="text"))


def test_each_text_reaches_the_carrier_once_with_its_attempt_in_the_callback(desk: Desk) -> None:
    assert desk.send_texts() == 6
    assert desk.send_texts() == 0
    ledger = desk.carrier.ledger(kind="text")
    assert len(set(sent(desk))) == len(ledger) == 6
    ids = {str(key) for key in column(desk.sessions, "SELECT id FROM attempts")}
    assert {entry["status_callback"].rpartition("/")[2] for entry in ledger} == ids
    assert set(column(desk.sessions, "SELECT sid FROM attempts")) == {
        entry["sid"] for entry in ledger
    }
    assert "Paid for by Friends of Rivera" in ledger[0]["body"]


def test_a_text_expires_at_the_carrier_before_it_may_be_sent_again(desk: Desk) -> None:
    desk.send_texts()
    valid = Patience(timedelta(seconds=30)).valid_for
    assert valid == VALID_FOR, "what is sent unless told otherwise fits what is waited for"
    assert {entry["validity_period"] for entry in desk.carrier.ledger(kind="text")} == {
        valid.total_seconds()
    }


def test_a_text_expires_at_the_carrier_when_the_open_hours_end(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO rule_changes (campaign_id, kind, value, note, made_at) "
                "SELECT id, 'own_hours', jsonb_build_object('opens', '10:00', 'closes', '12:05'), "
                "'the office closes', now() FROM campaigns"
            )
        )
    desk.send_texts()
    five_minutes = 5 * 60
    assert {entry["validity_period"] for entry in desk.carrier.ledger(kind="text")} == {
        five_minutes
    }


class StandsStill:
    """A carrier that takes so long for each text that the lease of the batch is over."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock, self.taken = clock, list[TextOut]()

    async def send(self, text: TextOut) -> Outcome:
        self.taken.append(text)
        self.clock.at += CLAIMER.lease + timedelta(seconds=1)
        return Accepted(f"SM{len(self.taken)}")


def test_whoever_stood_still_past_the_lease_hands_nothing_over_any_more(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 3)
        planned(session, campaign, Channel.TEXT, NOON, 3)
    pace(sessions, NOON)
    clock = ManualClock(NOON)
    carrier = StandsStill(clock)
    assert apart(drain_texts(sessions, cast(TextPort, carrier), clock, CLAIMER)) > 3
    assert len(carrier.taken) == len({one.to for one in carrier.taken}) == 3
    assert all(0 < one.leave_within <= LEAVES_WITHIN.total_seconds() for one in carrier.taken)
    assert counts(sessions, TOUCHES) == {"accepted": 3}


CHANGED = [
    ("opted out", "INSERT INTO opt_outs SELECT phone, 'text', 'reply', '', now() FROM voters"),
    ("has voted", "UPDATE targets SET voted_at = now()"),
    ("no consent on file", "DELETE FROM consents"),
    ("dead address", "INSERT INTO dead_addresses SELECT phone, 'text', '', now() FROM voters"),
    ("the address has changed", "UPDATE voters SET phone = '+1704555' || lpad(id::text, 4, '0')"),
]


@pytest.mark.parametrize(("reason", "fact"), CHANGED, ids=[reason for reason, _ in CHANGED])
def test_the_bar_is_asked_again_at_sending(desk: Desk, reason: str, fact: str) -> None:
    with desk.sessions.begin() as session:
        session.execute(text(fact))
        if reason == "the address has changed":
            session.execute(
                text("INSERT INTO consents SELECT phone, 'text', '', '', '2026-01-01' FROM voters")
            )
    assert desk.send_texts() == 0
    assert sent(desk) == []
    assert counts(desk.sessions, "SELECT reason, count(*) FROM touches GROUP BY 1") == {reason: 6}
    assert column(desk.sessions, "SELECT reserved FROM campaigns") == [Decimal(0)]


def test_at_night_what_is_due_waits_for_the_morning(desk: Desk) -> None:
    desk.clock.at = NOON + timedelta(hours=11)
    assert desk.send_texts() == 0
    due = column(desk.sessions, "SELECT DISTINCT due_at FROM touches WHERE state = 'ready'")
    assert [at.isoformat() for at in due] == ["2026-10-30T12:00:00+00:00"]


def test_too_many_requests_are_tried_again_and_sent_once(desk: Desk) -> None:
    desk.carrier.fault(http_429={"count": 4})
    desk.send_texts()
    assert counts(desk.sessions, TOUCHES) == {"accepted": 2, "ready": 4}
    desk.clock.at += timedelta(seconds=10)
    desk.send_texts()
    assert len(sent(desk)) == len(set(sent(desk))) == 6
    assert counts(desk.sessions, ATTEMPTS) == {"absent": 4, "accepted": 6}


LATER = """
UPDATE attempts SET handed_at = handed_at + interval '1 minute'
WHERE id = (SELECT id FROM attempts WHERE state = 'accepted' LIMIT 1)
"""
"""One of those that the carrier took was handed over a minute after the others."""


@pytest.mark.parametrize("fault", ["timeout_after_accept", "hang_before", "http_500"])
def test_without_an_answer_nothing_is_sent_twice_and_nothing_is_lost(
    desk: Desk, fault: str
) -> None:
    options: dict[str, Any] = {"count": 3}
    if fault != "http_500":
        options["seconds"] = 4
    desk.carrier.fault(**{fault: options})
    desk.send_texts()
    assert counts(desk.sessions, TOUCHES) == {"accepted": 3, "unknown": 3}
    assert desk.look_up(timedelta(seconds=10)) == 0, "too early to know"
    found = 3 if fault == "timeout_after_accept" else 0
    assert desk.look_up(timedelta(minutes=2)) == found
    assert desk.look_up(timedelta(minutes=20)) == 0, "a carrier that has taken nothing since"
    with desk.sessions.begin() as session:
        session.execute(text(LATER))
    assert desk.look_up(timedelta(minutes=22)) == 3 - found
    desk.clock.at += timedelta(minutes=2)
    desk.send_texts()
    assert len(sent(desk)) == len(set(sent(desk))) == 6
    assert counts(desk.sessions, TOUCHES) == {"accepted": 6}


def test_while_the_carrier_is_down_nothing_is_lost(desk: Desk) -> None:
    desk.carrier.running.kill()
    desk.send_texts()
    assert counts(desk.sessions, TOUCHES) == {"ready": 6}
    assert column(desk.sessions, "SELECT sum(texts) FROM targets") == [0]


REFUSALS = [
    ("error_21610", "opt_outs", "failed"),
    ("error_21614", "dead_addresses", "failed"),
]


@pytest.mark.parametrize(("fault", "table", "state"), REFUSALS)
def test_a_refusal_for_good_ends_the_touch_and_marks_the_address(
    desk: Desk, fault: str, table: str, state: str
) -> None:
    desk.carrier.fault(**{fault: {"count": 1}})
    desk.send_texts()
    assert counts(desk.sessions, TOUCHES) == {"accepted": 5, state: 1}
    marked = column(desk.sessions, f"SELECT address FROM {table} WHERE channel = 'text'")
    assert marked == column(desk.sessions, "SELECT address FROM attempts WHERE state = 'failed'")


def test_the_senders_rate_is_kept(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        session.execute(text("UPDATE senders SET per_second = 2 WHERE channel = 'text'"))
    assert desk.send_texts() == 2
    assert desk.send_texts() == 0
    desk.clock.at += timedelta(seconds=1)
    assert desk.send_texts() == 2


def test_the_price_that_the_carrier_reports_is_booked_once(desk: Desk) -> None:
    desk.send_texts()
    with desk.sessions.begin() as session:
        session.execute(text("UPDATE attempts SET settled_at = attempted_at"))
    for _ in range(50):  # the carrier tells a price some time after it has sent
        desk.book()
        if not column(desk.sessions, "SELECT id FROM attempts WHERE price IS NULL"):
            break
    desk.book()
    spent, reserved = (
        column(desk.sessions, f"SELECT {name} FROM campaigns")[0] for name in ("spent", "reserved")
    )
    assert reserved == 0
    assert spent == sum(column(desk.sessions, "SELECT price FROM attempts"))
    assert spent > 0


def test_a_text_whose_callbacks_never_come_is_asked_for(desk: Desk) -> None:
    desk.send_texts()
    for _ in range(100):  # nobody listens at the address of the callbacks
        desk.chase()
        if counts(desk.sessions, TOUCHES) == {"delivered": 6}:
            break
        time.sleep(0.05)
    assert counts(desk.sessions, TOUCHES) == {"delivered": 6}


def test_without_credentials_texts_wait_and_no_sender_is_stopped(desk: Desk) -> None:
    desk.carrier.account_sid = ""
    desk.send_texts()
    assert counts(desk.sessions, TOUCHES) == {"ready": 6}
    assert column(desk.sessions, "SELECT stopped FROM senders") == ["", ""]


def test_wrong_credentials_stop_the_sender_with_the_reason_and_lose_nothing(desk: Desk) -> None:
    right, desk.carrier.auth_token = desk.carrier.auth_token, "wrong"
    desk.send_texts()
    assert "20003" in "".join(column(desk.sessions, "SELECT stopped FROM senders"))
    desk.carrier.auth_token = right
    with desk.sessions.begin() as session:
        session.execute(text("UPDATE senders SET stopped = ''"))
    desk.clock.at += timedelta(minutes=1)
    desk.send_texts()
    assert len(sent(desk)) == len(set(sent(desk))) == 6


def test_a_stopped_sender_sends_nothing_until_somebody_starts_it(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        session.execute(text("UPDATE senders SET stopped = 'not registered'"))
    assert desk.send_texts() == 0
    assert counts(desk.sessions, TOUCHES) == {"ready": 6}


@pytest.fixture
def mail_desk(sessions: Sessions, carrier_process: Carrier) -> Desk:
    """Four mails released and due."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 4)
        planned(session, campaign, Channel.EMAIL, NOON, 4)
    pace(sessions, NOON)
    return Desk(sessions, carrier_process)


def test_each_mail_goes_out_once_with_a_one_click_unsubscribe(mail_desk: Desk) -> None:
    assert mail_desk.send_mails() == 4
    assert mail_desk.send_mails() == 0
    mails = mail_desk.carrier.ledger(kind="mail")
    assert len({mail["to"] for mail in mails}) == len(mails) == 4
    headers = mails[0]["headers"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].startswith("<http://web.example/unsubscribe/")
    assert counts(mail_desk.sessions, TOUCHES) == {"delivered": 4}


def test_a_mail_put_off_by_the_relay_goes_out_later(mail_desk: Desk) -> None:
    mail_desk.carrier.fault(smtp_450={"count": 1})
    mail_desk.send_mails()
    assert counts(mail_desk.sessions, TOUCHES) == {"delivered": 3, "ready": 1}
    mail_desk.clock.at += timedelta(minutes=2)
    mail_desk.send_mails()
    assert len(mail_desk.carrier.ledger(kind="mail")) == 4


def test_a_mail_that_the_relay_took_without_a_word_goes_again_as_the_same(
    mail_desk: Desk,
) -> None:
    mail_desk.carrier.fault(smtp_drop_after_accept={"count": 1})
    mail_desk.send_mails()
    mail_desk.clock.at += timedelta(minutes=2)
    now = mail_desk.clock.at
    resend_mails(mail_desk.sessions, now=now, before=now - timedelta(seconds=90))
    mail_desk.send_mails()
    assert counts(mail_desk.sessions, TOUCHES) == {"delivered": 4}
    mails = mail_desk.carrier.ledger(kind="mail")
    assert len(mails) > 4, "some went out twice"
    named = {mail["headers"]["Message-ID"] for mail in mails}
    assert len(named) == len({mail["to"] for mail in mails}) == 4, "receivers drop the double"


def test_a_mail_to_no_mailbox_is_not_tried_again(mail_desk: Desk) -> None:
    mail_desk.carrier.fault(smtp_550={"count": 1})
    mail_desk.send_mails()
    assert counts(mail_desk.sessions, TOUCHES) == {"delivered": 3, "failed": 1}
    assert column(mail_desk.sessions, "SELECT channel FROM dead_addresses") == ["email"]


def test_a_mail_whose_reader_opts_out_before_its_turn_does_not_go(mail_desk: Desk) -> None:
    """The relay takes long for the first mail, and meanwhile another reader unsubscribes."""
    sent: list[str] = []

    class SlowRelay(SmtpMails):
        def send(
            self, mails: Sequence[MailOut], wanted: Callable[[UUID], bool] | None = None
        ) -> list[Outcome]:
            outcomes: list[Outcome] = []
            for mail in mails:
                outcomes += super().send([mail], wanted)
                sent.append(mail.to)
                if len(sent) == 1:
                    mail_desk.clock.at += timedelta(seconds=10)
                    with mail_desk.sessions.begin() as session:
                        session.execute(
                            text(
                                "INSERT INTO opt_outs SELECT email, 'email', 'link', '', now() "
                                "FROM voters WHERE email <> :first"
                            ),
                            {"first": mail.to},
                        )
            return outcomes

    relay = SlowRelay(
        "127.0.0.1", mail_desk.carrier.smtp_port, user="", password="", tls=False, timeout=5
    )
    claimer = Claimer("worker:test", timedelta(seconds=90), 50)
    links = Unsubscribe("key", mail_desk.web)
    drain_mails(mail_desk.sessions, relay, mail_desk.clock, claimer, links)
    relay.close()
    assert [mail["to"] for mail in mail_desk.carrier.ledger(kind="mail")] == sent[:1]
    reasons = "SELECT reason, count(*) FROM touches GROUP BY 1"
    assert counts(mail_desk.sessions, reasons) == {"": 1, "opted out": 3}
