"""How a rehearsal is put into words: its faults, its promises, what was planned and done."""

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.rehearsal import PROMISES, Fault, Outcome, Promise, Verdict
from app.web.retold import retold
from app.web.tongue import InTongue, marked, ngettext
from app.web.tongue import translated as _
from app.web.words import clock, day, moment, money, number

FAULTS = InTongue(
    {
        Fault.KILL: (marked("Worker killed"), marked("between two of its steps")),
        Fault.HANG: (marked("Worker hangs"), marked("and goes on later as if nothing had been")),
        Fault.FREEZE: (marked("Worker frozen"), marked("for good")),
        Fault.DEPLOY: (marked("Deploy"), marked("all workers end, others start")),
        Fault.CARRIER_DOWN: (marked("Carrier down"), marked("nothing connects for minutes")),
        Fault.CARRIER_SLOW: (marked("Carrier slow"), marked("slower than we wait")),
        Fault.TOO_MANY: (marked("Too many requests"), marked("the carrier asks to slow down")),
        Fault.SERVER_ERROR: (marked("Carrier breaks"), marked("it may have sent, or not")),
        Fault.TIMEOUT_BEFORE: (marked("No answer, not sent"), marked("lost on the way there")),
        Fault.TIMEOUT_AFTER: (marked("No answer, but sent"), marked("lost on the way back")),
        Fault.ACCEPTED_LATE: (
            marked("No answer, sent late"),
            marked("the carrier takes it in minutes later"),
        ),
        Fault.SENDER_DEAD: (marked("Sender dead"), marked("it refuses everything")),
        Fault.CALLBACK_LOST: (
            marked("Callback lost"),
            marked("the carrier never says what came of it"),
        ),
        Fault.CALLBACK_DOUBLED: (marked("Callback doubled"), marked("the carrier says it twice")),
        Fault.CALLBACK_LATE: (marked("Callback late"), marked("long after the text")),
        Fault.CALLBACK_REORDERED: (marked("Callbacks reordered"), marked("delivered before sent")),
        Fault.DATABASE_LOST: (marked("Database lost"), marked("the connection breaks at a commit")),
        Fault.SERIALIZATION: (marked("Transaction refused"), marked("the database gives it up")),
        Fault.CLOCK_OFF: (marked("Clock off"), marked("a worker’s by minutes")),
        Fault.OPT_OUT: (marked("Opt-out in flight"), marked("while a message is on its way")),
        Fault.BALLOT: (marked("Ballot in flight"), marked("while a message is on its way")),
        Fault.NO_SHOW: (marked("No-show"), marked("a shift that nobody comes to")),
        Fault.PAUSE: (marked("Pause forgotten"), marked("by an organizer")),
    }
)
"""Each fault in a few words, and more of it."""

GROUPS = (
    (marked("Workers"), (Fault.KILL, Fault.HANG, Fault.FREEZE, Fault.DEPLOY, Fault.CLOCK_OFF)),
    (
        marked("Carrier"),
        (
            Fault.CARRIER_DOWN,
            Fault.CARRIER_SLOW,
            Fault.TOO_MANY,
            Fault.SERVER_ERROR,
            Fault.TIMEOUT_BEFORE,
            Fault.TIMEOUT_AFTER,
            Fault.ACCEPTED_LATE,
            Fault.SENDER_DEAD,
        ),
    ),
    (
        marked("Callbacks"),
        (
            Fault.CALLBACK_LOST,
            Fault.CALLBACK_DOUBLED,
            Fault.CALLBACK_LATE,
            Fault.CALLBACK_REORDERED,
        ),
    ),
    (marked("Database"), (Fault.DATABASE_LOST, Fault.SERIALIZATION)),
    (marked("People"), (Fault.OPT_OUT, Fault.BALLOT, Fault.NO_SHOW, Fault.PAUSE)),
)
"""The faults as they are chosen."""


def title(promise: Promise) -> str:
    """3. Never twice."""
    return f"{promise.value}. {retold(PROMISES[promise])}"


def judgement(outcome: Outcome) -> str:
    """The rehearsal in a sentence."""
    broken = [verdict for verdict in outcome.verdicts if not verdict.kept]
    if not broken:
        return _("All %(count)s promises were kept.", count=len(outcome.verdicts))
    return ngettext(
        "%(count)s promise of %(all)s broken: %(names)s.",
        "%(count)s promises of %(all)s broken: %(names)s.",
        len(broken),
        count=len(broken),
        all=len(outcome.verdicts),
        names=", ".join(retold(PROMISES[verdict.promise]).lower() for verdict in broken),
    )


def verdict_word(verdict: Verdict) -> str:
    """kept; broken 3 times."""
    if verdict.kept:
        return _("kept")
    if verdict.broken > 1:
        return _("broken %(count)s times", count=number(verdict.broken))
    return _("broken")


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
    return _("under 1") if 0 < seconds < 60 else number(round(seconds / 60))


def silent_seconds(outcome: Outcome) -> int:
    """All such seconds of the week."""
    return sum(hour.silent_seconds for hour in outcome.hours)


def silence(seconds: int) -> str:
    """4 silent minutes; under 1 silent minute."""
    return ngettext(
        "%(count)s silent minute",
        "%(count)s silent minutes",
        1 if seconds < 90 else 2,
        count=silent_minutes(seconds),
    )


def spending(outcome: Outcome) -> str:
    """$81.20 of $200."""
    return _(
        "%(spent)s of %(budget)s",
        spent=money(Decimal(outcome.spent)),
        budget=money(Decimal(outcome.budget)),
    )


def faults_words(faults: Collection[str]) -> str:
    """all faults; no faults; 3 faults."""
    if len(set(faults)) == len(Fault):
        return _("all faults")
    if not faults:
        return _("no faults")
    return ngettext("%(count)s fault", "%(count)s faults", len(faults), count=len(faults))


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
    when = moment(at[-1], now, zone)
    if len(at) == 1:
        return _(
            "Started again at %(at)s: the worker that played it had ended. The same seed plays "
            "the same week, so nothing is lost but time.",
            at=when,
        )
    return _(
        "Started again %(count)s times, the last time at %(at)s: the worker that played it had "
        "ended. The same seed plays the same week, so nothing is lost but time.",
        count=len(at),
        at=when,
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
    return _("from %(begins)s to %(ends)s", begins=begins, ends=ends)


def size(outcome: Outcome) -> str:
    """12,000 voters; 20,000 voters, 4 % of the campaign's."""
    count = outcome.voters
    voters = ngettext("%(count)s voter", "%(count)s voters", count, count=number(count))
    if outcome.share >= 1:
        return voters
    share = f"{outcome.share:.1%}"
    return _("%(voters)s, %(share)s of the campaign’s", voters=voters, share=share)
