"""Election silence: the stretch before and on polling day in which campaigning is forbidden."""

from collections.abc import Iterable
from functools import cache

from app.domain.channel import Channel
from app.domain.interval import Interval
from app.domain.moment import Voting, ends_at, moment, starts_at
from app.domain.rule import Silence
from app.domain.tables import table

NONE = "none"
ALL = "all"


@cache
def silence_of(country: str) -> Silence | None:
    """The silence of a country (ISO code) by the table; None where it knows of none.

    Source: data/election_silence.csv, each row with its own; many say "verify before use".
    """
    row = next((row for row in table("election_silence") if row["country"] == country), None)
    if row is None or row["channels"] == NONE:
        return None
    return Silence(row["starts"], row["ends"], _channels(row["channels"]))


def _channels(cell: str) -> tuple[Channel, ...]:
    """ "all", with or without more words, or names as in "call|text"."""
    if cell.split()[0] == ALL:
        return tuple(Channel)
    return tuple(Channel(name) for name in cell.split("|"))


def silence_on(channel: Channel, country: str, changes: Iterable[Silence]) -> Silence | None:
    """The silence that holds on a channel: of the changes that name it the last, else the table's;
    None if there is none."""
    changed = [one for one in changes if channel in one.channels]
    found = changed[-1] if changed else silence_of(country)
    return found if found is not None and found.starts and channel in found.channels else None


def silent(silence: Silence, votings: Iterable[Voting]) -> Interval:
    """The silence in UTC for a voter whose clock may be any of these: from the first start to the
    last end. Raises BadMoment."""
    clocks = list(votings)
    starts, ends = moment(silence.starts), moment(silence.ends)
    return (
        min(starts_at(starts, voting) for voting in clocks),
        max(ends_at(ends, voting) for voting in clocks),
    )
