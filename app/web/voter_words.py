"""A voter's facts in the words of the voter's page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.channel import Channel
from app.store.voter_page import Event, Mark
from app.store.voters import Voter
from app.web.call_words import RESULTS
from app.web.retold import retold
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _
from app.web.words import channel_name, month_day, number, phone, zone_name

CONTACTS = InTongue({"call": marked("Call"), "text": marked("Text"), "email": marked("Email")})
GENDERS = InTongue({"F": marked("female"), "M": marked("male"), "X": marked("another gender")})
PHONE_KINDS = InTongue(
    {
        "mobile": marked("cell phone"),
        "landline": marked("landline"),
        "voip": marked("internet line"),
    }
)

FIELDS = InTongue(
    {
        "first_name": marked("First name"),
        "middle_name": marked("Middle name"),
        "last_name": marked("Last name"),
        "suffix": marked("Suffix"),
        "birth_year": marked("Born"),
        "gender": marked("Gender"),
        "party": marked("Party"),
        "status": marked("Status"),
        "registered_on": marked("Registered"),
        "address": marked("Address"),
        "city": marked("City"),
        "precinct": marked("Precinct"),
        "phone": marked("Phone"),
        "phone2": marked("Second phone"),
        "phone3": marked("Third phone"),
        "email": marked("Email"),
        "votes": marked("Voted on"),
        "turnout": marked("Turnout score"),
        "extra": marked("Kept columns"),
        "source_id": marked("Voter id"),
    }
)
"""What two voters are compared by, and how each is called."""


@dataclass(frozen=True)
class Address:
    """A phone or an email, whose it is and what may use it."""

    address: str
    kind: str  # cell phone, landline, …
    channels: tuple[Channel, ...]
    main: bool  # the phone to use first


def addresses(people: Sequence[Voter]) -> list[Address]:
    """All phones and emails of the voter and of those merged into them, each once."""
    found: dict[str, Address] = {}
    for voter in people:
        for name in ("phone", "phone2", "phone3"):
            if value := getattr(voter, name):
                kind = PHONE_KINDS.get(getattr(voter, f"{name}_kind"), _("phone"))
                main = voter is people[0] and name == "phone"
                found.setdefault(value, Address(value, kind, (Channel.CALL, Channel.TEXT), main))
        if voter.email:
            found.setdefault(voter.email, Address(voter.email, _("email"), (Channel.EMAIL,), False))
    return list(found.values())


def states(address: Address, marks: Sequence[Mark]) -> Iterator[tuple[str, str, str]]:
    """What is on record of an address, as (words, color, why)."""
    for mark in marks:
        if mark.address != address.address:
            continue
        channel = channel_name(mark.channel)
        on = f"{month_day(mark.on)}, {mark.on.year}"
        if mark.what == "opted out":
            why = _("opted out %(day)s (%(why)s)", day=on, why=retold(mark.why))
            yield _("no %(channel)s", channel=channel), "bad", why
        elif mark.what == "dead":
            why = f"{retold(mark.why)}, {on}"
            yield _("dead for %(channel)s", channel=channel), "warn", why
        else:
            why = f"{retold(mark.why)}, {on}"
            yield _("consents to %(channel)s", channel=channel), "good", why


def open_ways(people: Sequence[Address], marks: Sequence[Mark]) -> list[tuple[str, str]]:
    """What can still be opted out of, as (value of the form, words)."""
    gone = {(mark.address, mark.channel) for mark in marks if mark.what == "opted out"}
    return [
        (
            f"{channel}:{each.address}",
            _(
                "%(channel)s to %(address)s",
                channel=channel_name(channel).capitalize(),
                address=shown(each.address),
            ),
        )
        for each in people
        for channel in each.channels
        if (each.address, channel.value) not in gone
    ]


def shown(address: str) -> str:
    """A phone or an email as people read it."""
    return phone(address) if address.startswith("+") else address


def name(voter: Any) -> str:
    """The whole name; rows that the law keeps empty say so."""
    parts = (voter.first_name, voter.middle_name, voter.last_name, voter.suffix)
    return " ".join(part for part in parts if part) or _("Voter %(id)s", id=voter.source_id)


def age(voter: Any, year: int) -> str:
    """Age at the end of the year, or nothing."""
    return str(year - voter.birth_year) if voter.birth_year else ""


def place(voter: Any) -> str:
    """Street and city on one line."""
    return ", ".join(part for part in (voter.address, voter.city) if part)


def clocks(zones: str) -> str:
    """The time zones in words: Eastern, or Central or Mountain where it is not certain."""
    names = list(dict.fromkeys(zone_name(zone) for zone in zones.split("|") if zone))
    if not names:
        return _("not known: only hours open from coast to coast")
    if len(names) == 1:
        return _("%(zone)s time", zone=names[0])
    return _(
        "%(zones)s or %(last)s: only hours open in each",
        zones=", ".join(names[:-1]),
        last=names[-1],
    )


def turnout(score: float) -> str:
    """A score of 0.73 in words; it is the model's guess."""
    return _("%(count)s of 100 voters like this one take part", count=number(100 * score))


