"""What the call screen says, in the language of the page: results, problems, why there is none."""

from datetime import datetime

from flask_babel import ngettext

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.follow import How
from app.services.no_call import NoCall, Why
from app.services.record import BadRecord, NotYours, Recorded
from app.services.undo import Undone
from app.store.call_history import Said
from app.store.desks import Tally
from app.web.tongue import InTongue, marked, tongue
from app.web.tongue import translated as _
from app.web.words import moment, number, place, spoken, zone_name

D = Disposition


RESULTS: InTongue[str, str] = InTongue(
    {
        D.CANVASSED: marked("Talked"),
        D.ALREADY_VOTED: marked("Already voted"),
        D.NOT_HOME: marked("No answer"),
        D.BUSY: marked("Busy"),
        D.ANSWERING_MACHINE: marked("Machine"),
        D.LEFT_MESSAGE: marked("Left message"),
        D.HUNG_UP: marked("Hung up"),
        D.CALL_BACK: marked("Call back"),
        D.OTHER_LANGUAGE: marked("Other language"),
        D.WRONG_NUMBER: marked("Wrong number"),
        D.DISCONNECTED: marked("Disconnected"),
        D.DECEASED: marked("Deceased"),
        D.MOVED: marked("Moved away"),
        D.REFUSED: marked("Refused"),
        D.DO_NOT_CALL: marked("Do not call"),
    }
)
"""The results of a call, as their buttons say them."""

WAYS: InTongue[str, str] = InTongue(
    {
        How.POLLS: marked("at the polls"),
        How.EARLY: marked("early, in person"),
        How.MAIL: marked("by mail"),
    }
)
"""How somebody votes, by the value of `How`."""


def where_words(polling_place: str, precinct: str) -> str:
    """Where the voter votes: the place, else the precinct, by its name or its number."""
    if polling_place or not precinct:
        return polling_place or _("precinct not on file")
    named = any(letter.isalpha() for letter in precinct)
    return place(precinct) if named else _("precinct %(precinct)s", precinct=precinct)


def said_words(said: Said, at: str) -> str:
    """One earlier contact and when it was."""
    if said.channel is Channel.CALL:
        if said.code in RESULTS:
            return _("%(result)s, %(at)s", result=RESULTS[said.code], at=at)
        return _("Answered, result not recorded, %(at)s", at=at)
    if said.code == "reply":
        return _("Replied %(at)s", at=at)
    return _(_SENT[said.channel, said.code], at=at)


_SENT = {
    (Channel.TEXT, "sent"): marked("Text sent %(at)s"),
    (Channel.TEXT, "lost"): marked("Text not delivered %(at)s"),
    (Channel.TEXT, "on"): marked("Text on its way %(at)s"),
    (Channel.EMAIL, "sent"): marked("Email sent %(at)s"),
    (Channel.EMAIL, "lost"): marked("Email not delivered %(at)s"),
    (Channel.EMAIL, "on"): marked("Email on its way %(at)s"),
}


def tally_words(made: Tally) -> str:
    """A volunteer's day so far, in plain numbers, each on one line with what it counts."""
    told = (
        ngettext("%(count)s call", "%(count)s calls", made.calls, count=number(made.calls)),
        ngettext(
            "%(count)s conversation",
            "%(count)s conversations",
            made.conversations,
            count=number(made.conversations),
        ),
        ngettext("%(count)s plan", "%(count)s plans", made.plans, count=number(made.plans)),
    )
    return " · ".join(words.replace(" ", "\N{NO-BREAK SPACE}") for words in told)


def saved_words(result: Disposition, done: Recorded) -> str:
    """What was saved, for the line that offers to undo it."""
    words = RESULTS[result]
    if done.voted:
        return _("Saved. %(name)s has voted and is off all lists.", name=done.first_name)
    if not done.first_name:
        return _("Saved: %(result)s.", result=words)
    return _("Saved: %(result)s for %(name)s.", result=words, name=done.first_name)


def not_undone_words(undone: Undone) -> str:
    """Why what was saved stands."""
    said = _NOT_UNDONE.get(undone.code)
    name = undone.first_name or _("this voter")
    return _(said, name=name) if said else undone.message


_NOT_UNDONE = {
    "unknown": marked("There is nothing of yours to take back."),
    "too_late": marked("It is too late to take this back. Tell an organizer."),
    "voted": marked("%(name)s has voted since. What you saved stands."),
    "called": marked("%(name)s has been called again since. What you saved stands."),
    "changed": marked("Something changed for %(name)s since. What you saved stands."),
    "ringing": marked("You are calling the next voter already. What you saved stands."),
}


def problem_words(problem: BadRecord | NotYours) -> str:
    """What is to be mended in a record."""
    if isinstance(problem, NotYours):
        return _("This call is not on your list. Take the next one.")
    if problem.code == "plan_refused" and tongue() == "en":
        return str(problem)  # it names the hours
    said = _PROBLEMS.get(problem.code)
    return _(said) if said else str(problem)


_PROBLEMS = {
    "no_result": marked("Choose what came of the call, then save."),
    "not_sure": marked("This takes the voter off the list for good. Tick “I am sure” to save it."),
    "no_callback": marked("Say when to call back: a day and a time."),
    "callback_passed": marked("That time to call back has passed; choose a later one."),
    "callback_closed": marked(
        "At that time calls are not allowed where the voter lives; choose another time."
    ),
    "no_language": marked("Choose the language this voter speaks."),
    "long_note": marked("The note is over 2,000 characters; shorten it."),
    "bad_plan_time": marked("Say when they will vote: a day and a time, or leave it empty."),
    "plan_refused": marked(
        "They cannot vote like this at that time; choose another time or way, or leave it empty."
    ),
    "bad_form": marked("This form is incomplete. Load the page again."),
}


def none_words(none: NoCall) -> str:
    """Why there is no call."""
    match none.why:
        case Why.NO_CAMPAIGN:
            return _("You are not in a campaign yet. Ask your organizer for an invitation.")
        case Why.PAUSED:
            return _("An organizer has paused the calls.")
        case Why.NOBODY:
            return _("This campaign has nobody to call yet. Ask your organizer.")
        case Why.CLOSED:
            return _("It is too early or too late to call voters.")
        case Why.OVER:
            return _("The polls have closed. Thank you for every call.")
        case Why.LANGUAGE:
            return _(
                "The calls that are left need somebody who speaks another language: %(languages)s.",
                languages=", ".join(spoken(code) for code in none.languages),
            )
        case Why.WAITING:
            return _("You have no call in hand. The next voter is waiting.")
        case Why.TRIED:
            return _("Everyone who may be called now has been tried.")
        case Why.CAPPED:
            return _("Everyone has been tried as often as one day allows.")
        case Why.TAKEN:
            return _("Others are calling whoever is left.")
        case Why.GIVEN_BACK:
            return _("You gave back many calls in a short time. Wait a little.")
    return _("Everyone who may be called has been called.")


def until_words(none: NoCall, now: datetime, zone: str) -> str:
    """Until when there is none; empty if nobody knows."""
    if none.until is None:
        return ""
    there = none.zone or zone
    at, where = moment(none.until, now, there), zone_name(there)
    match none.why:
        case Why.PAUSED:
            return _("They go on %(at)s (%(zone)s time) at the latest.", at=at, zone=where)
        case Why.CLOSED:
            return _("Calls begin %(at)s (%(zone)s time).", at=at, zone=where)
        case Why.TRIED:
            return _("The next round begins %(at)s (%(zone)s time).", at=at, zone=where)
    return _("Next calls: %(at)s (%(zone)s time).", at=at, zone=where)
