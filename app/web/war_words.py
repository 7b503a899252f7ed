"""Words of the war room in the reader's language, for what the domain gives as a code."""

from collections.abc import Callable, Mapping

from app.domain.channel import Channel
from app.domain.report import Cause, Cover
from app.web.tongue import translated as _
from app.web.words import number

_COVERS: Mapping[Cover, Callable[[], str]] = {
    Cover.PLANNED: lambda: _("planned"),
    Cover.PAST: lambda: _("past"),
    Cover.CLOSED: lambda: _("closed by law"),
    Cover.OWN_HOURS: lambda: _("your own hours"),
    Cover.BLACKOUT: lambda: _("blackout"),
    Cover.SILENCE: lambda: _("election silence"),
    Cover.PAUSED: lambda: _("paused"),
    Cover.NOT_BEGUN: lambda: _("not begun"),
    Cover.GAP: lambda: _("gap"),
}
_CAUSES: Mapping[Cause, Callable[[], str]] = {
    Cause.NOBODY_BOOKED: lambda: _("nobody is booked"),
    Cause.FEW_BOOKED: lambda: _("too few are booked"),
    Cause.SENDER_SLOW: lambda: _("the sender is too slow"),
    Cause.SENDER_STOPPED: lambda: _("the sender has stopped"),
    Cause.NO_SENDER: lambda: _("there is no sender"),
    Cause.NO_WORDS: lambda: _("nobody has written the words"),
    Cause.BLAST: lambda: _("booked blasts take the senders’ time"),
    Cause.BLAST_MONEY: lambda: _("booked blasts take the money"),
    Cause.MONEY: lambda: _("the money is used up"),
    Cause.RESERVE: lambda: _("the rest of the money is kept for the final week"),
    Cause.NOBODY_REACHABLE: lambda: _("nobody can be reached"),
    Cause.NOBODY_LEFT: lambda: _("everybody has been tried as often as allowed"),
    Cause.HOURS: lambda: _("no hour is open"),
    Cause.SILENCE: lambda: _("election silence"),
    Cause.BLACKOUT: lambda: _("a blackout"),
    Cause.PAUSED: lambda: _("an organizer paused it"),
    Cause.DAILY_LIMIT: lambda: _("the ramp's own limit a day"),
    Cause.SENDER_DAY: lambda: _("the senders’ limit a day"),
}
"""Each asked for alone: a page says hundreds of them."""


def cover(which: Cover) -> str:
    """Closed by law, gap: what an hour of the strip is."""
    return _COVERS[which]()


def cause(which: Cause | None) -> str:
    """Why something that was wanted is not planned; empty for none."""
    return _CAUSES[which]() if which is not None else ""


def done_of(channel: Channel, done: int, planned: int) -> str:
    """412 of 420 calls done."""
    facts = {"done": number(done), "planned": number(planned)}
    if channel is Channel.CALL:
        return _("%(done)s of %(planned)s calls done", **facts)
    if channel is Channel.TEXT:
        return _("%(done)s of %(planned)s texts done", **facts)
    return _("%(done)s of %(planned)s emails done", **facts)


def to_come(channel: Channel, planned: int) -> str:
    """420 calls planned."""
    facts = {"planned": number(planned)}
    if channel is Channel.CALL:
        return _("%(planned)s calls planned", **facts)
    if channel is Channel.TEXT:
        return _("%(planned)s texts planned", **facts)
    return _("%(planned)s emails planned", **facts)


def by_blasts(number_of: int) -> str:
    """120 more by blasts."""
    return _("%(count)s more by blasts", count=number(number_of))
