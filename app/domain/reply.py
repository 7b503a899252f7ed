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
STOP_PHRASES = _words(r"""sto+p+|stop ?2 ?(end|quit)
un ?sub\w*|un ?su[bcs]\w*ri?b\w*
revoke|discontinue
opt(ing|ed)?( me)? out|optout
remove (me|us|my|this)|be removed|please remove
(delete|erase|strike|scratch|cross|drop|cut|exclude|omit) (me|us) from|exclude (me|us)
(strike|scratch|cross) (me|us) off
take (me|us|my|this)( \w+){0,2} off
(get|take) (me|us) out|get (me|us) off (this|these|your|the)
off (of )?(your|the|this|all)( \w+)? list|get off my (phone|line|cell)
(delete|erase|lose|scrub|forget) (me|my|this)( \w+)? (number|info|contact|phone|name)
lose my number
leave (me|us) (alone|out|be)|let (me|us) be|get lost|shut up|knock it off|do not disturb
go away(?! (for|on|to|this|next)\b)
(do not|dont|never|quit|cease|no longer|not to)( \w+)? (text|txt|contact|message|msg)(ing)?
(do not|dont|never|quit|cease|no longer|not to)( \w+)? call(ing)?(?! (it|him|her|that)\b)
(do not|dont|never|quit|no longer|not to)( \w+)? (reach(ing)? out|writ(e|ing)( to)? (me|us))
(do not|dont|never|quit|cease|no longer|not to)( \w+)? (bother|spam|harass|email)(ing)?
(do not|dont|never|quit) (ever )?send(ing)? (me|us|any|anything|more|these|this|texts|messages)
(do not|dont|no longer) (want|wish|need|consent)( \w+){0,4} (texts?|messages?|calls?|emails?)
(do not|dont|no longer) (want|wish|need|consent)( \w+){0,4} (contacted|texted|from you|these|this)
(do not|dont|no longer) (want to|wanna|wish to|care to)( \w+)? hear from
(do not|dont) care for (these|this|your)
(never|not|didnt|dont|havent)( \w+)? (sign(ed)? up|subscribed?) (for|to) (this|these|your|it|texts)
(never|not|didnt|dont|havent)( \w+)? (consent(ed)?|agreed?) to (this|these|your|any|texts|be)
(never|not|didnt|dont|havent)( \w+)? ask(ed)? for (this|these|your|texts|messages)
(never|not|didnt|dont)( \w+)? (give|gave|have|had|grant)( \w+){0,2} (permission|consent)
without my (permission|consent)
no (more|further)( \w+)? (text|txt|message|msg|call|email|contact)s?
enough (with|of) (the|these|your|this|all)( \w+)? (text|message|call|spam|garbage)s?
(not|no longer) interested
(cancel|end) (me|my|all|this|these|the|your) (texts?|messages?|subscription)
cease and desist|cease( \w+)? communicat\w*|dnc (list|registry)
(turn|shut|switch) (these|this|them) off|silence (these|this)
(turn|shut|switch) off( \w+)? (notification|text|message|alert)s?
(?<!isnt )(?<!not )(harass|spam)\w*|(this is|these are) junk|block(ed|ing) (you|this|your)
report(ed|ing)? (you|u)|report(ed|ing)? (this|your) (number|text|message)|to the fcc
fuck (off|you|u)|fuck ?off|(piss|bug|buzz|screw|bugger|sod|f|eff) off|screw (you|u)|go to hell
no (me|nos)( vuelvan?)?( a)? (escrib|mand|envi|molest|contact|llam|text|interes)\w*
no( vuelvan?)?( a)? (molest|escrib|envi|mand|contact|llam|insist)(e|a|en|an|es|as|ar|ir)(me|nos)?
no (quiero|deseo)( \w+){0,3} (mensajes|textos|llamadas|recibir\w*|nada|escrib\w*|llamen|esto)
no mas( \w+)? (mensajes|textos|llamadas)
no (autorizo|di|doy|tienen?)( \w+){0,2} (permiso|consentimiento|autorizacion|mensajes|textos)
deje?n? de|dejar de|(deje?n?|deja)(me|nos)( en paz)?
deja de (mand|envi|escrib|molest|text|llam|contact)\w*
(quit|borr|elimin|remuev|sac|saqu|retir)(a|e|en|ar|uen)(me|nos)
(quit|borr|elimin|remuev|sac|saqu|retir)(a|e|en|ar|uen) (mi|este|nuestro) (num|nomb|tel|cel)\w*
salir(me)? de (la|esta|su) lista
detener|detengan?(se)?|pare(n|nle)?|parale|parar|para ya|ya para|para de|basta
cancel(ar|e|en) (mi|la|esta|los|estos) (suscripcion|mensajes|textos)|des?uscri\w*
(dar|den|de)?(me)? ?de baja|acos(o|an|ando|ar)|(me|nos) voy a quejar
voy a (quejarme|denunciarl\w+|reportarl\w+)""")

