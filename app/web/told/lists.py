"""What an import says of a file, its columns and its rows."""

from app.web.tongue import marked

KINDS = (
    marked("Voter file"),
    marked("The people of the voter file, or any list of voters."),
    marked("Voter id"),
    marked("First name"),
    marked("Middle name"),
    marked("Last name"),
    marked("Whole name in one column"),
    marked("Suffix (Jr., III)"),
    marked("Gender"),
    marked("Year of birth"),
    marked("Date of birth"),
    marked("Age"),
    marked("Party"),
    marked("Status"),
    marked("Language"),
    marked("Registered on"),
    marked("Street address"),
    marked("City"),
    marked("State"),
    marked("ZIP or postcode"),
    marked("County"),
    marked("Precinct"),
    marked("Phone"),
    marked("Cell phone"),
    marked("Landline"),
    marked("Email"),
    marked("Confidential"),
    marked("Keep as it is"),
    marked("Vote history"),
    marked("Who voted in which past election; one row a vote."),
    marked("Election day"),
    marked("Kind of election"),
    marked("Name of the election"),
    marked("How it was voted"),
    marked("Ballots"),
    marked("Mail ballots requested, sent, returned, rejected or cured, and who has voted."),
    marked("Where the ballot is"),
    marked("Since"),
    marked("Requested on"),
    marked("Sent on"),
    marked("Returned on"),
    marked("Reason of a rejection"),
    marked("Consents"),
    marked("Who agreed to automated texts, calls or emails, and how."),
    marked("Channel"),
    marked("Phone or email"),
    marked("How they agreed"),
    marked("Where it is on record"),
    marked("Agreed on"),
    marked("Do not contact"),
    marked("Phones and emails that nobody may use."),
    marked("Reason"),
    marked("Precincts"),
    marked("Polling places, with address and hours."),
    marked("Name of the precinct"),
    marked("Polling place"),
    marked("Its address"),
    marked("Opens at"),
    marked("Closes at"),
    marked("Volunteers"),
    marked("People who help, with the languages they speak."),
    marked("Name"),
    marked("Languages"),
    marked("Shifts"),
    marked("When each volunteer comes, for calls or texts."),
    marked("Volunteer’s email"),
    marked("Calls or texts"),
    marked("Day"),
    marked("From"),
    marked("Until"),
    marked("Survey answers"),
    marked("What voters answered to a survey question, here or in another tool."),
    marked("Question"),
    marked("Answer"),
    marked("Answered on"),
)
"""The kinds of list and what each may hold."""

TITLES = (
    marked("Time zone"),
    marked("Elections voted in"),
    marked("Kept as it is"),
    marked("“Last name” or “Whole name in one column”"),
    marked("Month first, as 11/03/2026"),
    marked("Day first, as 03/11/2026"),
    marked("Year first, as 2026-11-03"),
)
"""Titles of the preview."""

