"""What the lookout and the rehearsals say."""

from app.web.tongue import marked

LOOKOUT = (
    marked("It is outside of the hours in which voters may be reached."),
    marked("Outreach is paused."),
    marked("Outreach flows."),
    marked("Everyone who may be reached now has been."),
    marked("Nothing has gone out for a while; more is released."),
    marked("Nothing goes out, though somebody may be reached."),
    marked("Nothing goes out"),
    marked("A sender is in trouble"),
    marked("Carriers filter more texts"),
    marked("More texts fail"),
    marked("More people opt out"),
    marked("A worker is in trouble"),
    marked("A pause is about to end"),
    marked("The queue is older than its hours"),
    marked("Texts may have arrived, or not"),
    marked(
        "Nothing has gone out since %(since)s, though voters may be reached %(ways)s: "
        "%(why)s. %(advice)s"
    ),
    marked("by phone"),
    marked("by text"),
    marked("by email"),
    marked("by phone and by text"),
    marked("by phone and by email"),
    marked("by text and by email"),
    marked("by phone, by text and by email"),
    marked("no worker was running"),
    marked("a pause was not lifted though it is over"),
    marked("the carrier does not answer"),
    marked("every sender is stopped"),
    marked("every sender was told to slow down or lets nothing through"),
    marked("the senders’ rates are used up"),
    marked("the budget is used up or locked"),
    marked("the queue is empty"),
    marked("touches are ready and nothing takes them"),
    marked("nobody is calling"),
    marked("Start a worker (`lastmile worker --keep`) if none runs."),
    marked("It is lifted now."),
    marked("Other senders and channels are tried. Look at the carrier’s status page."),
    marked("Other channels are tried. Mend the cause, then start the sender again."),
    marked("Other senders and channels are tried."),
    marked("Other channels are tried. Another sender would help."),
    marked("What costs nothing goes on. Raise the budget to go on with the rest."),
    marked("More is released now."),
    marked("Claims that are over are ended. If it stays so, restart the workers."),
    marked("Other channels are tried. Ask volunteers to call now."),
    marked("%(how)s (%(at)s) It had been: %(said)s"),
    marked("Outreach flows again."),
    marked("The sender sends again."),
    marked("Fewer texts are filtered."),
    marked("Fewer texts fail."),
    marked("Fewer people opt out."),
    marked("The worker is back, replaced or gone for good."),
    marked("The pause is over or was changed."),
    marked("The queue is in order."),
    marked("No more texts have ended in doubt."),
    marked("The open hours have ended."),
    marked("Outreach has been paused."),
    marked("It is over."),
    marked("“%(name)s” sends nothing, %(why)s. Mend the cause, then start it again."),
    marked("%(name)s lets little through; other senders take its share until it is well."),
    marked("Worker %(name)s gives no sign of life. %(others)s"),
    marked("Worker %(name)s hangs in “%(doing)s”. %(others)s"),
    marked("No other runs: start one with `lastmile worker`."),
    marked("1 other runs and does its work; start it again to be safe from the next loss."),
    marked("%(count)s others run and do its work; start it again to be safe from the next loss."),
    marked("The pause ends at %(at)s, and outreach goes on by itself."),
    marked("The pause of %(name)s ends at %(at)s, and it goes on by itself."),
    marked("Touches wait in the queue though their open hours are over; they are ended unsent."),
    marked(
        "Texts ended without an answer from the carrier: they may have arrived, so they are not "
        "sent again. The voters’ pages show which; look at the carrier’s own log."
    ),
    marked("Texts to %(count)s of the last %(numbers)s numbers %(what)s. %(advice)s"),
    marked("were filtered by carriers as spam"),
    marked("were answered with an opt-out"),
    marked("Shorten links out of the words, vary them, and check the sender's registration."),
    marked("Look at the list of numbers, and at the sender."),
    marked("Look at the words and at whom they go to before more is sent."),
)
"""How outreach is, what is wrong, why, and what is done."""

REMEDIES = (
    marked("Lifted a pause that was over."),
    marked("Freed %(count)s touches that a worker had claimed and not sent."),
    marked("Woke senders that have rested: %(names)s."),
    marked("Moved traffic away from %(names)s."),
    marked("Released the next best beyond the plan."),
    marked("Released %(what)s."),
    marked("%(what)s; it is tried again, and the log of the worker says why."),
    marked("The pause could not be lifted"),
    marked("What was claimed and not sent could not be freed"),
    marked("Senders that have rested could not be woken"),
    marked("Traffic could not be moved to another sender"),
    marked("Nothing more could be released"),
)
"""What was done about an incident."""

ROUTES = (
    marked("Choose text, email or webhook."),
    marked("Give the whole address, from https:// on, without a password."),
    marked("An address has no spaces."),
    marked("This address lies inside a network; give one that the world reaches."),
    marked("“%(said)s” is no phone number. Give it with area code."),
    marked("%(said)s. Give one like ana@example.org."),
    marked("At most %(most)s routes. Remove one first."),
    marked("it was over before this was told; its end tells all"),
    marked("no sender of the campaign may text now"),
    marked("no answer, so nobody knows whether it went out; it is tried again"),
    marked("the carrier cannot be asked"),
    marked("this number has opted out of texts"),
)
"""Who can be told, and why somebody could not be."""

REHEARSALS = (
    marked("Never silent"),
    marked("Never out of bounds"),
    marked("Never twice"),
    marked("Never lost"),
    marked("Never idle"),
    marked("Struck at once"),
    marked("The money lasts"),
    marked("The plan tells the truth"),
    marked(
        "longest silence %(minutes)s min while somebody could be reached; %(allowed)s are allowed"
    ),
    marked("%(messages)s messages and %(calls)s calls checked"),
    marked("%(texts)s texts in the carrier's ledger, at most one for each attempt"),
    marked(
        "%(callbacks)s callbacks, %(replies)s replies and %(records)s records of calls "
        "answered with success"
    ),
    marked("%(asked)s asked for a call; %(waited)s were told why not"),
    marked("%(voted)s voters struck"),
    marked("%(spent)s of %(budget)s charged by the carrier"),
    marked("%(done)s of %(planned)s planned attempts were made; what was left is said below"),
    marked("%(done)s of %(planned)s planned %(channel)s were made: %(why)s."),
    marked("something went wrong on the way, or voters were out of reach by then"),
    marked("Calls are dialed by hand; alerts and pings are not sent."),
    marked("A sender of the campaign is stopped, and stayed so."),
    marked(
        "%(voters)s voters took part, %(share)s of the campaign's; money, rates, plan and"
        " shifts were cut to the same share."
    ),
    marked(
        "The voters were played in %(number)s parts at once, each with its share of money, rates, "
        "plan and shifts; each part had to keep the promises by itself."
    ),
    marked("This campaign has no voters yet; give it a universe first."),
    marked("The polls of this campaign have closed."),
    marked(
        "A rehearsal needs a database of its own on the same server. Let the role in "
        "DATABASE_URL create databases: ALTER ROLE … CREATEDB."
    ),
    marked("Its process ended in the middle. Start it again; the same seed plays the same week."),
    marked("Choose %(least)s to %(most)s workers."),
    marked("A seed is a whole number from 0 to %(most)s."),
    marked("Rehearsal %(number)s of this campaign is under way; wait for its end, or stop it."),
    marked("%(who)s stopped it."),
)
"""The promises, what a rehearsal measured of them, and why one is refused."""

TOLD = (
    *LOOKOUT,
    *REMEDIES,
    *ROUTES,
    *REHEARSALS,
)
