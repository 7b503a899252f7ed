"""Sends mails over the relay's kept connection: text and page, with a one-click unsubscribe."""

from uuid import UUID

from app.channels.port import Accepted, MailOut, MailPort, NoAnswer, Outcome
from app.clock import Clock
from app.domain.channel import Channel
from app.domain.mail_html import page_html, text_of, unsubscribe_word
from app.services.dispatch import Batch, Claimer, claim_batch
from app.services.settle import SentBy, record_outcomes
from app.services.unsubscribe import Unsubscribe
from app.services.wishes import Wishes
from app.store.engine import Sessions
from app.store.queue import Try


def drain_mails(
    sessions: Sessions, mails: MailPort, clock: Clock, claimer: Claimer, links: Unsubscribe
) -> int:
    """Sends mails until none is due or the senders' rates are used up; returns the attempts."""
    made = 0
    while True:
        batch = claim_batch(sessions, Channel.EMAIL, claimer, now=clock.now(), wall=clock.wall())
        if batch is None:
            if not made:
                mails.send([])  # nothing to do: it may let go of an idle connection
            return made
        outcomes = _send(sessions, mails, clock, batch, links)
        record_outcomes(
            sessions,
            Channel.EMAIL,
            list(zip([item.id for item in batch.tries], outcomes, strict=True)),
            now=clock.now(),
            speed=clock.speed,
            by=SentBy(batch.sender_id, batch.claimed_at, clock.wall(), batch.slowed),
        )
        made += len(batch.tries)
        if batch.last and all(isinstance(one, Accepted) for one in outcomes):
            return made


def _send(
    sessions: Sessions, mails: MailPort, clock: Clock, batch: Batch, links: Unsubscribe
) -> list[Outcome]:
    left = (batch.lease_until - clock.wall()).total_seconds()
    out = [_mail(batch, item, links, left) for item in batch.tries]
    wishes = Wishes(sessions, batch, clock)
    ends = {item.id: item.touch.expires_at for item in batch.tries}

    def wanted(attempt_id: UUID) -> bool:
        """Whether a mail may go now; those before it in the batch may have taken long."""
        if clock.wall() >= batch.lease_until or clock.now() >= ends[attempt_id]:
            return False
        known = wishes.known(attempt_id)
        return wishes.look(attempt_id) if known is None else known

    try:
        return mails.send(out, wanted) if out else []
    except Exception as error:
        # Whatever went wrong, any of them may have gone out.
        return [NoAnswer(type(error).__name__)] * len(out)


def _mail(batch: Batch, item: Try, links: Unsubscribe, left: float) -> MailOut:
    url, language = links.url(item.touch.address), item.language or "en"
    host = batch.sender.rpartition("@")[2].rstrip(">")
    return MailOut(
        attempt_id=item.id,
        # The touch's, not the attempt's: a second try is the same mail.
        message_id=f"<touch-{item.touch.id}@{host}>",
        to=item.touch.address,
        sender=batch.sender,
        subject=item.subject,
        body=text_of(item.body, batch.letterhead, language),
        unsubscribe_url=url,
        leave_within=left,
        html=page_html(
            item.subject, item.body, batch.letterhead, language=language, unsubscribe_url=url
        ),
        unsubscribe_word=unsubscribe_word(language),
    )
