"""Alerts over real HTTP and SMTP: told once, tried again, never doubled by a death in between."""

import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from app.channels.port import CarrierUnreachable, NoAnswer, Outcome, Sent, TextOut
from app.channels.smtp_mail import SmtpMails
from app.channels.twilio_text import TwilioTexts
from app.channels.webhook import Webhooks
from app.channels.why import NOT_AN_ADDRESS, NOT_THERE, UNKNOWN_NAME
from app.domain.alarm import Trouble
from app.domain.lookout import Kind
from app.services.alerts import LEASE, MOST_TRIES, Outbox, hook_secret, send_alerts
from app.services.heartbeat import beat, ping
from app.store import incident_desk
from app.store.engine import Sessions
from app.store.incidents import Alert
from app.store.own_messages import paid_for_own
from tests.books import violations
from tests.factories import NOON
from tests.processes import Carrier
from tests.scene import apart, column, texting

KEY = "a key"
ROUTES = [("text", "+19195550199"), ("email", "ana@example.org")]


class Died(BaseException):
    """The process is dead."""


class Site:
    """A small web server that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.status, self.drips = 200, False
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                found = {name.lower(): value for name, value in self.headers.items()}
                site.asked.append((self.command, self.path, found, self.rfile.read(size)))
                if site.drips:
                    self.drip()
                    return
                self.send_response(site.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST  # noqa: N815

            def drip(self) -> None:
                for letter in b"HTTP/1.1 200 OK":
                    time.sleep(0.05)
                    with suppress(ConnectionError):
                        self.wfile.write(bytes([letter]))

            def log_message(self, *_: Any) -> None:
                """Keeps silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


def texts_over(carrier: Carrier) -> TwilioTexts:
    return TwilioTexts(carrier.account_sid, carrier.auth_token, carrier.url, "http://web.test", 2)


class Outgoing:
    """The outbox on real ports; each run in a loop of its own, as the ports are."""

    def __init__(self, sessions: Sessions, carrier: Carrier, **ports: Any) -> None:
        self.sessions, self.carrier, self.ports = sessions, carrier, ports

    def send(self, wall: datetime = NOON) -> int:
        carrier = self.carrier
        texts = self.ports.get("texts") or texts_over(carrier)

        async def closing(work: Coroutine[Any, Any, Any]) -> Any:
            try:
                return await work
            finally:
                await texts.close()

        def run(work: Coroutine[Any, Any, Any]) -> Any:
            return apart(closing(work))

        mails = SmtpMails(
            "127.0.0.1", carrier.smtp_port, user="", password="", tls=False, timeout=2
        )
        outbox = Outbox(texts, mails, Webhooks(2), run, KEY, "https://vote.example.org")
        return send_alerts(self.sessions, outbox, wall=wall)


@pytest.fixture
def outgoing(sessions: Sessions, carrier_process: Carrier) -> Outgoing:
    """An incident of a campaign that can text and mail, to be told by text and email."""
    incident(sessions, ROUTES)
    return Outgoing(sessions, carrier_process)


def incident(sessions: Sessions, ways: list[tuple[str, str]]) -> None:
    with sessions.begin() as session:
        campaign, _ = texting(session, 1)
        trouble = Trouble(Kind.SILENCE, "", "Nothing has gone out.", NOON, "pool_dry")
        made = incident_desk.open_incident(session, campaign.id, trouble, now=NOON, wall=NOON)
        assert made is not None
        incident_desk.add_alerts(session, made, "opened", "Eastside: silent.", ways, NOON)


def states(sessions: Sessions) -> list[tuple[str, str, int]]:
    with sessions() as session:
        rows = session.scalars(select(Alert).order_by(Alert.id))
        return [(one.kind, one.state, one.tries) for one in rows]


