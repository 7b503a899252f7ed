"""What a rehearsal found, made by hand: one that kept every promise, one that did not."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.rehearsal import Fault, Hour, Injected, Outcome, Promise, Verdict
from tests.factories import NOON

HOUR = timedelta(hours=1)
CLOSES = datetime.fromisoformat("2026-11-04T00:30:00+00:00")
MEASURED = {
    Promise.NEVER_SILENT: "longest silence 3.1 min while somebody could be reached; 5 are allowed",
    Promise.IN_BOUNDS: "9,120 messages and 1,204 calls checked",
    Promise.NEVER_TWICE: "9,120 texts in the carrier's ledger, at most one for each attempt",
    Promise.NEVER_LOST: "27,001 callbacks, 412 replies and 1,204 records of calls",
    Promise.NEVER_IDLE: "1,300 asked for a call; 31 were told why not",
    Promise.STRUCK_AT_ONCE: "2,210 voters struck",
    Promise.MONEY_LASTS: "$81.20 of $200.00 charged by the carrier",
}
STORY = [
    "Thu, Oct 29, 1:02 pm: the last text before the silence went out.",
    "1:03 pm: worker 2 was killed between its claim and its commit.",
    "1:14 pm: the next text went out, 12 minutes later, though 4,210 voters could be reached.",
]


def hours(silent_at: datetime | None = None) -> list[Hour]:
    """From noon on Thursday to the close: texts planned by day, calls in the evening."""
    found, at = [], NOON
    while at < CLOSES:
        local = (at.hour - 4) % 24  # Eastern, before the clocks fall back
        opened = 9 <= local < 20
        texts = 60 if opened else 0
        calls = 20 if opened and local >= 17 else 0
        silent = at == silent_at
        done = {"text": 31 if silent else texts, "call": calls - (local == 18) * 20, "email": 0}
        planned = {"text": texts, "call": calls, "email": 0}
        found.append(Hour(at, opened, planned, done, 420 if silent else 0))
        at += HOUR
    return found


def kept(**facts: Any) -> Outcome:
    """A rehearsal in which nothing broke."""
    made = Outcome(
        campaign="Eastside calls",
        seed=7,
        workers=3,
        starts_at=NOON,
        ends_at=CLOSES,
        voters=20_000,
        share=0.25,
        verdicts=[Verdict(promise, True, words, story=[]) for promise, words in MEASURED.items()],
        hours=hours(),
        faults=[
            Injected(Fault.KILL, 14, longest_silence=95),
            Injected(Fault.TIMEOUT_AFTER, 31),
        ],
        attempts={
            name: sum(hour.done[name] for hour in hours()) for name in ("call", "text", "email")
        },
        incidents=2,
        spent="81.20",
        budget="200.00",
        trace="9f86d081884c7d65",
        seconds=21.4,
        zone="America/New_York",
        notes=["Calls are dialed by hand; alerts and pings are not sent."],
    )
    return replace(made, **facts)


def broken() -> Outcome:
    """A rehearsal with a silence of twelve minutes after a worker was killed."""
    silence = Verdict(
        Promise.NEVER_SILENT,
        False,
        "longest silence 12.0 min while somebody could be reached; 5 are allowed",
        2,
        STORY,
    )
    others = [verdict for verdict in kept().verdicts if verdict.promise != silence.promise]
    return kept(
        verdicts=[silence, *others],
        hours=hours(NOON + HOUR),
        faults=[Injected(Fault.KILL, 14, longest_silence=720), Injected(Fault.TIMEOUT_AFTER, 31)],
    )
