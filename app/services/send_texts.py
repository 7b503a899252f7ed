"""Sends texts: the attempt is committed, then the carrier is asked, then the answer recorded."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from app.channels.port import Accepted, NoAnswer, NotProcessed, Outcome, TextOut, TextPort
from app.clock import Clock
from app.domain.channel import Channel
from app.services.dispatch import Batch, Claimer, claim_batch
from app.services.settle import SentBy, record_outcomes
from app.services.wishes import Wishes
from app.store.engine import Sessions
from app.store.queue import Try

LONGEST_VALIDITY = 36_000  # seconds; Twilio's own limit
LEAVES_WITHIN = timedelta(seconds=5)
"""Once it was asked whether a text is still wanted, it leaves within so long or not at all: whoever
is frozen in between finds a wish that came meanwhile the next time."""
HANDS = 100
"""So many texts of a batch are on their way at once; a task for each would take longer."""
LANES = 3  # batches on their way at once, so that the network and the database both have work


async def drain_texts(sessions: Sessions, texts: TextPort, clock: Clock, claimer: Claimer) -> int:
    """Sends texts until none is due or the senders' rates are used up; returns the attempts."""
    first = await _claim(sessions, clock, claimer)
    if first is None:
        return 0  # as at most times; the other lanes need not ask as well
    if first.last:
        return await _lane(sessions, texts, clock, claimer, first)
    lanes = await asyncio.gather(
        _lane(sessions, texts, clock, claimer, first),
        *(_lane(sessions, texts, clock, claimer) for _ in range(LANES - 1)),
        return_exceptions=True,
    )
    for lane in lanes:
        if isinstance(lane, BaseException):
            raise lane  # only now: the other lanes have recorded what they sent
    return sum(lane for lane in lanes if isinstance(lane, int))


async def _claim(sessions: Sessions, clock: Clock, claimer: Claimer) -> Batch | None:
    return await asyncio.to_thread(
        claim_batch, sessions, Channel.TEXT, claimer, now=clock.now(), wall=clock.wall()
    )


async def _lane(
    sessions: Sessions,
    texts: TextPort,
    clock: Clock,
    claimer: Claimer,
    batch: Batch | None = None,
) -> int:
    """Sends batch after batch, beginning with the one that is claimed if there is one."""
    made, chosen = 0, claimer
    while (batch := batch or await _claim(sessions, clock, chosen)) is not None:
        outcomes = await _send_all(sessions, texts, clock, batch)
        await asyncio.to_thread(
            record_outcomes,
            sessions,
            Channel.TEXT,
            list(zip([item.id for item in batch.tries], outcomes, strict=True)),
            now=clock.now(),
            speed=clock.speed,
            by=SentBy(batch.sender_id, batch.claimed_at, clock.wall(), batch.slowed),
        )
        made += len(batch.tries)
        if batch.last and all(isinstance(one, Accepted) for one in outcomes):
            break
        # A slow carrier is given less at once: what waits long for a connection goes back unsent.
        slow = clock.wall() >= batch.fresh_until
        chosen = replace(claimer, batch=max(claimer.batch // 2, 1)) if slow else claimer
        batch = None
    return made


async def _send_all(
    sessions: Sessions, texts: TextPort, clock: Clock, batch: Batch
) -> list[Outcome]:
    """Sends a batch, so many at once as there are hands; what came of each, in their order."""
    outcomes: dict[UUID, Outcome] = {}
    left = iter(batch.tries)
    wishes = Wishes(sessions, batch, clock)

    async def hand() -> None:
        for item in left:
            outcomes[item.id] = await _send(wishes, texts, clock, batch, item)

    await asyncio.gather(*(hand() for _ in range(min(HANDS, len(batch.tries)))))
    return [outcomes[item.id] for item in batch.tries]


def valid_seconds(batch: Batch, item: Try, clock: Clock) -> int:
    """Machine seconds after which the carrier must not send it any more: its open hours are over
    by then, or whoever looks it up may have it sent again."""
    left = (item.touch.expires_at - clock.now()).total_seconds() / max(clock.speed, 1e-9)
    longest = min(batch.valid_for.total_seconds(), LONGEST_VALIDITY)
    return max(1, int(min(left, longest)))


async def _send(wishes: Wishes, texts: TextPort, clock: Clock, batch: Batch, item: Try) -> Outcome:
    wanted = wishes.known(item.id)
    if wanted is None:
        wanted = await asyncio.to_thread(wishes.look, item.id)
    if not wanted:
        return NotProcessed("not wanted any more when it was to be sent", wait_seconds=0)
    wall = clock.wall()
    if wall >= batch.lease_until:
        # Whoever slept past the lease must not send: another may be looking this attempt up.
        return NotProcessed("the lease ran out before it was sent", wait_seconds=0)
    if clock.now() >= item.touch.expires_at:
        return NotProcessed("its open hours ended before it was sent", wait_seconds=0)
    text = TextOut(
        attempt_id=item.id,
        to=item.touch.address,
        sender=batch.sender,
        body=item.body,
        valid_seconds=valid_seconds(batch, item, clock),
        leave_within=min(batch.lease_until - wall, LEAVES_WITHIN).total_seconds(),
    )
    try:
        return await texts.send(text)
    except Exception as error:
        # Whatever went wrong, it may have gone out; the others of the batch are not to suffer.
        return NoAnswer(type(error).__name__)
