"""A voter's facts in the words of the voter's page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.channel import Channel
from app.domain.disposition import LABELS
from app.store.voter_page import Event, Mark
from app.store.voters import Voter
from app.web.words import number, phone, zone_name

CHANNELS = {"call": "calls", "text": "texts", "email": "emails"}
GENDERS = {"F": "female", "M": "male", "X": "another gender"}
PHONE_KINDS = {"mobile": "cell phone", "landline": "landline", "voip": "internet line"}

FIELDS = {
    "first_name": "First name",
    "middle_name": "Middle name",
    "last_name": "Last name",
    "suffix": "Suffix",
    "birth_year": "Born",
    "gender": "Gender",
    "party": "Party",
    "status": "Status",
    "registered_on": "Registered",
    "address": "Address",
    "city": "City",
    "precinct": "Precinct",
    "phone": "Phone",
    "phone2": "Second phone",
    "phone3": "Third phone",
    "email": "Email",
    "votes": "Voted on",
    "turnout": "Turnout score",
    "extra": "Kept columns",
    "source_id": "Voter id",
}
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
                kind = PHONE_KINDS.get(getattr(voter, f"{name}_kind"), "phone")
                main = voter is people[0] and name == "phone"
                found.setdefault(value, Address(value, kind, (Channel.CALL, Channel.TEXT), main))
        if voter.email:
            found.setdefault(voter.email, Address(voter.email, "email", (Channel.EMAIL,), False))
    return list(found.values())


def states(address: Address, marks: Sequence[Mark]) -> Iterator[tuple[str, str, str]]:
    """What is on record of an address, as (words, color, why)."""
    for mark in marks:
        if mark.address != address.address:
            continue
        channel = CHANNELS.get(mark.channel, mark.channel)
        on = f"{mark.on:%b} {mark.on.day}, {mark.on.year}"
        if mark.what == "opted out":
            yield f"no {channel}", "bad", f"opted out {on} ({mark.why})"
        elif mark.what == "dead":
            yield f"dead for {channel}", "warn", f"{mark.why}, {on}"
        else:
            yield f"consents to {channel}", "good", f"{mark.why}, {on}"


def open_ways(people: Sequence[Address], marks: Sequence[Mark]) -> list[tuple[str, str]]:
    """What can still be opted out of, as (value of the form, words)."""
    gone = {(mark.address, mark.channel) for mark in marks if mark.what == "opted out"}
    return [
        (f"{channel}:{each.address}", f"{CHANNELS[channel].capitalize()} to {shown(each.address)}")
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
    return " ".join(part for part in parts if part) or f"Voter {voter.source_id}"


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
        return "not known: only hours open from coast to coast"
    if len(names) == 1:
        return f"{names[0]} time"
    return f"{', '.join(names[:-1])} or {names[-1]}: only hours open in each"


def turnout(score: float) -> str:
    """A score of 0.73 in words; it is the model's guess."""
    return f"{number(100 * score)} of 100 voters like this one take part"


def target(row: Any) -> tuple[str, str]:
    """How a campaign stands to the voter, as (words, color)."""
    if row.voted_at:
        return "has voted", "good"
    if row.out:
        return f"out: {row.out}", "warn"
    if row.arm != "treated":
        return "hold-out: gets nothing, so that the effect can be measured", "plain"
    return "may be contacted", "plain"


def limits(row: Any) -> list[str]:
    """Channels that a campaign may not use, with the reason."""
    named = (("calls", row.no_calls), ("texts", row.no_texts), ("emails", row.no_emails))
    return [f"no {channel}: {why}" for channel, why in named if why]


_ATTEMPTS = {
    "attempting": "going out",
    "unknown": "not known whether it went out",
    "absent": "did not go out",
    "accepted": "handed to the carrier",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "not delivered",
    "failed": "failed",
    "done": "done",
}
_TOUCHES = {
    "ready": "waits to be made",
    "claimed": "in hand now",
    "skipped": "not made",
    "expired": "not made in time",
    "canceled": "canceled",
}
_REPLIES = {
    "stop": "asked for no more texts",
    "start": "wants texts again",
    "help": "asked for help",
    "voted": "says they voted",
    "wrong_number": "says it is a wrong number",
    "other": "wrote back",
}


def event(one: Event) -> str:
    """What came of an attempt or a touch, or what a reply said, in a few words."""
    if one.what == "reply":
        return _REPLIES.get(one.state, one.state)
    if one.disposition:
        return LABELS.get(one.disposition, one.disposition)  # type: ignore[call-overload,no-any-return]
    words: Mapping[str, str] = _ATTEMPTS if one.what == "attempt" else _TOUCHES
    return words.get(one.state, one.state)


_ACTS = {
    "voter opened": "opened this page",
    "opted out": "opted an address out",
    "ballot recorded": "recorded a ballot",
    "voters merged": "merged",
    "merge undone": "undid a merge",
}


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