def target(row: Any) -> tuple[str, str]:
    """How a campaign stands to the voter, as (words, color)."""
    if row.voted_at:
        return _("has voted"), "good"
    if row.out:
        return _("out: %(why)s", why=retold(row.out)), "warn"
    if row.arm != "treated":
        return _("hold-out: gets nothing, so that the effect can be measured"), "plain"
    return _("may be contacted"), "plain"


def limits(row: Any) -> list[str]:
    """Channels that a campaign may not use, with the reason."""
    named = (("call", row.no_calls), ("text", row.no_texts), ("email", row.no_emails))
    return [
        _("no %(channel)s: %(why)s", channel=channel_name(channel), why=retold(why))
        for channel, why in named
        if why
    ]


_ATTEMPTS = InTongue(
    {
        "attempting": marked("going out"),
        "unknown": marked("not known whether it went out"),
        "unsure": marked("not known whether it went out"),
        "absent": marked("did not go out"),
        "accepted": marked("handed to the carrier"),
        "sent": marked("sent"),
        "delivered": marked("delivered"),
        "undelivered": marked("not delivered"),
        "failed": marked("failed"),
        "done": marked("done"),
    }
)
_TOUCHES = InTongue(
    {
        "ready": marked("waits to be made"),
        "claimed": marked("in hand now"),
        "skipped": marked("not made"),
        "expired": marked("not made in time"),
        "canceled": marked("canceled"),
    }
)
_REPLIES = InTongue(
    {
        "stop": marked("asked for no more texts"),
        "start": marked("wants texts again"),
        "help": marked("asked for help"),
        "voted": marked("says they voted"),
        "wrong_number": marked("says it is a wrong number"),
        "other": marked("wrote back"),
    }
)


def event(one: Event) -> str:
    """What came of an attempt or a touch, or what a reply said, in a few words."""
    if one.what == "reply":
        return _REPLIES.get(one.state, one.state)
    if one.disposition:
        return RESULTS.get(one.disposition, one.disposition)
    words: Mapping[str, str] = _ATTEMPTS if one.what == "attempt" else _TOUCHES
    return words.get(one.state, one.state)


def ballot(stage: str) -> str:
    """What is known of a ballot; the mail's stages are the tables' words."""
    if stage == "voted":
        return _("has voted")
    return _("mail ballot %(stage)s", stage=retold(stage))


_ACTS = InTongue(
    {
        "voter opened": marked("opened this page"),
        "opted out": marked("opted an address out"),
        "ballot recorded": marked("recorded a ballot"),
        "voters merged": marked("merged"),
        "merge undone": marked("undid a merge"),
    }
)


def act(action: str) -> str:
    """An entry of the audit log."""
    return _ACTS.get(action, action)


def cell(value: Any) -> str:
    """A column of a voter for the comparison."""
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{key}: {each}" for key, each in value.items())
    if isinstance(value, float):
        return f"{value:.2f}"
    text = str(value)
    return phone(text) if text.startswith("+") else text
