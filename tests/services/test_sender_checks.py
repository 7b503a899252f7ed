"""Senders looked at: over a real carrier, a relay of a few lines, and a name server on loopback."""

import atexit
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID, uuid4

import dns.message
import dns.rcode
import dns.rrset
import pytest
from sqlalchemy import select, text, update

from app.channels.apart import waited_for
from app.channels.identity import AccountRefused, RelaySeen
from app.channels.names import DnsNames
from app.channels.port import (
    Accepted,
    CarrierUnreachable,
    NoAnswer,
    NotProcessed,
    Outcome,
    Refused,
    TextOut,
)
from app.channels.smtp_look import SmtpLook
from app.channels.smtp_mail import SmtpMails
from app.channels.twilio_account import TwilioAccount
from app.channels.twilio_text import TwilioTexts
from app.domain.sender import Kind
from app.services.receive import StatusNews, receive_status
from app.services.sender_checks import (
    Found,
    Known,
    NoSuchLook,
    Ports,
    known_checks,
    look,
    selector_of,
    webhooks_seen,
)
from app.services.try_sender import Post, TrialRefused, TrialWords, send_test
from app.store.campaigns import Sender, SenderCheck
from app.store.engine import Sessions
from app.store.messages import OptOut
from tests.books import violations
from tests.factories import NOON
from tests.processes import Carrier
from tests.scene import column, texting

TEXT, MAIL = 1, 2
"""The senders of the scene."""
OWN = "+19195550199"
WORDS = TrialWords("Test", "This is a test.")
NOBODY = socket.socket()  # bound and never listening: whoever connects is refused
NOBODY.bind(("127.0.0.1", 0))
atexit.register(NOBODY.close)
DEAF = int(NOBODY.getsockname()[1])


@pytest.fixture(autouse=True)
def campaign(sessions: Sessions) -> int:
    with sessions.begin() as session:
        made, _ = texting(session, 1)
        session.execute(
            update(Sender).where(Sender.id == MAIL).values(address="Ana <hi@vote.example.org>")
        )
        return made.id


