"""The kinds of list that can be imported, and the fields that each may bring."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One thing that a file may say, as the mapping page names it."""

    name: str
    title: str
    names: tuple[str, ...] = ()  # how files call it, folded: lower case, words joined by a blank
    required: bool = False
    several: bool = False  # more than one column may be joined with a blank, as for an address


@dataclass(frozen=True)
class Kind:
    """A kind of list: what it is called, what it brings, and what one of its rows is."""

    name: str
    title: str
    row: str  # what to call one row, in the singular
    about: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """The field of this name; raises KeyError."""
        return next(field for field in self.fields if field.name == name)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the fields without which a row says nothing."""
        return tuple(field.name for field in self.fields if field.required)


_VOTER_ID = Field(
    "source_id",
    "Voter id",
    (
        *("voter id", "voterid", "ncid", "sos voterid", "state voter ref", "lalvoterid"),
        *("voter file vanid", "vanid", "van id", "registration number", "voter number"),
        *("elector number", "state id", "state voter id", "reg num", "voter reg num", "id"),
    ),
)

_DAY = ("date", "day", "on")

VOTERS = Kind(
    "voters",
    "Voter file",
    "voter",
    "The people of the voter file, or any list of voters.",
    (
        _VOTER_ID,
        Field(
            "first_name",
            "First name",
            ("first name", "firstname", "first", "given name", "fname", "forename", "nombre"),
        ),
        Field("middle_name", "Middle name", ("middle name", "middlename", "middle", "mname")),
        Field(
            "last_name",
            "Last name",
            ("last name", "lastname", "last", "surname", "family name", "lname", "apellido"),
        ),
        Field(
            "full_name",
            "Whole name in one column",
            ("name", "full name", "fullname", "voter name", "elector name", "contact name"),
        ),
        Field("suffix", "Suffix (Jr., III)", ("suffix", "name suffix", "sufx")),
        Field("gender", "Gender", ("gender", "sex", "gender code")),
        Field("birth_year", "Year of birth", ("birth year", "birthyear", "year of birth", "yob")),
        Field(
            "born_on",
            "Date of birth",
            ("date of birth", "birth date", "birthdate", "dob", "elector dob", "born", "birthday"),
        ),
        Field("age", "Age", ("age", "age at year end", "birth age", "voters age")),
        Field(
            "party",
            "Party",
            ("party", "party code", "party cd", "party affiliation", "registered party"),
        ),
        Field("status", "Status", ("status", "voter status", "registration status", "status cd")),
        Field("language", "Language", ("language", "lang", "preferred language", "idioma")),
        Field(
            "registered_on",
            "Registered on",
            ("registration date", "registr dt", "date of registration", "reg date", "registered"),
        ),
        Field(
            "address",
            "Street address",
            (
                *("address", "street address", "residential address", "res street address"),
                *("address 1", "address1", "street", "home address", "residence address 1"),
                *("voting address", "line 1", "direccion"),
            ),
            several=True,
        ),
        Field("city", "City", ("city", "town", "residential city", "res city desc", "ciudad")),
        Field("state", "State", ("state", "state cd", "residential state", "st")),
        Field(
            "postcode",
            "ZIP or postcode",
            (
                *("zip", "zip code", "zipcode", "postcode", "post code", "postal code"),
                *("zip5", "mzip5", "residential zip", "residential zip code"),
            ),
        ),
        Field("county", "County", ("county", "county desc", "county name", "parish")),
        Field(
            "precinct",
            "Precinct",
            ("precinct", "precinct abbrv", "precinct name", "polling district", "ward precinct"),
        ),
        Field(
            "phone",
            "Phone",
            (
                *("phone", "phone number", "phone num", "telephone", "full phone number", "tel"),
                *("contact number", "pref phone", "preferred phone", "phone 1", "telefono"),
            ),
            several=True,
        ),
        Field(
            "mobile",
            "Cell phone",
            ("cell", "cell phone", "mobile", "mobile phone", "cellphone", "celular"),
        ),
        Field(
            "landline",
            "Landline",
            ("landline", "home phone", "home telephone", "land line"),
        ),
        Field("email", "Email", ("email", "e mail", "email address", "mail", "correo")),
        Field("confidential", "Confidential", ("confidential", "confidential ind", "exemption")),
        Field("extra", "Keep as it is"),
    ),
)
"""`extra` keeps a column under its own name; an id, a last name or a whole name must be there."""

HISTORY = Kind(
    "history",
    "Vote history",
    "vote",
    "Who voted in which past election; one row a vote.",
    (
        Field(**{**_VOTER_ID.__dict__, "required": True}),
        Field(
            "day",
            "Election day",
            ("election date", "election lbl", "election day", *_DAY),
            required=True,
        ),
        Field("election_kind", "Kind of election", ("election type", "election kind", "type")),
        Field("election_name", "Name of the election", ("election desc", "election", "name")),
        Field("code", "How it was voted", ("voting method", "history code", "code", "method")),
    ),
)

DO_NOT_CONTACT = Kind(
    "do_not_contact",
    "Do not contact",
    "address",
    "Phones and emails that nobody may use.",
    (
        Field(
            "phone",
            "Phone",
            ("phone", "phone number", "telephone", "number", "cell", "cell phone", "mobile"),
        ),
        Field("email", "Email", ("email", "email address")),
        Field("address", "Phone or email", ("address", "contact", "value")),
        Field("channel", "Channel", ("channel", "medium")),
        Field("note", "Reason", ("reason", "note", "notes", "comment")),
    ),
)
"""Without a channel a phone is left alone by calls and texts, an email by mails."""

CONSENTS = Kind(
    "consents",
    "Consents",
    "consent",
    "Who agreed to automated texts, calls or emails, and how.",
    (
        Field("source_id", "Voter id", _VOTER_ID.names),
        Field("channel", "Channel", ("channel", "medium"), required=True),
        Field(
            "address",
            "Phone or email",
            (
                *("address", "phone", "email", "phone number", "contact", "phone or email"),
                *("cell", "cell phone", "mobile", "mobile phone", "celular", "telefono"),
            ),
            required=True,
        ),
        Field(
            "basis",
            "How they agreed",
            (
                *("basis", "how they agreed", "how", "consent type", "consent method"),
                *("opt in source", "opt in method", "consent", "consent to text", "sms consent"),
                *("opt in", "sms opt in", "text opt in", "consentimiento"),
            ),
            required=True,
        ),
        Field(
            "source",
            "Where it is on record",
            ("source", "where it is on record", "origin", "record"),
        ),
        Field(
            "given_on",
            "Agreed on",
            (
                *("given on", "agreed on", "consent date", "opt in date", "date agreed"),
                *("consented on", "opted in on", "date of consent", "fecha", *_DAY),
            ),
            required=True,
        ),
    ),
)

BALLOTS = Kind(
    "ballots",
    "Ballots",
    "ballot",
    "Mail ballots requested, sent, returned, rejected or cured, and who has voted.",
    (
        Field(**{**_VOTER_ID.__dict__, "required": True}),
        Field(
            "stage",
            "Where the ballot is",
            (
                *("stage", "status", "ballot status", "ballot rtn status", "ballot send status"),
                "voted",
            ),
        ),
        Field("stage_on", "Since", ("stage on", "status date", "ballot rtn dt", "updated", *_DAY)),
        Field("requested_on", "Requested on", ("requested on", "request date", "ballot req dt")),
        Field(
            "sent_on",
            "Sent on",
            (
                "sent on",
                "sent date",
                "mailed date",
                "ballot send dt",
                "ballot sent",
                "ballot mailed",
            ),
        ),
        Field(
            "returned_on",
            "Returned on",
            (
                *("returned on", "return date", "returned date", "received date"),
                *("ballot returned", "ballot received", "ballot return date"),
            ),
        ),
        Field("reason", "Reason of a rejection", ("reason", "reject reason", "challenge reason")),
    ),
)
"""A row with nothing but an id says that this voter has voted."""

PRECINCTS = Kind(
    "precincts",
    "Precincts",
    "precinct",
    "Polling places, with address and hours.",
    (
        Field("state", "State", ("state", "st")),
        Field("county", "County", ("county", "county name")),
        Field(
            "code",
            "Precinct",
            ("precinct", "code", "precinct code", "precinct abbrv", "polling district"),
            required=True,
        ),
        Field("name", "Name of the precinct", ("precinct name", "name", "description")),
        Field(
            "place",
            "Polling place",
            ("polling place", "place", "location", "polling place name", "polling station", "site"),
            required=True,
        ),
        Field(
            "address",
            "Its address",
            ("address", "polling place address", "street address", "street"),
            several=True,
        ),
        Field("opens", "Opens at", ("opens", "open", "opens at", "opening time", "from")),
        Field("closes", "Closes at", ("closes", "close", "closes at", "closing time", "until")),
    ),
)

VOLUNTEERS = Kind(
    "volunteers",
    "Volunteers",
    "volunteer",
    "People who help, with the languages they speak.",
    (
        Field("name", "Name", ("name", "full name", "volunteer", "volunteer name")),
        Field("first_name", "First name", ("first name", "first")),
        Field("last_name", "Last name", ("last name", "last", "surname")),
        Field("email", "Email", ("email", "email address", "e mail"), required=True),
        Field("phone", "Phone", ("phone", "cell", "cell phone", "mobile", "phone number")),
        Field("languages", "Languages", ("languages", "language", "speaks")),
    ),
)

SHIFTS = Kind(
    "shifts",
    "Shifts",
    "shift",
    "When each volunteer comes, for calls or texts.",
    (
        Field("email", "Volunteer’s email", ("email", "volunteer", "volunteer email"), True),
        Field("channel", "Calls or texts", ("channel", "role", "activity", "what")),
        Field("day", "Day", ("shift date", "shift day", *_DAY), required=True),
        Field("starts", "From", ("start", "starts", "from", "start time", "begins"), True),
        Field("ends", "Until", ("end", "ends", "until", "to", "end time"), required=True),
        Field("languages", "Languages", ("languages", "language")),
    ),
)

ANSWERS = Kind(
    "answers",
    "Survey answers",
    "answer",
    "What voters answered to a survey question, here or in another tool.",
    (
        Field(**{**_VOTER_ID.__dict__, "required": True}),
        Field("question", "Question", ("question", "survey question", "surveyquestionname"), True),
        Field("answer", "Answer", ("answer", "response", "surveyresponsename", "result"), True),
        Field("answered_on", "Answered on", ("answered on", "date canvassed", *_DAY)),
    ),
)

KINDS = {
    kind.name: kind
    for kind in (
        *(VOTERS, HISTORY, BALLOTS, CONSENTS, DO_NOT_CONTACT),
        *(PRECINCTS, VOLUNTEERS, SHIFTS, ANSWERS),
    )
}
"""All kinds by name, the commonest first."""
