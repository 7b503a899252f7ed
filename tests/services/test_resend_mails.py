"""Mails without an answer: sent again, counted in the caps, known when the answer is late."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.channels.port import Accepted
from app.domain.channel import Channel
from app.services.dispatch import claim_batch
from app.services.look_up import resend_mails
from app.services.pace import pace
from app.services.settle import record_outcomes
from app.store.engine import Sessions
from app.store.queue import Try
from tests.factories import NOON
from tests.scene import ATTEMPTS, CLAIMER, TOUCHES, column, counts, planned, texting

LATER = NOON + timedelta(minutes=2)
EXTEND = text("UPDATE touches SET expires_at = :until")


@pytest.fixture
def mail(sessions: Sessions) -> Try:
    """A mail that was handed over two minutes ago, without an answer, and is put back."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 1)
        campaign.voter_daily_cap = 1
        planned(session, campaign, Channel.EMAIL, NOON, 1)
    pace(sessions, NOON)
    batch = claim_batch(sessions, Channel.EMAIL, CLAIMER, now=NOON, wall=NOON)
    assert batch is not None
    [item] = batch.tries
    assert resend_mails(sessions, now=LATER, before=LATER - timedelta(seconds=90)) == 1
    return item


def accepted(sessions: Sessions, mail: Try) -> None:
    said = Accepted("<mail@rivera.example>", 1, Decimal(0), "delivered")
    record_outcomes(sessions, Channel.EMAIL, [(mail.id, said)], now=LATER, speed=1)


def test_a_mail_that_may_have_arrived_counts_in_the_cap(sessions: Sessions, mail: Try) -> None:
    assert counts(sessions, TOUCHES) == {"ready": 1}
    assert counts(sessions, ATTEMPTS) == {"unsure": 1}
    assert column(sessions, "SELECT emails FROM targets") == [1]
    today = claim_batch(sessions, Channel.EMAIL, CLAIMER, now=LATER, wall=LATER)
    assert today is not None
    assert not today.tries
    tomorrow = NOON + timedelta(days=1, seconds=1)
    with sessions.begin() as session:
        session.execute(EXTEND, {"until": tomorrow + timedelta(hours=1)})
    again = claim_batch(sessions, Channel.EMAIL, CLAIMER, now=tomorrow, wall=tomorrow)
    assert again is not None
    assert [one.touch.id for one in again.tries] == [mail.touch.id]


def test_a_late_yes_ends_the_second_try(sessions: Sessions, mail: Try) -> None:
    accepted(sessions, mail)
    assert counts(sessions, ATTEMPTS) == {"delivered": 1}
    assert counts(sessions, TOUCHES) == {"canceled": 1}
    assert column(sessions, "SELECT emails FROM targets") == [1]
