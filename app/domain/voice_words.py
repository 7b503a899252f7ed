"""What a volunteer is told of a call through the carrier, on the screen and on the phone."""

from app.domain.disposition import LABELS
from app.domain.voice import Legs, Stage, is_machine, suggestion

LOST = "This call went back to the list. Take the next one."
VOICEMAIL = "Your voicemail picked up, so the voter was not rung. Try again, or dial by hand."
NOT_PICKED_UP = "You did not pick up, so the voter was not rung. Try again, or dial by hand."
GIVEN_UP = "The call did not come about; the voter was not rung. Try again, or dial by hand."

_BARRED = {
    "has voted": "This voter has voted. Do not call.",
    "opted out": "This voter asked not to be called. Do not call.",
    "dead address": "This number was found dead. Do not call.",
    "the number has changed": "This voter has another number now. Give the call back.",
    "quiet hours": "Calling hours are over where this voter lives. Do not call now.",
    "the polls have closed": "The polls have closed. Thank you for every call.",
    "paused": "An organizer has paused the calls.",
}
_YOUR_NUMBER = frozenset({13224, 21201, 21211, 21214, 21215, 21216, 21217})
"""Twilio's codes for a number that it cannot or will not ring."""
_CALLER_ID = frozenset({21210, 21212, 21213})
"""… and for a number that the account may not show."""
_TOO_MANY = 20429


def barred(reason: str) -> str:
    """Why nobody is rung, from the bar's reason."""
    return _BARRED.get(reason, f"This voter may not be called now: {reason}.")


def refused(code: int) -> str:
    """Why the carrier rang nobody, and what to do."""
    if code in _YOUR_NUMBER:
        return f"The carrier cannot ring your number ({code}). Change it, or dial by hand."
    if code in _CALLER_ID:
        return (
            f"The carrier does not let this campaign show its number ({code}). "
            "Tell your organizer, and dial by hand."
        )
    return f"The carrier did not take the call ({code}). Tell your organizer, and dial by hand."


def not_processed(code: int | None) -> str:
    """The same, where trying again may help."""
    if code == _TOO_MANY:
        return "The carrier has too many calls at once and rang nobody. Try again."
    return "The carrier cannot be reached, so nobody was rung. Try again, or dial by hand."


def told(stage: Stage, legs: Legs, note: str, name: str) -> tuple[str, ...]:
    """Where a call stands, in a sentence or two; `note` says why nobody was rung."""
    if stage is Stage.NOT_RUNG:
        return (note,)
    if stage is Stage.ENDED:
        return _ended(legs), _next(legs)
    if stage is Stage.CONNECTED and is_machine(legs.answered_by):
        return ("A machine picked up.",)
    said = {
        Stage.ASKED: "We ask the carrier to ring you.",
        Stage.RINGS_YOU: f"Your phone rings. Pick up, and we ring {name}.",
        Stage.RINGS_VOTER: f"Ringing {name}. Stay on the line.",
        Stage.CONNECTED: f"You are connected with {name}.",
    }
    return (said[stage],)


def _ended(legs: Legs) -> str:
    status = legs.voter_status
    if status == "busy":
        return "The line was busy."
    if status in ("no-answer", "canceled"):
        return "Nobody picked up."
    if status == "failed":
        return "The number could not be reached."
    if is_machine(legs.answered_by):
        return "A machine picked up."
    return f"The call lasted {_length(legs.seconds)}." if legs.seconds else "The call has ended."


def _next(legs: Legs) -> str:
    offered = suggestion(legs)
    if offered is None:
        return "Say below what came of it."
    return f"“{LABELS[offered]}” is chosen below; change it if it was otherwise."


def _length(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
