"""Ask: writes to all volunteers of a campaign for hours that need people, once."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.notice import Hours, Kind, Said, What, not_at_night, say, tongue_of
from app.services.notices import draft
from app.store import asked, notices
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.notices import Person
from app.store.people import AuditEntry


class CannotAsk(ValueError):
    """Nobody can be asked like this; `code` is past, draft, paused or night."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Block:
    """Hours for which people are looked for."""

    channel: Channel
    begins_at: datetime
    ends_at: datetime

    @property
    def name(self) -> str:
        """As the keys of its notices hold it."""
        first, last = (int(at.timestamp()) for at in (self.begins_at, self.ends_at))
        return f"{self.channel.value}-{first}-{last}"


@dataclass(frozen=True)
class Preview:
    """What asking would do."""

    texts: int
    mails: int
    unreachable: int  # without an address that may be written to
    asked_before: int  # for this very block
    busy: int  # on a shift at that time
    words: dict[str, Said]  # by language
    by_tongue: dict[str, int]
    goes_at: datetime  # now, or when the night is over
    problem: str  # as CannotAsk.code; empty: it can go

    @property
    def people(self) -> int:
        """How many would be written to."""
        return self.texts + self.mails


def preview(
    session: Session, campaign: Campaign, block: Block, public_url: str, now: datetime
) -> Preview:
    """How many would be written to, in which words, and what stands in the way."""
    found = asked.whom_to_ask(session, campaign.id, block.name, block.begins_at, block.ends_at)
    ways = Counter(one.channel for one in found.people)
    tongues = Counter(tongue_of(one.tongue, one.languages) for one in found.people if one.channel)
    words = {code: _words(code, campaign, block, public_url) for code in sorted(tongues) or ["en"]}
    goes_at = not_at_night(now, campaign.zone)
    return Preview(
        texts=ways["text"],
        mails=ways["email"],
        unreachable=ways[""],
        asked_before=found.asked_before,
        busy=found.busy,
        words=words,
        by_tongue=dict(tongues),
        goes_at=goes_at,
        problem=_problem(campaign, block, now, goes_at),
    )


@patiently
def ask_volunteers(
    sessions: Sessions,
    campaign_id: int,
    block: Block,
    public_url: str,
    *,
    by: int,
    now: datetime,
    wall: datetime,
) -> int:
    """Writes to everybody who could come and was not asked for this block; returns to how many.

    Sent twice it writes to nobody twice. Raises CannotAsk.
    """
    with sessions.begin() as session:
        campaign = session.get_one(Campaign, campaign_id)
        goes_at = not_at_night(now, campaign.zone)
        problem = _problem(campaign, block, now, goes_at)
        if problem:
            raise CannotAsk(problem)
        found = asked.whom_to_ask(session, campaign_id, block.name, block.begins_at, block.ends_at)
        drafts = [
            _draft(one, campaign, block, public_url, goes_at) for one in found.people if one.channel
        ]
        made = sum(
            notices.add(session, campaign_id, drafts[first : first + 1000], now)
            for first in range(0, len(drafts), 1000)
        )
        if made:
            session.add(_entry(campaign_id, block, made, by, wall))
        return made


def _problem(campaign: Campaign, block: Block, now: datetime, goes_at: datetime) -> str:
    """Why nobody can be asked; empty if they can."""
    if block.ends_at <= now:
        return "past"
    if campaign.state in ("draft", "closed"):
        return "draft"
    if campaign.state == "paused" and (campaign.paused_until or block.ends_at) > now:
        return "paused"
    return "night" if goes_at >= block.begins_at and goes_at > now else ""


def _draft(
    to: Person, campaign: Campaign, block: Block, public_url: str, goes_at: datetime
) -> notices.Draft:
    return draft(
        to,
        Kind.ASKED,
        f"asked:{block.name}:{campaign.id}:{to.user_id}",
        _words(tongue_of(to.tongue, to.languages), campaign, block, public_url),
        due_at=goes_at,
        expires_at=block.ends_at,
    )


def _words(tongue: str, campaign: Campaign, block: Block, public_url: str) -> Said:
    hours = Hours(block.begins_at, block.ends_at, campaign.zone)
    link = f"{public_url.rstrip('/')}/shifts"
    return say(What.ASKED, tongue, hours, block.channel, campaign=campaign.name, link=link)


def _entry(campaign_id: int, block: Block, made: int, by: int, wall: datetime) -> AuditEntry:
    details = {
        "campaign": campaign_id,
        "people": made,
        "channel": block.channel.value,
        "starts_at": block.begins_at.isoformat(),
        "ends_at": block.ends_at.isoformat(),
    }
    subject = f"campaign:{campaign_id}"
    return AuditEntry(
        at=wall, user_id=by, action="asked all volunteers", subject=subject, details=details
    )
