"""What the bar says of touches at one moment; asked once for all of whom the same is known."""

from collections.abc import Mapping
from datetime import datetime

from app.domain.bar import Asked, Bar, Reachable, answer_until, bar, bar_to_answer
from app.domain.channel import Channel
from app.domain.hours import Place, open_until
from app.domain.purpose import waits_for_no_rest, written_of
from app.store.facts import Person
from app.store.frames import Frame
from app.store.queue import Claimed
from app.store.written import Asker


class Verdicts:
    """The verdicts of one campaign and channel; `askers` are those who wrote, by their address."""

    def __init__(
        self,
        frame: Frame,
        channel: Channel,
        now: datetime,
        askers: Mapping[str, Asker] | None = None,
    ) -> None:
        self.frame, self.channel, self.now = frame, channel, now
        self._askers = askers or {}
        self._known: dict[tuple[object, ...], Bar | None] = {}
        self._until: dict[str, datetime] = {}

    def of(self, item: Claimed, person: Person, *, by_hand: bool = False) -> Bar | None:
        """The verdict on one touch. Of its address the bar asks only whether there is one."""
        if written_of(item.purpose) is not None:
            return bar_to_answer(self._asked(item, person), self.now, self.frame.schedule)
        if person.address != item.address:
            return Bar("the address has changed")
        # What is promised for a time cannot wait for a rest to end; caps hold all the same.
        facts = (*person.known[:-1], None) if waits_for_no_rest(item.purpose) else person.known
        by_hand = by_hand or item.tapped_by is not None
        key = (person.place, by_hand, facts)
        if key not in self._known:
            target = Reachable(Place.of(person.place), person.address, *facts)
            rules = self.frame.rules
            self._known[key] = bar(target, self.channel, self.now, rules, by_hand=by_hand)
        return self._known[key]

    def open_until(self, item: Claimed, person: Person) -> datetime:
        """Until when a touch that may go now may still be delivered."""
        if written_of(item.purpose) is not None:
            return answer_until(self._asked(item, person), self.now, self.frame.schedule)
        place = person.place
        if place not in self._until:
            where = Place.of(place)
            until = open_until(self.frame.schedule, where, self.channel, self.now)
            self._until[place] = until or self.now
        return self._until[place]

    def _asked(self, item: Claimed, person: Person) -> Asked:
        asker = self._askers.get(item.address, Asker(None, False, False))
        return Asked(Place.of(person.place), asker.at, asker.opted_out, asker.dead)
