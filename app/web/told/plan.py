"""What a plan, its advice and its ramps say."""

from app.web.tongue import marked

WHY_MADE = (
    marked("the first plan"),
    marked("you asked for it"),
    marked("asked for on the command line"),
    marked("the campaign's settings changed"),
    marked("the budget changed"),
    marked("a pause began or ended"),
    marked("the ramp changed"),
    marked("a sender changed"),
    marked("the shifts changed"),
    marked("the hours changed"),
    marked("the model's figures changed"),
    marked("new rates were learned"),
    marked("the words changed"),
    marked("a blast was booked, changed or ended"),
    marked("a file was imported"),
    marked("a new day began"),
    marked("advice applied: %(advice)s"),
)
"""Why a plan was made."""

WHY_SHORT = (
    marked("%(missing)s %(channel)s of the ramp find no day: %(why)s."),
    marked("%(missing)s of %(wanted)s %(channel)s cannot be planned: %(why)s."),
    marked("nobody is booked"),
    marked("too few callers are booked"),
    marked("the sender is too slow"),
    marked("the sender is stopped"),
    marked("there is no sender"),
    marked("nobody has written the words"),
    marked("booked blasts take the senders’ time"),
    marked("booked blasts take the money"),
    marked("the money is gone"),
    marked("the rest of the money is kept for the final week"),
    marked("nobody can be reached this way"),
    marked("everybody who may be tried has been, as often as the limits allow"),
    marked("no hour is open"),
    marked("campaigning is forbidden before the vote"),
    marked("a blackout closes the hours"),
    marked("an organizer paused it"),
    marked("the ramp's own limit a day is reached"),
    marked("the senders may send no more in a day"),
    marked("Book callers for these hours."),
    marked("Book more callers, or plan fewer calls."),
    marked("Use a faster sender, or begin earlier."),
    marked("Mend what stopped the sender, then start it again."),
    marked("Add a sender for this channel."),
    marked("Write the words for this channel."),
    marked("Callers have no script: they see the voter, and nothing to say."),
    marked("Write a script for calls."),
    marked("Move the blast, make it smaller, or use a faster sender."),
    marked("Raise the budget, or make the blast smaller."),
    marked("Raise the budget, or plan fewer."),
    marked("Keep less in reserve, or begin later."),
    marked("Import phones, emails or consents for these voters."),
    marked("Widen the universe, or allow more attempts a voter."),
    marked("Begin earlier, or widen the campaign's own hours."),
    marked("Begin earlier: law comes first, and the plan goes out before it."),
    marked("Take the blackout back, or begin earlier."),
    marked("End the pause sooner."),
    marked("Raise the limit a day, or begin earlier."),
    marked("Add a sender, have its limit a day raised by the carrier, or begin earlier."),
)
"""Why something is missing, and what would help."""

ADVICE = (
    marked("Find 1 caller for %(when)s"),
    marked("Find %(count)s callers for %(when)s"),
    marked("Allow %(count)s attempts a voter in all instead of %(before)s"),
    marked("Allow %(count)s attempts a voter in 24 hours instead of %(before)s"),
    marked("Raise the budget by %(amount)s"),
    marked("Keep %(amount)s less back for the final week"),
    marked("Plan %(count)s more %(channel)s: there is room"),
    marked("Send %(channel)s from a sender twice as fast"),
    marked("The plan has changed meanwhile. Look at its advice again, then apply it."),
    marked("This advice is not on the list any more."),
    marked("A voter may now get %(count)s attempts in all."),
    marked("A voter may now get %(count)s attempts in 24 hours."),
    marked("The budget is now %(amount)s."),
    marked("%(amount)s are now kept for the final week."),
    marked("The ramp now has %(count)s more %(channel)s."),
)
"""What to do, and what was done."""

NOTES = (
    marked(
        "%(count)s %(channel)s more than the ramp wants: in the final week no open hour stays "
        "empty, and all channels together make %(floor)s attempts in it."
    ),
    marked(
        "Booked blasts send %(count)s %(channel)s beside this plan, which leaves them their time, "
        "their money and their place in each voter’s limits."
    ),
    marked(
        "%(count)s open hours of the final week hold fewer than %(floor)s attempts on all channels "
        "together: %(why)s."
    ),
)
"""What a plan notes of itself."""

SOLVING = (
    marked("The solver found no optimum (%(why)s); this plan was made step by step instead."),
    marked("it was given no time"),
    marked("Voters of any chance to vote are planned together."),
    marked(
        "Planned by the day, %(together)s, and places on one clock by the hours of the largest."
    ),
    marked("Planned by the day, %(together)s."),
    marked("voters of any chance to vote together"),
    marked("There is no ramp yet. Draw one for at least one channel."),
    marked("The polls have closed: nothing is left to plan."),
)
"""How it was solved."""

RAMPS = (
    marked(
        "%(day)s has %(count)s, fewer than the %(more)s of %(before)s: outreach should "
        "not fall in the final week. Raise it, or leave it if you mean it."
    ),
    marked(
        "The ramp starts on %(day)s, before the campaign: what lies before %(first)s is cut off."
    ),
    marked("This ramp starts after polling day; start it on polling day at the latest."),
    marked(
        "A ramp must not fall: give a rise from 1 (level) to %(most)s, the last day over the first."
    ),
    marked("Give the days in which the ramp doubles, more than 0."),
    marked("Say at which part of its days half the rise is done, from 0 to 1; 0.6 is usual."),
    marked("A ramp in steps has at least one level; 3 is usual."),
    marked("Allow from 1 to %(most)s attempts a day, or leave this empty for no limit."),
    marked("This ramp runs for %(days)s days; start it %(most)s days before polling day or later."),
    marked("Plan at least one attempt for the last day, or leave the channel out."),
    marked("With this peak the ramp has over %(most)s attempts; lower the peak."),
    marked(
        "The limit of %(limit)s a day is below the peak of %(peak)s: raise the limit or "
        "lower the peak."
    ),
    marked("Draw from 0 to %(most)s attempts for each day."),
    marked(
        "No day of the campaign has a number: draw at least one between %(first)s and %(last)s."
    ),
    marked("All days are 0: draw at least one attempt, or leave the channel out."),
    marked("A ramp has at most %(most)s attempts; draw fewer."),
    marked("A ramp has at most %(most)s attempts; plan fewer."),
    marked("Plan at least one attempt, or leave the channel out."),
    marked("Choose at least one channel."),
)
"""What is wrong with a ramp, or should be known of it."""

TOLD = (
    *WHY_MADE,
    *WHY_SHORT,
    *ADVICE,
    *SOLVING,
    *NOTES,
    *RAMPS,
)