def test_an_alert_goes_out_once_by_text_and_by_email(outgoing: Outgoing) -> None:
    assert outgoing.send() == 2
    assert outgoing.send(NOON + timedelta(hours=1)) == 0
    (told,) = outgoing.carrier.ledger(kind="text")
    assert (told["to"], told["body"]) == ("+19195550199", "Eastside: silent. (1.1)")
    (mail,) = outgoing.carrier.ledger(kind="mail")
    assert mail["to"] == "ana@example.org"
    assert states(outgoing.sessions) == [("text", "sent", 1), ("email", "sent", 1)]


def test_an_alert_goes_out_at_once_and_what_comes_after_it_waits(outgoing: Outgoing) -> None:
    busy = NOON + timedelta(seconds=30)
    with outgoing.sessions.begin() as session:
        session.execute(
            text("UPDATE senders SET per_second = 0.5, per_day = 5, next_free_at = :busy"),
            {"busy": busy},
        )
    assert outgoing.send() == 2
    counted = "SELECT next_free_at, day_used FROM senders ORDER BY channel"
    with outgoing.sessions() as session:
        rows = session.execute(text(counted)).all()
    assert [row.day_used for row in rows] == [1, 1]
    assert all(row.next_free_at - busy >= timedelta(seconds=2) for row in rows)
    with outgoing.sessions.begin() as session:
        session.execute(text("UPDATE senders SET next_free_at = :now"), {"now": NOON})
        incident_desk.add_alerts(session, 1, "recovered", "Eastside: over. " * 20, ROUTES, NOON)
    assert outgoing.send() == 2
    assert column(outgoing.sessions, "SELECT day_used FROM senders ORDER BY channel") == [2, 4]


def test_an_alert_is_paid_for_once_and_goes_out_though_the_budget_is_used_up(
    outgoing: Outgoing,
) -> None:
    with outgoing.sessions.begin() as session:
        session.execute(text("UPDATE senders SET price = 0.0079 WHERE channel = 'text'"))
        session.execute(text("UPDATE campaigns SET budget = 0"))
        incident_desk.add_alerts(session, 1, "recovered", "Eastside: over. " * 20, ROUTES[:1], NOON)
    assert [outgoing.send() for _ in range(3)] == [2, 1, 0]
    gone = "SELECT spent + reserved FROM campaigns"
    assert column(outgoing.sessions, gone) == [Decimal("0.0079") * 4]
    with outgoing.sessions() as session:
        assert paid_for_own(session, 1) == Decimal("0.0316")
        assert violations(session) == []


def test_an_alert_that_did_not_go_out_costs_nothing(outgoing: Outgoing) -> None:
    with outgoing.sessions.begin() as session:
        session.execute(text("UPDATE senders SET price = 0.0079"))
    outgoing.carrier.fault(http_429={"count": 1})
    assert outgoing.send() == 1
    with outgoing.sessions() as session:
        assert paid_for_own(session, 1) == Decimal("0.0079"), "the mail alone"
    assert outgoing.send(NOON + timedelta(minutes=1)) == 1
    with outgoing.sessions() as session:
        assert paid_for_own(session, 1) == Decimal("0.0158")
        assert violations(session) == []


def test_workers_at_once_tell_it_once(outgoing: Outgoing) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(lambda _: outgoing.send(), range(4))) == 2
    assert len(outgoing.carrier.ledger(kind="text")) == 1
    assert len(outgoing.carrier.ledger(kind="mail")) == 1


class DyingTexts:
    """The carrier, and a process that dies right before or right after it was asked."""

    def __init__(self, carrier: Carrier, *, after: bool) -> None:
        self.real, self.after = texts_over(carrier), after

    async def send(self, message: TextOut) -> Outcome:
        if self.after:
            await self.real.send(message)
        raise Died

    async def close(self) -> None:
        await self.real.close()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_process_that_dies_around_the_sending_doubles_nothing(
    outgoing: Outgoing, after: bool
) -> None:
    with outgoing.sessions.begin() as session:
        session.execute(text("DELETE FROM alerts WHERE kind = 'email'"))
    dying = Outgoing(
        outgoing.sessions, outgoing.carrier, texts=DyingTexts(outgoing.carrier, after=after)
    )
    with pytest.raises(Died):
        dying.send()
    assert outgoing.send(NOON + LEASE / 2) == 0, "the lease still holds"
    assert outgoing.send(NOON + LEASE) == 1
    assert len(outgoing.carrier.ledger(kind="text")) == 1
    assert states(outgoing.sessions) == [("text", "sent", 2)]


