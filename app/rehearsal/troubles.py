"""Troubles: what befalls a rehearsed week by itself: outages, a dead sender, a deploy, a pause."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.channel import Channel
from app.domain.rehearsal import Fault
from app.rehearsal.chance import TIMES_A_WEEK
from app.services.pause import WHOLE, PauseRefused, What, pause
from app.store.sql import sql

if TYPE_CHECKING:
    from app.rehearsal.week import Week

_SENDERS = "SELECT id, channel, address FROM senders WHERE campaign_id = :campaign ORDER BY id"


class Troubles:
    """The troubles of one week."""

    def __init__(self, week: "Week") -> None:
        self._week, self._world, self._chance = week, week.world, week.chance
        with week.sessions() as session:
            found = session.execute(sql(_SENDERS), {"campaign": week.campaign_id})
            self._senders = found.all()  # none comes and none goes in a week

    def bring(self) -> None:
        """Has them come at times by chance, as often as the manner of the week says."""
        week = self._week
        draws, length = self._chance.stream("troubles"), week.closes_at - week.starts_at
        troubles: dict[Fault, Callable[[], None]] = {
            Fault.DEPLOY: week.fleet.replace,
            Fault.CARRIER_DOWN: self._carrier_down,
            Fault.CARRIER_SLOW: self._carrier_slow,
            Fault.SENDER_DEAD: self.sender_dies,
            Fault.PAUSE: self._pause,
        }
        for fault, trouble in troubles.items():
            if fault not in self._chance.faults:
                continue
            often = TIMES_A_WEEK[fault] * self._often() * (length / timedelta(days=7))
            times = int(often) + (draws.random() < often % 1)
            for _ in range(times):
                when = week.starts_at + length * draws.random()
                self._world.at(when, lambda f=fault, t=trouble: self._strike(f, t))  # type: ignore[misc]

    def _often(self) -> float:
        manner = self._week.manner
        return manner.factor if manner.troubles is None else manner.troubles

    def _strike(self, fault: Fault, trouble: Callable[[], None]) -> None:
        if not self._chance.quiet:
            self._chance.note(fault, self._world.now)
            trouble()

    def _carrier_down(self) -> None:
        minutes = self._chance.between(Fault.CARRIER_DOWN, 1, 25)
        self._week.carrier.down_until = self._world.now + timedelta(minutes=minutes)
        self._world.note(f"the carrier is down for {minutes:.1f} min")

    def _carrier_slow(self) -> None:
        minutes = self._chance.between(Fault.CARRIER_SLOW, 1, 15)
        self._week.carrier.slow_until = self._world.now + timedelta(minutes=minutes)
        self._world.note(f"the carrier is slow for {minutes:.1f} min")

    def sender_dies(self) -> None:
        """Of several text senders the first sends nothing more."""
        senders = [one.address for one in self._senders if one.channel == Channel.TEXT]
        if len(senders) > 1:  # of one alone nothing could be asked but that somebody starts it
            self._week.carrier.dead[senders[0]] = 30034
            self._world.note("the first sender is dead")

    def _pause(self) -> None:
        now = self._world.now
        until = now + timedelta(minutes=self._chance.between(Fault.PAUSE, 5, 90))
        if until >= self._week.closes_at:
            return
        what, name = self._what_to_pause()
        try:
            ends = pause(
                self._week.sessions,
                self._week.campaign_id,
                what=what,
                until=until,
                reason="a check",
                by=None,
                now=now,
            )
        except PauseRefused:
            return
        self._week.read_frame()
        self._world.note(f"an organizer pauses {name} until {ends:%H:%M}")
        self._week.promises.pause_noted(now, ends, name)

    def _what_to_pause(self) -> tuple[What, str]:
        """The campaign, a channel or a sender, by chance, and its name."""
        found = [
            (WHOLE, "campaign"),
            *((What(channel=channel), channel.value) for channel in Channel),
            *((What(sender_id=one.id), one.address) for one in self._senders),
        ]
        return found[int(self._chance.between(Fault.PAUSE, 0, len(found) - 1e-6))]
