"""Ends of pauses: what is written of a channel's or a sender's pause goes once its time is over."""

from datetime import datetime

from app.domain.channel import Channel
from app.services.pause import What, opened_by
from app.store import pauses as stored
from app.store.engine import Sessions, patiently
from app.store.frames import paused_channels
from app.store.people import AuditEntry

WHY = "it was over"


@patiently
def end_over(sessions: Sessions, campaign_id: int, *, now: datetime) -> int:
    """Takes away the pauses of channels and senders that are over, each noted at its end; how
    many. They held no more before that: this is what makes the next plan count on them again.

    Whoever comes second finds nothing. It is the watch that calls it, at every look that finds one.
    """
    with sessions.begin() as session:
        campaign = stored.locked(session, campaign_id)
        over: list[tuple[What, datetime, Channel | None]] = [
            (What(channel=channel), until, channel)
            for channel, until in paused_channels(campaign).items()
            if until <= now
        ]
        ended = {what.key for what, _, _ in over}
        if ended:
            campaign.paused_channels = {
                key: at for key, at in campaign.paused_channels.items() if key not in ended
            }
        senders = stored.locked_senders(session, campaign_id)
        past = [one for one in senders if one.paused_until and one.paused_until <= now]
        # Asked of all before any is taken away: those that end together open the channel together.
        over += [
            (what, one.paused_until, opened_by(session, campaign_id, what, one))
            for one in past
            if one.paused_until and (what := What(sender_id=one.id))
        ]
        for one in past:
            one.paused_until = None
        for what, until, opens in over:
            details = {"what": what.key, "until": until.isoformat(), "reason": WHY}
            if opens is not None:
                details["opens"] = opens.value
            session.add(
                AuditEntry(
                    at=until,
                    user_id=None,
                    action=stored.RESUMED[what.kind],
                    subject=f"campaign:{campaign_id}",
                    details=details,
                )
            )
    return len(over)
