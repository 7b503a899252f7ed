"""The demo's text bank: a blast to young voters that volunteers send, one tap each."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.blast import BlastDraft, Timing
from app.domain.channel import Channel
from app.domain.time_of_day import in_words
from app.services import blasts
from app.services.blasts import BlastRefused
from app.store.engine import Sessions

WORDS = {
    "en": {
        "body": "Hi {first_name}, will you vote for {candidate} on {polling_day}? You vote at "
        "{polling_place|your polling place}, until {polls_close}. Paid for by {organization}. "
        "STOP to opt out"
    },
    "es": {
        "body": "Hola {first_name}, ¿va a votar por {candidate}? Vota en "
        "{polling_place|su lugar de voto}, hasta las {polls_close}. Pagado por "
        "{organization}. STOP para salir"
    },
}
YOUNG = {"max_age": 24}
MORNING, EVENING = time(9), time(19)


def add_demo_texts(
    sessions: Sessions, campaign_id: int, polling_day: date, zone: str, *, now: datetime
) -> str:
    """Schedules it from this morning until the polls close; what came of that, in a sentence."""
    today = now.astimezone(ZoneInfo(zone)).date()
    timing = Timing(
        datetime.combine(today, MORNING), timedelta(0), datetime.combine(polling_day, EVENING)
    )
    draft = BlastDraft(Channel.TEXT, "Young voters, by hand", WORDS, timing, YOUNG, by_hand=True)
    made = blasts.add(sessions, campaign_id, draft, by=None, now=now)
    try:
        found = blasts.schedule(sessions, campaign_id, made, by=None, now=now)
    except BlastRefused as refused:  # a demo of a few voters may have none so young
        return f"The text bank stays a draft: {refused}"
    return f"{found.people:,} texts wait to be sent by hand, until {in_words(EVENING)}."
