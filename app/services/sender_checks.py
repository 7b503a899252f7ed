"""Looks whether a sender can do its work: account, number, relay, DNS, and a test message.

Each look is a row of its own and can be had again. What is found is a code with facts; the pages
say it in words. None as the verdict: it could not be found out from here, which is no failure.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.channels.apart import waited_for
from app.channels.identity import (
    AccountPort,
    AccountRefused,
    NamePort,
    NoNames,
    RelayPort,
    SenderSeen,
)
from app.channels.port import CarrierUnreachable
from app.domain.channel import Channel
from app.domain.mail_identity import SELECTORS, Identity, identity, parents
from app.domain.sender import Kind
from app.services.senders import kind_of
from app.store.campaigns import Sender, SenderCheck
from app.store.engine import Sessions
from app.store.sender_checks import latest_checks, states_seen

Answer = TypeVar("Answer")

LOOKS: Mapping[Channel, tuple[str, ...]] = {
    Channel.TEXT: ("account", "number"),
    Channel.EMAIL: ("relay", "dns"),
}
"""What is looked at without sending anything, by channel."""
TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
"""Area codes of toll-free numbers in North America (NANPA)."""
BAD_ENDS = ("undelivered", "failed")


@dataclass(frozen=True)
class Ports:
    """Who is asked; each made anew for a look."""

    account: Callable[[], AccountPort]
    relay: Callable[[], RelayPort]
    names: Callable[[], NamePort]


@dataclass(frozen=True)
class Found:
    """What a look found: a verdict, a code for words, and the facts in them."""

    passed: bool | None
    said: str
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """The latest look of one kind at a sender, with what came of it since."""

    kind: str
    passed: bool | None
    said: str
    facts: Mapping[str, object]
    checked_at: datetime  # machine time


class NoSuchLook(LookupError):
    """A sender of this channel has no look of this kind."""


def look(
    sessions: Sessions,
    ports: Ports,
    sender_id: int,
    kind: str,
    *,
    by: int | None,
    wall: datetime,
    selector: str = "",
) -> Found:
    """Looks once and keeps what was found; raises NoSuchLook. `selector` is DKIM's, if known.

    No transaction is open while others are asked. Looked at twice, there are two rows.
    """
    with sessions() as session:
        sender = session.scalars(select(Sender).where(Sender.id == sender_id)).one()
    if kind not in LOOKS.get(sender.channel, ()):
        raise NoSuchLook(kind)
    found = _find(ports, sender, kind, selector)
    with sessions.begin() as session:
        session.add(
            SenderCheck(
                sender_id=sender_id,
                kind=kind,
                passed=found.passed,
                said=found.said,
                facts=found.facts,
                checked_by=by,
                checked_at=wall,
            )
        )
    return found


def known_checks(session: Session, campaign_id: int) -> dict[int, dict[str, Known]]:
    """By sender and kind the latest look, a test message with what its callbacks told since."""
    rows = latest_checks(session, campaign_id)
    tests = [kinds["test"] for kinds in rows.values() if "test" in kinds]
    seen = states_seen(session, tests)
    return {
        sender_id: {kind: _known(row, seen) for kind, row in kinds.items()}
        for sender_id, kinds in rows.items()
    }


def _known(row: SenderCheck, seen: Mapping[str, object]) -> Known:
    passed, said = row.passed, row.said
    states = seen.get(str(row.facts.get("attempt", "")), ())
    if row.kind == "test" and isinstance(states, list) and states:
        ended_badly = any(state in BAD_ENDS for state in states)
        passed = not ended_badly
        said = "test_undelivered" if ended_badly else "test_arrived"
    return Known(row.kind, passed, said, row.facts, row.checked_at)


def webhooks_seen(checks: Mapping[int, Mapping[str, Known]]) -> bool:
    """Whether a callback of a test message has come in, whatever it told."""
    said = [kinds["test"].said for kinds in checks.values() if "test" in kinds]
    return any(one in ("test_arrived", "test_undelivered") for one in said)


def _find(ports: Ports, sender: Sender, kind: str, selector: str) -> Found:
    if kind == "account":
        return _asked(ports, _account)
    if kind == "number":
        return _asked(ports, lambda port: _number(port, sender))
    if kind == "relay":
        return _relay(ports.relay())
    return _dns(ports.names(), sender.address, selector)


def _asked(ports: Ports, question: Callable[[AccountPort], Awaitable[Found]]) -> Found:
    async def ask() -> Found:
        port = ports.account()
        try:
            return await question(port)
        except AccountRefused as refused:
            if not refused.code:
                return Found(False, "account_unset")
            return Found(False, "account_refused", {"code": refused.code})
        except CarrierUnreachable as error:
            return Found(None, "carrier_unreachable", {"why": str(error)})
        finally:
            await port.close()

    return waited_for(ask())


async def _account(port: AccountPort) -> Found:
    seen = await port.account()
    facts: dict[str, object] = {"name": seen.name, "status": seen.status, "kind": seen.kind}
    if seen.status != "active":
        return Found(False, "account_inactive", facts)
    if seen.kind == "Trial":
        return Found(False, "account_trial", facts)
    return Found(True, "account_active", facts)


async def _number(port: AccountPort, sender: Sender) -> Found:
    seen = await port.sender(sender.address)
    if seen is None:
        return Found(False, "number_missing")
    if not seen.texts:
        return Found(False, "number_no_texts")
    found = _kind_fits(seen, kind_of(sender))
    if found.passed and seen.kind == "number" and kind_of(sender) is Kind.TEN_DLC:
        return _registered(await port.campaign_of(seen.address))
    return found


def _registered(campaign: str | None) -> Found:
    """What the state of a number's 10DLC campaign means."""
    if campaign is None:
        return Found(None, "number_campaign_unknown")
    if not campaign:
        return Found(False, "number_no_campaign")
    if campaign == "VERIFIED":
        return Found(True, "number_registered")
    said = "number_campaign_failed" if campaign == "FAILED" else "number_campaign_waits"
    return Found(False, said, {"status": campaign})


