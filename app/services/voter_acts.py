"""What an organizer does on a voter's page: look, opt an address out, record a ballot."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.services.strike import strike_voters
from app.store import merges
from app.store.engine import Sessions, patiently
from app.store.people import AuditEntry
from app.store.voters import Voter
from app.store.wishes import opt_out


class ActRefused(ValueError):
    """What cannot be done; the message says why and what to do."""


def note_view(sessions: Sessions, voter_id: int, *, by: int, at: datetime) -> None:
    """Writes to the audit log that somebody opened a voter's page."""
    with sessions.begin() as session:
        _audit(session, "voter opened", voter_id, by, at)


@patiently
def opt_out_address(
    sessions: Sessions,
    voter_id: int,
    address: str,
    channel: Channel,
    reason: str,
    *,
    by: int,
    at: datetime,
) -> bool:
    """Opts an address of the voter out of a channel and cancels what is pending to it.

    The wish holds for the address, whoever else has it. Returns whether it is new; raises
    ActRefused if the voter has no such address.
    """
    with sessions.begin() as session:
        voter = session.get(Voter, voter_id)
        own = addresses(voter, channel) if voter else ()
        if address not in own:
            raise ActRefused("The voter has no such phone or email any more; load the page again.")
        merges.lock_targets(session, [voter_id])  # targets before touches, as everybody does
        words = " ".join(reason.split())[:200]
        new = opt_out(session, address, channel, source="organizer", words=words, now=at)
        details = {"channel": channel.value, "reason": words}
        _audit(session, "opted out", voter_id, by, at, details)
        return new


def addresses(voter: Voter, channel: Channel) -> tuple[str, ...]:
    """What a channel may use to reach the voter: phones, or the email."""
    phones = (voter.phone, voter.phone2, voter.phone3)
    found = (voter.email,) if channel is Channel.EMAIL else phones
    return tuple(each for each in found if each)


@patiently
def record_ballot(
    sessions: Sessions, voter_id: int, polling_day: date, *, by: int, at: datetime
) -> tuple[bool, int]:
    """Records that the voter has voted; whether that is new, and how many contacts it canceled.

    A double that was merged stands for the voter who was kept.
    """
    with sessions.begin() as session:
        voter = session.get(Voter, voter_id)
        if voter is None:
            raise ActRefused(f"There is no voter {voter_id}.")
        whom = voter.merged_into or voter_id
        new, canceled = strike_voters(session, polling_day, [whom], by=by, source="desk", at=at)
        _audit(session, "ballot recorded", whom, by, at, {"polling_day": str(polling_day)})
        return bool(new), canceled


def _audit(
    session: Session,
    action: str,
    voter_id: int,
    by: int,
    at: datetime,
    details: dict[str, str] | None = None,
) -> None:
    session.add(
        AuditEntry(
            at=at, user_id=by, action=action, subject=f"voter:{voter_id}", details=details or {}
        )
    )
