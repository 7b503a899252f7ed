"""Texts and what a person would take them for."""

from app.domain.reply import Meaning

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
