"""What is said by hand of a set-up: which steps are not needed, by which channels it will work."""

from collections.abc import Sequence
from datetime import datetime

from app.domain.channel import Channel
from app.services.set_up.draft import SetUpRefused, locked, noted
from app.store.engine import Sessions

SKIPPABLE = ("senders", "money", "people", "rehearsal")
"""Steps of which somebody may say by hand that they are not needed."""


def mark(
    sessions: Sessions, campaign_id: int, step: str, skipped: bool, *, by: int | None, now: datetime
) -> bool:
    """Says by hand that a step is not needed, or takes that back; False if it was so already."""
    if step not in SKIPPABLE:
        raise SetUpRefused({"step": "not_skippable"})
    with sessions.begin() as session:
        campaign = locked(session, campaign_id)
        before = list(campaign.setup.get("skipped", []))
        if (step in before) == skipped:
            return False
        after = [*before, step] if skipped else [one for one in before if one != step]
        campaign.setup = {**campaign.setup, "skipped": after}
        action = "set-up step skipped" if skipped else "set-up step taken up"
        session.add(noted(action, campaign_id, {"step": step}, by, now))
    return True


def choose_channels(
    sessions: Sessions,
    campaign_id: int,
    channels: Sequence[Channel],
    *,
    by: int | None,
    now: datetime,
) -> None:
    """Keeps by which channels the campaign means to work; its ramps say by which it does."""
    with sessions.begin() as session:
        campaign = locked(session, campaign_id)
        chosen = {"channels": [one.value for one in channels]}
        if campaign.setup != (said := {**campaign.setup, **chosen}):
            campaign.setup = said
            session.add(noted("channels chosen", campaign_id, chosen, by, now))
