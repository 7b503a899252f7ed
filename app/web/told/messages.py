"""What senders, blasts, phases and reserves say."""

from app.web.tongue import marked

SENDERS = (
    marked("well"),
    marked("ailing"),
    marked("sick"),
    marked("score 75 to 100"),
    marked("score 50 to 74"),
    marked("score 1 to 49"),
    marked("low volume"),
    marked("Twilio: message queues and rate limits"),
    marked("the sum of its numbers; here that of one toll-free number"),
    marked("custom; verify with the relay"),
    marked("Stopped by hand: %(why)s"),
    marked("Write the number like +19195550142."),
    marked("Write a toll-free number like +18335550142."),
    marked("A short code has 4 to 8 digits."),
    marked("Write a US number like +19195550142."),
    marked("Copy the service’s id from the carrier: MG and 32 letters or digits."),
    marked("Use at most 80 characters."),
    marked("More than 0 and at most %(most)s a second."),
    marked("Write an address like Team Rivera <hello@example.org>."),
    marked("At least 1; leave it empty for no such limit."),
    marked("A price is 0 to %(most)s."),
    marked("This campaign has a sender with this address already; change that one."),
    marked("Say why, for whoever wonders later."),
    marked("Add a new sender for another channel, and stop this one."),
)
"""What a sender may do, and what is wrong with one."""

BLASTS = (
    marked("Give the blast a name of 1 to %(most)s characters."),
    marked("A blast goes out by text or by email."),
    marked("Spread it over 0 to %(hours)s hours."),
    marked("Only texts are sent by hand; let the computer send the emails."),
    marked("It would be done before it starts; choose a later time."),
    marked("The spread ends after this; spread it less, or give it more time."),
    marked("There is no such blast in this campaign."),
    marked("“%(name)s” %(state)s; look at it again."),
    marked("is scheduled"),
    marked("is paused"),
    marked("is canceled"),
    marked("is over"),
    marked("is a draft"),
    marked("It has begun to go out; pause or cancel it instead."),
    marked("Its time is over; copy its words into a new blast."),
    marked("%(channel)s are paused until %(at)s; until then nothing of the blast goes out."),
    marked(
        "%(channel)s are paused until %(at)s, when this blast would be over; choose a "
        "later time, or end the pause."
    ),
    marked("The campaign is paused until %(at)s; until then nothing of the blast goes out."),
    marked(
        "The campaign is paused until %(at)s, when this blast would be over; choose a "
        "later time, or end the pause."
    ),
    marked(
        "At the senders’ rates %(left)s of %(people)s voters would not get it before it "
        "must be done or the hours end. Give it more time, choose fewer people, shorten "
        "the words, or raise the senders’ rates."
    ),
    marked("The senders need longer than it is spread over: the last goes out at about %(at)s."),
    marked("The senders need longer than it is spread over: the last goes out."),
    marked("Every text sender is stopped; start one before the blast begins."),
    marked("Every email sender is stopped; start one before the blast begins."),
    marked("This campaign has no text sender; add one first."),
    marked("This campaign has no email sender; add one first."),
    marked(
        "Its start has passed already for %(begun)s of %(people)s; what is due by now "
        "goes out at once."
    ),
    marked(
        "Money may be spent for about %(paid)s of %(people)s voters by then; the others "
        "do not get it unless the budget is raised."
    ),
    marked(
        "At that time the channel is closed for everybody it is for; choose a time within"
        " the hours."
    ),
    marked("1 voter does not get it: %(why)s."),
    marked("%(count)s voters do not get it: %(why)s."),
    marked("the channel is closed there then"),
    marked("it is over there"),
    marked("1 voter reads %(language)s; without words in it they get the English ones."),
    marked("%(count)s voters read %(language)s; without words in it they get the English ones."),
    marked("Its time has passed; choose one to come."),
    marked("Nobody would get it; choose other people."),
)
"""Why a blast cannot go out, and what is good to know before."""

WORDS = (
    marked("the voter's first name; “neighbor” when the file has none"),
    marked("for whom the campaign works"),
    marked("who pays for it"),
    marked(
        "where the voter votes: the place and its address, else the precinct; write "
        "{polling_place|your polling place} for whom neither is on file"
    ),
    marked("when the polls close, on the voter's clock"),
    marked("polling day, in words"),
    marked("when the voter means to vote; “Tuesday by 7:30 pm” when they did not say"),
    marked("who calls"),
    marked("Write the words; whoever has no other language gets these."),
    marked("An email needs a subject."),
    marked("A subject has at most %(most)s characters; shorten it."),
    marked("Write the words in English."),
    marked("Write the words in Spanish."),
    marked("A text has at most %(most)s characters; shorten it."),
    marked("At most %(most)s characters; shorten it."),
    marked("Say how to opt out, with the word in capitals: “%(how)s”."),
    marked("Say who pays: %(how)s."),
    marked("Nobody calls here: {volunteer} can stand in a call script only."),
    marked("A brace stands alone; a field has one on each side: {first_name}."),
    marked("%(field)s is no field; use %(fields)s."),
    marked(
        "%(field)s needs 1 to %(most)s characters after the bar; write what stands there "
        "when nothing is known."
    ),
)
"""What is wrong with the words of a message, and what a field stands for."""

PHASES = (
    marked("Early voting"),
    marked("Ballot chase"),
    marked("Round"),
    marked("Pledged to vote"),
    marked("Reached before"),
    marked("Morning round"),
    marked("Midday round"),
    marked("Afternoon round"),
    marked("Last hours"),
    marked("Give the phase a name of 1 to %(most)s characters."),
    marked("A goal cannot be below 0; write 0 for none."),
    marked("The last polls close %(at)s; start before that."),
    marked("The last polls close %(at)s; end it by then."),
    marked("It ends before it starts; choose a later end."),
    marked("That has passed; choose an end to come."),
    marked(
        "This phase has begun, so its kind, its start and its people stay as they are. "
        "End it and add another."
    ),
    marked("“%(name)s” has ended. What was done in it stays here."),
    marked("“%(name)s” is removed."),
    marked("This phase is gone; somebody removed it."),
    marked("This phase is over; add another."),
    marked("This phase is over; it stays as a record of what was done."),
    marked("The polls have closed; there is no round left to suggest."),
    marked("This campaign has no text sender, so it has no texts at the close either."),
    marked("This campaign sends no texts, so it has none at the close either."),
    marked("Give it a name of at most %(most)s characters."),
    marked("This reserve universe is gone; somebody removed it."),
    marked("This reserve universe is open; its voters are targets and stay so."),
    marked("“%(name)s” is in the list already."),
)
"""What phases and reserves are called, and why one is refused."""

TOLD = (
    *SENDERS,
    *BLASTS,
    *WORDS,
    *PHASES,
)
