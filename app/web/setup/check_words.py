"""The checks of senders in words: what was found, and what to do when something is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.services.sender_checks import Known
from app.web.tongue import marked
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


_TITLES: Mapping[str, str] = {
    "account": marked("Twilio account"),
    "number": marked("Number"),
    "test": marked("Test message"),
    "relay": marked("Mail relay"),
    "dns": marked("SPF, DKIM and DMARC"),
}


def check_shown(kind: str, known: Known | None) -> CheckShown:
    """A check in words; one that was not made says what it will look at."""
    title = _(_TITLES[kind])
    if known is None:
        return CheckShown(kind, title, "plain", _("not checked"), _(_LOOKS[kind]), "", None)
    state, tag = {
        True: ("good", _("good")),
        False: ("bad", _("to put right")),
        None: ("warn", _("not known")),
    }[known.passed]
    facts = _UNKNOWN | {name: value for name, value in known.facts.items() if value}
    said, remedy = (_(words, **facts) for words in _SAID.get(known.said, _OTHER))
    details = _records(known.facts) if kind == "dns" and "spf" in known.facts else ()
    return CheckShown(kind, title, state, tag, said, remedy, known.checked_at, details)


_OTHER = (marked("It could not be found out from here."), marked("Try again later."))
_UNKNOWN: dict[str, object] = {"status": "", "code": "?", "why": "", "numbers": 0, "domain": ""}
"""What stands in the words for a fact that a look did not find."""

_LOOKS: Mapping[str, str] = {
    "account": marked("Looks whether the account is active and paid for."),
    "number": marked("Looks whether the number is yours, can send texts, and of which kind it is."),
    "test": marked("Sends one message to yourself, and waits for the news of it."),
    "relay": marked("Connects, encrypts and signs in, without sending a mail."),
    "dns": marked("Reads in the DNS whether receivers can tell that your mail is yours."),
}

_SAID: Mapping[str, tuple[str, str]] = {
    "account_active": (marked("The account is active."), ""),
    "account_trial": (
        marked("This is a trial account: it texts only numbers that you have verified."),
        marked("Upgrade it in Twilio’s console, then check again."),
    ),
    "account_inactive": (
        marked("Twilio says that the account is %(status)s."),
        marked("See in Twilio’s console why; often it is the bill."),
    ),
    "account_unset": (
        marked("No account is set, so nothing can be sent."),
        marked("Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, then start web and worker again."),
    ),
    "account_refused": (
        marked("Twilio does not know this account and token (%(code)s)."),
        marked("Copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN from the console once more."),
    ),
    "carrier_unreachable": (
        marked("Twilio could not be asked: %(why)s."),
        marked("Check again in a minute."),
    ),
    "number_ok": (marked("The number is yours and can send texts."), ""),
    "number_registered": (
        marked("The number is yours, and its 10DLC campaign is approved."),
        marked("See in the console which rate it was given; that is not to be asked from here."),
    ),
    "number_campaign_unknown": (
        marked(
            "The number is yours and can send texts. The account has too many services to find out "
            "whether its 10DLC campaign is approved."
        ),
        marked("See in the console that it is, and which rate it was given."),
    ),
    "number_campaign_waits": (
        marked("Its 10DLC campaign is not approved yet: Twilio says %(status)s."),
        marked(
            "US carriers block its texts until it is. It takes days: ask Twilio what is missing."
        ),
    ),
    "number_campaign_failed": (
        marked("Its 10DLC campaign was not approved, so US carriers block its texts."),
        marked("See the reason in the console, and register it again."),
    ),
    "number_no_campaign": (
        marked("The number has no 10DLC campaign, so US carriers block its texts."),
        marked(
            "Put it into a messaging service in the console and register a campaign for that. It "
            "takes days: begin now."
        ),
    ),
    "number_missing": (
        marked("The account has no such number or service."),
        marked("Check the number for a typo, or buy it in the console of this very account."),
    ),
    "number_no_texts": (
        marked("The number cannot send texts."),
        marked("Buy one that can (capability SMS), and change the sender to it."),
    ),
    "kind_differs": (
        marked("The number is not of the kind that the sender says, so its rate is wrong."),
        marked(
            "Change the sender’s kind: toll-free numbers begin with 800, 833, 844, 855, 866, "
            "877 or 888."
        ),
    ),
    "number_unregistered": (
        marked("US carriers block texts of campaigns from ordinary numbers."),
        marked(
            "Register it for 10DLC in the console and change the sender’s kind, or take a "
            "toll-free number."
        ),
    ),
    "service_ok": (
        marked("The service is yours; numbers behind it: %(numbers)s."),
        "",
    ),
    "service_empty": (
        marked("No number stands behind this service, so it cannot send."),
        marked("Add numbers to its sender pool in the console."),
    ),
    "service_unregistered": (
        marked("The traffic of this service is not registered, and US carriers block it."),
        marked("Register a 10DLC campaign for it in the console. It takes days: begin now."),
    ),
    "relay_ok": (marked("The relay answers, encrypts, and lets us in."), ""),
    "relay_open": (
        marked("The relay answers. The connection is not encrypted."),
        marked("That is fine for a relay on this machine only; else set SMTP_TLS=true."),
    ),
    "relay_unset": (
        marked("No relay is set, so no mail can go out."),
        marked("Set SMTP_HOST, SMTP_USER and SMTP_PASSWORD, then start web and worker again."),
    ),
    "relay_connect": (
        marked("The relay cannot be reached: %(why)s."),
        marked("Check SMTP_HOST and SMTP_PORT, and whether this machine may connect outward."),
    ),
    "relay_tls": (
        marked("The connection cannot be encrypted: %(why)s."),
        marked("Use the port for STARTTLS, mostly 587, and the name that its certificate is for."),
    ),
    "relay_hello": (
        marked("The relay does not take our greeting: %(why)s."),
        marked("Ask whoever runs it whether it lets this machine in."),
    ),
    "relay_sign_in": (
        marked("The relay refuses the sign-in (%(code)s)."),
        marked("Check SMTP_USER and SMTP_PASSWORD; some relays want a password made for programs."),
    ),
    "dns_good": (
        marked("Receivers can tell that mail from %(domain)s is yours."),
        "",
    ),
    "dns_missing": (
        marked("Much of the mail from %(domain)s would be taken for spam."),
        marked("Whoever keeps the domain adds the missing records; your relay’s help says which."),
    ),
    "dns_partly": (
        marked("What is known of %(domain)s is well, but not all is known."),
        marked(
            "Write the DKIM selector below: in a mail of yours it stands in DKIM-Signature, "
            "after s=."
        ),
    ),
    "dns_unreachable": (
        marked("It could not be found out from here: no name server answers."),
        marked(
            "Look at a test mail’s headers in your mailbox: spf, dkim and dmarc should say pass."
        ),
    ),
    "test_sending": (
        marked("It was about to go when the program stopped: it may or may not have gone out."),
        marked("Look whether it came before you send another."),
    ),
    "test_sent": (
        marked("It was handed over. What became of it has not come back yet."),
        marked(
            "Look whether it came. News of a text comes back within a minute; load this page again."
        ),
    ),
    "test_arrived": (marked("It went out, and the news of it came back to us."), ""),
    "test_undelivered": (
        marked("It was handed over, and the carrier says that it did not arrive."),
        marked("See Twilio’s log for the reason; mostly the number is not registered."),
    ),
    "test_refused": (
        marked("It was refused (%(code)s)."),
        marked("Look the code up in Twilio’s or the relay’s list of errors."),
    ),
    "test_not_sent": (
        marked("It did not go out: %(why)s."),
        marked("Put that right, then send another."),
    ),
    "test_unknown": (
        marked("No answer came in time: it may or may not have gone out."),
        marked("Look whether it came before you send another."),
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
