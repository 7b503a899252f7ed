"""A voter: from the cells of a voter file to a clean row, or the reason why it stays out."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from operator import itemgetter
from typing import NamedTuple

from app.domain.address import clean_postcode, clean_state
from app.domain.cleaned import NONE, Clean, Cleaned, Rejection
from app.domain.day import clean_day
from app.domain.email import clean_email, email_fault
from app.domain.language import USUAL, clean_language
from app.domain.layout import CONFIDENTIAL, MISSING, Columns, withdrawn_statuses
from app.domain.name import (
    Cache,
    clean_name,
    clean_place,
    clean_suffix,
    clean_surname,
    clean_text,
    is_nothing,
)
from app.domain.voter_cells import (
    LONGEST,
    LONGEST_ADDRESS,
    PHONE_FIELDS,
    TooLong,
    as_cell,
    birth_year,
    coded,
    derived_id,
    extra_reader,
    gender_reader,
    limited,
    phone_reader,
    says_yes,
    status_reader,
    vote_reader,
    with_key,
    year_of_age,
    year_of_day,
)
from app.domain.whole_name import split_name
from app.domain.zone import zones_by_address, zones_of

LONGEST_ID = 64

KEPT_OUT_BY_LAW = "confidential voter, kept out by law"

_PICKED = (
    *("source_id", "full_name", "first_name", "middle_name", "last_name", "suffix", "gender"),
    *("birth_year", "born_on", "age", "party", "status", "language", "registered_on", "address"),
    *("city", "state", "postcode", "county", "precinct", "email", "confidential"),
)
"""The fields of which a row has one cell each, in the order in which `cleaner` takes them."""


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
    phone_kind: str  # mobile, landline, voip or empty
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
    return hash_of("\t".join(row))


def hash_of(line: str) -> str:
    """The same of a row's columns with tabs between."""
    return blake2b(line.encode(), digest_size=16).hexdigest()


def stored_fields(columns: Columns) -> frozenset[str]:
    """The columns of the table that this file can speak for; the others are left as they are."""
    fields = {"source_id", "state", "zones"} | set(columns.places) - {"extra"}
    if fields & {"born_on", "age"}:
        fields.add("birth_year")
    if "full_name" in fields:
        fields |= {"first_name", "middle_name", "last_name", "suffix"}
    if fields & set(PHONE_FIELDS):
        fields |= {"phone", "phone_kind", "phone2", "phone2_kind", "phone3", "phone3_kind"}
    fields |= {f"{name}_key" for name in ("first", "last") if f"{name}_name" in fields}
    fields |= {name for name in ("votes", "extra") if getattr(columns, name)}
    return frozenset(fields & set(VoterRow._fields))


def lasting_statuses(columns: Columns) -> frozenset[str]:
    """The statuses of withdrawn voters that this file cannot lift, for want of the column."""
    if "status" not in columns.places:
        return withdrawn_statuses() - {MISSING}
    return frozenset() if "confidential" in columns.places else frozenset({CONFIDENTIAL})


