"""The checks of senders in words: what was found, and what to do when something is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.services.sender_checks import Known
from app.web.tongue import translated as _

Facts = Mapping[str, object]


@dataclass(frozen=True)
class CheckShown:
    """One check as the page shows it."""

    kind: str
    title: str
    state: str  # good | bad | warn | plain
    tag: str
    said: str
    remedy: str
    at: datetime | None  # machine time; None: not made yet
    details: tuple[str, ...] = ()


_TITLES: Mapping[str, Callable[[], str]] = {
    "account": lambda: _("Twilio account"),
    "number": lambda: _("Number"),
    "test": lambda: _("Test message"),
    "relay": lambda: _("Mail relay"),
    "dns": lambda: _("SPF, DKIM and DMARC"),
}


def check_shown(kind: str, known: Known | None) -> CheckShown:
    """A check in words; one that was not made says what it will look at."""
    title = _TITLES[kind]()
    if known is None:
        return CheckShown(kind, title, "plain", _("not checked"), _LOOKS[kind](), "", None)
    state, tag = {
        True: ("good", _("good")),
        False: ("bad", _("to put right")),
        None: ("warn", _("not known")),
    }[known.passed]
    said, remedy = _SAID.get(known.said, _other)(known.facts)
    details = _records(known.facts) if kind == "dns" and "spf" in known.facts else ()
    return CheckShown(kind, title, state, tag, said, remedy, known.checked_at, details)


def _other(_facts: Facts) -> tuple[str, str]:
    return _("It could not be found out from here."), _("Try again later.")


_LOOKS: Mapping[str, Callable[[], str]] = {
    "account": lambda: _("Looks whether the account is active and paid for."),
    "number": lambda: _(
        "Looks whether the number is yours, can send texts, and of which kind it is."
    ),
    "test": lambda: _("Sends one message to yourself, and waits for the news of it."),
    "relay": lambda: _("Connects, encrypts and signs in, without sending a mail."),
    "dns": lambda: _("Reads in the DNS whether receivers can tell that your mail is yours."),
}

_SAID: Mapping[str, Callable[[Facts], tuple[str, str]]] = {
    "account_active": lambda _f: (_("The account is active."), ""),
    "account_trial": lambda _f: (
        _("This is a trial account: it texts only numbers that you have verified."),
        _("Upgrade it in Twilio’s console, then check again."),
    ),
    "account_inactive": lambda f: (
        _("Twilio says that the account is %(status)s.", status=f.get("status", "")),
        _("See in Twilio’s console why; often it is the bill."),
    ),
    "account_unset": lambda _f: (
        _("No account is set, so nothing can be sent."),
        _("Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, then start web and worker again."),
    ),
    "account_refused": lambda f: (
        _("Twilio does not know this account and token (%(code)s).", code=f.get("code", "")),
        _("Copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN from the console once more."),
    ),
    "carrier_unreachable": lambda f: (
        _("Twilio could not be asked: %(why)s.", why=f.get("why", "")),
        _("Check again in a minute."),
    ),
    "number_ok": lambda _f: (_("The number is yours and can send texts."), ""),
    "number_registered": lambda _f: (
        _("The number is yours and can send texts."),
        _("See in the console that its 10DLC campaign is approved, and which rate it was given."),
    ),
    "number_missing": lambda _f: (
        _("The account has no such number or service."),
        _("Check the number for a typo, or buy it in the console of this very account."),
    ),
    "number_no_texts": lambda _f: (
        _("The number cannot send texts."),
        _("Buy one that can (capability SMS), and change the sender to it."),
    ),
    "kind_differs": lambda _f: (
        _("The number is not of the kind that the sender says, so its rate is wrong."),
        _(
            "Change the sender’s kind: toll-free numbers begin with 800, 833, 844, 855, 866, "
            "877 or 888."
        ),
    ),
    "number_unregistered": lambda _f: (
        _("US carriers block texts of campaigns from ordinary numbers."),
        _(
            "Register it for 10DLC in the console and change the sender’s kind, or take a "
            "toll-free number."
        ),
    ),
    "service_ok": lambda f: (
        _("The service is yours; numbers behind it: %(numbers)s.", numbers=f.get("numbers", 0)),
        "",
    ),
    "service_empty": lambda _f: (
        _("No number stands behind this service, so it cannot send."),
        _("Add numbers to its sender pool in the console."),
    ),
    "service_unregistered": lambda _f: (
        _("The traffic of this service is not registered, and US carriers block it."),
        _("Register a 10DLC campaign for it in the console. It takes days: begin now."),
    ),
    "relay_ok": lambda _f: (_("The relay answers, encrypts, and lets us in."), ""),
    "relay_open": lambda _f: (
        _("The relay answers. The connection is not encrypted."),
        _("That is fine for a relay on this machine only; else set SMTP_TLS=true."),
    ),
    "relay_unset": lambda _f: (
        _("No relay is set, so no mail can go out."),
        _("Set SMTP_HOST, SMTP_USER and SMTP_PASSWORD, then start web and worker again."),
    ),
    "relay_connect": lambda f: (
        _("The relay cannot be reached: %(why)s.", why=f.get("why", "")),
        _("Check SMTP_HOST and SMTP_PORT, and whether this machine may connect outward."),
    ),
    "relay_tls": lambda f: (
        _("The connection cannot be encrypted: %(why)s.", why=f.get("why", "")),
        _("Use the port for STARTTLS, mostly 587, and the name that its certificate is for."),
    ),
    "relay_hello": lambda f: (
        _("The relay does not take our greeting: %(why)s.", why=f.get("why", "")),
        _("Ask whoever runs it whether it lets this machine in."),
    ),
    "relay_sign_in": lambda f: (
        _("The relay refuses the sign-in (%(code)s).", code=f.get("code") or "?"),
        _("Check SMTP_USER and SMTP_PASSWORD; some relays want a password made for programs."),
    ),
    "dns_good": lambda f: (
        _("Receivers can tell that mail from %(domain)s is yours.", domain=f.get("domain", "")),
        "",
    ),
    "dns_missing": lambda f: (
        _("Much of the mail from %(domain)s would be taken for spam.", domain=f.get("domain", "")),
        _("Whoever keeps the domain adds the missing records; your relay’s help says which."),
    ),
    "dns_partly": lambda f: (
        _("What is known of %(domain)s is well, but not all is known.", domain=f.get("domain", "")),
        _(
            "Write the DKIM selector below: in a mail of yours it stands in DKIM-Signature, "
            "after s=."
        ),
    ),
    "dns_unreachable": lambda _f: (
        _("It could not be found out from here: no name server answers."),
        _("Look at a test mail’s headers in your mailbox: spf, dkim and dmarc should say pass."),
    ),
    "test_sending": lambda _f: (
        _("It was about to go when the program stopped: it may or may not have gone out."),
        _("Look whether it came before you send another."),
    ),
    "test_sent": lambda _f: (
        _("It was handed over. What became of it has not come back yet."),
        _("Look whether it came. News of a text comes back within a minute; load this page again."),
    ),
    "test_arrived": lambda _f: (_("It went out, and the news of it came back to us."), ""),
    "test_undelivered": lambda _f: (
        _("It was handed over, and the carrier says that it did not arrive."),
        _("See Twilio’s log for the reason; mostly the number is not registered."),
    ),
    "test_refused": lambda f: (
        _("It was refused (%(code)s).", code=f.get("code", "?")),
        _("Look the code up in Twilio’s or the relay’s list of errors."),
    ),
    "test_not_sent": lambda f: (
        _("It did not go out: %(why)s.", why=f.get("why", "")),
        _("Put that right, then send another."),
    ),
    "test_unknown": lambda _f: (
        _("No answer came in time: it may or may not have gone out."),
        _("Look whether it came before you send another."),
    ),
}


def _records(facts: Facts) -> tuple[str, ...]:
    """SPF: there. DKIM: missing. DMARC: there, but weak."""
    words = {
        "good": _("there"),
        "missing": _("missing"),
        "weak": _("there, but it forbids nothing"),
        "unknown": _("not known"),
    }
    return tuple(
        f"{name.upper()}: {words.get(str(facts.get(name)), '')}"
        for name in ("spf", "dkim", "dmarc")
    )
