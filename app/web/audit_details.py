"""The details of an entry of the audit log in words: labels and values, and little of people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.store.audit import Entry
from app.web import role_words
from app.web.call_words import RESULTS
from app.web.paper_words import DOORS
from app.web.tongue import translated as _
from app.web.words import channel_name, clock, money, number
from app.web.words import day as day_in_words

LONGEST = 200  # characters of a value
MOST_OF_LIST = 10
NAMED = frozenset({"blast", "campaign", "phase", "sender", "team", "universe", "reserve"})
"""Subjects whose entries' `name` is the name of a thing. Others may be about a person."""
OF_PEOPLE = frozenset({"voter", "conversation", "inbox", "call", "touch", "problem", "ride"})
"""Subjects that are about voters: a reason or a note may be their own words, a precinct theirs."""
MONEY = frozenset({"budget", "cost", "price"})
SHARES = frozenset({"reserve_share"})


@dataclass(frozen=True)
class Known:
    """Names of accounts and campaigns that entries speak of, and the page's clock."""

    accounts: Mapping[int, str] = field(default_factory=dict)
    campaigns: Mapping[int, str] = field(default_factory=dict)
    zone: str = "UTC"


@dataclass(frozen=True)
class Fact:
    """One line of an entry's details."""

    label: str
    value: str


def facts(kind: str, entry: Entry, known: Known) -> tuple[Fact, ...]:
    """What may be told of an entry about a `kind` of subject. Words of people, addresses, numbers
    of phones and names of voters stay in the log."""
    details = dict(entry.details or {})
    labels = _labels()
    if kind in OF_PEOPLE:
        details = {
            key: value for key, value in details.items() if key not in ("reason", "precinct")
        }
    if kind not in NAMED:
        details.pop("name", None)
    told = [
        Fact(label, said)
        for key, label in labels.items()  # jsonb has an order of its own
        if key in details and (said := _said(key, details[key], entry.action, known))
    ]
    passed = details.get("passed_over")
    if isinstance(passed, dict):
        told += [
            Fact(_("passed over: %(point)s", point=name.replace("_", " ")), str(why)[:LONGEST])
            for name, why in passed.items()
        ]
    return (*told, *_changes(details, known))


def _changes(details: Mapping[str, Any], known: Known) -> Iterator[Fact]:
    """Settings that were one thing and are another."""
    before, after = details.get("before"), details.get("after")
    if not isinstance(after, dict):
        return
    was = before if isinstance(before, dict) else {}
    settings = _settings()
    for key, value in after.items():
        now = _said(key, value, "", known) or _("nothing")
        old = _said(key, was.get(key), "", known) or _("nothing")
        if key not in settings and not key.startswith("sender-"):
            yield Fact(_("changed"), key.replace("_", " "))
        elif now != old:
            yield Fact(_setting(key, settings), _("%(old)s → %(new)s", old=old, new=now))


def _setting(key: str, settings: Mapping[str, str]) -> str:
    """budget; sender-3-price as older pages of settings wrote it."""
    if not key.startswith("sender-"):
        return settings[key]
    _sender, which, what = [*key.split("-", 2), "", ""][:3]
    return _("%(what)s of sender %(id)s", what=settings.get(what, what), id=which)


def _said(key: str, value: Any, action: str, known: Known) -> str:
    """A value as people write it; empty for what cannot be told."""
    if isinstance(value, list):
        parts = [_said(key, one, action, known) for one in value[:MOST_OF_LIST]]
        more = len(value) - MOST_OF_LIST
        return ", ".join(filter(None, parts)) + (
            _(" and %(count)s more", count=more) if more > 0 else ""
        )
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int) and key in ("campaign", "from_campaign"):
        return known.campaigns.get(value) or _("campaign %(id)s", id=value)
    if isinstance(value, int) and key in ("person", "driver", "to"):
        return known.accounts.get(value) or _("account %(id)s", id=value)
    if isinstance(value, int | float):
        return number(value) if value == int(value) else f"{value:g}"
    if not isinstance(value, str) or not value.strip():
        return ""
    return _words(key, value.strip(), action, known)


def _words(key: str, value: str, action: str, known: Known) -> str:
    if action == "role changed":
        return ", ".join(role_words.role(one) for one in value.split(", "))
    if key == "role":
        return role_words.role(value)
    if key in ("channel", "channels", "what") and value in list(Channel):
        return channel_name(value)
    if key == "result":
        return RESULTS.get(value) or DOORS.get(value, value)
    if key in MONEY or key in SHARES:
        return _number(value, share=key in SHARES)
    return _instant(value, known.zone) or _coded(value) or value[:LONGEST]


