"""Texts in which a person asks not to be written to any more."""

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
