"""What the inbox says: meanings of replies, headings, what was done and what could not be."""

from collections.abc import Mapping

from app.store.inbox_acts import Picked
from app.web.tongue import ngettext
from app.web.tongue import translated as _


def meanings() -> Mapping[str, tuple[str, str]]:
    """Each meaning of a reply that waits, in words, and how it is colored."""
    return {
        "other": (_("wrote back"), "plain"),
        "wrong_number": (_("wrong number"), "warn"),
        "stop": (_("wants no more texts"), "bad"),
        "start": (_("wants texts again"), "good"),
        "help": (_("asked for help"), "warn"),
        "voted": (_("says they voted"), "good"),
    }


def headings() -> Mapping[str, str]:
    """What may be shown."""
    return {
        "waiting": _("Waiting"),
        "mine": _("Mine"),
        "handed": _("Handed over"),
        "unassigned": _("Nobody’s"),
    }


def ages() -> Mapping[str, str]:
    """How long it waits at least, in minutes."""
    return {
        "5": _("5 minutes and more"),
        "60": _("1 hour and more"),
        "1440": _("1 day and more"),
    }


def done_words(picked: Picked) -> str:
    """What was taken out of the inbox."""
    number = len(picked.addresses)
    return ngettext(
        "The replies of %(count)s person are done.",
        "The replies of %(count)s people are done.",
        number,
        count=number,
    )


def opted_out_words(picked: Picked) -> str:
    """Who gets no more texts."""
    number = len(picked.addresses)
    return ngettext(
        "%(count)s number gets no more texts.",
        "%(count)s numbers get no more texts.",
        number,
        count=number,
    )
