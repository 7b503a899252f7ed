"""How a rehearsal is put into words: its faults, its promises, what was planned and done."""

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.rehearsal import PROMISES, Fault, Outcome, Promise, Verdict
from app.web.words import clock, day, moment, money, number, plural

FAULTS = {
    Fault.KILL: ("Worker killed", "between two of its steps"),
    Fault.HANG: ("Worker hangs", "and goes on later as if nothing had been"),
    Fault.FREEZE: ("Worker frozen", "for good"),
    Fault.DEPLOY: ("Deploy", "all workers end, others start"),
    Fault.CARRIER_DOWN: ("Carrier down", "nothing connects for minutes"),
    Fault.CARRIER_SLOW: ("Carrier slow", "slower than we wait"),
    Fault.TOO_MANY: ("Too many requests", "the carrier asks to slow down"),
    Fault.SERVER_ERROR: ("Carrier breaks", "it may have sent, or not"),
    Fault.TIMEOUT_BEFORE: ("No answer, not sent", "lost on the way there"),
    Fault.TIMEOUT_AFTER: ("No answer, but sent", "lost on the way back"),
    Fault.SENDER_DEAD: ("Sender dead", "it refuses everything"),
    Fault.CALLBACK_LOST: ("Callback lost", "the carrier never says what came of it"),
    Fault.CALLBACK_DOUBLED: ("Callback doubled", "the carrier says it twice"),
    Fault.CALLBACK_LATE: ("Callback late", "long after the text"),
    Fault.CALLBACK_REORDERED: ("Callbacks reordered", "delivered before sent"),
    Fault.DATABASE_LOST: ("Database lost", "the connection breaks at a commit"),
    Fault.SERIALIZATION: ("Transaction refused", "the database gives it up"),
    Fault.CLOCK_OFF: ("Clock off", "a worker’s by minutes"),
    Fault.OPT_OUT: ("Opt-out in flight", "while a message is on its way"),
    Fault.BALLOT: ("Ballot in flight", "while a message is on its way"),
    Fault.NO_SHOW: ("No-show", "a shift that nobody comes to"),
    Fault.PAUSE: ("Pause forgotten", "by an organizer"),
}
"""Each fault in a few words, and more of it."""

GROUPS = (
    ("Workers", (Fault.KILL, Fault.HANG, Fault.FREEZE, Fault.DEPLOY, Fault.CLOCK_OFF)),
    (
        "Carrier",
        (
            Fault.CARRIER_DOWN,
            Fault.CARRIER_SLOW,
            Fault.TOO_MANY,
            Fault.SERVER_ERROR,
            Fault.TIMEOUT_BEFORE,
            Fault.TIMEOUT_AFTER,
            Fault.SENDER_DEAD,
        ),
    ),
    (
        "Callbacks",
        (
            Fault.CALLBACK_LOST,
            Fault.CALLBACK_DOUBLED,
            Fault.CALLBACK_LATE,
            Fault.CALLBACK_REORDERED,
        ),
    ),
    ("Database", (Fault.DATABASE_LOST, Fault.SERIALIZATION)),
    ("People", (Fault.OPT_OUT, Fault.BALLOT, Fault.NO_SHOW, Fault.PAUSE)),
)
"""The faults as they are chosen."""

NOUNS = {Channel.CALL: "calls", Channel.TEXT: "texts", Channel.EMAIL: "emails"}


def title(promise: Promise) -> str:
    """3. Never twice."""
    return f"{promise.value}. {PROMISES[promise]}"


def judgement(outcome: Outcome) -> str:
    """The rehearsal in a sentence."""
    broken = [verdict for verdict in outcome.verdicts if not verdict.kept]
    if not broken:
        return f"All {len(outcome.verdicts)} promises were kept."
    names = ", ".join(PROMISES[verdict.promise].lower() for verdict in broken)
    return f"{plural(len(broken), 'promise')} of {len(outcome.verdicts)} broken: {names}."