def _kind_fits(seen: SenderSeen, kind: Kind) -> Found:
    """Whether the sender is of the kind that its rates were taken from."""
    if seen.kind == "service":
        facts: dict[str, object] = {"numbers": len(seen.numbers)}
        if not seen.numbers:
            return Found(False, "service_empty", facts)
        if seen.registered is False and not all(map(_is_toll_free, seen.numbers)):
            return Found(False, "service_unregistered", facts)
        return Found(True, "service_ok", facts)
    if (kind is Kind.TOLL_FREE) != _is_toll_free(seen.address) and seen.kind == "number":
        return Found(False, "kind_differs")
    if kind is Kind.LONG_CODE and seen.address.startswith("+1"):
        return Found(False, "number_unregistered")
    return Found(True, "number_ok")


def _is_toll_free(number: str) -> bool:
    return number.startswith("+1") and number[2:5] in TOLL_FREE


def _relay(port: RelayPort) -> Found:
    seen = port.look()
    facts: dict[str, object] = {"code": seen.code, "why": seen.problem}
    if seen.reached == "nothing":
        return Found(False, "relay_unset")
    if seen.reached == "all":
        return Found(True, "relay_ok" if seen.encrypted else "relay_open")
    return Found(False, f"relay_{seen.reached}", facts)


def _dns(port: NamePort, address: str, selector: str) -> Found:
    domain = domain_of(address)
    facts: dict[str, object] = {"domain": domain}
    try:
        seen = read_identity(port, domain, selector)
    except NoNames:
        return Found(None, "dns_unreachable", facts)
    facts |= {"spf": seen.spf, "dkim": seen.dkim, "dmarc": seen.dmarc, "selector": seen.selector}
    said = {True: "dns_good", False: "dns_missing", None: "dns_partly"}[seen.passed]
    return Found(seen.passed, said, facts)


def domain_of(address: str) -> str:
    """example.org of "Team <hello@example.org>"."""
    return parseaddr(address)[1].rpartition("@")[2].lower()


def read_identity(port: NamePort, domain: str, selector: str = "") -> Identity:
    """SPF, DKIM and DMARC of a domain. Raises NoNames when the first question gets no answer;
    a later one that gets none is not known."""
    spf = port.texts(domain)
    dmarc = _dmarc(port, domain)
    keys: dict[str, list[str] | None] = {}
    for name in (selector,) if selector else SELECTORS:
        keys[name] = _quietly(lambda name=name: port.texts(f"{name}._domainkey.{domain}"))  # type: ignore[misc]
        if keys[name] is None or keys[name]:
            break  # found, or nobody answers any more
    return identity(spf, dmarc, keys, selector_known=bool(selector))


def _dmarc(port: NamePort, domain: str) -> list[str] | None:
    """The record of the domain, else that of the nearest above it (RFC 7489 6.6.3)."""
    found: list[str] | None = []
    for name in parents(domain):
        found = _quietly(lambda name=name: port.texts(f"_dmarc.{name}"))  # type: ignore[misc]
        if found is None or found:
            return found
    return found


def _quietly(question: Callable[[], Answer]) -> Answer | None:
    try:
        return question()
    except NoNames:
        return None


def selector_of(typed: str) -> str:
    """A DKIM selector as people paste it: s1, or s1._domainkey.example.org."""
    return typed.strip().partition("._domainkey")[0].strip(".").lower()[:63]


def as_uuid(typed: str) -> UUID | None:
    """The id that a form carries; None when it is none."""
    try:
        return UUID(typed)
    except ValueError:
        return None
