"""Shift watch: sees within minutes who did not come, asks them, and offers the gap to others."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.notice import Hours, Kind, What, at_night, not_at_night, say, tongue_of
from app.services.notices import draft, shift_words
from app.store import notices, shift_watch
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.shift_watch import Gap, Watched

GRACE = timedelta(minutes=4)
"""So long after the begin a shift without a sign of its volunteer counts as missed."""
GRACE_JUST_BOOKED = timedelta(minutes=10)
"""For whoever took the shift minutes before it began, or in it."""
EARLY = timedelta(minutes=5)
"""So long before the begin a sign counts for it."""
LOOKS_BACK = timedelta(hours=12)
LEAST_LEFT = timedelta(minutes=20)
"""For less of a shift nobody is asked to come."""
WAVE, MOST_OFFERS = 5, 20
BETWEEN_WAVES = timedelta(minutes=10)


def watch_shifts(sessions: Sessions, public_url: str, *, now: datetime, wall: datetime) -> int:
    """Judges the shifts that are on, and asks the next few for each gap; returns how many shifts
    were found missed. All in campaign time, but for the leases of calls."""
    with sessions() as session:
        watched = shift_watch.watched(
            session,
            now=now,
            wall=wall,
            oldest=now - LOOKS_BACK,
            early=f"{EARLY.total_seconds():.0f} seconds",
        )
    came = {one.shift_id: one.sign_at for one in watched if one.sign_at is not None}
    if came:
        _note_came(sessions, came)
    late = [one for one in watched if one.sign_at is None and _is_missed(one, now)]
    missed = sum(_note_missed(sessions, one, public_url, now) for one in late)
    with sessions() as session:
        gaps = shift_watch.open_gaps(session, now, now + LEAST_LEFT)
    for shift_id in gaps:
        offer(sessions, shift_id, public_url, now=now)
    return missed


def came_to_work(sessions: Sessions, user_id: int, *, now: datetime) -> bool:
    """Notes that a volunteer has opened a page of work during their shift, though there may be
    nobody to call; False when there is nothing to note."""
    with sessions.begin() as session:
        return shift_watch.mark_here(session, user_id, now, now + EARLY)


def _is_missed(shift: Watched, now: datetime) -> bool:
    just = shift.booked_at > shift.starts_at - GRACE_JUST_BOOKED
    begins = max(shift.starts_at, shift.booked_at)
    return shift.missed_at is None and now >= begins + (GRACE_JUST_BOOKED if just else GRACE)


@patiently
def _note_came(sessions: Sessions, came: dict[int, datetime]) -> None:
    with sessions.begin() as session:
        shift_watch.mark_came(session, came)


@patiently
def _note_missed(sessions: Sessions, shift: Watched, public_url: str, now: datetime) -> bool:
    """Notes it, and with it the one text to whoever is missed; False if another worker did."""
    with sessions.begin() as session:
        person = shift_watch.mark_missed(session, shift.shift_id, now)
        if person is None:
            return False
        due = not_at_night(now, shift.zone)
        until = shift.ends_at - LEAST_LEFT
        if due < until:
            hours = Hours(shift.starts_at, shift.ends_at, shift.zone)
            said = shift_words(
                What.MISSED, person, hours, shift.campaign, shift.shift_id, public_url
            )
            told = draft(
                person,
                Kind.MISSED,
                f"missed{shift.key}",
                said,
                due_at=due,
                expires_at=until,
                shift_id=shift.shift_id,
            )
            notices.add(session, shift.campaign_id, [told], now)
        return True


@patiently
def offer(sessions: Sessions, shift_id: int, public_url: str, *, now: datetime) -> int:
    """Asks the next few who could fill a gap, if the last were asked some minutes ago; how many.

    The shift's row is held meanwhile, so that two workers do not make two waves of one.
    """
    with sessions.begin() as session:
        if not shift_watch.lock_shift(session, shift_id, wait=False):
            return 0
        gap = shift_watch.gap_of(session, shift_id)
        if gap is None or not gap.open or not _wave_is_due(gap, now):
            return 0
        campaign = session.get_one(Campaign, gap.campaign_id)
        if at_night(now, campaign.zone):
            return 0
        most = min(WAVE, MOST_OFFERS - gap.offered)
        people = shift_watch.who_could(session, gap, now, most)
        drafts = _offers(gap, campaign, people, public_url, now)
        return notices.add(session, gap.campaign_id, drafts, now)


def _wave_is_due(gap: Gap, now: datetime) -> bool:
    rested = gap.last_offer_at is None or now >= gap.last_offer_at + BETWEEN_WAVES
    return rested and gap.offered < MOST_OFFERS and now < gap.ends_at - LEAST_LEFT


def _offers(
    gap: Gap,
    campaign: Campaign,
    people: Sequence[notices.Person],
    public_url: str,
    now: datetime,
) -> list[notices.Draft]:
    hours = Hours(gap.begins_at(now), gap.ends_at, campaign.zone)
    what = What.FREED if gap.starts_at > now else What.OFFER
    link = f"{public_url.rstrip('/')}/gaps/{gap.shift_id}"
    return [
        draft(
            one,
            Kind.OFFER,
            f"offer:{gap.shift_id}:{one.user_id}",
            say(
                what,
                tongue_of(one.tongue, one.languages),
                hours,
                gap.channel,
                campaign=campaign.name,
                link=link,
            ),
            due_at=now,
            expires_at=gap.ends_at - LEAST_LEFT,
            shift_id=gap.shift_id,
        )
        for one in people
    ]