@pytest.fixture
def names() -> Iterator[Callable[[Mapping[str, str]], str]]:
    """A name server: `names({"example.org": "v=spf1 -all"})` is its host:port."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    records: dict[str, str] = {}

    def serve() -> None:
        while True:
            raw, peer = server.recvfrom(2048)
            if not raw:
                return
            asked = dns.message.from_wire(raw)
            name = asked.question[0].name
            answer = dns.message.make_response(asked)
            said = records.get(name.to_text(omit_final_dot=True))
            if said is None:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            else:
                half = len(said) // 2  # long records come in parts
                parts = f'"{said[:half]}" "{said[half:]}"'
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", parts))
            server.sendto(answer.to_wire(), peer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    address = f"127.0.0.1:{server.getsockname()[1]}"

    def start(told: Mapping[str, str]) -> str:
        records.clear()
        records.update(told)
        return address

    yield start
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.sendto(b"", server.getsockname())
    thread.join()
    server.close()


def ports(
    carrier: Carrier | None = None, *, token: str = "", nameserver: str = "", smtp: int = DEAF
) -> Ports:
    """Ports to a carrier, to a relay, and to a name server; nobody, where none is given."""
    url = carrier.url if carrier else f"http://127.0.0.1:{DEAF}"
    sid = carrier.account_sid if carrier else "AC1"
    secret = token or (carrier.auth_token if carrier else "token")
    return Ports(
        lambda: TwilioAccount(sid, secret, url, 2),
        lambda: SmtpLook("127.0.0.1", smtp, user="", password="", tls=False, timeout=2),
        lambda: DnsNames(nameserver),
    )


def looked(sessions: Sessions, to: Ports, sender: int, kind: str, selector: str = "") -> Found:
    return look(sessions, to, sender, kind, by=None, wall=NOON, selector=selector)


def stored(sessions: Sessions) -> list[SenderCheck]:
    with sessions() as session:
        return list(session.scalars(select(SenderCheck).order_by(SenderCheck.id)))


def known(sessions: Sessions, campaign_id: int) -> dict[int, dict[str, Known]]:
    with sessions() as session:
        return known_checks(session, campaign_id)


def change(sessions: Sessions, address: str, kind: Kind) -> None:
    with sessions.begin() as session:
        values = {"address": address, "kind": kind.value}
        session.execute(update(Sender).where(Sender.id == TEXT).values(**values))


def test_the_account_and_its_senders_are_asked_of_a_real_carrier(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    to = ports(carrier_process)
    assert looked(sessions, to, TEXT, "account").said == "account_active"
    cases = [
        ("+19195550142", Kind.TEN_DLC, True, "number_registered"),
        ("+19195550199", Kind.TEN_DLC, False, "number_no_campaign"),
        ("+19195550198", Kind.TEN_DLC, False, "number_campaign_waits"),
        ("+19195550197", Kind.TEN_DLC, False, "number_campaign_failed"),
        ("+19195550142", Kind.LONG_CODE, False, "number_unregistered"),
        ("+18335550142", Kind.TOLL_FREE, True, "number_ok"),
        ("+18335550142", Kind.TEN_DLC, False, "kind_differs"),
        ("+15005550007", Kind.TEN_DLC, False, "number_missing"),  # Twilio's own for "not yours"
        ("54321", Kind.SHORT_CODE, True, "number_ok"),
        ("MG" + "0" * 32, Kind.SERVICE, True, "service_ok"),
        ("MG" + "f" * 32, Kind.SERVICE, False, "service_unregistered"),
        ("MGnone", Kind.SERVICE, False, "number_missing"),
    ]
    for address, kind, passed, said in cases:
        change(sessions, address, kind)
        found = looked(sessions, to, TEXT, "number")
        assert (found.passed, found.said) == (passed, said), address
    wrong = looked(sessions, ports(carrier_process, token="another"), TEXT, "account")
    assert (wrong.passed, wrong.said, wrong.facts) == (False, "account_refused", {"code": 20003})
    assert len(stored(sessions)) == len(cases) + 2


def test_a_carrier_that_cannot_be_asked_is_no_failure_of_the_sender(sessions: Sessions) -> None:
    found = looked(sessions, ports(), TEXT, "account")
    assert (found.passed, found.said) == (None, "carrier_unreachable")
    unset = Ports(lambda: TwilioAccount("", "", "http://x", 1), ports().relay, ports().names)
    assert looked(sessions, unset, TEXT, "account").said == "account_unset"


def test_a_sender_is_looked_at_as_its_channel_asks_for(sessions: Sessions) -> None:
    for sender, kind in ((TEXT, "dns"), (MAIL, "account"), (MAIL, "test")):
        with pytest.raises(NoSuchLook):
            looked(sessions, ports(), sender, kind)


def test_the_relay_is_looked_at_without_a_mail(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    good = looked(sessions, ports(smtp=carrier_process.smtp_port), MAIL, "relay")
    assert (good.passed, good.said) == (True, "relay_open")
    assert looked(sessions, ports(), MAIL, "relay").said == "relay_connect"
    nothing = SmtpLook("", 25, user="", password="", tls=False, timeout=1)
    assert nothing.look() == RelaySeen("nothing", "no relay is set")
    plain = SmtpLook(
        "127.0.0.1", carrier_process.smtp_port, user="", password="", tls=True, timeout=2
    )
    assert plain.look().reached == "tls"  # this one cannot encrypt
    locked = SmtpLook(
        "127.0.0.1", carrier_process.smtp_port, user="a", password="b", tls=False, timeout=2
    )
    assert locked.look().reached == "sign_in"


GOOD = {
    "vote.example.org": "v=spf1 include:relay.example -all",
    "k1._domainkey.vote.example.org": "v=DKIM1; k=rsa; p=MIGfMA0",
    "_dmarc.example.org": "v=DMARC1; p=quarantine",
}


@pytest.mark.parametrize(
    ("missing", "selector", "passed", "said"),
    [
        ("", "", True, "dns_good"),
        ("", "k1", True, "dns_good"),
        ("", "other", False, "dns_missing"),
        ("k1._domainkey.vote.example.org", "", None, "dns_partly"),
        ("vote.example.org", "", False, "dns_missing"),
        ("_dmarc.example.org", "", False, "dns_missing"),
    ],
)
def test_records_are_read_from_a_name_server(
    sessions: Sessions,
    names: Callable[[Mapping[str, str]], str],
    missing: str,
    selector: str,
    passed: bool | None,
    said: str,
) -> None:
    server = names({name: words for name, words in GOOD.items() if name != missing})
    found = looked(sessions, ports(nameserver=server), MAIL, "dns", selector)
    assert (found.passed, found.said) == (passed, said)
    assert found.facts["domain"] == "vote.example.org"


def test_without_a_name_server_nothing_is_known_and_nothing_has_failed(sessions: Sessions) -> None:
    found = looked(sessions, ports(nameserver=f"127.0.0.1:{DEAF}"), MAIL, "dns")
    assert (found.passed, found.said) == (None, "dns_unreachable")


@pytest.mark.parametrize("typed", ["s1", " S1. ", "s1._domainkey.vote.example.org"])
def test_a_selector_may_be_pasted_with_what_stands_around_it(typed: str) -> None:
    assert selector_of(typed) == "s1"


class Port:
    """A carrier that answers as it is told, and counts what it was asked to send."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome, self.sent = outcome, 0

    async def send(self, text: TextOut) -> Outcome:
        self.sent += 1
        return self.outcome

    async def close(self) -> None:
        pass


