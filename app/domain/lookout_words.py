"""What the lookout says to an organizer: what is wrong, why, what is done, and that it is over."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.alarm import Trouble
from app.domain.channel import Channel
from app.domain.lookout import Cause, Course, Kind, Verdict
from app.domain.time_of_day import in_words

TITLES: Mapping[Kind, str] = {
    Kind.SILENCE: "Nothing goes out",
    Kind.SENDER: "A sender is in trouble",
    Kind.FILTERED: "Carriers filter more texts",
    Kind.FAILED: "More texts fail",
    Kind.OPT_OUTS: "More people opt out",
    Kind.WORKER: "A worker is in trouble",
    Kind.PAUSE: "A pause is about to end",
    Kind.QUEUE: "The queue is older than its hours",
    Kind.UNSURE: "Texts may have arrived, or not",
}

CAUSES: Mapping[Cause, str] = {
    Cause.NO_WORKER: "no worker was running",
    Cause.PAUSE: "a pause was not lifted though it is over",
    Cause.CARRIER_DOWN: "the carrier does not answer",
    Cause.SENDER_STOPPED: "every sender is stopped",
    Cause.SENDER_SICK: "every sender was told to slow down or lets nothing through",
    Cause.RATE: "the senders’ rates are used up",
    Cause.MONEY: "the budget is used up or locked",
    Cause.POOL_DRY: "the queue is empty",
    Cause.UNKNOWN: "touches are ready and nothing takes them",
    Cause.NO_VOLUNTEERS: "nobody is calling",
}

ADVICE: Mapping[Cause, str] = {
    Cause.NO_WORKER: "Start a worker (`lastmile worker --keep`) if none runs.",
    Cause.PAUSE: "It is lifted now.",
    Cause.CARRIER_DOWN: "Other senders and channels are tried. Look at the carrier’s status page.",
    Cause.SENDER_STOPPED: "Other channels are tried. Mend the cause, then start the sender again.",
    Cause.SENDER_SICK: "Other senders and channels are tried.",
    Cause.RATE: "Other channels are tried. Another sender would help.",
    Cause.MONEY: "What costs nothing goes on. Raise the budget to go on with the rest.",
    Cause.POOL_DRY: "More is released now.",
    Cause.UNKNOWN: "Claims that are over are ended. If it stays so, restart the workers.",
    Cause.NO_VOLUNTEERS: "Other channels are tried. Ask volunteers to call now.",
}

BY: Mapping[Channel, str] = {
    Channel.CALL: "by phone",
    Channel.TEXT: "by text",
    Channel.EMAIL: "by email",
}

NAMES: Mapping[Channel, str] = {
    Channel.CALL: "calls",
    Channel.TEXT: "texts",
    Channel.EMAIL: "emails",
}

COURSES: Mapping[Course, str] = {
    Course.CLOSED: "It is outside of the hours in which voters may be reached.",
    Course.PAUSED: "Outreach is paused.",
    Course.FLOWS: "Outreach flows.",
    Course.REACHED: "Everyone who may be reached now has been.",
    Course.QUIET: "Nothing has gone out for a while; more is released.",
    Course.SILENT: "Nothing goes out, though somebody may be reached.",
}


def clock(at: datetime, zone: str) -> str:
    """5:40 pm, on the clock of `zone`."""
    return in_words(at.astimezone(ZoneInfo(zone)).time().replace(second=0, microsecond=0))


def silence(verdict: Verdict, zone: str) -> Trouble:
    """The trouble of a silence; its words stay the same while its cause does."""
    assert verdict.since is not None
    assert verdict.cause is not None
    ways = _listed([BY[channel] for channel, _ in verdict.causes])
    said = (
        f"Nothing has gone out since {clock(verdict.since, zone)}, though voters may be reached "
        f"{ways}: {CAUSES[verdict.cause]}. {ADVICE[verdict.cause]}"
    )
    for channel, until in verdict.held:
        said += (
            f" {NAMES[channel].capitalize()} are paused by an organizer until "
            f"{clock(until, zone)}; resuming them helps."
        )
    return Trouble(Kind.SILENCE, "", said, verdict.since, verdict.cause)


def over(kind: Kind, said: str, course: Course | None, at: datetime, zone: str) -> str:
    """That an incident is over, and what it had been."""
    how = _OVER.get(kind, "It is over.")
    if kind is Kind.SILENCE and course is not None:
        how = _SILENCE_OVER.get(course, how)
    return f"{how} ({clock(at, zone)}) It had been: {said}"


_OVER: Mapping[Kind, str] = {
    Kind.SILENCE: "Outreach flows again.",
    Kind.SENDER: "The sender sends again.",
    Kind.FILTERED: "Fewer texts are filtered.",
    Kind.FAILED: "Fewer texts fail.",
    Kind.OPT_OUTS: "Fewer people opt out.",
    Kind.WORKER: "The worker is back, replaced or gone for good.",
    Kind.PAUSE: "The pause is over or was changed.",
    Kind.QUEUE: "The queue is in order.",
    Kind.UNSURE: "No more texts have ended in doubt.",
}

_SILENCE_OVER: Mapping[Course, str] = {
    Course.CLOSED: "The open hours have ended.",
    Course.PAUSED: "Outreach has been paused.",
    Course.REACHED: "Everyone who may be reached now has been.",
}


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
