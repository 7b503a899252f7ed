"""A block of hours in the address of an invitation, signed so that nobody writes other hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from itsdangerous import BadSignature, URLSafeSerializer

from app.domain.channel import Channel
from app.keys import signing_key
from app.services.shifts import NewShift
from app.web.person_words import dated
from app.web.sessions import parts

SALT = "invitation to a shift"


@dataclass(frozen=True)
class Block:
    """Hours of one day for one campaign, on its clock."""

    campaign_id: int
    day: date
    starts: time
    ends: time
    channel: Channel

    def asked(self, user_id: int) -> NewShift:
        """The shift of this person in it."""
        return NewShift(user_id, self.day, self.starts, self.ends, self.channel)

    def words(self) -> str:
        """Tue, Nov 3, 5–8 pm."""
        first, last = (datetime.combine(self.day, at, UTC) for at in (self.starts, self.ends))
        return dated(first, last, "UTC")


def write(block: Block) -> str:
    """The block as an address holds it."""
    first, last = block.starts.isoformat("minutes"), block.ends.isoformat("minutes")
    said = [block.campaign_id, block.day.isoformat(), first, last, block.channel.value]
    return str(_signer().dumps(said))


def read(written: str) -> Block | None:
    """The block of an address; None for none, and for one that we did not write."""
    try:
        campaign_id, on, first, last, channel = _signer().loads(written)
    except (BadSignature, TypeError, ValueError):
        return None
    return Block(
        campaign_id,
        date.fromisoformat(on),
        time.fromisoformat(first),
        time.fromisoformat(last),
        Channel(channel),
    )


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(signing_key(parts().settings), salt=SALT)