def trial(
    sessions: Sessions, post: Post, sender: int = TEXT, to: str = OWN, key: UUID | None = None
) -> str:
    return send_test(
        sessions, post, sender, to, WORDS, key=key or uuid4(), by=None, now=NOON, wall=NOON
    )


def over(carrier: Carrier) -> Post:
    return Post(
        lambda: TwilioTexts(
            carrier.account_sid, carrier.auth_token, carrier.url, "http://127.0.0.1:9", 2
        ),
        lambda: SmtpMails(
            "127.0.0.1", carrier.smtp_port, user="", password="", tls=False, timeout=2
        ),
    )


def test_a_test_goes_out_once_and_its_callback_shows_that_webhooks_arrive(
    sessions: Sessions, campaign: int, carrier_process: Carrier
) -> None:
    key, post = uuid4(), over(carrier_process)
    assert [trial(sessions, post, key=key) for _ in range(2)] == ["test_sent"] * 2
    (row,) = stored(sessions)
    assert (row.passed, row.facts["end"]) == (True, "99")
    assert OWN not in str(row.facts)
    assert not webhooks_seen(known(sessions, campaign))
    news = StatusNews(key, row.facts["sid"], "delivered", None, {})
    receive_status(sessions, news, now=NOON)
    seen = known(sessions, campaign)
    assert seen[TEXT]["test"].said == "test_arrived"
    assert webhooks_seen(seen)
    assert trial(sessions, post, MAIL, "ana@example.org") == "test_sent"


def test_a_text_that_did_not_arrive_is_told_though_it_was_handed_over(
    sessions: Sessions, campaign: int, carrier_process: Carrier
) -> None:
    key = uuid4()
    trial(sessions, over(carrier_process), key=key)
    sid = stored(sessions)[0].facts["sid"]
    receive_status(sessions, StatusNews(key, sid, "undelivered", 30034, {}), now=NOON)
    test = known(sessions, campaign)[TEXT]["test"]
    assert (test.passed, test.said) == (False, "test_undelivered")


@pytest.mark.parametrize(
    ("outcome", "passed", "said"),
    [
        (Refused(21610, "no"), False, "test_refused"),
        (NotProcessed("busy"), False, "test_not_sent"),
        (NoAnswer("TimeoutError"), None, "test_unknown"),
    ],
)
def test_what_the_carrier_says_is_told_and_what_it_does_not_say_is_not_known(
    sessions: Sessions, outcome: Outcome, passed: bool | None, said: str
) -> None:
    port = Port(outcome)
    post = Post(lambda: port, lambda: SmtpMails("", 1, user="", password="", tls=False, timeout=1))  # type: ignore[arg-type, return-value]
    assert trial(sessions, post) == said
    assert (port.sent, stored(sessions)[0].passed) == (1, passed)


def test_a_process_that_dies_before_the_answer_leaves_a_row_that_says_so(
    sessions: Sessions, campaign: int
) -> None:
    class Dies(Port):
        async def send(self, text: TextOut) -> Outcome:
            raise KeyboardInterrupt

    post = Post(lambda: Dies(NoAnswer("")), over_nobody)  # type: ignore[arg-type, return-value]
    with pytest.raises(KeyboardInterrupt):
        trial(sessions, post)
    test = known(sessions, campaign)[TEXT]["test"]
    assert (test.passed, test.said) == (None, "test_sending")


def over_nobody() -> SmtpMails:
    return SmtpMails("", 1, user="", password="", tls=False, timeout=1)


