"""Alarms: shares of texts that rise, workers that are gone, pauses about to end, senders that stop.

The figures are custom: no carrier publishes its own. Each is well above what a registered sender
with consent sees, so that it means something when it is passed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from zoneinfo import ZoneInfo

from app.domain.lookout import SICK, Cause, Held, Kind, SenderSeen
from app.domain.time_of_day import in_words

LAST = 200
"""Shares are of so many numbers, those to which the last texts went of which an outcome is known
(custom). Each counts once, with its last text: a bad number that is tried again is no news."""
FEWEST = 50
"""Of fewer numbers no share is taken (custom)."""
FILTERED = 0.03
"""Texts that carriers filtered (error 30007) (custom)."""
FAILED = 0.15
"""Texts that failed for another reason; an old list has up to a tenth of dead numbers (custom)."""
OPT_OUTS = 0.04
"""Recipients who opted out after one of these texts (custom)."""
Z = 1.645
"""A share is above its figure when chance alone would show so much once in twenty at most (the
95 % point of the normal distribution, one-sided)."""
CALM = 0.7
"""An alarm ends when its share is below so much of its figure, so that it does not flutter."""

GONE = timedelta(seconds=20)
"""A worker that has not beaten for so long in machine time is gone: ten beats."""
HANGS = timedelta(minutes=12)
"""One job for so long in machine time hangs, though its process beats: no patience is longer."""
SOON = timedelta(minutes=10)
"""So long before the end of a pause its organizers are told, in campaign time."""

Open = Collection[tuple[Kind, str]]
"""Kind and subject of the incidents that are open."""


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong now."""

    kind: Kind
    subject: str
    said: str
    since: datetime  # campaign time of the last sign that all was well
    cause: str = ""


@dataclass(frozen=True)
class Shares:
    """What became of the last texts of which an outcome is known, one for each number."""

    numbers: int = 0
    filtered: int = 0
    failed: int = 0
    opt_outs: int = 0


@dataclass(frozen=True)
class WorkerSeen:
    """A worker that did not sign off."""

    name: str
    silent: timedelta  # machine time since its last beat
    doing: str = ""
    doing_for: timedelta = timedelta()
    replaced: bool = False  # another began on its host since


def surely(count: int, of: int) -> float:
    """The least share behind `count` out of `of` that chance leaves likely: the lower end of
    Wilson's interval (E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
    Inference", Journal of the American Statistical Association 22, 1927, 209-212)."""
    if not count:
        return 0.0
    share, spread = count / of, Z * Z / of
    middle = share + spread / 2
    half = Z * sqrt(share * (1 - share) / of + spread / (4 * of))
    return max((middle - half) / (1 + spread), 0.0)


def share_alarms(shares: Shares, now: datetime, is_open: Open) -> list[Trouble]:
    """The shares that are surely above their figures; one that is open stays until it is well
    below. Of few texts even a large share may be chance: 3 of 50 open none."""
    told = (
        (Kind.FILTERED, shares.filtered, FILTERED, "were filtered by carriers as spam", _FILTERED),
        (Kind.FAILED, shares.failed, FAILED, "failed", _FAILED),
        (Kind.OPT_OUTS, shares.opt_outs, OPT_OUTS, "were answered with an opt-out", _OPT_OUTS),
    )
    found = []
    for kind, count, figure, words, advice in told:
        least = figure * CALM if (kind, "") in is_open else figure
        if shares.numbers >= FEWEST and surely(count, shares.numbers) > least:
            said = f"Texts to {count} of the last {shares.numbers} numbers {words}. {advice}"
            found.append(Trouble(kind, "", said, now))
    return found


_FILTERED = "Shorten links out of the words, vary them, and check the sender's registration."
_FAILED = "Look at the list of numbers, and at the sender."
_OPT_OUTS = "Look at the words and at whom they go to before more is sent."


def worker_alarms(workers: Collection[WorkerSeen], now: datetime, speed: float) -> list[Trouble]:
    """Workers that are gone or hang; those that were replaced are forgotten."""
    alive = sum(worker.silent <= GONE for worker in workers)
    found = []
    for worker in workers:
        since = now - worker.silent * speed
        subject = f"worker:{worker.name}"
        if worker.silent > GONE:
            if not worker.replaced:
                said = f"Worker {worker.name} gives no sign of life. {_others(alive)}"
                found.append(Trouble(Kind.WORKER, subject, said, since))
        elif worker.doing and worker.doing_for > HANGS:
            said = f"Worker {worker.name} hangs in “{worker.doing}”. {_others(alive - 1)}"
            found.append(Trouble(Kind.WORKER, subject, said, now - worker.doing_for * speed))
    return found


def _others(alive: int) -> str:
    if not alive:
        return "No other runs: start one with `lastmile worker`."
    run = "other runs and does its work" if alive == 1 else "others run and do its work"
    return f"{alive} {run}; start it again to be safe from the next loss."


def sender_alarms(senders: Collection[SenderSeen], now: datetime, is_open: Open) -> list[Trouble]:
    """Senders that are stopped or sick."""
    found = []
    for sender in senders:
        subject, name = f"sender:{sender.id}", sender.name
        unwell = SICK if (Kind.SENDER, subject) not in is_open else min(SICK / CALM, 1.0)
        if sender.stopped:
            said = f"“{name}” sends nothing, {sender.stopped}. Mend the cause, then start it again."
            found.append(Trouble(Kind.SENDER, subject, said, now, Cause.SENDER_STOPPED))
        elif sender.health < unwell:
            said = f"{name} lets little through; other senders take its share until it is well."
            found.append(Trouble(Kind.SENDER, subject, said, now, Cause.SENDER_SICK))
    return found


def pause_alarms(pauses: Collection[Held], final: bool, now: datetime, zone: str) -> list[Trouble]:
    """Pauses in the final week that are about to end."""
    if not final:
        return []
    return [
        Trouble(Kind.PAUSE, one.subject, _ends(one, zone), now, Cause.PAUSE)
        for one in pauses
        if now < one.until <= now + SOON
    ]


def _ends(pause: Held, zone: str) -> str:
    local = pause.until.astimezone(ZoneInfo(zone)).time()
    at = in_words(local.replace(second=0, microsecond=0))
    if not pause.subject:
        return f"The pause ends at {at}, and outreach goes on by itself."
    return f"The pause of {pause.name} ends at {at}, and it goes on by itself."


def queue_alarm(overdue: int, now: datetime) -> list[Trouble]:
    """Touches that wait though their open hours are over."""
    if not overdue:
        return []
    said = "Touches wait in the queue though their open hours are over; they are ended unsent."
    return [Trouble(Kind.QUEUE, "", said, now)]


def unsure_alarm(unsure: int, now: datetime) -> list[Trouble]:
    """Texts that ended in doubt; the words stay the same while more of them do."""
    if not unsure:
        return []
    said = (
        "Texts ended without an answer from the carrier: they may have arrived, so they are not "
        "sent again. The voters’ pages show which; look at the carrier’s own log."
    )
    return [Trouble(Kind.UNSURE, "", said, now)]
