"""What a call through the carrier says on the call screen."""

from app.web.tongue import marked

TOLD = (
    marked("We ask the carrier to ring you."),
    marked("Your phone rings. Pick up, and we ring %(name)s."),
    marked("Ringing %(name)s. Stay on the line."),
    marked("You are connected with %(name)s."),
    marked("A machine picked up."),
    marked("The line was busy."),
    marked("Nobody picked up."),
    marked("The number could not be reached."),
    marked("The call lasted %(length)s."),
    marked("The call has ended."),
    marked("Say below what came of it."),
    marked("“%(result)s” is chosen below; change it if it was otherwise."),
    marked("This call went back to the list. Take the next one."),
    marked("Your voicemail picked up, so the voter was not rung. Try again, or dial by hand."),
    marked("You did not pick up, so the voter was not rung. Try again, or dial by hand."),
    marked("The call did not come about; the voter was not rung. Try again, or dial by hand."),
    marked("This voter has voted. Do not call."),
    marked("This voter asked not to be called. Do not call."),
    marked("This number was found dead. Do not call."),
    marked("This voter has another number now. Give the call back."),
    marked("Calling hours are over where this voter lives. Do not call now."),
    marked("The polls have closed. Thank you for every call."),
    marked("An organizer has paused the calls."),
    marked("This voter may not be called now: %(reason)s."),
    marked("The carrier cannot ring your number (%(code)s). Change it, or dial by hand."),
    marked(
        "The carrier does not let this campaign show its number (%(code)s). "
        "Tell your organizer, and dial by hand."
    ),
    marked("The carrier did not take the call (%(code)s). Tell your organizer, and dial by hand."),
    marked("The carrier has too many calls at once and rang nobody. Try again."),
    marked("The carrier cannot be reached, so nobody was rung. Try again, or dial by hand."),
    marked("This server has no carrier for calls; dial by hand."),
    marked("This form is incomplete. Load the page again."),
    marked("This campaign shows no number of its own; dial by hand."),
    marked("All lines are busy. Yours is next."),
    marked("The money for calls through the carrier is used up; dial by hand."),
    marked("This voter was rung. Say what came of it, then go on."),
    marked("This call is saved already. Take the next one."),
    marked("Write the number of the phone you hold, with its area code."),
)
