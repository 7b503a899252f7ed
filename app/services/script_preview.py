"""Preview of a script: how a few voters read it, its length, its cost, and who cannot get it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.mail_html import plain
from app.domain.message import Unfilled, UnknownField
from app.domain.plain_sign import odd_signs, plain_sign
from app.domain.segment import encoding, segments, shape
from app.domain.spoken import VotesAt
from app.services.compose import (
    NoScript,
    Template,
    Words,
    scripts_of,
    spoken_in,
    words_for,
)
from app.services.release import prices
from app.services.situations import LONG_NAME, LONG_PLACE
from app.store import scripts as stored
from app.store.frames import Frame
from app.store.scripts import SLICE, SLICES, Draft, Key, Read

MOST_LANGUAGES = 3
"""Voters of so many other languages stand in the preview."""
VOLUNTEER = "Ana"
"""Who calls, in the preview of a call script."""


@dataclass(frozen=True)
class Reader:
    """A voter, and what they read: no more of them than the words need."""

    kind: str  # typical | longest | missing | language | made_up
    first_name: str
    where: VotesAt  # they vote
    language: str  # theirs; empty: not on file
    words: Words | None  # None: nothing can be sent to them
    segments: int
    encoding: str


@dataclass(frozen=True)
class Sign:
    """A sign that makes a text dearer, and what may stand for it (None: nothing)."""

    sign: str
    plain: str | None


@dataclass(frozen=True)
class Look:
    """What a draft is and does, reckoned from some voters where there are many."""

    readers: Sequence[Reader]
    exact: bool  # all voters were looked at
    people: int  # who would get it in these words
    unfilled: int  # who would, were something known of them
    longest: int = 0  # segments
    average: float = 0.0
    signs: Sequence[Sign] = ()  # of the template itself
    names_force: bool = False  # of some only the name or place forces UCS-2
    cost: Decimal = Decimal(0)
    priced: bool = False  # the campaign has a sender with a price


def look(session: Session, frame: Frame, key: Key, draft: Draft, total: int) -> Look:
    """The draft as the campaign's voters would get it, of whom there are `total`; three queries."""
    sampled = stored.sample(session, frame.id, key.channel)
    scripts = _with_draft(session, key, draft)
    mine = [one for one in sampled if spoken_in(scripts, one.language) == key.language]
    pen = _Pen(frame, key, scripts)
    exact = len(sampled) < SLICES * SLICE and len(sampled) >= total
    share = total / len(sampled) if sampled and not exact else 1.0
    reached = [one for one in mine if one.reached]
    read = [(one, pen.read(one)) for one in reached]
    sent = [words for _, words in read if words is not None]
    parts = [pen.segments(one, words) for one, words in read if words is not None]
    price = _price(session, frame, key)
    is_text = key.channel is Channel.TEXT
    signs = (
        [Sign(sign, plain_sign(sign, key.language)) for sign in odd_signs(draft.body)]
        if is_text
        else []
    )
    return Look(
        readers=_readers(mine, pen),
        exact=exact,
        people=round(len(sent) * share),
        unfilled=_rounded(len(reached) - len(sent), share),
        longest=max(parts, default=0),
        average=sum(parts) / len(parts) if parts else 0.0,
        signs=signs,
        names_force=is_text and not signs and any(encoding(one.body) == "UCS-2" for one in sent),
        cost=(price or Decimal(0)) * round(sum(parts) * share),
        priced=price is not None,
    )


def _rounded(number: int, share: float) -> int:
    return max(round(number * share), 1) if number else 0


def _price(session: Session, frame: Frame, key: Key) -> Decimal | None:
    if key.channel is Channel.CALL:
        return None
    found = prices(session, frame, key.channel)
    return found.price if found is not None and found.price else None


def _with_draft(session: Session, key: Key, draft: Draft) -> Mapping[str, Template]:
    """The scripts that would stand were the draft saved."""
    try:
        found = dict(scripts_of(session, key.campaign_id, key.channel, key.purpose))
    except NoScript:
        found = {}
    return {**found, key.language: Words(draft.subject, draft.body, key.language)}


class _Pen:
    """Fills the draft; segments are reckoned once for all whose words have one shape."""

    def __init__(self, frame: Frame, key: Key, scripts: Mapping[str, Template]) -> None:
        self._frame, self._key, self._scripts = frame, key, scripts
        self._segments: dict[tuple[object, ...], int] = {}

    def read(self, voter: Read) -> Words | None:
        """The words to one voter; None when nothing can be sent to them."""
        try:
            return words_for(
                self._scripts,
                self._frame,
                voter.first_name,
                VotesAt(voter.polling_place, voter.precinct),
                self._key.language,
                Place.of(voter.place),
                VOLUNTEER if self._key.channel is Channel.CALL else "",
                said=plain if self._key.channel is Channel.EMAIL else str,
            )
        except Unfilled:
            return None
        except UnknownField:  # which is among the problems
            return Words(self._scripts[self._key.language].subject, self.template)

    @property
    def template(self) -> str:
        """The draft itself."""
        return self._scripts[self._key.language].body

    def segments(self, voter: Read, words: Words) -> int:
        """Segments of a text; of anything else there is one."""
        if self._key.channel is not Channel.TEXT:
            return 1
        where = VotesAt(voter.polling_place, voter.precinct).said(self._key.language)
        like = (voter.place, shape(voter.first_name), shape(where))
        if like not in self._segments:
            self._segments[like] = segments(words.body)
        return self._segments[like]


def _readers(mine: Sequence[Read], pen: _Pen) -> list[Reader]:
    """One typical voter, the one of the longest name, one without a polling place, and one of each
    other language; each once."""
    if not mine:
        return [_reader("made_up", _made_up(), pen)]
    by_length = sorted(mine, key=lambda one: len(one.first_name))
    named = [one for one in by_length if one.first_name and (one.polling_place or one.precinct)]
    typical = named or by_length
    chosen = [("typical", typical[len(typical) // 2]), ("longest", by_length[-1])]
    chosen += [("missing", one) for one in mine if not (one.polling_place or one.precinct)][:1]
    chosen += [("language", one) for one in _one_each(mine, typical[len(typical) // 2].language)]
    seen: dict[tuple[str, str, str], Reader] = {}
    for kind, one in chosen:
        who = (one.first_name, one.precinct, one.language)
        if who not in seen:
            seen[who] = _reader(kind, one, pen)
    return list(seen.values())


def _one_each(mine: Iterable[Read], but: str) -> list[Read]:
    first: dict[str, Read] = {}
    for one in mine:
        if one.language != but:
            first.setdefault(one.language, one)
    return [first[language] for language in sorted(first)][:MOST_LANGUAGES]


def _reader(kind: str, voter: Read, pen: _Pen) -> Reader:
    words = pen.read(voter)
    return Reader(
        kind,
        voter.first_name,
        VotesAt(voter.polling_place, voter.precinct),
        voter.language,
        words,
        pen.segments(voter, words) if words is not None else 0,
        encoding(words.body) if words is not None else "",
    )


def _made_up() -> Read:
    return Read(LONG_NAME, "", "", "", LONG_PLACE, reached=True)
