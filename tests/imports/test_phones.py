"""Phones of a voter: found in what people write, with the kind of line, the best to use first."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.phone import LANDLINE, MOBILE, MOST, clean_phone, clean_phones, plain_phone

A, B, C, D = "+19195550123", "+19195550124", "+17045550143", "+13365550102"


def read(cell: str, country: str = "US", column: str = "") -> list[tuple[str, str]]:
    return [tuple(phone) for phone in clean_phones([(cell, column)], country)[0]]


@pytest.mark.parametrize(
    ("cell", "phones"),
    [
        ("9195550123", [(A, "")]),
        ("919-555-0123 (cell)", [(A, MOBILE)]),
        ("919-555-0123 (cell) / 704 555 0143 x12", [(A, MOBILE), (C, "")]),
        ("H: 919 555 0123, C: 919.555.0124", [(B, MOBILE), (A, LANDLINE)]),
        ("919-555-0123 or 919-555-0124", [(A, ""), (B, "")]),
        ("919-555-0123 919-555-0124", [(A, ""), (B, "")]),
        ("9195550123/9195550124", [(A, ""), (B, "")]),
        ("Home 919-555-0123 Cell 919-555-0124", [(B, MOBILE), (A, LANDLINE)]),
        ("919-555-0123 casa 919-555-0124 celular", [(B, MOBILE), (A, LANDLINE)]),
        ("c9195550123", [(A, MOBILE)]),
        ("(919)5550123(h)/(919)5550124(m)", [(B, MOBILE), (A, LANDLINE)]),
        ("work 919-555-0123", [(A, "")]),
        ("919/555-0123", [(A, "")]),
        ("919 555-0123 ext. 44", [(A, "")]),
        ("tel:+1-919-555-0123;ext=5", [(A, "")]),
        ("9195550123 and 24", [(A, "")]),
        ("9195550123; 9195550123 mobile", [(A, MOBILE)]),
        ("\u00a0919\u00a0555\u00a00123\u200b", [(A, "")]),
        ("+44 7400 123456", [("+447400123456", MOBILE)]),
        ("N/A", []),
        ("null", []),
        ("-", []),
        ("\u00a0", []),
    ],
)
def test_a_cell_may_hold_several_phones_and_what_they_are(
    cell: str, phones: list[tuple[str, str]]
) -> None:
    assert read(cell) == phones
    assert clean_phones([(cell, "")], "US")[1] == ""


@pytest.mark.parametrize(
    ("cell", "country", "phones"),
    [
        ("07400 123456", "GB", [("+447400123456", MOBILE)]),
        (
            "020 7946 0958 / 07400 123456",
            "GB",
            [("+447400123456", MOBILE), ("+442079460958", LANDLINE)],
        ),
        ("020 7946 0958 (mobile)", "GB", [("+442079460958", LANDLINE)]),  # the number knows better
        ("030/1234567", "DE", [("+49301234567", LANDLINE)]),
        ("06 12 34 56 78", "FR", [("+33612345678", MOBILE)]),
        ("416 555 0123", "CA", [("+14165550123", "")]),
    ],
)
def test_the_number_says_what_it_is_where_it_can(
    cell: str, country: str, phones: list[tuple[str, str]]
) -> None:
    assert read(cell, country) == phones


@pytest.mark.parametrize(
    ("cell", "lost"),
    [
        ("555-01", "phone '555-01' has 5 digits; kept the voter without it"),
        ("ask her son", "phone 'ask her son' has no digits; kept the voter without it"),
        (
            "1-800-555-0199",
            "phone '+18005550199' is toll-free, so no voter's own; kept the voter without it",
        ),
        (
            "900 555 1234",
            "phone '+19005551234' is charged at a premium rate; kept the voter without it",
        ),
        ("fax 919-555-0123", "phone '+19195550123' is a fax; kept the voter without it"),
        (
            "919-555-0123 do not call",
            "phone '+19195550123' is marked as not to be used; kept the voter without it",
        ),
        (
            "44 20 7946 0958",  # no number of Maine with a 44 before it
            "phone '44 20 7946 0958' is not a number that exists; kept the voter without it",
        ),
        (
            "555-01, 0000000000",
            "phone '555-01' has 5 digits; phone '0000000000' is not a number that exists; "
            "kept the voter without them",
        ),
    ],
)
def test_what_is_lost_is_said(cell: str, lost: str) -> None:
    assert clean_phones([(cell, "")], "US") == ([], lost)


def test_a_bad_number_beside_a_good_one_is_lost_alone() -> None:
    phones, lost = clean_phones([("555-01 / 919-555-0123", "")], "US")
    assert [phone.number for phone in phones] == [A]
    assert lost == "phone '555-01' has 5 digits; kept the voter without it"


def test_known_mobiles_come_first_and_landlines_last_and_three_are_kept() -> None:
    cells = [(A, ""), (B, LANDLINE), (C, ""), (D, MOBILE), (A, "")]
    phones, lost = clean_phones(cells, "US")
    assert phones == [(D, MOBILE), (A, ""), (C, "")]
    assert lost == f"phone '{B}' is one more than {MOST}; kept the voter without it"


def test_a_remark_says_more_than_the_column() -> None:
    assert read("919-555-0123 (cell)", column=LANDLINE) == [(A, MOBILE)]
    assert read("919-555-0123", column=LANDLINE) == [(A, LANDLINE)]
    assert clean_phones([(A, ""), (A, MOBILE)], "US")[0] == [(A, MOBILE)]


def test_the_short_way_is_for_numbers_of_north_america_that_are_kept() -> None:
    assert plain_phone("9195550123", "US") == plain_phone("+1 (919) 555-0123", "US") == A
    for raw in (
        "8005550199",
        "5375707208",
        "0000000000",
        "９１９５５５０１２３",
        "919-555-0123 x2",
    ):
        assert plain_phone(raw, "US") == ""
    assert plain_phone("9195550123", "GB") == ""


AREAS = st.sampled_from(("919", "704", "336", "212", "800", "876", "900", "555"))
DIGITS = st.builds("{}{}{:04}".format, AREAS, st.integers(200, 999), st.integers(0, 9999))
SCRAWL = st.lists(
    DIGITS
    | st.sampled_from(("cell", "home", "/", ",", "or", "x12", "(", ")", "555-01", "919", " ")),
    max_size=12,
).map(" ".join)


@given(DIGITS)
def test_the_short_way_agrees_with_the_long_one(digits: str) -> None:
    plain = plain_phone(digits, "US")
    assert plain == plain_phone(f"({digits[:3]}) {digits[3:]}", "US")
    assert ([plain] if plain else []) == [
        phone.number for phone in clean_phones([(digits, "")], "US")[0]
    ]


@given(st.text(max_size=80) | SCRAWL, st.sampled_from(("US", "GB", "DE")))
def test_what_is_kept_is_valid_and_once_and_in_order(cell: str, country: str) -> None:
    phones, lost = clean_phones([(cell, ""), (cell, LANDLINE)], country)
    numbers = [phone.number for phone in phones]
    assert len(numbers) == len(set(numbers)) <= MOST
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)
    assert all(clean_phone(number) == number for number in numbers)
    order = [(MOBILE, "", LANDLINE).index(kind.replace("voip", "")) for _, kind in phones]
    assert order == sorted(order)
    assert not lost or "; kept the voter without" in lost


@given(
    st.lists(DIGITS, min_size=1, max_size=3, unique=True),
    st.sampled_from((" / ", ", ", " or ", " ")),
)
def test_all_numbers_of_a_cell_are_found(digits: list[str], between: str) -> None:
    good = [f"+1{number}" for number in digits if plain_phone(number, "US")]
    found, _ = clean_phones([(between.join(digits), "")], "US")
    if between != " " or len(good) == len(digits):
        assert [phone.number for phone in found] == good