def verdict_word(verdict: Verdict) -> str:
    """kept; broken 3 times."""
    if verdict.kept:
        return "kept"
    return f"broken {plural(verdict.broken, 'time')}" if verdict.broken > 1 else "broken"


def first_broken(outcome: Outcome) -> Verdict | None:
    """The promise whose story is told: the first that was broken."""
    return next((verdict for verdict in outcome.verdicts if not verdict.kept), None)


@dataclass(frozen=True)
class ChannelLine:
    """What a channel was to do in the week, and did."""

    channel: Channel
    planned: int
    done: int

    @property
    def share(self) -> str:
        """98 % of the plan; a dash where nothing was planned."""
        return f"{self.done / self.planned:.0%}" if self.planned else "–"


def channels(outcome: Outcome) -> list[ChannelLine]:
    """Planned against done, for the channels that have either."""
    found = []
    for channel in Channel:
        planned = sum(hour.planned.get(channel.value, 0) for hour in outcome.hours)
        done = outcome.attempts.get(channel.value, 0)
        if planned or done:
            found.append(ChannelLine(channel, planned, done))
    return found


def silent_minutes(seconds: int) -> str:
    """4; under 1: minutes in which nothing went out though it could and should have."""
    return "under 1" if 0 < seconds < 60 else number(round(seconds / 60))


def silent_seconds(outcome: Outcome) -> int:
    """All such seconds of the week."""
    return sum(hour.silent_seconds for hour in outcome.hours)


def silence(seconds: int) -> str:
    """4 silent minutes; under 1 silent minute."""
    return f"{silent_minutes(seconds)} silent {'minute' if seconds < 90 else 'minutes'}"


def spending(outcome: Outcome) -> str:
    """$81.20 of $200."""
    return f"{money(Decimal(outcome.spent))} of {money(Decimal(outcome.budget))}"


def faults_words(faults: Collection[str]) -> str:
    """all faults; no faults; 3 faults."""
    if len(set(faults)) == len(Fault):
        return "all faults"
    return plural(len(faults), "fault") if faults else "no faults"


def replay(campaign_id: int, seed: int, workers: int, faults: Collection[str]) -> str:
    """The command that plays the same week again."""
    if len(set(faults)) == len(Fault):
        chosen = "all"
    else:
        chosen = ",".join(sorted(faults)) or "none"
    words: Sequence[object] = ("lastmile", "rehearse", campaign_id, "--seed", seed)
    return shlex.join(map(str, (*words, "--workers", workers, "--faults", chosen)))


def again(at: Sequence[datetime], now: datetime, zone: str) -> str:
    """That it was begun again, and when last, since the worker that played it ended; else empty."""
    if not at:
        return ""
    how = "again" if len(at) == 1 else f"again {len(at)} times, the last time"
    when = moment(at[-1], now, zone)
    return (
        f"Started {how} at {when}: the worker that played it had ended. "
        "The same seed plays the same week, so nothing is lost but time."
    )


def duration(seconds: float) -> str:
    """14 s; 2 min 5 s; 12 min; a dash for none."""
    minutes, left = divmod(round(seconds), 60)
    if not seconds:
        return "–"
    said = [f"{minutes} min"] if minutes else []
    return " ".join([*said, f"{left} s"] if left or not minutes else said)


def played(outcome: Outcome) -> str:
    """from Tue, Oct 27, 7:30 pm to Tue, Nov 3, 7:30 pm."""
    here = ZoneInfo(outcome.zone)
    begins, ends = (
        f"{day(at.astimezone(here).date())}, {clock(at, outcome.zone)}"
        for at in (outcome.starts_at, outcome.ends_at)
    )
    return f"from {begins} to {ends}"


def size(outcome: Outcome) -> str:
    """12,000 voters; 20,000 voters, 4 % of the campaign's."""
    part = "" if outcome.share >= 1 else f", {outcome.share:.1%} of the campaign’s"
    return f"{plural(outcome.voters, 'voter')}{part}"
