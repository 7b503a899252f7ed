"""What a touch is for: the ramp, or something of its own with words and manners of its own."""

from datetime import UTC, datetime

RAMP = "ramp"
"""Released toward the plan; what ends unsent is given back to it."""
FALLOVER = "fallover"
"""Released on another channel because the plan's own channel has nobody left; counted there."""
CALLBACK = "callback"
"""A call at the time that the voter asked for."""
IN_LINE = "in_line"
"""A text shortly before the polls close: who stands in line may vote."""
REMIND_EVE = "remind_eve"
"""The evening before the time that a voter who pledged means to vote."""
REMIND_HOUR = "remind_hour"
"""An hour before that time."""
CHASE = "chase"
"""To a voter whose mail ballot is out and not back."""
_BLAST = "blast:"
_WRITTEN = "written:"
BY_HAND = datetime(2200, 1, 1, tzinfo=UTC)
"""When a text is due that a person's tap is to send: never by itself, so that no worker takes it
up. The tap makes it due."""

REMINDERS = frozenset({REMIND_EVE, REMIND_HOUR})
"""Of a plan: their words name its time."""
PROMISED = frozenset({CALLBACK, IN_LINE, *REMINDERS})
"""Due at a stated time: they do not wait for a rest to end. Caps and hours hold all the same."""


def blast_purpose(blast_id: int) -> str:
    """The purpose of a blast's touches."""
    return f"{_BLAST}{blast_id}"


def blast_of(purpose: str) -> int | None:
    """The blast whose touches have this purpose; None for every other purpose."""
    return int(purpose.removeprefix(_BLAST)) if purpose.startswith(_BLAST) else None


def written_purpose(written_id: int) -> str:
    """The purpose of a text that a person wrote in a conversation."""
    return f"{_WRITTEN}{written_id}"


def written_of(purpose: str) -> int | None:
    """The written words whose touch has this purpose; None for every other purpose."""
    return int(purpose.removeprefix(_WRITTEN)) if purpose.startswith(_WRITTEN) else None


def waits_for_no_rest(purpose: str) -> bool:
    """Whether a touch goes out though the voter was tried a short time ago."""
    return purpose in PROMISED or purpose.startswith((_BLAST, _WRITTEN))
