"""When a campaign's last polls close, and from when on it is in its final week."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.hours import Place
from app.domain.rest import final_from
from app.store.frames import load_frame, place_names


def last_close(session: Session, campaign_id: int) -> datetime:
    """The instant from which nothing can go out: the close of the last of its voters' polls."""
    schedule = load_frame(session, campaign_id).schedule
    places = place_names(session, campaign_id) or [Place("", (schedule.zone,))]
    return max(schedule.polls_close_at(place) for place in places)


def polls_have_closed(session: Session, campaign_id: int, now: datetime) -> bool:
    """Whether nothing can go out any more."""
    return last_close(session, campaign_id) <= now


def final_week_at(session: Session, campaign_id: int) -> datetime:
    """When the final week begins: seven days before the polls close on the campaign's clock."""
    return final_from(load_frame(session, campaign_id).schedule)
