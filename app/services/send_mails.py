"""Sends mails over the relay's kept connection, each with its one-click unsubscribe."""

from app.channels.port import MailOut, MailPort
from app.clock import Clock
from app.domain.channel import Channel
from app.services.dispatch import Claimer, claim_batch
from app.services.settle import record_outcomes
from app.services.unsubscribe import Unsubscribe
from app.store.engine import Sessions


def drain_mails(
    sessions: Sessions, mails: MailPort, clock: Clock, claimer: Claimer, links: Unsubscribe
) -> int:
    """Sends mails until none is due or the senders' rates are used up; returns the attempts."""
    made = 0
    while True:
        batch = claim_batch(sessions, Channel.EMAIL, claimer, now=clock.now(), wall=clock.wall())
        if batch is None:
            return made
        host = batch.sender.rpartition("@")[2].rstrip(">")
        outcomes = mails.send(
            [
                MailOut(
                    attempt_id=item.id,
                    # The touch's, not the attempt's: a second try is the same mail.
                    message_id=f"<touch-{item.touch.id}@{host}>",
                    to=item.touch.address,
                    sender=batch.sender,
                    subject=item.subject,
                    body=item.body,
                    unsubscribe_url=links.url(item.touch.address),
                )
                for item in batch.tries
            ]
        )
        record_outcomes(
            sessions,
            Channel.EMAIL,
            list(zip([item.id for item in batch.tries], outcomes, strict=True)),
            now=clock.now(),
            speed=clock.speed,
        )
        made += len(batch.tries)
