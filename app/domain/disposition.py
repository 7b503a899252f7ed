"""What came of a call, in canvassers' words, and what each result brings about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Disposition(StrEnum):
    """The result of a call; stored by value."""

    CANVASSED = "canvassed"  # talked to the voter
    ALREADY_VOTED = "already_voted"
    NOT_HOME = "not_home"
    BUSY = "busy"
    ANSWERING_MACHINE = "answering_machine"
    LEFT_MESSAGE = "left_message"
    HUNG_UP = "hung_up"
    CALL_BACK = "call_back"  # asks to be called at a stated time
    OTHER_LANGUAGE = "other_language"  # needs a caller who speaks it
    WRONG_NUMBER = "wrong_number"
    DISCONNECTED = "disconnected"
    DECEASED = "deceased"
    MOVED = "moved"
    REFUSED = "refused"
    DO_NOT_CALL = "do_not_call"


D = Disposition

LABELS: Mapping[Disposition, str] = {
    D.CANVASSED: "Talked",
    D.ALREADY_VOTED: "Already voted",
    D.NOT_HOME: "No answer",
    D.BUSY: "Busy",
    D.ANSWERING_MACHINE: "Machine",
    D.LEFT_MESSAGE: "Left message",
    D.HUNG_UP: "Hung up",
    D.CALL_BACK: "Call back",
    D.OTHER_LANGUAGE: "Other language",
    D.WRONG_NUMBER: "Wrong number",
    D.DISCONNECTED: "Disconnected",
    D.DECEASED: "Deceased",
    D.MOVED: "Moved away",
    D.REFUSED: "Refused",
    D.DO_NOT_CALL: "Do not call",
}

CONTACTS = frozenset({D.CANVASSED, D.ALREADY_VOTED, D.CALL_BACK, D.REFUSED, D.DO_NOT_CALL})
"""Results in which the person was reached: the numerator of the contact rate."""


@dataclass(frozen=True)
class Effect:
    """What a result does to the voter's touches."""

    strike: bool = False  # a ballot is recorded
    retry_after: timedelta | None = None  # the same voter again, not before
    retries: int = 99  # … and only while fewer attempts than this were made
    callback: bool = False  # again at the stated time
    reroute: bool = False  # again, by a speaker of the language
    bad_number: bool = False  # the number is dead for calls
    out: str = ""  # nobody tries this person any more in this campaign
    opt_out: bool = False  # this channel never again, by address
    resting: timedelta | None = None  # after a success: when a later pass may call again


EFFECTS: Mapping[Disposition, Effect] = {
    # Times between tries are the campaign custom of another pass some hours or a day later.
    D.CANVASSED: Effect(resting=timedelta(days=3)),
    D.ALREADY_VOTED: Effect(strike=True),
    D.NOT_HOME: Effect(retry_after=timedelta(hours=3)),
    D.BUSY: Effect(retry_after=timedelta(minutes=30)),
    D.ANSWERING_MACHINE: Effect(retry_after=timedelta(hours=6)),
    D.LEFT_MESSAGE: Effect(retry_after=timedelta(days=1)),
    D.HUNG_UP: Effect(retry_after=timedelta(days=1), retries=2),
    D.CALL_BACK: Effect(callback=True),
    D.OTHER_LANGUAGE: Effect(reroute=True),
    D.WRONG_NUMBER: Effect(bad_number=True),
    D.DISCONNECTED: Effect(bad_number=True),
    D.DECEASED: Effect(out="deceased"),
    D.MOVED: Effect(out="moved away"),
    D.REFUSED: Effect(out="refused"),
    D.DO_NOT_CALL: Effect(opt_out=True),
}
