"""Replies in words: what became of a text of ours, what may be answered, and why not."""

from datetime import datetime

from app.domain.segment import encoding, segments
from app.services.conversations import Refusal, Refused
from app.store.campaigns import Campaign
from app.web.sessions import parts
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _
from app.web.words import moment, zone_name

SUGGESTIONS = InTongue(
    {
        "polling_place": marked("Where to vote"),
        "hours": marked("Until when"),
        "registration": marked("Registration"),
        "thanks": marked("Thank you"),
        "wrong_number": marked("Sorry, wrong number"),
    }
)
"""What each suggested reply is about."""

STATES = InTongue(
    {
        "ready": marked("waits to go out"),
        "claimed": marked("waits to go out"),
        "attempting": marked("on its way"),
        "unknown": marked("on its way"),
        "unsure": marked("may have arrived, or not"),
        "accepted": marked("sent"),
        "sent": marked("sent"),
        "delivered": marked("delivered"),
        "undelivered": marked("not delivered"),
        "failed": marked("not delivered"),
        "skipped": marked("not sent"),
        "expired": marked("not sent: the hours ended first"),
        "canceled": marked("not sent"),
    }
)
"""What became of a text of ours."""

_REFUSALS = {
    Refusal.OTHERS: marked("You were away too long, and somebody else has this conversation now."),
    Refusal.GONE: marked("This conversation is not there any more. Take the next one."),
    Refusal.EMPTY: marked("Write an answer first, or choose one."),
    Refusal.LONG: marked("A text has at most 1,600 characters; shorten it."),
    Refusal.OPTED_OUT: marked("They want no more texts, so nothing can be answered."),
    Refusal.DEAD: marked("This number is a wrong one, so nothing can be answered."),
    Refusal.CLOSED: marked("The polls have closed, and nothing goes out any more."),
    Refusal.BUSY: marked("Another text to them is on its way. Send again in a few seconds."),
    Refusal.WAITS: marked("The answer before this one goes out at %(time)s. Write then."),
    Refusal.MONEY: marked("The budget does not last for it. Tell your organizer; hand it over."),
}


def refusal_words(refused: Refused, campaign: Campaign | None) -> str:
    """Why it cannot be, in a sentence."""
    at = ""
    if refused.until is not None and campaign is not None:
        at = moment_there(refused.until, campaign)
    return _(_REFUSALS[refused.why], time=at)


def size_words(body: str) -> str:
    """1 segment, GSM-7."""
    number, code = segments(body), encoding(body)
    if number == 1:
        return _("1 segment, %(code)s", code=code)
    return _("%(count)s segments, %(code)s", count=number, code=code)


def moment_there(at: datetime, campaign: Campaign) -> str:
    """A time on the campaign's clock, with that clock's name."""
    return f"{moment(at, parts().clock.now(), campaign.zone)} {zone_name(campaign.zone)}"
