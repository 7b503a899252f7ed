"""What a person means by a text: opt out, opt in, help, voted, wrong number, or other words."""

import re
import unicodedata
from enum import StrEnum

from app.domain.tables import table


class Meaning(StrEnum):
    """The meaning of an inbound text; stored by value."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    VOTED = "voted"
    WRONG = "wrong_number"
    OTHER = "other"


_EFFECTS = {"opt out": Meaning.STOP, "opt in": Meaning.START, "help": Meaning.HELP}
KEYWORDS = {row["word"].lower(): _EFFECTS[row["effect"]] for row in table("opt_out_words")}

# The phrases below are written as `plain` writes: no capitals, accents, apostrophes or commas.


def _words(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(phrases.splitlines())})\b")


# Any reasonable words opt out (FCC, April 2025), in English and Spanish.
STOP_PHRASES = _words(r"""sto+p+
unsub\w*
revoke
opt(ing|ed)?( me)? out|optout
remove (me|us|my|this)|be removed|please remove
take (me|us|my|this)( \w+){0,2} off
(get|take) (me|us) out
off (of )?(your|the|this|all)( \w+)? list
(delete|erase|lose|scrub|forget) (me|my|this)( \w+)? (number|info|contact|phone|name)
lose my number
leave (me|us) (alone|out)|go away|get lost|shut up|knock it off|do not disturb
(do not|dont|never|quit|cease|no longer|not to)( \w+)? (text|txt|call|contact|message|msg)(ing)?
(do not|dont|never|quit|cease|no longer|not to)( \w+)? (bother|spam|harass|email)(ing)?
(do not|dont|never|quit) (ever )?send(ing)? (me|us|any|more|these|this|texts|messages)
(do not|dont|no longer) (want|wish|need|consent)( \w+){0,4} (texts?|messages?|calls?|emails?)
(do not|dont|no longer) (want|wish|need|consent)( \w+){0,4} (contacted|texted|from you|these|this)
no (more|further)( \w+)? (text|txt|message|msg|call|email|contact)s?
(not|no longer) interested
(cancel|end) (me|my|all|this|these|the|your) (texts?|messages?|subscription)
cease and desist
(harass|spam)\w*|block(ed|ing) (you|this|your)
fuck (off|you|u)|piss off|fuck ?off
no (me|nos) (escrib|mand|envi|molest|contact|llam|text|interes)\w*
no (molest|escrib|envi|mand)(e|en|es)
no (quiero|deseo)( \w+){0,3} (mensajes|textos|llamadas|recibir\w*|nada)
no mas( \w+)? (mensajes|textos|llamadas)
deje?n? de|dejar de|(deje?n?|deja)(me|nos)( en paz)?
(quit|borr|elimin|remuev|sac|saqu)(a|e|en|ar|uen)(me|nos|r)?
detener|detengan?(se)?|cancelar|pare(n|nle)?|parar|para ya|ya para|para de|basta
(dar|den|de)?(me)? ?de baja""")

SHORT = _words(r"""end(?! of)
quit
cancel
cancela
remove
delete
enough
no more
no mas
alto
salir
baja
eliminar""")
"""Opt-outs where they are most of what is said, common words elsewhere."""

# Stops that are places, and people who go on: "I can't stop", not "you never stop".
NOT_STOP = re.compile(
    r"\b(bus|train|truck|rest|pit|next|last|first|tram|subway|metro|whistle|one|non|tour) stops?\b"
    r"|\bmy stop is\b|\bstop (sign|light)s?\b|\bstop(ped)? by\b|\bpalo alto\b"
    r"|\b(i|we)( \w+)? (cant|cannot|can not|wont|will not|dont|do not|never|wouldnt) (be )?stop\b"
    r"|(?<!you )(?<!u )(?<!they )(?<!texts )(?<!messages )\b(cant|cannot) (be )?stop\b"
    r"|(^|\. |but |and )(please )?(dont|do not|never|wont) (ever )?stop\b"
)
_COURTESY = re.compile(r"^((please|pls|plz|hi|hello|hey|ok|okay|yes|no|just|and|por favor)[ .]+)+")

# A strike is for good, so only plain words of one's own ballot in this election count.
VOTED = re.compile(
    r"(\b(i|we|ive|weve)|(^|\. )((yes|yep|yup|yeah|hi|hey|hello|thanks|thank you|done|sorry|no|ok)"
    r"[ .]+)*)( ?\b(have|both|all|already|just|actually|early))* ?\b"
    r"(voted|(cast|mailed|sent|returned|submitted|turned|dropped)( in| off| back)?"
    r" (my|our) ballots?(?! (request|application)))\b"
    r"|\bya (he |hemos )?(vote|votado|votamos)\b|\b(he|hemos) votado\b|\bvoté\b"
)
NOT_VOTED = re.compile(
    r"\b(not|never|no he|no hemos|nunca|havent|hasnt|didnt|if|wish|unless|until|when|thought)"
    r"( \w+){0,2} (vote|voted|votado|mailed|sent|returned|cast)\b|\bno (vote|voté)\b"
    r"|\bvot\w+ (in|en|during) (19|20)\d\d\b|\b(last|every|past|previous) (time|year|election)\b"
    r"|\bprimar(y|ies|ias?)\b|\bpasad[ao]\b|\breject\w*"
)
_FOR_WHOM = re.compile(r"\bvoted (for|against)\b")
_LATELY = re.compile(r"\b(already|just|today|yesterday|early|this morning)\b")

WRONG = re.compile(
    r"\bwrong (number|person|guy|phone)\b(?! (for|to|of))"
    r"|\b(this is not|this isnt|im not|i am not) (him|her)\b"
    r"|\b(nobody|no one)( \w+)? (by|with) that name\b"
    r"|\bnumero (equivocado|incorrecto)\b|\bpersona equivocada\b|\bequivoc\w+ de numero\b"
)


def plain(body: str) -> str:
    """Lower case, without accents, apostrophes and what cannot be seen; a full stop for each end
    of a sentence. An accent stays in "voté", which without it is another word."""
    text = re.sub(r"['’‘`´ʼ′＇]", "", body).replace("🛑", " stop ")
    text = unicodedata.normalize("NFKC", text).casefold()
    letters = unicodedata.normalize("NFKD", re.sub(r"\bvoté\b", "vot\0", text))
    seen = "".join(c for c in letters if unicodedata.category(c) not in ("Mn", "Cf"))
    parted = re.sub(r"[.!?;:,\n]+", " . ", seen.replace("vot\0", "voté"))
    return " ".join(re.sub(r"[^\w\s.]|_", " ", parted).split())


def meaning_of(body: str) -> Meaning:
    """The meaning of a text. In doubt between opting out and other words: opting out."""
    said = plain(body)
    words = said.replace(".", " ").split()
    if " ".join(words) in KEYWORDS:
        return KEYWORDS[" ".join(words)]
    if _opts_out(said, words):
        return Meaning.STOP
    if _has_voted(said):
        return Meaning.VOTED
    return Meaning.WRONG if WRONG.search(said) else Meaning.OTHER


def _opts_out(said: str, words: list[str]) -> bool:
    first = _COURTESY.sub("", said).partition(" ")
    return (
        KEYWORDS.get("".join(words)) is Meaning.STOP  # S.T.O.P.
        or (KEYWORDS.get(first[0]) is Meaning.STOP and not first[2].startswith("of "))
        or words == ["para"]
        or (len(words) <= 3 and SHORT.search(said) is not None)
        or STOP_PHRASES.search(NOT_STOP.sub(" ", said)) is not None
    )


def _has_voted(said: str) -> bool:
    if VOTED.search(said) is None or NOT_VOTED.search(said) is not None:
        return False
    return _FOR_WHOM.search(said) is None or _LATELY.search(said) is not None
