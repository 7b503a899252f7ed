"""The form of a change to hours: what was typed, read into a change, problems at their fields."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from app.domain.channel import Channel
from app.domain.local import WEEKDAYS
from app.domain.rule import KIND_OF, Change, RuleKind
from app.domain.rule_json import to_json
from app.services.rule_check import NO_NOTE, RuleRefused, read_change
from app.web.local_time import instant, on_clock
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _

LISTS = ("channels", "weekdays")
TIMES = ("opens", "closes")
INSTANTS = ("begins_at", "ends_at")
TITLES = InTongue(
    {
        RuleKind.CALLING_HOURS: marked("Change calling hours"),
        RuleKind.POLLS: marked("Change when the polls are open"),
        RuleKind.SILENCE: marked("Change election silence"),
        RuleKind.BLACKOUT: marked("Add a blackout"),
        RuleKind.OWN_HOURS: marked("Set your own hours"),
    }
)
EMPTY = InTongue(
    {
        "opens": marked("Say from when."),
        "closes": marked("Say until when."),
        "begins_at": marked("Say from when."),
        "ends_at": marked("Say until when."),
        "scope": marked("Choose whose hours change."),
        "state": marked("Choose the state."),
        "channels": marked("Choose at least one."),
        "weekdays": marked("Choose at least one day."),
        "note": NO_NOTE,
    }
)
"""What to say of a part that was left empty."""


@dataclass
class RuleForm:
    """A change as somebody types it; `said` is kept whatever is wrong with it."""

    kind: RuleKind
    said: dict[str, Any]
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def note(self) -> str:
        """Why."""
        return " ".join(str(self.said.get("note", "")).split())

    def change(self, zone: str) -> Change:
        """The change; raises RuleRefused. Instants are read on the campaign's clock, `zone`."""
        value: dict[str, Any] = {name: self.said.get(name, "") for name in _parts(self.kind)}
        missing = {name: EMPTY[name] for name in value if name in EMPTY and not value[name]}
        if self.kind is RuleKind.CALLING_HOURS:
            value["max_per_24h"] = _whole(self.said.get("max_per_24h", ""))
            if self.said.get("closed"):
                value["opens"] = value["closes"] = ""
                missing = {name: why for name, why in missing.items() if name not in TIMES}
        if self.kind is RuleKind.SILENCE:
            missing = {name: why for name, why in missing.items() if name in LISTS}
            if self.said.get("none"):
                value["starts"] = value["ends"] = ""
            elif not value["starts"] and not value["ends"]:
                missing["starts"] = _("Say from when, or choose no silence.")
        why = {} if self.note else {"note": EMPTY["note"]}
        if missing:
            raise RuleRefused(missing | why)
        for name in INSTANTS:
            if name in value:
                value[name] = _instant(name, value[name], zone)
        if self.kind is RuleKind.BLACKOUT:
            value["reason"] = self.note
        try:
            return read_change(self.kind, value)
        except RuleRefused as refused:
            raise RuleRefused(refused.problems | why) from refused


def posted(kind: RuleKind, form: MultiDict[str, str]) -> RuleForm:
    """What a browser sent."""
    said: dict[str, Any] = {name: words[:1000] for name, words in form.items()}
    said |= {name: form.getlist(name) for name in LISTS}
    return RuleForm(kind, said)


def blank(kind: RuleKind, asked: Mapping[str, str], now: datetime, zone: str) -> RuleForm:
    """A form that nobody has filled in yet; an address may say a scope, a state or a channel."""
    said: dict[str, Any] = {
        "scope": asked.get("scope", ""),
        "state": asked.get("state", ""),
        "weekdays": list(WEEKDAYS),
        "channels": [channel.value for channel in Channel],
    }
    if kind is RuleKind.CALLING_HOURS:
        custom = said["scope"] == "custom"
        said["channels"] = ["email"] if custom else ["call", "text"]
    if kind is RuleKind.BLACKOUT:
        begins = on_clock(now, zone).replace(minute=0)
        said["begins_at"] = begins.isoformat(timespec="minutes")
    return RuleForm(kind, said)


def token(change: Change) -> str:
    """Stands for one change: what was shown is what is confirmed."""
    written = json.dumps([KIND_OF[type(change)].value, to_json(change)], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def _parts(kind: RuleKind) -> tuple[str, ...]:
    return {
        RuleKind.CALLING_HOURS: ("scope", "channels", "weekdays", "opens", "closes"),
        RuleKind.POLLS: ("state", "opens", "closes"),
        RuleKind.SILENCE: ("starts", "ends", "channels"),
        RuleKind.BLACKOUT: ("begins_at", "ends_at", "channels"),
        RuleKind.OWN_HOURS: ("channels", "weekdays", "opens", "closes"),
    }[kind]


def _whole(written: str) -> object:
    text = str(written).strip()
    return (int(text) if text.isdecimal() and len(text) < 6 else text) if text else None


def _instant(name: str, written: str, zone: str) -> str:
    try:
        at = datetime.fromisoformat(written.strip())
        if at.tzinfo is None:
            return instant(at, zone).isoformat()
        return at.astimezone(ZoneInfo("UTC")).isoformat()
    except (ValueError, OverflowError) as error:
        raise RuleRefused(
            {
                name: _(
                    "%(written)s is no day and time; write it like 2026-11-02 18:00.",
                    written=repr(written[:40]),
                )
            }
        ) from error
