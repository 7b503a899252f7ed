"""The demo's campaign: a made-up race in North Carolina, seven days before the polls close."""

from datetime import date, datetime, time
from decimal import Decimal

from app.domain.channel import Channel
from app.domain.ramp import Shape
from app.domain.universe import Universe
from app.services.campaigns import CampaignDraft, RampDraft

NAME = "Alvarez for Council"
POLLING_DAY = date(2026, 11, 3)

TEXT = (
    "Hi {first_name}, this is {organization} for {candidate}. Polls are open {polling_day} until "
    "{polls_close} at {polling_place|your polling place}. Will you vote? Reply STOP to end. "
    "Paid for by {organization}"
)
TEXT_ES = (
    "Hola {first_name}, le escribe {organization} por {candidate}. Puede votar el 3 de noviembre "
    "hasta las {polls_close} en {polling_place|su lugar de voto}. ¿Votará? Responda STOP para "
    "terminar. Pagado por {organization}"
)
SUBJECT = "{first_name}, when will you vote on {polling_day}?"
EMAIL = (
    "Hello {first_name},\n\nPolls are open on {polling_day} until {polls_close}. You vote at "
    "{polling_place|your polling place}. Whoever stands in line at the close may vote.\n\n"
    "When will you go, how will you get there, and who comes along? Decide now, and it is done.\n\n"
    "{candidate}\n\nPaid for by {organization}"
)
SCRIPT = (
    "Hi, may I speak with {first_name}?\n\n"
    "I'm {volunteer}, a volunteer with {candidate}. We are calling because the polls are open on "
    "{polling_day}, until {polls_close} at {polling_place|your polling place}.\n\n"
    "Thank you, {first_name}. If you are in line when the polls close, stay: you may vote."
)
SCRIPT_ES = (
    "Hola, ¿puedo hablar con {first_name}?\n\n"
    "Soy {volunteer}, voluntario con {candidate}. Llamamos porque puede votar el 3 de noviembre "
    "hasta las {polls_close} en {polling_place|su lugar de votación}.\n\n"
    "Gracias, {first_name}. Si está en la fila cuando cierren las urnas, quédese: puede votar."
)
SURVEY = [
    {
        "key": "will_vote",
        "words": {
            "en": "Will you vote on {polling_day}?",
            "es": "¿Va a votar el 3 de noviembre?",
        },
        "answers": [
            {
                "key": "yes",
                "words": {"en": "Yes", "es": "Sí"},
                "next": "when",
                "result": "canvassed",
            },
            {
                "key": "maybe",
                "words": {"en": "Maybe", "es": "Tal vez"},
                "next": "hindrance",
                "result": "canvassed",
            },
            {"key": "no", "words": {"en": "No", "es": "No"}, "result": "canvassed"},
            {
                "key": "voted",
                "words": {"en": "Already voted", "es": "Ya votó"},
                "result": "already_voted",
            },
        ],
    },
    {
        "key": "hindrance",
        "words": {"en": "What could get in the way?", "es": "¿Qué se lo podría impedir?"},
        "answers": [
            {"key": "time", "words": {"en": "Time", "es": "El tiempo"}, "next": "when"},
            {"key": "ride", "words": {"en": "Getting there", "es": "Cómo llegar"}, "next": "when"},
            {"key": "undecided", "words": {"en": "Undecided", "es": "No sabe por quién"}},
        ],
    },
    {
        "key": "when",
        "words": {"en": "When will you go?", "es": "¿A qué hora irá?"},
        "answers": [
            {"key": "before_work", "words": {"en": "Before work", "es": "Antes del trabajo"}},
            {"key": "by_day", "words": {"en": "During the day", "es": "Durante el día"}},
            {"key": "after_work", "words": {"en": "After work", "es": "Después del trabajo"}},
        ],
    },
]
"""What the demo's callers ask; its keys are what the answers are kept under."""


def demo_draft(now: datetime) -> CampaignDraft:
    """The draft of the demo's campaign, starting `now`."""
    start = date(2026, 10, 27)
    return CampaignDraft(
        name=NAME,
        organization="Friends of Rosa Alvarez",
        candidate="Rosa Alvarez",
        zone="America/New_York",
        polling_day=POLLING_DAY,
        polls_open=time(6, 30),
        polls_close=time(19, 30),
        starts_at=now,
        universe=Universe(parties=("DEM", "UNA"), min_age=18, max_age=95),
        ramps={
            Channel.TEXT: RampDraft(Shape.EXPONENTIAL, start, 14_000, doubling_days=3),
            Channel.EMAIL: RampDraft(Shape.LINEAR, start, 9_000, rise=4),
            Channel.CALL: RampDraft(Shape.LINEAR, start, 4_000, rise=4),
        },
        budget=Decimal(400),
        reserve_share=Decimal("0.3"),
        voter_daily_cap=2,
        voter_total_cap=12,
        text_body=TEXT,
        email_subject=SUBJECT,
        email_body=EMAIL,
        call_script=SCRIPT,
        text_sender="+19195550142",
        text_price=Decimal("0.0079"),
        text_per_second=40,
        email_sender="rosa@alvarez.example",
        translations={
            (Channel.TEXT, "es"): ("", TEXT_ES),
            (Channel.CALL, "es"): ("", SCRIPT_ES),
        },
    )
