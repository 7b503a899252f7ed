"""Write: the words of a batch and the attempts that carry them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.mail_html import plain
from app.domain.message import Unfilled, UnknownField
from app.domain.purpose import REMINDERS, written_of
from app.domain.segment import segments, shape
from app.domain.spoken import VotesAt
from app.services.compose import NoScript, Template, Words, scripts_of, words_for
from app.store.facts import Person
from app.store.frames import Frame
from app.store.queue import Claimed, Try
from app.store.voting_plans import times_of
from app.store.written import words_written

NAME = "\0"
"""Stands for the first name in words that are filled once for many; no stored text can have it."""
VERBATIM = "verbatim"
"""Stands for the language of words that a person wrote: they go out as they are."""


@dataclass(slots=True)
class Allowed:
    """A touch that may go now, and to whom."""

    touch: Claimed
    person: Person


@dataclass(frozen=True)
class Written:
    """The attempts with their words. What would have gone out with a script that cannot be filled
    (`faulty`: touches) waits until somebody has mended it and started the sender. Of whom something
    is not known that the words cannot do without (`unfilled`: touch → what) nobody is written to.
    """

    tries: list[Try] = field(default_factory=list)
    faulty: list[int] = field(default_factory=list)
    unfilled: dict[int, str] = field(default_factory=dict)


def write(
    session: Session,
    frame: Frame,
    channel: Channel,
    allowed: Sequence[Allowed],
    now: datetime,
    new_id: Callable[[], UUID],
) -> Written:
    """The attempts to those who may be reached, with ids drawn from a new one."""
    purposes = {item.touch.purpose for item in allowed}
    pen = _Pen(frame, channel, {one: _scripts(session, frame, channel, one) for one in purposes})
    reminded = [item.touch.voter_id for item in allowed if item.touch.purpose in REMINDERS]
    times = times_of(session, frame.id, reminded) if reminded else {}
    # To ask the system for each would let go of the interpreter each time.
    draw = Random(new_id().int) if allowed else Random(0)
    done = Written()
    for item in allowed:
        remind = item.touch.purpose in REMINDERS
        words = pen.words(item, times.get(item.touch.voter_id) if remind else None)
        if words is None:
            done.faulty.append(item.touch.id)
            continue
        if isinstance(words, Unfilled):
            done.unfilled[item.touch.id] = str(words)
            continue
        key = UUID(int=draw.getrandbits(128), version=4)
        done.tries.append(
            Try(
                key,
                item.touch,
                words.subject,
                words.body,
                words.segments,
                words.language,
                words.script_id,
            )
        )
    return done


def _scripts(
    session: Session, frame: Frame, channel: Channel, purpose: str
) -> Mapping[str, Template]:
    written = written_of(purpose)
    if written is not None:
        return {VERBATIM: Words("", words_written(session, written))}
    try:
        return scripts_of(session, frame.id, channel, purpose)
    except NoScript:
        return {}


@dataclass(slots=True)
class _Filled:
    """Words with NAME for the first name, and their segments by the shape of the name."""

    words: Words
    segments: dict[int | str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Ready:
    """Words as they go out."""

    subject: str
    body: str
    segments: int
    language: str
    script_id: int | None


class _Pen:
    """Fills scripts: once for all who differ only by their first names."""

    def __init__(
        self, frame: Frame, channel: Channel, scripts: Mapping[str, Mapping[str, Template]]
    ) -> None:
        self.frame, self.channel, self.scripts = frame, channel, scripts
        self._filled: dict[tuple[object, ...], _Filled | Unfilled | None] = {}

    def words(self, item: Allowed, plan_at: datetime | None) -> _Ready | Unfilled | None:
        """The words to one voter, who means to vote at `plan_at`; Unfilled if something of this
        voter is not known, None if they cannot be filled for anybody."""
        person, purpose = item.person, item.touch.purpose
        where = VotesAt(person.polling_place, person.precinct)
        name = person.first_name
        key = (purpose, person.language, person.place, where, plan_at, bool(name))
        if key not in self._filled:
            self._filled[key] = self._fill(item, where, plan_at)
        filled = self._filled[key]
        if not isinstance(filled, _Filled):
            return filled
        words = filled.words
        subject = words.subject.replace(NAME, name)
        body = words.body.replace(NAME, self._said(name))
        parts = self._segments(filled, name, body)
        return _Ready(subject, body, parts, words.language, words.script_id)

    def _said(self, fact: str) -> str:
        """A fact as it stands in the body: in a mail no sign of it means anything."""
        return plain(fact) if self.channel is Channel.EMAIL else fact

    def _fill(
        self, item: Allowed, where: VotesAt, plan_at: datetime | None
    ) -> _Filled | Unfilled | None:
        person, scripts = item.person, self.scripts[item.touch.purpose]
        if VERBATIM in scripts:
            return _Filled(Words("", scripts[VERBATIM].body))
        try:
            return _Filled(
                words_for(
                    scripts,
                    self.frame,
                    NAME if person.first_name else "",
                    where,
                    person.language,
                    Place.of(person.place),
                    plan_at=plan_at,
                    said=self._said,
                )
            )
        except Unfilled as unfilled:
            return unfilled
        except (UnknownField, StopIteration):
            return None

    def _segments(self, filled: _Filled, name: str, body: str) -> int:
        if self.channel is not Channel.TEXT:
            return 1
        like = shape(name)
        if like not in filled.segments:
            filled.segments[like] = segments(body)
        return filled.segments[like]
