"""A voter: from the cells of a voter file to a clean row, or the reason why it stays out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from operator import itemgetter
from typing import NamedTuple

from app.domain.cleaned import NONE, Clean, Cleaned, Rejection
from app.domain.day import clean_day
from app.domain.email import clean_email
from app.domain.layout import CONFIDENTIAL, FIELDS, Columns, withdrawn_statuses
from app.domain.name import (
    Cache,
    clean_name,
    clean_place,
    clean_suffix,
    clean_surname,
    clean_text,
    fold,
)
from app.domain.phone import clean_phone, phone_fault
from app.domain.zone import zones_of

LONGEST_ID = 64

KEPT_OUT_BY_LAW = "confidential voter, kept out by law"


class VoterRow(NamedTuple):
    """A voter as cleaned: the columns of the table, each as COPY takes it; `NONE` is NULL.

    A named tuple of text rather than a dataclass: ten million are made in one import.
    """

    source_id: str
    first_name: str
    middle_name: str
    last_name: str
    suffix: str
    gender: str  # F, M, X or empty
    birth_year: str
    party: str
    status: str
    language: str  # ISO code
    registered_on: str
    address: str
    city: str
    state: str
    postcode: str
    county: str
    precinct: str
    phone: str  # E.164; the one to use first
    phone_kind: str  # mobile, landline or empty
    phone2: str
    phone2_kind: str
    phone3: str
    phone3_kind: str
    email: str
    zones: str
    votes: str  # an array of ISO days: {2015-11-03}
    extra: str  # a JSON object of the file's columns that are kept as they are
    first_key: str  # names without case and accents
    last_key: str


def row_hash(row: Sequence[str]) -> str:
    """Thirty-two hex digits that change when any column of the row does."""
    return blake2b("\t".join(row).encode(), digest_size=16).hexdigest()


def stored_fields(columns: Columns) -> frozenset[str]:
    """The columns of the table that this file can speak for; the others are left as they are."""
    fields = {"source_id", "state", "zones"} | set(columns.places)
    if fields & {"born_on", "age"}:
        fields.add("birth_year")
    if columns.votes:
        fields.add("votes")
    for name in ("first", "last"):
        if f"{name}_name" in fields:
            fields.add(f"{name}_key")
    if "phone" in fields:
        fields |= {"phone_kind", "phone2", "phone2_kind", "phone3", "phone3_kind"}
    return frozenset(fields & set(VoterRow._fields))


def lasting_statuses(columns: Columns) -> frozenset[str]:
    """The statuses of withdrawn voters that this file cannot lift, for want of the column."""
    if "status" not in columns.places:
        return withdrawn_statuses()
    return frozenset() if "confidential" in columns.places else frozenset({CONFIDENTIAL})


def cleaner(columns: Columns, country: str, year: int) -> Clean:
    """The function that cleans one row of a file with these columns.

    `year` is the current one, for files that give an age. Everything that can be settled once a
    file is settled here; text that recurs (names, cities, days) is looked up, not cleaned again.
    """
    layout = columns.layout
    single = {field: places[0] for field, places in columns.places.items() if len(places) == 1}
    width = columns.width
    absent = width  # an empty cell is added to each row to stand for what a file lacks
    pick = itemgetter(*(single.get(field, absent) for field in FIELDS))
    street = columns.places.get("address", ())
    street_cells = itemgetter(*street) if len(street) > 1 else None
    votes = columns.votes
    vote_cells = itemgetter(*(place for place, _ in votes)) if len(votes) > 1 else None

    first_names = Cache(clean_name)
    middle_names = Cache(clean_name)
    last_names = Cache(clean_surname)
    keys = Cache(fold)
    suffixes = Cache(clean_suffix, limit=1_000)
    genders = Cache(_gender, limit=1_000)
    parties = Cache(_coded(layout.party), limit=1_000)
    statuses = Cache(_worded(layout.status), limit=1_000)
    days = Cache(lambda raw: _text(clean_day(raw, layout.days)))
    births = Cache(lambda raw: _year_of(days[raw]))
    years = Cache(lambda raw: _year(raw, year), limit=1_000)
    ages = Cache(lambda raw: _year_of_age(raw, year), limit=1_000)
    cities = Cache(clean_place)
    states = Cache(lambda raw: _state(raw) or layout.state, limit=1_000)
    postcodes = Cache(lambda raw: clean_postcode(raw, country))
    precincts = Cache(clean_text)

    def clean(cells: Sequence[str]) -> Cleaned | Rejection:
        if len(cells) != width and (len(cells) < width or any(map(str.strip, cells[width:]))):
            return Rejection(f"has {len(cells)} cells where {width} are expected")
        (
            source_id,
            first_name,
            middle_name,
            last_name,
            suffix,
            gender,
            birth_year,
            born_on,
            age,
            party,
            status,
            registered_on,
            address,
            city,
            state,
            postcode,
            county,
            precinct,
            phone,
            email,
            confidential,
        ) = pick([*cells, ""])
        if confidential and confidential.strip().upper() == "Y":
            return Rejection(KEPT_OUT_BY_LAW, True, clean_text(source_id), CONFIDENTIAL)
        status = statuses[status]
        if status in layout.refused:
            return Rejection(layout.refused[status], False, clean_text(source_id), status)
        source_id = clean_text(source_id)
        if not source_id:
            return Rejection("no voter id")
        if len(source_id) > LONGEST_ID:
            return Rejection(f"voter id is longer than {LONGEST_ID} characters")
        first_name = first_names[first_name]
        last_name = last_names[last_name]
        if not last_name:
            return Rejection("no last name")
        if street_cells is not None:
            address = " ".join(street_cells(cells))
        state = states[state]
        postcode = postcodes[postcode]
        number = clean_phone(phone, country) if phone else None
        year_born = years[birth_year]
        if year_born == NONE:
            year_born = births[born_on]
            if year_born == NONE:
                year_born = ages[age]
        if vote_cells is not None:
            voted = ",".join(
                day for (_, day), cell in zip(votes, vote_cells(cells), strict=True) if cell.strip()
            )
        else:
            voted = ",".join(day for place, day in votes if cells[place].strip())
        row = VoterRow(
            source_id,
            first_name,
            middle_names[middle_name],
            last_name,
            suffixes[suffix],
            genders[gender],
            year_born,
            parties[party],
            status,
            "en",
            days[registered_on],
            clean_place(address),
            cities[city],
            state,
            postcode,
            cities[county],
            precincts[precinct],
            number or NONE,
            "",
            NONE,
            "",
            NONE,
            "",
            (clean_email(email) or NONE) if email else NONE,
            zones_of(state, postcode, number),
            f"{{{voted}}}",
            "{}",
            keys[first_name],
            keys[last_name],
        )
        lost = "" if number or not phone or phone.isspace() else phone
        return Cleaned(row, f"{phone_fault(lost)}; kept the voter without it" if lost else "")

    return clean


def clean_postcode(raw: str, country: str) -> str:
    """A postcode in capitals; in the US its first five digits, or empty if there are not five."""
    text = clean_text(raw).upper()
    if country != "US":
        return text
    digits = text[:5]
    return digits if len(digits) == 5 and digits.isascii() and digits.isdigit() else ""


def _gender(raw: str) -> str:
    letter = raw.strip()[:1].upper()
    return letter if letter in ("F", "M", "X") else ""


def _state(raw: str) -> str:
    text = raw.strip().upper()
    return text if len(text) == 2 and text.isascii() and text.isalpha() else ""


def _coded(codes: Mapping[str, str]) -> Callable[[str], str]:
    return lambda raw: codes.get(text := clean_text(raw).upper(), text)


def _worded(codes: Mapping[str, str]) -> Callable[[str], str]:
    return lambda raw: codes.get(clean_text(raw).upper(), "")


def _text(day: date | None) -> str:
    return NONE if day is None else str(day)


def _year_of(day: str) -> str:
    return day if day == NONE else day[:4]


def _year(raw: str, year: int) -> str:
    text = raw.strip()
    if len(text) != 4 or not text.isascii() or not text.isdigit():
        return NONE
    return text if 1880 <= int(text) <= year else NONE


def _year_of_age(raw: str, year: int) -> str:
    text = raw.strip()
    if not 0 < len(text) <= 3 or not text.isascii() or not text.isdigit():
        return NONE
    return str(year - int(text)) if 0 < int(text) <= 120 else NONE