class Mute:
    """A carrier that takes everything and answers nothing."""

    def __init__(self) -> None:
        self.sent = 0
        self.reachable = False

    async def send(self, message: TextOut) -> Outcome:
        self.sent += 1
        return NoAnswer("TimeoutError")

    async def sent_to(self, address: str) -> list[Sent]:
        if not self.reachable:
            raise CarrierUnreachable
        return []

    async def close(self) -> None:
        """Nothing is open."""


def test_without_an_answer_nothing_is_told_again_before_the_carrier_was_asked(
    outgoing: Outgoing,
) -> None:
    with outgoing.sessions.begin() as session:
        session.execute(text("DELETE FROM alerts WHERE kind = 'email'"))
    mute = Mute()
    out = Outgoing(outgoing.sessions, outgoing.carrier, texts=mute)
    out.send()
    out.send(NOON + timedelta(minutes=5))
    assert mute.sent == 1
    [problem] = column(outgoing.sessions, "SELECT problem FROM alerts")
    assert "TimeoutError" not in problem
    mute.reachable = True
    out.send(NOON + timedelta(minutes=10))
    assert mute.sent == 2


def test_a_stopped_sender_is_not_used_and_the_alert_waits_for_another(outgoing: Outgoing) -> None:
    with outgoing.sessions.begin() as session:
        session.execute(text("UPDATE senders SET stopped = 'x' WHERE channel = 'text'"))
    assert outgoing.send() == 1
    assert outgoing.carrier.ledger(kind="text") == []
    with outgoing.sessions.begin() as session:
        session.execute(text("UPDATE senders SET stopped = ''"))
    assert outgoing.send(NOON + timedelta(seconds=31)) == 1


def test_a_number_that_has_opted_out_is_left_alone(outgoing: Outgoing) -> None:
    with outgoing.sessions.begin() as session:
        session.execute(
            text("INSERT INTO opt_outs VALUES ('+19195550199', 'text', 'reply', '', now())")
        )
    outgoing.send()
    assert outgoing.carrier.ledger(kind="text") == []
    assert states(outgoing.sessions)[0] == ("text", "dropped", 1)


def test_what_was_over_before_it_was_told_is_told_by_its_end(outgoing: Outgoing) -> None:
    with outgoing.sessions.begin() as session:
        incident_desk.close_incident(session, 1, "Outreach flows again.", NOON)
        incident_desk.add_alerts(session, 1, "recovered", "Eastside: over.", ROUTES, NOON)
    for minute in range(3):
        outgoing.send(NOON + timedelta(minutes=minute))
    told = [one["body"] for one in outgoing.carrier.ledger(kind="text")]
    assert told == ["Eastside: over. (1.3)"]


@pytest.fixture
def hook(sessions: Sessions, carrier_process: Carrier, site: Site) -> Outgoing:
    incident(sessions, [("webhook", f"{site.url}/alerts")])
    return Outgoing(sessions, carrier_process)


