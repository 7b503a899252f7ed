"""The facts of a set-up in sentences: marked words, and what goes into them."""

from collections.abc import Iterable, Mapping

from app.domain.channel import Channel
from app.store.campaigns import Campaign
from app.web.tongue import translated as _
from app.web.words import channel_name, day, number

Words = str | tuple[str, str]
"""Marked words; of a pair the second is for where the facts say nothing."""


def sentence(words: Words, facts: Mapping[str, object], campaign: Campaign) -> str:
    """The words in the page's language, with the facts and the campaign's polling day."""
    full, bare = (words, words) if isinstance(words, str) else words
    told = {name: _told(value) for name, value in facts.items()}
    chosen = full if any(facts.values()) else bare
    return _(chosen, day=day(campaign.polling_day), **told)


def _told(fact: object) -> str:
    """calls, texts | 1,200 | Ana, Bo."""
    if isinstance(fact, Channel):
        return channel_name(fact)
    if isinstance(fact, int):
        return number(fact)
    if isinstance(fact, Iterable) and not isinstance(fact, str):
        return ", ".join(map(_told, fact))
    return str(fact)
