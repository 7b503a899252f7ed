"""What the pages of pauses say: what is paused and until when, and what is wrong with a new one."""

from collections.abc import Mapping

from app.services.pause import LONGEST_REASON, What, Wrong
from app.web.tongue import marked
from app.web.tongue import translated as _
from app.web.words import channel_name

Forms = Mapping[str, str]
"""Marked words by what they are about: sender, campaign, or one of the channels."""


def said(forms: Forms, what: What, *, name: str, time: str = "") -> str:
    """The one of these sentences that is about what is paused; `name` is the sender's."""
    about = what.channel if what.kind == "channel" and what.channel else what.kind
    return _(forms[about], name=name, time=time)


def named(what: What, campaign: str, sender: str = "") -> str:
    """What is paused as it is called, and as it is typed to be sure: texts, or a name."""
    if what.kind == "sender":
        return sender
    return channel_name(what.channel) if what.channel else campaign


IS_PAUSED: Forms = {
    "sender": marked("“%(name)s” is paused until %(time)s."),
    "campaign": marked("The campaign is paused until %(time)s."),
    "call": marked("Calls are paused until %(time)s."),
    "text": marked("Texts are paused until %(time)s."),
    "email": marked("Emails are paused until %(time)s."),
}
"""That it is paused."""

GOES_ON: Forms = {
    "sender": marked("“%(name)s” sends again."),
    "campaign": marked("The campaign goes on."),
    "call": marked("Calls go on."),
    "text": marked("Texts go on."),
    "email": marked("Emails go on."),
}
"""That its pause has ended."""

RESUME: Forms = {
    "sender": marked("Resume “%(name)s” now"),
    "campaign": marked("Resume the campaign now"),
    "call": marked("Resume calls now"),
    "text": marked("Resume texts now"),
    "email": marked("Resume emails now"),
}
"""What the button says that ends a pause."""

PAUSE: Forms = {
    "sender": marked("Pause “%(name)s” until %(time)s"),
    "campaign": marked("Pause the campaign until %(time)s"),
    "call": marked("Pause calls until %(time)s"),
    "text": marked("Pause texts until %(time)s"),
    "email": marked("Pause emails until %(time)s"),
}
"""What the button says that begins a pause."""

QUESTION: Forms = {
    "sender": marked("Pause “%(name)s” until %(time)s?"),
    "campaign": marked("Pause the whole campaign until %(time)s?"),
    "call": marked("Pause all calls until %(time)s?"),
    "text": marked("Pause all texts until %(time)s?"),
    "email": marked("Pause all emails until %(time)s?"),
}
"""What is asked before it holds."""


def wrong(problem: Wrong) -> str:
    """What is wrong, and what to do."""
    return {
        Wrong.CLOSED: _("The polls have closed; nothing goes out any more."),
        Wrong.NO_END: _("In the final week a pause must have an end. Say until when."),
        Wrong.PAST: _("This is past; choose a time to come."),
        Wrong.TOO_LATE: _(
            "By then the polls have closed, so nothing would ever go out again; choose an earlier "
            "end."
        ),
        Wrong.LONG: _("At most %(most)s characters.", most=LONGEST_REASON),
        Wrong.NO_REASON: _("This pause lies in the final week: say why."),
        Wrong.GONE: _("There is no such sender any more. Choose what to pause."),
        Wrong.DRAFT: _("This campaign is being set up, so nothing goes out that could be paused."),
    }[problem]