def test_a_webhook_is_posted_signed_json(hook: Outgoing, site: Site) -> None:
    hook.send()
    ((method, path, headers, body),) = site.asked
    assert (method, path, headers["content-type"]) == ("POST", "/alerts", "application/json")
    said = json.loads(body)
    assert (said["event"], said["incident"]["kind"], said["campaign"]["name"]) == (
        "opened",
        "silence",
        "Eastside calls",
    )
    parts = dict(one.split("=") for one in headers["lastmile-signature"].split(","))
    secret = hook_secret(KEY, f"{site.url}/alerts").encode()
    expected = hmac.new(secret, parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert parts["v1"] == expected


def test_a_webhook_that_fails_is_tried_again_with_growing_pauses_for_a_day(
    hook: Outgoing, site: Site
) -> None:
    site.status = 500
    wall, tried = NOON, []
    while wall < NOON + timedelta(days=2):
        before = len(site.asked)
        hook.send(wall)
        if len(site.asked) > before:
            tried.append(wall)
        with hook.sessions() as session:
            wall = session.scalars(select(Alert.due_at)).one()
            if session.scalars(select(Alert.state)).one() != "ready":
                break
    pauses = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert len(tried) == MOST_TRIES
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=30)
    assert timedelta(hours=22) < tried[-1] - tried[0] < timedelta(hours=26)
    with hook.sessions() as session:
        alert = session.scalars(select(Alert)).one()
    assert (alert.state, alert.problem) == (
        "failed",
        "it is out of order (500): tell whoever runs it",
    )


NOBODY = [
    ("http://127.0.0.1:9/", NOT_THERE),
    ("http://nobody.invalid/", UNKNOWN_NAME),
    ("nonsense", NOT_AN_ADDRESS),
]


@pytest.mark.parametrize(("address", "problem"), NOBODY, ids=[url for url, _ in NOBODY])
def test_a_webhook_that_cannot_be_reached_says_why_in_plain_words(
    hook: Outgoing, address: str, problem: str
) -> None:
    with hook.sessions.begin() as session:
        session.execute(text("UPDATE alerts SET address = :address"), {"address": address})
    with capture_logs() as logged:
        assert hook.send() == 0
    assert states(hook.sessions) == [("webhook", "ready", 1)]
    assert column(hook.sessions, "SELECT problem FROM alerts") == [problem]
    assert [one["event"] for one in logged] == ["webhook not taken"]
    assert "Client" in logged[0]["error"], "the log keeps the technical name"


REFUSALS = [(302, "another address (302)"), (404, "refuses this (404)"), (503, "order (503)")]


@pytest.mark.parametrize(("status", "problem"), REFUSALS, ids=[str(n) for n, _ in REFUSALS])
def test_what_a_webhook_answers_is_told_in_plain_words(
    hook: Outgoing, site: Site, status: int, problem: str
) -> None:
    site.status = status
    assert hook.send() == 0
    assert problem in column(hook.sessions, "SELECT problem FROM alerts")[0]


def asked_of(sessions: Sessions, url: str, wall: datetime) -> str:
    run: Callable[[Coroutine[Any, Any, Any]], Any] = apart
    return ping(sessions, Webhooks(2), run, url, wall=wall)


def test_a_monitor_is_pinged_while_a_worker_beats_and_told_of_a_silence(
    sessions: Sessions, site: Site
) -> None:
    url = f"{site.url}/ping/abc"
    assert asked_of(sessions, url, NOON) == "", "no worker has beaten"
    beat(sessions, "here:1", wall=NOON)
    assert asked_of(sessions, "", NOON) == "", "no monitor is set"
    asked_of(sessions, url, NOON)
    incident(sessions, [])
    asked_of(sessions, url, NOON)
    with sessions.begin() as session:
        incident_desk.close_incident(session, 1, "over", NOON)
    asked_of(sessions, url, NOON)
    asked_of(sessions, url, NOON + timedelta(seconds=30))
    assert [path for _, path, _, _ in site.asked] == ["/ping/abc", "/ping/abc/fail", "/ping/abc"]


def test_an_answer_that_drips_ends_with_the_time_out_of_the_whole(site: Site) -> None:
    site.drips = True
    assert apart(Webhooks(0.3).get(site.url)).startswith("no answer within 0.3 s")