FILES = (
    marked("plain text"),
    marked("compressed by gzip"),
    marked("%(file)s in a ZIP archive"),
    marked("%(file)s is a directory: name the file in it"),
    marked("%(file)s is no file: save it as one first"),
    marked("%(file)s is empty"),
    marked(
        "%(file)s changed while it was read; nothing was stored. Wait until it is "
        "complete, then import it again"
    ),
    marked("%(file)s is not a text file: save it as CSV or text"),
    marked("there is no file %(file)s"),
    marked("%(file)s cannot be read: %(why)s"),
    marked("%(file)s is a spreadsheet with nothing in it"),
    marked("%(file)s is %(what)s: open it in a spreadsheet program and save it as CSV or .xlsx"),
    marked("an OpenDocument file (.ods)"),
    marked("a binary workbook (.xlsb)"),
    marked("a text document (.docx)"),
    marked("a Numbers or Pages document"),
    marked("%(file)s is locked by a password: save it without one"),
    marked("%(file)s is too large for a spreadsheet: save it as CSV"),
    marked("%(file)s has more rows than a spreadsheet can have"),
    marked(
        "%(file)s is damaged or was not downloaded to its end; nothing was stored. Get it again"
    ),
    marked("%(file)s is locked by a password: unpack it and import the file in it"),
    marked("%(file)s is a ZIP archive with no list in it"),
    marked(
        "%(file)s is a ZIP archive of %(count)s files (%(names)s): unpack it and import "
        "the right one, or one after the other"
    ),
    marked(
        "%(file)s could not be stored (%(why)s); ask whoever runs the server to make "
        "room, then send it again"
    ),
    marked("the file is not on this machine, or was deleted after waiting too long; send it again"),
    marked("the file has a header and no rows"),
    marked("something went wrong in the program (%(name)s); nothing was stored"),
    marked("the disk is full; nothing was stored. Make room, then try again"),
    marked("the database’s disk is full; nothing was stored. Make room, then try again"),
    marked(
        "a process that cleaned rows was ended, perhaps for want of memory; nothing was "
        "stored. Try again"
    ),
    marked("this is not a file in the %(title)s layout: %(missing)s"),
    marked("voters on file come from %(found)s: say from which these ids are"),
    marked("there are no voters on file: import the voter file first"),
    marked("say which polling day these ballots are for; %(which)s"),
    marked("say which campaign these shifts are for"),
)
"""What a file is, and why it cannot be read."""

ROWS = (
    marked("Row %(row)s: %(lost)s"),
    marked("no voter on file has this id"),
    marked("has %(cells)s cells where %(width)s are expected"),
    marked("no voter id"),
    marked("election day %(day)s is no day as this file writes it: %(shown)s"),
    marked("election day %(day)s is in the future; nobody has voted in it"),
    marked("same id as row %(row)s, which was kept"),
    marked("same precinct as row %(row)s, which was kept"),
    marked("same email as row %(row)s, which was kept"),
    marked("a quote opens in this row and is not closed; double it or remove it"),
    marked("is longer than %(most)s characters; shorten its longest cell"),
    marked("has a cell of more than %(most)s characters; shorten it"),
    marked("repeats the header"),
    marked("phone %(phone)s is not a number that exists"),
    marked("phone %(phone)s has no digits"),
    marked("phone %(phone)s has %(digits)s digits"),
    marked("phone %(phone)s is one more than %(most)s"),
    marked("phone %(phone)s is toll-free, so no voter's own"),
    marked("phone %(phone)s is charged at a premium rate"),
    marked("phone %(phone)s is a voicemail box"),
    marked("phone %(phone)s is marked as not to be used"),
    marked("%(faults)s; kept the voter without a phone"),
    marked("%(faults)s; kept the voter without %(what)s"),
    marked("%(lost)s; kept the volunteer without it"),
    marked("email %(email)s is no address"),
    marked("email %(email)s has no @"),
    marked("language %(language)s is not known"),
    marked("language %(language)s is not known; kept without it"),
    marked("no basis: say how the person consented"),
    marked("says that the person did not agree"),
    marked("no day: say when the person consented"),
    marked("%(shown)s is no email address"),
    marked(
        "ballot status %(status)s is not known: say in the mapping which of %(stages)s it means"
    ),
    marked("says neither where the ballot is nor when it was sent or returned"),
    marked("closes at %(last)s, opens at %(first)s: write am or pm, or 19:30"),
    marked("no precinct"),
    marked("no polling place"),
    marked("state %(state)s is not two letters, as in NC"),
    marked("no email: accounts are known by it"),
    marked("no name: say who this is"),
    marked(
        "ends at %(ends)s, starts at %(starts)s: write am or pm; a shift over midnight is two rows"
    ),
    marked("%(shown)s is no day: write it as 2026-11-03"),
    marked("%(shown)s is neither calls nor texts"),
)
"""Why a row stays out, or what was left out of it."""

TOLD = (
    *KINDS,
    *TITLES,
    *FILES,
    *ROWS,
)