def cleaner(columns: Columns, country: str, year: int) -> Clean:
    """The function that cleans one row of a file with these columns.

    `year` is the current one, for files that give an age; `country` that of phones and postcodes
    unless the layout has its own. Everything that can be settled once a file is settled here; text
    that recurs (names, cities, days) is looked up, not cleaned again.
    """
    layout = columns.layout
    country = layout.country or country
    width = columns.width
    refused = layout.refused
    absent = width  # an empty cell is added to each row to stand for what a file lacks
    pick = itemgetter(*(_single(columns, field, absent) for field in _PICKED))
    joins = [
        (at, columns.picker(field))
        for at, field in enumerate(_PICKED)
        if len(columns.places.get(field, ())) > 1
    ]
    phones_of = phone_reader(columns, country)
    votes_of = vote_reader(columns)
    extra_of = extra_reader(columns)
    derived = "source_id" not in columns.places
    nameless = "no last name" if "last_name" in columns.places else "no name"

    given = Cache(limited("first name", lambda raw: with_key(clean_name(raw))))
    middles = Cache(limited("middle name", clean_name))
    surnames = Cache(limited("last name", lambda raw: with_key(clean_surname(raw))))
    suffixes = Cache(limited("suffix", clean_suffix), limit=1_000)
    wholes = Cache(limited("name", split_name), limit=1_000)
    genders = Cache(gender_reader(layout.gender), limit=1_000)
    parties = Cache(limited("party", coded(layout.party)), limit=1_000)
    statuses = Cache(status_reader(layout.status), limit=1_000)
    languages = Cache(clean_language, limit=1_000)
    hidden = Cache(says_yes, limit=1_000)
    days: Cache[str, str] = Cache(lambda raw: as_cell(clean_day(raw, layout.days)))
    years: Cache[str, str] = Cache(lambda raw: birth_year(raw, year), limit=1_000)
    births: Cache[str, str] = Cache(
        lambda raw: year_of_day(clean_day(raw, layout.days, year), year)
    )
    ages: Cache[str, str] = Cache(lambda raw: year_of_age(raw, year), limit=1_000)
    cities = Cache(limited("city", clean_place))
    counties = Cache(limited("county", clean_place))
    precincts = Cache(limited("precinct", clean_text))

    def place(cells: tuple[str, str]) -> tuple[str, str, str | None]:
        if max(map(len, cells)) > LONGEST:
            raise TooLong(f"state or postcode is longer than {LONGEST} characters")
        state = clean_state(cells[0], country) or layout.state
        postcode = clean_postcode(cells[1], country, state)
        return state, postcode, zones_by_address(state, postcode, country)

    places = Cache(place)

    def clean(cells: Sequence[str]) -> Cleaned | Rejection:
        if len(cells) != width and (len(cells) < width or any(map(str.strip, cells[width:]))):
            return Rejection(f"has {len(cells)} cells where {width} are expected")
        picked = pick([*cells, ""])
        if joins:
            picked = _join(picked, joins, cells)
        (
            source_id,
            whole,
            first_name,
            middle_name,
            last_name,
            suffix,
            gender,
            year_born,
            born_on,
            age,
            party,
            status,
            language,
            registered_on,
            address,
            city,
            state,
            postcode,
            county,
            precinct,
            email,
            confidential,
        ) = picked
        if not source_id.isalnum() or not source_id.isascii():
            source_id = clean_text(source_id)
        out: Rejection | None = None
        status = statuses[status]
        if confidential and hidden[confidential]:
            out = Rejection(KEPT_OUT_BY_LAW, True, source_id, CONFIDENTIAL)
        elif status in refused:
            out = Rejection(refused[status], False, source_id, status)
        if not derived:
            if out is not None:
                return out
            if not source_id:
                return Rejection("no voter id")
            if len(source_id) > LONGEST_ID:
                return Rejection(f"voter id is longer than {LONGEST_ID} characters")
        try:
            if whole and not last_name.strip():
                first, middle, last_name, after = wholes[whole]
                first_name = first_name.strip() or first
                middle_name = middle_name.strip() or middle
                suffix = suffix.strip() or after
            last_name, last_key = surnames[last_name]
            if not last_name:
                return out or Rejection(nameless)
            first_name, first_key = given[first_name]
            state, postcode, zones = places[state, postcode]
            if len(address) > LONGEST_ADDRESS:
                raise TooLong(f"address is longer than {LONGEST_ADDRESS} characters")
            address = clean_place(address)
            year_born = years[year_born]
            if year_born == NONE:
                year_born = births[born_on]
                if year_born == NONE:
                    year_born = ages[age]
            phones, lost = phones_of(cells)
            if not email or is_nothing(email):
                email = NONE
            else:
                found = clean_email(email)
                if found is None:
                    fault = f"{email_fault(email)}; kept the voter without it"
                    lost = f"{lost}; {fault}" if lost else fault
                email = found or NONE
            if derived:
                known = next((fact for fact in (year_born, phones[0], email) if fact != NONE), "")
                suffix = suffixes[suffix]
                source_id = derived_id(
                    last_key, first_key, suffix, postcode or address, known or address
                )
                if out is not None:
                    return out._replace(source_id=source_id)
            row = VoterRow._make(
                (
                    source_id,
                    first_name,
                    middles[middle_name],
                    last_name,
                    suffixes[suffix],
                    genders[gender],
                    year_born,
                    parties[party],
                    status,
                    languages[language] if language else USUAL,
                    days[registered_on],
                    address,
                    cities[city],
                    state,
                    postcode,
                    counties[county],
                    precincts[precinct],
                    *phones,
                    email,
                    zones_of(state, postcode, phones[0].replace(NONE, ""), country)
                    if zones is None
                    else zones,
                    "{}" if votes_of is None else votes_of(cells),
                    "{}" if extra_of is None else extra_of(cells),
                    first_key,
                    last_key,
                )
            )
        except TooLong as error:
            return out or Rejection(str(error))
        return Cleaned(row, lost)

    return clean


def _single(columns: Columns, field: str, absent: int) -> int:
    """The place of a field that has one column; of any other the place that stands for absence."""
    places = columns.places.get(field, ())
    return places[0] if len(places) == 1 else absent


def _join(
    picked: Sequence[str],
    joins: Sequence[tuple[int, Callable[[Sequence[str]], str]]],
    cells: Sequence[str],
) -> Sequence[str]:
    """`picked`, with the fields that are made up of several columns."""
    joined = list(picked)
    for at, join in joins:
        joined[at] = join(cells)
    return joined
