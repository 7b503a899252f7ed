"""Words of ours for reminders and the ballot chase: (subject, body) by channel, purpose, language.

A text is one segment for most names; the Spanish ones do without á, í, ó and ú, which are outside
the alphabet of a text and would double its price.
"""

from collections.abc import Mapping

from app.domain.channel import Channel
from app.domain.purpose import CHASE, REMIND_EVE, REMIND_HOUR

Written = Mapping[str, tuple[str, str]]

_END = {
    "en": " Paid for by {organization}. STOP to opt out",
    "es": " Pagado por {organization}. STOP para salir",
}
_MAIL_END = {"en": "\n\nPaid for by {organization}.", "es": "\n\nPagado por {organization}."}


def _text(en: str, es: str) -> Written:
    return {"en": ("", en + _END["en"]), "es": ("", es + _END["es"])}


def _mail(en: tuple[str, str], es: tuple[str, str]) -> Written:
    return {
        "en": (en[0], f"Hi {{first_name}},\n\n{en[1]}{_MAIL_END['en']}"),
        "es": (es[0], f"Hola {{first_name}}:\n\n{es[1]}{_MAIL_END['es']}"),
    }


def _call(en: str, es: str) -> Written:
    return {
        "en": (
            "",
            "Hi, may I speak with {first_name}? I'm {volunteer}, a volunteer with {organization}."
            f"\n\n{en}",
        ),
        "es": (
            "",
            "Hola, ¿puedo hablar con {first_name}? Soy {volunteer}, de {organization}."
            f"\n\n{es}",
        ),
    }


FOLLOW_WORDS: Mapping[tuple[Channel, str], Written] = {
    (Channel.TEXT, REMIND_EVE): _text(
        "Hi {first_name}, your plan: vote {vote_time}. Thank you! Questions? Just reply.",
        "Hola {first_name}: su plan es votar {vote_time}. ¿Preguntas? Responda.",
    ),
    (Channel.TEXT, REMIND_HOUR): _text(
        "Hi {first_name}, it's almost time: you planned to vote {vote_time}. Thank you!",
        "Hola {first_name}: ya casi es hora; su plan es votar {vote_time}. ¡Gracias!",
    ),
    (Channel.TEXT, CHASE): _text(
        "Hi {first_name}, your mail ballot is not back yet. It must be back {vote_time}.",
        "Hola {first_name}: su boleta por correo no ha llegado. Debe llegar {vote_time}.",
    ),
    (Channel.EMAIL, REMIND_EVE): _mail(
        (
            "You plan to vote {vote_time}",
            "you told us that you will vote. Your plan: {vote_time}. On polling day you vote at "
            "{polling_place|your polling place}, until {polls_close}. Thank you!",
        ),
        (
            "Su plan es votar {vote_time}",
            "usted nos dijo que va a votar. Su plan: {vote_time}. El día de la elección se vota en "
            "{polling_place|su lugar de votación}, hasta las {polls_close}. ¡Gracias!",
        ),
    ),
    (Channel.EMAIL, REMIND_HOUR): _mail(
        (
            "Almost time to vote",
            "it is almost time: you planned to vote {vote_time}. On polling day you vote at "
            "{polling_place|your polling place}, until {polls_close}. Thank you!",
        ),
        (
            "Ya casi es hora de votar",
            "ya casi es hora: su plan es votar {vote_time}. El día de la elección se vota en "
            "{polling_place|su lugar de votación}, hasta las {polls_close}. ¡Gracias!",
        ),
    ),
    (Channel.EMAIL, CHASE): _mail(
        (
            "Your mail ballot is not back yet",
            "our records show that your mail ballot has not come back. It must be back "
            "{vote_time}. If you have sent it, thank you, and please ignore this.",
        ),
        (
            "Su boleta por correo no ha llegado",
            "según nuestros datos su boleta por correo no ha llegado. Debe llegar {vote_time}. "
            "Si ya la envió, gracias, y no haga caso de este mensaje.",
        ),
    ),
    (Channel.CALL, REMIND_EVE): _call(
        "You told us that you will vote {vote_time}. Is that still your plan? How will you get "
        "there? Do you need a ride?",
        "Usted nos dijo que va a votar {vote_time}. ¿Sigue siendo su plan? ¿Cómo va a llegar? "
        "¿Necesita transporte?",
    ),
    (Channel.CALL, REMIND_HOUR): _call(
        "You planned to vote {vote_time}, so it is almost time. Do you have all you need to go?",
        "Su plan es votar {vote_time}, así que ya casi es hora. ¿Tiene todo lo que necesita?",
    ),
    (Channel.CALL, CHASE): _call(
        "Our records show that your mail ballot is not back yet; it must be back {vote_time}. "
        "Have you sent it? Do you need help with it?",
        "Según nuestros datos su boleta por correo no ha llegado; debe llegar {vote_time}. "
        "¿Ya la envió? ¿Necesita ayuda?",
    ),
}
