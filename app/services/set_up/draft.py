"""A campaign that is being set up: its row while something is said of it, and what is refused."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.store.campaigns import Campaign
from app.store.people import AuditEntry

DRAFT = "draft"
SHORTEST_NAME = 3


class SetUpRefused(ValueError):
    """What cannot be: by field a code of what is wrong, for the pages to say."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))


@contextmanager
def of_a_free_name() -> Iterator[None]:
    """Around a transaction that adds a campaign. Raises SetUpRefused where another has its name, so
    that a form sent twice makes one."""
    try:
        yield
    except IntegrityError as error:
        if "uq_campaigns_name" not in str(error):
            raise
        raise SetUpRefused({"name": "taken"}) from error


def locked(session: Session, campaign_id: int) -> Campaign:
    """The campaign as it stands, locked to the end of the transaction."""
    mine = select(Campaign).where(Campaign.id == campaign_id)
    query = mine.with_for_update(key_share=True)  # rows that refer to it may come meanwhile
    return session.scalars(query.execution_options(populate_existing=True)).one()


def locked_draft(session: Session, campaign_id: int, field: str) -> Campaign:
    """The same of a campaign that has not begun. Raises SetUpRefused: not_draft, at this field."""
    campaign = locked(session, campaign_id)
    if campaign.state != DRAFT:
        raise SetUpRefused({field: "not_draft"})
    return campaign


def noted(
    action: str, campaign_id: int, details: Mapping[str, object], by: int | None, now: datetime
) -> AuditEntry:
    """The audit entry of what was done to a campaign."""
    subject = f"campaign:{campaign_id}"
    return AuditEntry(at=now, user_id=by, action=action, subject=subject, details=dict(details))
