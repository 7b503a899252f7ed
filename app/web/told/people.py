"""What filters, voters, merges and exports say."""

from app.web.tongue import marked

FILTERS = (
    marked("Person"),
    marked("Place"),
    marked("Registration"),
    marked("Reach"),
    marked("Party"),
    marked("Age"),
    marked("Year of birth"),
    marked("Gender"),
    marked("Language"),
    marked("Name"),
    marked("Household size"),
    marked("County"),
    marked("City"),
    marked("State"),
    marked("ZIP or postcode"),
    marked("Precinct"),
    marked("Status"),
    marked("Registered"),
    marked("Source file"),
    marked("Phone"),
    marked("Kind of phone"),
    marked("Email"),
    marked("general"),
    marked("primary"),
    marked("municipal"),
    marked("special"),
    marked("other"),
    marked("Sent"),
    marked("Delivered"),
    marked("Undelivered"),
    marked("Failed"),
)
"""What can be asked of a voter."""

WRONG_FILTERS = (
    marked("a filter has at most %(most)s conditions; save a part as a universe"),
    marked("groups stand %(deepest)s deep at most; save a part as a universe"),
    marked("this group is empty; add a condition or remove the group"),
    marked("there is no field %(name)s; there are %(fields)s"),
    marked("write what %(name)s starts with"),
    marked("nobody voted in %(least)s of %(last)s elections; ask for %(most)s or fewer"),
    marked("a contact is asked for with none or with at_least, not with both"),
    marked("say the share of a sample, such as 0.1 for one in ten"),
    marked("this is no JSON: line %(line)s, column %(column)s: %(why)s"),
    marked("voted in is a year like 2022 or a day like 2022-11-08, not %(value)s"),
    marked("%(name)s is a day like 2022-11-08, not %(value)s"),
    marked("%(others)s cannot stand beside %(name)s; make two conditions"),
    marked("choose at least one %(name)s"),
    marked("%(name)s takes %(most)s values at most"),
    marked("%(name)s is a whole number, not %(value)s"),
    marked("%(name)s is a number from %(low)s to %(high)s, not %(value)s"),
    marked("%(name)s is a number from 0 to 1, not %(value)s"),
    marked("say from where or up to where %(name)s goes"),
    marked("%(name)s from %(low)s to %(high)s holds nobody; swap them"),
    marked("nobody is %(low)s or older and %(high)s or younger; swap the ages"),
    marked("past votes cannot be negative"),
    marked("an age of %(age)s is not a voter's; use 16 to 120"),
    marked("this universe is gone; somebody deleted it"),
    marked("this universe is gone; save the filter as a new one"),
    marked("this universe is gone already"),
    marked("there is no universe called “%(name)s”; there are %(names)s"),
    marked("none yet"),
    marked("add a condition; a filter that asks nothing is everybody on file"),
    marked("give the universe a name of 1 to %(most)s characters"),
    marked("choose 2 to %(most)s universes to compare"),
    marked("there is a universe of this name already; choose another name"),
    marked("“%(name)s” is part of %(others)s; change or delete that first"),
    marked("this filter is too long; save a part of it as a universe"),
)
"""Why a filter is refused."""

VOTERS = (
    marked("active"),
    marked("inactive"),
    marked("confidential"),
    marked("removed"),
    marked("requested"),
    marked("sent"),
    marked("returned"),
    marked("rejected"),
    marked("cured"),
    marked("The voter has no such phone or email any more; load the page again."),
    marked("That is the same voter twice; choose another one to merge with."),
    marked("Voter %(kept)s is no longer registered and voter %(gone)s is; keep the other one."),
    marked("That merge was undone before."),
    marked("One of the two was merged again since then; undo merge %(later)s first."),
    marked("There is no merge %(merge)s."),
    marked("One of the two has become confidential since; the merge stands."),
    marked("There is no voter %(voter)s."),
    marked(
        "Voter %(voter)s was merged into voter %(into)s already; use that one, or undo "
        "that merge first."
    ),
    marked("Voter %(voter)s is confidential by law and is left alone."),
)
"""What is on record of a voter, and why something cannot be done."""

EXPORTS = (
    marked("Voters"),
    marked("Contacts: each call, text and email"),
    marked("Results: the last word of each voter, and their answers"),
    marked("Contact history for VAN"),
    marked("There is no campaign %(campaign)s."),
    marked("A sheet holds %(most)s rows and this has %(rows)s; choose CSV."),
)
"""What can be exported, and why something cannot."""

TOLD = (
    *FILTERS,
    *WRONG_FILTERS,
    *VOTERS,
    *EXPORTS,
)