SHORT = _words(r"""end(?! of)
quit(?! (smoking|drinking|my))
cancel
cancela
cancele
cancelen
cancelar
remove
delete
enough
no more
no mas
alto
salir
salirme
baja(?! california)
eliminar
anular
terminar
stp
stpo
sotp
st0p
no interest
please no""")
"""Opt-outs where they are most of what is said, common words elsewhere."""

ALONE = re.compile(r"""(?x)
    remove|blocked|junk|mute|fu|f\ u|fuera|ya\ estuvo
    | no\ (text|txt|message|msg|call|contact|email)(s|ing)?
    | (i\ )?(really\ )?(do\ not|dont)\ want(\ (any|it|them|that|more))?
    | (do\ not|dont|never)\ (ever\ )?send
    | i\ want\ (off|out)(\ of\ (this|these|it))?""")
"""Opt-outs where they are a whole sentence."""

# Stops that are places, what a candidate should stop, and people who go on: "I can't stop", not
# "you never stop". And ballots that did not come.
NOT_STOP = re.compile(
    r"\b(bus|train|truck|rest|pit|next|last|first|tram|subway|metro|whistle|one|non|tour) stops?\b"
    r"|\bmy stop is\b|\bstop (sign|light)s?\b|\bstop(ped)? by\b|\bpalo alto\b"
    r"|\ba stop (near|at|on|by|in)\b|\bstop (at|near|in|on) (the|a|my|your|our)\b"
    r"|\b(she|he|help|we( \w+){0,2} to)( \w+){0,3} stop\b"
    r"(?! (\w+ ){0,2}(text|call|messag|msg|contact|send|spam|it|this|these|get|hear)|( \.|$))"
    r"|\b(i|we)( \w+)? (cant|cannot|can not|wont|will not|dont|do not|never|wouldnt) (be )?stop\b"
    r"|(?<!you )(?<!u )(?<!they )(?<!texts )(?<!messages )\b(cant|cannot) (be )?stop\b"
    r"|(^|\. |but |and )(please )?(dont|do not|never|wont) (ever )?stop\b"
    r"|\bno( (?!mensaje|texto|llamada|escrib)\w+){0,4} (boleta|papeleta|voto|solicitud)s?\b"
    r"|\bno (me|nos) (mand|envi|llam|contact|escrib)(aron|ieron|aban|ian)\b"
)
# "Yes, stop by any time" is an invitation.
_INVITED = re.compile(r"(of|by (any|my|our|the (office|house)|when|after|around|at|to)\w*)\b")
_COURTESY = re.compile(r"^((please|pls|plz|hi|hello|hey|ok|okay|yes|no|just|and|por favor)[ .]+)+")
_PLEASE = re.compile(r"( (please|pls|plz|thanks|thank you|thx|por favor|gracias))+$")

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
        or (KEYWORDS.get(first[0]) is Meaning.STOP and not _INVITED.match(first[2]))
        or words == ["para"]
        or (len(words) <= 3 and SHORT.search(said) is not None)
        or any(ALONE.fullmatch(part) for part in _sentences(said))
        or STOP_PHRASES.search(NOT_STOP.sub(" ", said)) is not None
    )


def _sentences(said: str) -> list[str]:
    """Each sentence without the words of courtesy around it, with and without a "no" before it."""
    parts = [_PLEASE.sub("", part.strip()) for part in said.split(".")]
    return [*parts, *(_COURTESY.sub("", part) for part in parts)]


def _has_voted(said: str) -> bool:
    if VOTED.search(said) is None or NOT_VOTED.search(said) is not None:
        return False
    return _FOR_WHOM.search(said) is None or _LATELY.search(said) is not None
