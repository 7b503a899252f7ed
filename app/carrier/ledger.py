"""The carrier's own record of everything it accepted, in memory and in a journal."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from app.carrier.clock import iso
from app.carrier.journal import Journal

Kind = Literal["text", "call", "mail"]


@dataclass(slots=True)
class Step:
    """One state of an entry and when it came."""

    status: str
    at: datetime
    error_code: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As in the ledger's JSON."""
        return {"status": self.status, "at": iso(self.at), "error_code": self.error_code}


@dataclass(slots=True)
class Entry:
    """A message, call or mail that was accepted."""

    kind: Kind
    sid: str
    at: datetime
    sender: str
    to: str
    body: str
    direction: str  # inbound, outbound-api, outbound-reply
    history: list[Step]
    callback: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)  # what only this kind of entry has

    @property
    def status(self) -> str:
        """The state it is in now."""
        return self.history[-1].status

    @property
    def error_code(self) -> int | None:
        """Why it was not delivered, if it was not."""
        return self.history[-1].error_code

    def reached(self, *statuses: str) -> datetime | None:
        """When it first was in one of these states, or None."""
        return next((step.at for step in self.history if step.status in statuses), None)

    def as_json(self) -> dict[str, Any]:
        """As the journal keeps it and the control endpoint shows it."""
        return self.facts | {
            "kind": self.kind,
            "sid": self.sid,
            "at": iso(self.at),
            "from": self.sender,
            "to": self.to,
            "body": self.body,
            "direction": self.direction,
            "status": self.status,
            "error_code": self.error_code,
            "status_callback": self.callback,
            "history": [step.as_json() for step in self.history],
        }


OWN = {*("kind", "sid", "at", "from", "to", "body", "direction"), "status_callback", "history"}
DERIVED = {"status", "error_code"}


def _entry(line: dict[str, Any]) -> Entry:
    return Entry(
        kind=line["kind"],
        sid=line["sid"],
        at=datetime.fromisoformat(line["at"]),
        sender=line["from"],
        to=line["to"],
        body=line["body"],
        direction=line["direction"],
        history=[_step(step) for step in line["history"]],
        callback=line["status_callback"],
        facts={name: value for name, value in line.items() if name not in OWN | DERIVED},
    )


def _step(line: dict[str, Any]) -> Step:
    return Step(line["status"], datetime.fromisoformat(line["at"]), line["error_code"])


class Ledger:
    """Entries by SID, by recipient, and the STOP blocks between a sender and a phone."""

    def __init__(self, path: Path | None = None) -> None:
        self.entries: dict[str, Entry] = {}
        self.by_to: dict[str, list[Entry]] = {}
        self.blocks: set[tuple[str, str]] = set()
        self._heard: set[tuple[str, str]] = set()
        self._mail_ids: set[tuple[str, str]] = set()
        self._journal = Journal(path)
        for line in self._journal.read():
            self._replay(line)

    def add(self, entry: Entry) -> None:
        """Records an accepted entry; it is in the journal when this returns."""
        self._index(entry)
        self._journal.write({"entry": entry.as_json()})

    def move(self, entry: Entry, step: Step, facts: dict[str, Any] | None = None) -> None:
        """Records the next state of an entry, and what else became known with it."""
        entry.history.append(step)
        entry.facts |= facts or {}
        line = {"sid": entry.sid, "step": step.as_json()}
        self._journal.write(line | {"facts": facts} if facts else line)

    def block(self, sender: str, phone: str) -> None:
        """Texts from this sender to this phone are refused from now on."""
        self.blocks.add((sender, phone))
        self._journal.write({"block": [sender, phone]})

    def unblock(self, sender: str, phone: str) -> None:
        """Texts may go again."""
        self.blocks.discard((sender, phone))
        self._journal.write({"unblock": [sender, phone]})

    def heard(self, sender: str, phone: str) -> bool:
        """Whether this phone has ever written to this sender."""
        return (sender, phone) in self._heard

    def mailed(self, message_id: str, to: str) -> bool:
        """Whether a mail with this Message-ID was taken for this recipient before."""
        return (message_id, to) in self._mail_ids

    def newest_first(self, kind: Kind, to: str | None = None) -> Iterator[Entry]:
        """Entries of a kind, for one recipient or for all."""
        entries = (
            reversed(self.entries.values()) if to is None else reversed(self.by_to.get(to, []))
        )
        return (entry for entry in entries if entry.kind == kind)

    def close(self) -> None:
        """Lets go of the journal."""
        self._journal.close()

    def _index(self, entry: Entry) -> None:
        self.entries[entry.sid] = entry
        self.by_to.setdefault(entry.to, []).append(entry)
        if entry.direction == "inbound":
            self._heard.add((entry.to, entry.sender))
        if entry.kind == "mail":
            self._mail_ids.add((entry.facts["message_id"], entry.to))

    def _replay(self, line: dict[str, Any]) -> None:
        if "entry" in line:
            self._index(_entry(line["entry"]))
        elif "step" in line:
            entry = self.entries[line["sid"]]
            entry.history.append(_step(line["step"]))
            entry.facts |= line.get("facts", {})
        elif "block" in line:
            self.blocks.add((line["block"][0], line["block"][1]))
        else:
            self.blocks.discard((line["unblock"][0], line["unblock"][1]))
