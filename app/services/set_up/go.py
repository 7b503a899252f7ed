"""Lets a draft go: when it is to start, and the beginning itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.checklist import Point, checklist, in_the_way
from app.services.set_up.draft import DRAFT, SetUpRefused, locked, locked_draft, noted
from app.services.set_up.facts import ready_for
from app.store.engine import Sessions, patiently

RUNNING = "running"
LONGEST_REASON = 300
A_MINUTE = timedelta(minutes=1)
"""For which a start may be past: the form was filled in a moment ago."""


class NotYet(ValueError):
    """The campaign cannot begin: these points stand in the way."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = tuple(points)
        super().__init__(", ".join(point.name for point in points))


@patiently
def go(
    sessions: Sessions,
    campaign_id: int,
    reasons: Mapping[str, str],
    *,
    public_url: str,
    by: int | None,
    now: datetime,
    wall: datetime,
) -> bool:
    """Begins the campaign: from now on, or from its start if that is still to come, it goes out.

    `reasons` say by point's name why somebody begins though it is not well; they are audited.
    False when it had begun already. Raises NotYet with the points that stand in the way.
    """
    with sessions.begin() as session:
        campaign = locked(session, campaign_id)
        if campaign.state != DRAFT:
            return False
        points = checklist(ready_for(session, campaign, public_url, now=now, wall=wall))
        if missing := in_the_way(points, reasons):
            raise NotYet(missing)
        campaign.state, campaign.starts_at = RUNNING, max(campaign.starts_at, now)
        details = {
            "starts_at": campaign.starts_at.isoformat(),
            "passed_over": _passed_over(points, reasons),
        }
        session.add(noted("campaign begun", campaign_id, details, by, now))
    return True


def _passed_over(points: Sequence[Point], reasons: Mapping[str, str]) -> dict[str, str]:
    return {
        point.name: reasons[point.name].strip()[:LONGEST_REASON] for point in points if not point.ok
    }


def start_on(
    sessions: Sessions, campaign_id: int, starts_at: datetime, *, by: int | None, now: datetime
) -> None:
    """Sets when a draft begins once it is let go; raises SetUpRefused."""
    with sessions.begin() as session:
        campaign = locked_draft(session, campaign_id, "starts_at")
        if starts_at.astimezone(ZoneInfo(campaign.zone)).date() > campaign.polling_day:
            raise SetUpRefused({"starts_at": "late"})
        if starts_at < now - A_MINUTE:
            raise SetUpRefused({"starts_at": "past"})
        campaign.starts_at = starts_at
        details = {"starts_at": starts_at.isoformat()}
        session.add(noted("start set", campaign_id, details, by, now))
