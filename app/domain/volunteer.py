"""A volunteer of a list: a name, an email, a phone and the languages spoken."""

from collections.abc import Collection

from app.domain.cleaned import NONE, Clean, Cleaned
from app.domain.email import clean_email
from app.domain.layout import Columns
from app.domain.listed import Unusable, array, languages_in, row_cleaner, short
from app.domain.name import clean_name, clean_surname, clean_text
from app.domain.phone import clean_phone, phone_fault

ROW = ("email", "name", "phone", "languages")

LONGEST_NAME = 200


def volunteer_cleaner(columns: Columns, country: str, languages: Collection[str]) -> Clean:
    """Cleans rows of volunteers into ROW. `languages` are the codes that we know.

    A phone or a language that cannot be read does not keep the person out.
    """

    def finish(values: dict[str, str]) -> Cleaned:
        name = values["name"] or f"{values['first_name']} {values['last_name']}".strip()
        if not name:
            raise Unusable("no name: say who this is")
        phone = clean_phone(values["phone"], country)
        lost = [] if phone or not values["phone"].strip() else [phone_fault(values["phone"])]
        codes, strange = languages_in(values["languages"], languages)
        lost += [f"language {word!r} is not known" for word in strange]
        note = f"{'; '.join(lost)}; kept the volunteer without it" if lost else ""
        row = (values["email"], name[:LONGEST_NAME], phone or NONE, array(codes))
        return Cleaned(row, note)

    return row_cleaner(
        columns,
        {
            "email": email_value,
            "name": lambda raw: clean_name(short("the name")(raw)),
            "first_name": lambda raw: clean_name(short("the first name")(raw)),
            "last_name": lambda raw: clean_surname(short("the last name")(raw)),
            "phone": str,
            "languages": short("the languages"),
        },
        finish,
    )


def email_value(raw: str) -> str:
    """The email by which an account is known."""
    if not raw.strip():
        raise Unusable("no email: accounts are known by it")
    address = clean_email(raw)
    if address is None:
        raise Unusable(f"{clean_text(raw)[:60]!r} is no email address")
    return address