def _number(value: str, *, share: bool) -> str:
    try:
        exact = Decimal(value)
    except InvalidOperation:
        return value[:LONGEST]
    if share:
        return _("%(percent)s %%", percent=f"{float(exact * 100):g}")
    return money(exact) if exact == exact.quantize(Decimal("0.01")) else f"${exact}"


def _instant(value: str, zone: str) -> str:
    """An instant or a day as pages write it; empty for anything else."""
    try:
        if len(value) == len("2026-11-03"):
            return day_in_words(date.fromisoformat(value))
        at = datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
    except ValueError:
        return ""
    return _("%(day)s, %(time)s", day=day_in_words(at.date()), time=clock(at, zone))


def _coded(value: str) -> str:
    """Codes that stand in details; toll_free as toll free."""
    spaced = value.replace("_", " ") if value.islower() and value.isidentifier() else ""
    return {
        "calls": _("call sheet"),
        "doors": _("door list"),
        "all": _("all"),
        "whole": _("the whole campaign"),
        "campaign": _("the whole campaign"),
        "alert": _("alerts"),
        "notice": _("notices to volunteers"),
        "sign_in_code": _("sign-in codes"),
        "csv": "CSV",
        "xlsx": "XLSX",
        "yes": _("yes"),
        "no": _("no"),
    }.get(value, spaced)


def _settings() -> dict[str, str]:
    """Settings that an entry has before and after."""
    return {
        "budget": _("budget"),
        "reserve_share": _("reserve"),
        "voter_daily_cap": _("attempts a voter a day"),
        "voter_total_cap": _("attempts a voter in all"),
        "polls_by_state": _("polling hours by the state’s table"),
        "polls_open": _("polls open"),
        "polls_close": _("polls close"),
        "first_polling_day": _("first polling day"),
        "starts_at": _("begins"),
        "kind": _("kind"),
        "per_second": _("a second"),
        "per_minute": _("a minute"),
        "per_hour": _("an hour"),
        "per_day": _("a day"),
        "price": _("price"),
    }


def _labels() -> dict[str, str]:
    """What of an entry's details is told, and how it is called."""
    return {
        "name": _("name"),
        "campaign": _("campaign"),
        "person": _("account"),
        "driver": _("driver"),
        "kind": _("kind"),
        "what": _("what"),
        "channel": _("channel"),
        "channels": _("channels"),
        "cost": _("cost"),
        "day": _("day"),
        "polling_day": _("polling day"),
        "starts_at": _("begins"),
        "ends_at": _("ends"),
        "from": _("from"),
        "to": _("to"),
        "until": _("until"),
        "reason": _("reason"),
        "format": _("file"),
        "rows": _("rows"),
        "people": _("people"),
        "voters": _("voters"),
        "role": _("role"),
        "uses": _("people who may use it"),
        "days": _("days"),
        "step": _("step"),
        "version": _("version"),
        "purpose": _("for"),
        "language": _("language"),
        "line": _("line"),
        "lines": _("lines"),
        "result": _("result"),
        "count": _("number"),
        "n": _("number"),
        "struck": _("struck"),
        "precinct": _("precinct"),
        "precincts": _("precincts"),
        "universe": _("universe"),
        "rank": _("place in the order"),
        "figure": _("figure"),
        "was": _("was"),
        "now": _("is"),
        "questions": _("questions"),
        "solved": _("solved"),
        "kept": _("voter who stays"),
        "other": _("the other voter"),
        "sender": _("sender"),
        "opens": _("opens"),
        "faults": _("faults"),
        "seed": _("seed"),
        "workers": _("workers"),
        "on": _("on"),
        **_settings(),
    }


def accounts_of(entries: Sequence[Entry]) -> list[int]:
    """Accounts that details name by number."""
    return _numbers(entries, ("person", "driver", "to"))


def campaigns_of(entries: Sequence[Entry]) -> list[int]:
    """Campaigns that details name by number."""
    return _numbers(entries, ("campaign",))


def _numbers(entries: Sequence[Entry], keys: Sequence[str]) -> list[int]:
    found = (entry.details.get(key) for entry in entries if entry.details for key in keys)
    return sorted({one for one in found if isinstance(one, int) and not isinstance(one, bool)})
