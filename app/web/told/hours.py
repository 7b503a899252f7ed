"""What changes to hours, settings and figures say."""

from app.web.tongue import marked

HOURS = (
    marked(
        "With this nothing at all goes out in what is left of the final week: no call, no"
        " text, no email, until the polls close."
    ),
    marked("This campaign has no such change of hours."),
    marked("Say why; whoever plans with these hours will read it."),
    marked("The polls have closed and nothing goes out any more."),
    marked("No rule of this campaign is called %(scope)s; choose another."),
    marked("%(state)s is no state; choose another."),
    marked("This is over already; choose an end to come."),
    marked("By then the polls have closed; nothing goes out anyway."),
    marked("By this the polls have closed already."),
    marked("At most %(most)s characters."),
    marked("give both hours, or neither to close these days"),
    marked("give both, or neither for no silence at all"),
    marked("a blackout must end after it begins"),
    marked("%(said)s is no time of day; write it like 09:00 or 20:30"),
    marked(
        "%(closes)s is not after %(opens)s; hours end on the day on which they begin, at "
        "23:59 at the latest"
    ),
    marked("%(said)s: write a whole number from 1, or nothing"),
    marked("%(said)s names no moment: write it like %(examples)s"),
)
"""Why a change to hours is refused, and what it does."""

SETTINGS = (
    marked("The polls must close after they open."),
    marked("The budget is 0 to %(most)s."),
    marked(
        "Reserve from 0 % up to less than 100 % for the final week: with all of it held "
        "back, nothing goes out before."
    ),
    marked("The limit for the campaign is below the limit for a day."),
    marked("Allow at least one attempt a voter a day; to stop for a while, pause the campaign."),
    marked("At most %(most)s."),
    marked("%(amount)s is spent or promised to texts on their way; the budget cannot go below."),
    marked("The campaign has started; pause it instead."),
    marked(
        "Choose a day before %(day)s, by %(days)s days at most; leave it empty for one "
        "polling day. Weeks of early voting are a phase."
    ),
    marked("Somebody else changed these settings meanwhile; look at them again."),
    marked("The polls have closed and nothing goes out any more, so nothing is changed."),
    marked("This is past; choose a time to come."),
    marked("By this the polls have closed already, and nothing would go out."),
    marked("The campaign must start before the polls close."),
)
"""Why a setting is refused."""

FIGURES = (
    marked("day"),
    marked("Say why, in a few words; others will ask."),
    marked("The note is over %(most)s characters; shorten it."),
    marked("Choose low, middle or high."),
    marked("Write a number, such as %(value)s."),
    marked("Write a number from %(lowest)s to %(highest)s."),
    marked("Write a whole number."),
)
"""Why a figure is refused."""

TOLD = (
    *HOURS,
    *SETTINGS,
    *FIGURES,
)