def test_a_wish_holds_for_tests_too_and_an_address_must_be_one(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.add(OptOut(address=OWN, channel="text", source="reply", opted_out_at=NOON))
    post = Post(lambda: Port(NoAnswer("")), over_nobody)  # type: ignore[arg-type, return-value]
    for to, code in ((OWN, "opted_out"), ("12", "address"), ("", "address")):
        with pytest.raises(TrialRefused) as refused:
            trial(sessions, post, to=to)
        assert refused.value.code == code
    assert stored(sessions) == []


def test_the_account_port_says_what_went_wrong(carrier_process: Carrier) -> None:
    async def ask(sid: str, url: str) -> object:
        port = TwilioAccount(sid, carrier_process.auth_token, url, 2)
        try:
            return await port.account()
        finally:
            await port.close()

    with pytest.raises(CarrierUnreachable):
        waited_for(ask(carrier_process.account_sid, f"http://127.0.0.1:{DEAF}"))
    with pytest.raises(AccountRefused):
        waited_for(ask("AC" + "9" * 32, carrier_process.url))


@pytest.mark.parametrize(
    ("outcome", "spent"),
    [
        (Accepted("SM1", 1, None, "queued"), "0.02"),
        (NoAnswer("TimeoutError"), "0.02"),
        (Refused(21610, "no"), "0"),
        (NotProcessed("busy"), "0"),
    ],
)
def test_a_test_is_paid_from_the_budget_unless_it_surely_did_not_go_out(
    sessions: Sessions, campaign: int, outcome: Outcome, spent: str
) -> None:
    with sessions.begin() as session:
        session.execute(update(Sender).values(price=Decimal("0.02")))
    key, post = uuid4(), Post(lambda: Port(outcome), over_nobody)  # type: ignore[arg-type, return-value]
    for _ in range(2):  # a form that is sent twice is paid once
        trial(sessions, post, key=key)
    assert column(sessions, "SELECT spent FROM campaigns") == [Decimal(spent)]
    with sessions() as session:
        assert violations(session) == []


def test_at_once_no_more_tests_go_out_than_there_is_money_for(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(update(Sender).values(price=Decimal("0.02")))
        session.execute(text("UPDATE campaigns SET budget = 0.05"))

    def one(_: int) -> str:
        post = Post(lambda: Port(NoAnswer("TimeoutError")), over_nobody)  # type: ignore[arg-type, return-value]
        try:
            return trial(sessions, post)
        except TrialRefused as refused:
            return refused.code

    with ThreadPoolExecutor(6) as pool:
        said = sorted(pool.map(one, range(6)))
    assert said == ["money"] * 4 + ["test_unknown"] * 2
    assert column(sessions, "SELECT spent FROM campaigns") == [Decimal("0.04")]


def test_without_money_no_test_goes_out(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(update(Sender).values(price=Decimal("0.02")))
        session.execute(text("UPDATE campaigns SET budget = 0.03"))
    port = Port(NoAnswer("TimeoutError"))
    post = Post(lambda: port, over_nobody)  # type: ignore[arg-type, return-value]
    trial(sessions, post)
    with pytest.raises(TrialRefused) as refused:
        trial(sessions, post)
    assert (refused.value.code, port.sent) == ("money", 1)
    assert column(sessions, "SELECT day_used FROM senders WHERE id = 1") == [1]


@pytest.mark.parametrize(("state", "goes"), [("draft", True), ("running", False)])
def test_in_a_draft_a_test_goes_out_before_there_is_a_budget(
    sessions: Sessions, state: str, goes: bool
) -> None:
    with sessions.begin() as session:
        session.execute(update(Sender).values(price=Decimal("0.02")))
        session.execute(text("UPDATE campaigns SET budget = 0, state = :state"), {"state": state})
    post = Post(lambda: Port(Accepted("SM1", 1, None, "queued")), over_nobody)  # type: ignore[arg-type, return-value]
    if goes:
        trial(sessions, post)
    else:
        with pytest.raises(TrialRefused):
            trial(sessions, post)
    assert column(sessions, "SELECT spent FROM campaigns") == [Decimal("0.02") * goes]


def test_a_test_is_counted_in_the_limits_of_its_sender(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    trial(sessions, over(carrier_process))
    with sessions() as session:
        assert session.execute(text("SELECT day_used FROM senders WHERE id = 1")).scalar() == 1
