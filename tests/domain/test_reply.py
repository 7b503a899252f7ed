"""What people mean by their texts."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import reply
from app.domain.reply import KEYWORDS, Meaning, meaning_of, plain
from app.domain.tables import table

OPT_OUTS = (
    "STOP",
    "Stop.",
    "  stop!!! ",
    "“STOP”",
    "_stop_",
    "ＳＴＯＰ",
    "S.T.O.P.",
    "st\u200bop",
    "STOOOPPP",
    "🛑",
    "STOP texting me",
    "stop by the way",  # the first word is the keyword
    "Stop it. I already voted",
    "please stop",
    "Pls, STOP!",
    "I said stop",
    "Was at the bus. Stop",
    "I can't stop you, so: STOP",
    "You never stop texting me",
    "these texts never stop",
    "why won't you stop",
    "STOPALL",
    "stop all",
    "Unsubscribe me please",
    "unsubscribed",
    "END",
    "end these texts",
    "Quit",
    "quit texting me",
    "cancel please",
    "please cancel my subscription",
    "I revoke my consent",
    "opt out",
    "OPT-OUT",
    "opt me out",
    "I'm opting out",
    "Remove me from your list",
    "remove",
    "I want to be removed",
    "take me off this list",
    "take my name off",
    "get me off your damn list",
    "delete my number",
    "lose my number",
    "leave me alone",
    "do not text me",
    "don't text me again",
    "don’t text me again",
    "don´t contact me",
    "dont ever call this number",
    "I asked you not to text me",
    "never contact me again",
    "don't send me any more of this",
    "I don't want these messages",
    "I do not wish to be contacted",
    "no more texts",
    "No more.",
    "no more political texts please",
    "not interested",
    "go away",
    "fuck off",
    "This is spam",
    "this is harassment",
    "blocking you",
    "ALTO",
    "¡Alto!",
    "PARE",
    "paren por favor",
    "Para",
    "para ya",
    "ya para de escribirme",
    "basta",
    "no me escriban más",
    "no me manden mensajes",
    "no me envíen nada",
    "No me llames",
    "no me contacten",
    "no quiero recibir más mensajes",
    "no más mensajes",
    "dejen de escribirme",
    "déjenme en paz",
    "de\u0301jame en paz",  # the accent as a character of its own
    "quítame de la lista",
    "bórrenme de su lista",
    "eliminar",
    "cancelar",
    "darme de baja",
    "no me interesa",
)

OTHERS: tuple[tuple[str, Meaning], ...] = (
    ("START", Meaning.START),
    ("unstop", Meaning.START),
    ("Help", Meaning.HELP),
    ("info?", Meaning.HELP),
    ("I voted", Meaning.VOTED),
    ("Voted!", Meaning.VOTED),
    ("I already voted", Meaning.VOTED),
    ("Already voted, thanks", Meaning.VOTED),
    ("Yes, just voted", Meaning.VOTED),
    ("no I already voted", Meaning.VOTED),
    ("we have both already voted", Meaning.VOTED),
    ("I've voted early", Meaning.VOTED),
    ("I’ve already voted", Meaning.VOTED),
    ("My wife and I voted yesterday", Meaning.VOTED),
    ("I already voted for her", Meaning.VOTED),
    ("I mailed my ballot Monday", Meaning.VOTED),
    ("dropped off our ballots today", Meaning.VOTED),
    ("We can't stop, won't stop. I voted!", Meaning.VOTED),
    ("ya voté", Meaning.VOTED),
    ("Ya vote", Meaning.VOTED),
    ("No, ya voté", Meaning.VOTED),
    ("Voté ayer", Meaning.VOTED),
    ("ya hemos votado", Meaning.VOTED),
    ("I haven't voted yet", Meaning.OTHER),
    ("I haven’t already voted", Meaning.OTHER),
    ("havent voted", Meaning.OTHER),
    ("not voted", Meaning.OTHER),
    ("I have never voted", Meaning.OTHER),
    ("Have you already voted?", Meaning.OTHER),
    ("he already voted", Meaning.OTHER),  # who? a person reads it
    ("I voted in 2020", Meaning.OTHER),
    ("I voted last time", Meaning.OTHER),
    ("I voted in the primary", Meaning.OTHER),
    ("I voted for Obama", Meaning.OTHER),
    ("what if I voted by mail", Meaning.OTHER),
    ("I will have voted by noon", Meaning.OTHER),
    ("I mailed my ballot request", Meaning.OTHER),
    ("I haven't mailed my ballot", Meaning.OTHER),
    ("I sent in my ballot but it was rejected", Meaning.OTHER),
    ("no he votado", Meaning.OTHER),
    ("No voté", Meaning.OTHER),
    ("todavía no he votado", Meaning.OTHER),
    ("Wrong number", Meaning.WRONG),
    ("sorry, you have the wrong person", Meaning.WRONG),
    ("This is not him", Meaning.WRONG),
    ("There is nobody here by that name", Meaning.WRONG),
    ("Número equivocado", Meaning.WRONG),
    ("numero incorrecto", Meaning.WRONG),
    ("I want her, not him", Meaning.OTHER),
    ("He is the wrong person for the job", Meaning.OTHER),
    ("I can't stop thinking about it", Meaning.OTHER),
    ("I can’t stop thinking about it", Meaning.OTHER),
    ("We won't stop until every vote is counted", Meaning.OTHER),
    ("Please don't stop", Meaning.OTHER),
    ("meet me at the bus stop", Meaning.OTHER),
    ("my stop is Main St", Meaning.OTHER),
    ("left at the stop sign", Meaning.OTHER),
    ("I can stop by tonight", Meaning.OTHER),
    ("where is one-stop voting?", Meaning.OTHER),
    ("I vote in Palo Alto", Meaning.OTHER),
    ("para qué es esto?", Meaning.OTHER),
    ("gracias, ¿dónde es?", Meaning.OTHER),
    ("sí, voy a votar temprano", Meaning.OTHER),
    ("by the end of the day", Meaning.OTHER),
    ("End of day works", Meaning.OTHER),
    ("voy a salir a votar mañana", Meaning.OTHER),
    ("who is this?", Meaning.OTHER),
    ("yes", Meaning.OTHER),
    ("what time do polls close?", Meaning.OTHER),
    ("they are bastante buenos", Meaning.OTHER),
    ("", Meaning.OTHER),
    ("🎉🎉", Meaning.OTHER),
    ("\ud800 lone half", Meaning.OTHER),
)

MORE_OPT_OUTS = """
Please take my number off of this
Kindly remove this number from your database
I no longer wish to receive these
Cease all communication
cease contact
stop contacting this number
Do NOT contact this number again
you need to stop
Could you stop sending these?
How do I stop these?
How do I unsubscribe
how can I opt out of these messages
I'd like to opt-out
opted out already, why am I still getting these
I did not sign up for this
I never signed up for this
never consented to this
I didn't consent to these texts
I don't give you permission to text me
you do not have my permission
not interested thx
Not interested in your texts
no interest
I am not interested at all
no thank you, remove
No thanks, please don't text again
no texts please
no texting
No more msgs
no more!!!
enough already
Enough with the texts
that's enough
quit it
Quit messaging this phone
knock it off please
leave me be
let me be
Bug off
buzz off
get lost
don't bother me
do not disturb
Don't message me
dont txt me no more
pls dont send
don't send anything else
dont send me stuff
don't reach out again
please do not reach out to me
never text this number again
never message me
never write me again
stop writing to me
Lose this number
Erase my info
Delete me from your list
delete my contact
take us off the list
Take me out of your list
please get me off this
Get off my phone
off the list please
scratch me off
strike me from your list
drop me from your list
exclude me
I want off
I want out of this
I want out
Reported as spam
spam
junk
This is junk
blocked
I'm blocking this number
reporting you to the FCC
I will report you
unsubscribe me from this
unsuscribe
unsubcribe
UNSUB
un-subscribe
stp
stop2end
STOP END CANCEL
stopp
Stop!! I'm on the do not call list
I am on the Do Not Call registry
on the DNC list
put me on your do not call list
add me to your do not contact list
cancel my texts
cancel this
cancel messages
end it
end texts
please end
End this conversation
discontinue
please discontinue these messages
turn these off
turn off notifications
silence these
mute
no longer want these
I don't want this
I don't want any
Don't want it
do not want
do not want these
I dont need these texts
we don't want to hear from you
I don't wanna hear from you
I don't care for these messages
please no
no gracias, no me escriba
No gracias, no me interesa
no me molesten
No molesten más
no molestar
por favor no me envíe más
No envíe más mensajes
no me mande más textos
no me textees
no me vuelvan a escribir
no vuelva a llamar
ya no me escriban
ya no quiero mensajes
ya no me manden nada
no quiero esto
No quiero que me escriban
no deseo recibir esto
no quiero nada de ustedes
dejen de molestar
deje de escribirme
deja de mandar mensajes
dejen de enviarme textos
déjame tranquilo
quiten mi número
quite mi numero de su lista
borre mi número
borra mi numero
eliminen mi número
elimíname
sáquenme de esta lista
sacame de la lista
saquen mi número
retiren mi número
retírenme de la lista
quiero darme de baja
denme de baja
dar de baja
baja
cancele
cancelen
cancelar suscripción
cancelen mi suscripción
anular
desuscribir
desuscribirme
desuscríbanme
terminar
ya basta
ya estuvo
paren ya
páren
pare de enviar
pare de escribir
párale
alto por favor
detenga los mensajes
deténganse
deténgase
no autorizo mensajes
no tienen mi permiso
no contactar
no contactarme
no llamar
no escribir
no enviar mas
no insistan
fuera
salir de la lista
salirme
spam!
esto es spam
acoso
me voy a quejar, no escriban
"""

MORE_WORDS = """
yes stop by anytime
I'll stop by the office at noon
which bus stops near the polling place?
Is there a stop near the library?
The 12 bus stops there
can I stop at the polls after work?
Non-stop line here
don't stop now, we are winning
keep going and never stop fighting
We need to stop Smith
will she stop the pipeline?
Help stop the cuts
What would she do to stop crime?
How will you end homelessness?
when does voting end
When does early voting end?
in the end I decided to vote for her
at the end of my street
weekend is better
Can I cancel my absentee ballot and vote in person?
I need to cancel my mail ballot request
did they cancel the rally?
was the debate canceled
I quit my job so I have time
I quit smoking
remove the sign from my lawn
Can you remove the yard sign?
They removed my name from the voter roll
my name was removed from the rolls
I was removed from the voter list, what now?
Is my number on the list?
am I on the list
how do I get off work to vote
I get off at 6
I'm taking Tuesday off
take the day off
I took off work to vote
I'm interested
I am very interested in her plans
no more than 20 minutes in line
No more years of this, I'm voting
I have enough time
is there enough parking
we have had enough of him
do not worry, I'll be there
Don't forget to vote too
don't call it a comeback
I don't want to miss it
I don't want him to win
I don't want to vote by mail
I do not want to wait in a long line
no problem
No, after work
no I will vote Tuesday
never voted before, how do I do it?
delete that, I meant Tuesday
block party on Saturday
I live one block away
The road is blocked
what block is it on
Can you text me the address?
text me tomorrow
call me later
please call me after 5
email me the info
who gave you my number
how did you get my number?
is this a real person
are you a bot
this isn't spam is it
lol
ok
👍
Sure, I can volunteer
Where can I get a sign
I lost my ballot
my ballot got lost
go away for the weekend, will vote early
I will be away
can someone drive me
what's on the ballot
is my registration active
leave it with me
I'll leave work early
I leave at 5
sí
claro que sí
¿Dónde voto?
¿a qué hora cierran?
para mí es mejor temprano
voto para Rivera
gracias por todo
no sé dónde votar
no puedo votar, no soy ciudadano
no tengo carro
no, mañana
no más dime dónde
más información por favor
quiero votar
quiero más información
no quiero que gane él
no quiero perder mi voto
no me llegó la boleta
no me llega el correo
¿me puede llamar?
llámame mañana
mi hermano quiere votar también
baja California
me dejaron sin boleta
voy a salir temprano
la parada de autobús
¿hay una parada cerca?
el bus para en la esquina
trabajo hasta el final del día
no me gusta él
ya no vivo ahí
ya me mudé
Alto es el interés
saco mi boleta hoy
se me quitó el miedo
cancelaron mi registro
I'm quite sure I'll vote
quite a long line
no me mandaron la boleta
no me enviaron mi boleta
no envié mi boleta todavía
no mandé mi voto
¿puedo cancelar mi registro?
voy a sacar mi boleta
¿dónde retiro mi boleta?
puedo retirar mi boleta?
drop me off at the polls?
can you get me from my house
Can someone drop me off
I want to report this problem at my polling place
I didn't ask for a mail ballot
I did not sign up to vote by mail
bye
I don't need it, I have a ride
"""
"""Texts that are no opt-outs, though each has something of one."""


@pytest.mark.parametrize("body", [*OPT_OUTS, *MORE_OPT_OUTS.strip().splitlines()])
def test_any_reasonable_words_opt_out(body: str) -> None:
    assert meaning_of(body) is Meaning.STOP


@pytest.mark.parametrize("body", MORE_WORDS.strip().splitlines())
def test_a_text_that_only_sounds_like_an_opt_out_is_none(body: str) -> None:
    assert meaning_of(body) is not Meaning.STOP


@pytest.mark.parametrize(("body", "meaning"), OTHERS)
def test_a_text_means_what_a_person_would_take_it_for(body: str, meaning: Meaning) -> None:
    assert meaning_of(body) is meaning


def test_every_keyword_of_the_table_has_an_effect() -> None:
    assert set(KEYWORDS) == {row["word"].lower() for row in table("opt_out_words")}
    assert set(KEYWORDS.values()) == {Meaning.STOP, Meaning.START, Meaning.HELP}


@st.composite
def keyword_texts(draw: st.DrawFn) -> tuple[str, Meaning]:
    """A keyword alone, in any case, with space and punctuation around it."""
    word = draw(st.sampled_from(sorted(KEYWORDS)))
    cased = "".join(draw(st.sampled_from((c.lower(), c.upper()))) for c in word)
    around = st.text(alphabet=" \t\r\n.,!?\"'*()…“”-_", max_size=4)
    return f"{draw(around)}{cased}{draw(around)}", KEYWORDS[word]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(keyword_texts())
def test_a_keyword_alone_has_its_effect_in_any_case_and_punctuation(
    case: tuple[str, Meaning],
) -> None:
    body, meaning = case
    assert meaning_of(body) is meaning


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.sampled_from(("stop", "unsubscribe", "end", "quit", "cancel", "revoke")), st.text())
def test_an_opt_out_word_that_comes_first_opts_out_whatever_follows(word: str, rest: str) -> None:
    if not re.match(r"[\W_]*of\b", plain(rest)):
        assert meaning_of(f"{word} . {rest}") is Meaning.STOP


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.text(max_size=400))
def test_no_text_is_too_strange_to_be_read(body: str) -> None:
    assert meaning_of(body) in Meaning
    assert plain(plain(body)) == plain(body)


def test_the_longest_text_is_read_at_once() -> None:
    for part in ("no quiero mas mas mas ", "i have already just ", "dont want to ", "hi. ", "o"):
        meaning_of(part * (1600 // len(part)))  # a regular expression that runs wild hangs here


def overlooked(read: Callable[[str], Meaning]) -> list[str]:
    """The opt-outs that `read` takes for something else."""
    return [body for body in OPT_OUTS if read(body) is not Meaning.STOP]


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("STOP_PHRASES", re.compile(r"\bstop\b")),
        ("SHORT", re.compile(r"(?!)")),
        ("KEYWORDS", {"stop": Meaning.STOP}),
        ("NOT_STOP", re.compile(r"\b(cant|wont|never|dont) (you )?stop\b|\bstop me\b|\bstop$")),
        ("plain", str.lower),
    ],
)
def test_a_gap_in_the_words_would_be_seen(
    name: str, broken: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert overlooked(meaning_of) == []
    monkeypatch.setattr(reply, name, broken)
    assert overlooked(meaning_of)
