"""Measures the senders' health, by which they share the work."""

from datetime import datetime, timedelta

from app.domain.sender_health import Signs, health_after
from app.services.look_up import ABSENT
from app.store.engine import Sessions, patiently
from app.store.sender_signs import Due, due_for_measure, signs_of, write_health

EVERY = timedelta(seconds=9)
"""The job runs every ten seconds in each worker; once is enough for all of them."""


def measure_senders(sessions: Sessions, *, now: datetime, wall: datetime, speed: float) -> int:
    """Measures the senders whose turn it is, by their attempts of the last minutes; how many.

    A sender that is well and has sent nothing is left alone, so that an idle campaign writes
    nothing.
    """
    before = wall - EVERY
    with sessions() as session:
        due = due_for_measure(session, before)
        signs = {
            campaign: signs_of(session, campaign, now=now, wall=wall, speed=speed, absent=ABSENT)
            for campaign in sorted({one.campaign_id for one in due})
        }
    found = [(one, signs[one.campaign_id].get(one.id, Signs())) for one in due]
    news = [(one.id, _health(one, of, wall)) for one, of in found if of.seen or one.health < 1]
    return _write(sessions, news, before, wall) if news else 0


def _health(one: Due, signs: Signs, wall: datetime) -> float:
    # Whoever was not measured for long is not well again all at once.
    since = min((wall - one.measured_at).total_seconds(), 60.0) if one.measured_at else 0.0
    return health_after(one.health, signs, since)


@patiently
def _write(
    sessions: Sessions, news: list[tuple[int, float]], before: datetime, wall: datetime
) -> int:
    with sessions.begin() as session:
        return write_health(session, news, before=before, wall=wall)
