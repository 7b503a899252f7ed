"""Who may be reached now, and could have been for a while: asked by the lookout in a silence."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.bar import NEEDS_CONSENT, NEEDS_CONSENT_IN, bar
from app.domain.channel import Channel
from app.domain.lookout import ChannelSeen, Seen, SenderSeen
from app.domain.place import Place
from app.store import lookout
from app.store.facts import facts_of
from app.store.frames import Frame
from app.store.pool import money_left

A_FEW = 50
ROUNDS = 4
"""One voter and then so many times a few are asked at the bar before nobody counts as reachable."""
BELIEVED = timedelta(minutes=1)
"""To find nobody means to look through everybody, so it is not done at every look."""

Nobody = MutableMapping[tuple[int, Channel], datetime]
"""Campaign and channel on which nobody was to be reached, and until when that is believed."""


@dataclass(frozen=True)
class Opening:
    """A place at which a channel is open, and since when without a break."""

    place: Place
    since: datetime


Opened = Mapping[Channel, Sequence[Opening]]


@dataclass(frozen=True)
class Reach:
    """One campaign at one moment, to be asked whether anybody may be reached."""

    session: Session
    frame: Frame
    now: datetime
    wall: datetime
    opened: Opened
    senders: Sequence[SenderSeen]

    def asked(self, seen: Seen, nobody: Nobody) -> Seen:
        """The same with the channels on which somebody could be reached for half the limit, and
        whether for all of it."""
        found = self._channels(self.now - seen.limit / 2, nobody)
        if not found or seen.silent_for <= seen.limit:
            return replace(seen, channels=found)
        lasting = self._channels(self.now - seen.limit, {})
        return replace(seen, channels=lasting or found, lasting=bool(lasting))

    def _channels(self, by: datetime, nobody: Nobody) -> tuple[ChannelSeen, ...]:
        found = []
        for channel, where in self.opened.items():
            mine = tuple(sender for sender in self.senders if sender.channel is channel)
            places = [one.place.key for one in where if one.since <= by]
            if not places or (channel is not Channel.CALL and not mine):
                continue
            if self._somebody(channel, places, by, nobody):
                due = lookout.due(self.session, self.frame.id, channel, self.now)
                found.append(ChannelSeen(channel, due, mine, self._affordable(channel)))
        return tuple(found)

    def _somebody(
        self, channel: Channel, places: Sequence[str], by: datetime, nobody: Nobody
    ) -> bool:
        """Whether a voter may be tried now and could have been at `by`; the bar has the last
        word."""
        key = (self.frame.id, channel)
        if nobody.get(key, by) > self.now:
            return False
        passed: list[int] = []
        for _ in range(ROUNDS):
            voters = self._candidates(channel, places, by, passed)
            facts = facts_of(self.session, self.frame.id, channel, voters, self.now)
            # Their rests were asked for with the others, since they may be cut short.
            known = [replace(one, next_at=None) for one in facts.values()]
            if any(bar(one, channel, self.now, self.frame.rules) is None for one in known):
                return True
            if not voters:
                break
            passed += voters
        nobody[key] = self.now + BELIEVED
        return False

    def _candidates(
        self, channel: Channel, places: Sequence[str], by: datetime, passed: Sequence[int]
    ) -> list[int]:
        rules = self.frame.rules
        consent = NEEDS_CONSENT_IN.get(rules.schedule.country, NEEDS_CONSENT)
        return lookout.reachable(
            self.session,
            self.frame.id,
            channel,
            places,
            by=by,
            now=self.now,
            wall=self.wall,
            daily_cap=rules.daily_cap,
            total_cap=rules.total_cap,
            consent=channel in consent,
            passed=passed,
            limit=A_FEW if passed else 1,
        )

    def _affordable(self, channel: Channel) -> bool:
        price = lookout.cheapest(self.session, self.frame.id, channel)
        if not price:
            return True
        return money_left(self.session, self.frame.id, self.frame.spendable(self.now)) >= price
