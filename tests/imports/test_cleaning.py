"""What is cleaned comes out as people write it, whatever goes in."""

from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.day import clean_day
from app.domain.email import clean_email
from app.domain.name import (
    clean_name,
    clean_place,
    clean_suffix,
    clean_surname,
    clean_text,
    fold,
)
from app.domain.phone import clean_phone, phone_fault
from app.domain.whole_name import split_name

ANY_TEXT = st.text(max_size=60)

AMERICAN = ["%m/%d/%Y", "%Y-%m-%d"]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("MCDONALD", "McDonald"),
        ("O'BRIEN", "O'Brien"),
        ("o’brien", "O’Brien"),
        ("DE LA CRUZ", "de la Cruz"),
        ("VAN DER BERG", "van der Berg"),
        ("DE", "De"),
        ("FERNÁNDEZ-ORTIZ", "Fernández-Ortiz"),
        ("MACDONALD", "MacDonald"),
        ("MACIAS", "Macias"),
        ("MACK", "Mack"),
        ("GARCIA Y VEGA", "Garcia y Vega"),
        ("SMITH III", "Smith III"),
        ("ST. JOHN", "St. John"),
        ("ST.JOHN", "St.John"),
        ("D'ANGELO", "D'Angelo"),
        ("MACARTHUR-MCKAY", "MacArthur-McKay"),
        ("MACHADO", "Machado"),
        ("DEL RIO", "del Rio"),
        ("LA SALLE", "La Salle"),
        ("VON UND ZU STEIN", "von und zu Stein"),
        ("NULL", "Null"),
        ("  van  Dyke ", "van Dyke"),
        ("DeShawn", "DeShawn"),
        ("", ""),
        (" ", ""),
    ],
)
def test_a_surname_is_in_good_case(raw: str, clean: str) -> None:
    assert clean_surname(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("MARÍA JOSÉ", "María José"),
        ("DE'ANDRE", "De'Andre"),
        ("ANNE-MARIE", "Anne-Marie"),
        ("DEL ROY", "Del Roy"),
        ("j", "J"),
        ("J.R.", "J.R."),
    ],
)
def test_a_given_name_is_in_good_case(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("O'Brien", "obrien"),
        ("O’Brien", "obrien"),
        ("Fernández-Ortiz", "fernandez ortiz"),
        ("St. John", "st john"),
        ("St.John", "st john"),
        ("Weiß", "weiss"),
        ("Bjørn Łukasz Đorđe", "bjorn lukasz dorde"),
        ("Æsa Œuvre", "aesa oeuvre"),
        ("İpek Işık", "ipek isik"),
        ("  MARÍA   JOSÉ ", "maria jose"),
        ("阮文", "阮文"),
        ("", ""),
    ],
)
def test_a_name_is_searched_without_case_accents_and_marks(name: str, key: str) -> None:
    assert fold(name) == key


@given(ANY_TEXT)
def test_folding_twice_changes_nothing_more(raw: str) -> None:
    assert fold(fold(raw)) == fold(raw)


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("Ortiz, María José", ("María", "José", "Ortiz", "")),
        ("Maria Jose Ortiz Jr.", ("Maria", "Jose", "Ortiz", "Jr.")),
        ("Smith, John Q., III", ("John", "Q.", "Smith", "III")),
        ("John Smith, Jr.", ("John", "", "Smith", "Jr.")),
        ("Smith, Jr., John", ("John", "", "Smith", "Jr.")),
        ("Juan de la Cruz", ("Juan", "", "de la Cruz", "")),
        ("Jill St. John", ("Jill", "", "St. John", "")),
        ("José Ortiz y Gasset", ("José", "", "Ortiz y Gasset", "")),
        ("SMITH John", ("John", "", "SMITH", "")),
        ("John DE LA CRUZ", ("John", "", "DE LA CRUZ", "")),
        ("van der Berg", ("", "", "van der Berg", "")),
        ("Kim Do", ("Kim", "", "Do", "")),
        ("John V Smith", ("John", "V", "Smith", "")),
        ("Dr. Ann Roe MD", ("Ann", "", "Roe", "MD")),
        ("Madonna", ("", "", "Madonna", "")),
        (" , ", ("", "", "", "")),
    ],
)
def test_a_whole_name_is_taken_apart(raw: str, parts: tuple[str, ...]) -> None:
    assert split_name(raw) == parts


@given(ANY_TEXT | st.text(alphabet="aB .,-", max_size=30))
def test_a_whole_name_loses_no_letter(raw: str) -> None:
    parts = split_name(raw)
    known = set(fold(raw).replace(" ", ""))
    assert set(fold(" ".join(parts)).replace(" ", "")) <= known | set("jrsphdeq")
    assert bool(parts.last) or not fold(raw)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [("JR", "Jr."), ("jr.", "Jr."), ("iii", "III"), ("M.D.", "MD"), ("PHD", "PhD"), (" ", "")],
)
def test_a_suffix_has_one_spelling(raw: str, clean: str) -> None:
    assert clean_suffix(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("795 JOHNSON CLUB APT. 394", "795 Johnson Club Apt. 394"),
        ("12 NE 4TH ST #3b", "12 NE 4th St #3B"),
        ("PO BOX 7", "PO Box 7"),
        ("MCDOWELL", "McDowell"),
        ("C\\O SMITH", "C/O Smith"),
    ],
)
def test_an_address_is_in_good_case(raw: str, clean: str) -> None:
    assert clean_place(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("9195550123", "+19195550123"),
        ("(919)5550123", "+19195550123"),
        ("1-919-555-0123", "+19195550123"),
        ("09195550123", "+19195550123"),
        ("0019195550123", "+19195550123"),
        ("19195550123x2673", "+19195550123"),
        ("919-555-0123 (cell)", "+19195550123"),
        ("919-555-0123 / 919-555-0124", "+19195550123"),
        ("none or 919-555-0124", "+19195550124"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+1 (919) 555-0123", "+19195550123"),
        ("+6042000000", "+6042000000"),
        ("(537)5707208", None),
        ("1-518-194-5481", None),
        ("555-0123", None),
        ("555-1234 (cell)", None),
        ("0000000000", None),
        ("９１９５５５０１２３", "+19195550123"),
        ("no phone", None),
        (" ", None),
        ("", None),
    ],
)
def test_a_phone_is_e164_or_none(raw: str, clean: str | None) -> None:
    assert clean_phone(raw) == clean


def test_a_phone_without_country_code_is_read_as_one_of_the_campaigns_country() -> None:
    assert clean_phone("020 7946 0958", country="GB") == "+442079460958"
    assert clean_phone("0161 496 0000", country="US") is None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("555-01", "phone '555-01' has 5 digits"),
        ("none", "phone 'none' has no digits"),
        ("(537)5707208", "phone '(537)5707208' is not a number that exists"),
    ],
)
def test_a_lost_phone_is_explained(raw: str, words: str) -> None:
    assert phone_fault(raw) == words


@given(st.from_regex(r"[2-9][0-9]{9}", fullmatch=True))
def test_the_fast_way_for_ten_digits_agrees_with_the_library(digits: str) -> None:
    valid = phonenumbers.is_valid_number(phonenumbers.parse(digits, "US"))
    assert clean_phone(digits) == (f"+1{digits}" if valid else None)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (" Ada.Lovelace@Example.ORG ", "ada.lovelace@example.org"),
        ("mailto:a+b@example.com", "a+b@example.com"),
        ("Ada <ada@example.org>", "ada@example.org"),
        ("ada@example.org; bo@example.org", "ada@example.org"),
        ("n/a, ada@example.org", "ada@example.org"),
        ("a..b@example.com", None),
        ("a@b", None),
        ("a@-example.com", None),
        ("none", None),
        ("", None),
    ],
)
def test_an_email_is_in_lower_case_or_none(raw: str, clean: str | None) -> None:
    assert clean_email(raw) == clean


@pytest.mark.parametrize(
    ("raw", "formats", "day"),
    [
        ("02/26/1977", AMERICAN, date(1977, 2, 26)),
        ("8/5/2008", AMERICAN, date(2008, 8, 5)),
        ("2008-06-22", AMERICAN, date(2008, 6, 22)),
        ("2008-06-22T00:00:00", AMERICAN, date(2008, 6, 22)),
        ("02/26/1977 00:00:00", AMERICAN, date(1977, 2, 26)),
        ("06241981", ["%m%d%Y"], date(1981, 6, 24)),
        ("22-JUN-2008", ["%d-%b-%Y"], date(2008, 6, 22)),
        ("22 Oct 2008 12:00", ["%d %b %Y"], date(2008, 10, 22)),
        ("June 22, 2008", ["%B %d, %Y"], date(2008, 6, 22)),
        ("22/06/2008", ["%d/%m/%Y"], date(2008, 6, 22)),
        ("20080622", ["%Y%m%d"], date(2008, 6, 22)),
        ("6/22/45", AMERICAN, None),
        ("6/22/45", ["%m/%d/%y"], date(2045, 6, 22)),
        ("12:00:00 AM", AMERICAN, None),
        ("13/45/2001", AMERICAN, None),
        ("01/01/0001", AMERICAN, None),
        ("", AMERICAN, None),
    ],
)
def test_a_day_is_read_by_the_layouts_formats(
    raw: str, formats: list[str], day: date | None
) -> None:
    assert clean_day(raw, formats) == day


@given(
    st.dates(date(1850, 1, 1), date(2199, 12, 31)),
    st.sampled_from(("%m/%d/%Y", "%Y-%m-%d", "%m%d%Y")),
)
def test_a_day_is_read_as_it_was_written(day: date, form: str) -> None:
    assert clean_day(day.strftime(form), [form]) == day


def test_a_year_of_two_digits_is_not_later_than_it_can_be() -> None:
    assert clean_day("6/22/45", ["%m/%d/%y"], latest=2026) == date(1945, 6, 22)
    assert clean_day("6/22/26", ["%m/%d/%y"], latest=2026) == date(2026, 6, 22)


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing_more(raw: str) -> None:
    for clean in (clean_text, clean_name, clean_surname, clean_suffix, clean_place):
        once = clean(raw)
        assert clean(once) == once, clean


@given(ANY_TEXT)
def test_cleaned_text_can_be_copied_as_it_is(raw: str) -> None:
    for clean in (clean_text, clean_name, clean_surname, clean_suffix, clean_place):
        text = clean(raw)
        assert not set(text) & set("\\\t\n\r\0")
        assert text == text.strip()
        text.encode()


@given(ANY_TEXT | st.from_regex(r"\+?[\d() x.-]{5,25}", fullmatch=True))
def test_a_cleaned_phone_is_valid_and_stays_so(raw: str) -> None:
    phone = clean_phone(raw)
    if phone is not None:
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone))
        assert clean_phone(phone) == phone
    phone_fault(raw)


@given(ANY_TEXT | st.emails())
def test_a_cleaned_email_stays_as_it_is(raw: str) -> None:
    email = clean_email(raw)
    if email is not None:
        assert email == email.lower()
        assert clean_email(email) == email


@given(ANY_TEXT | st.from_regex(r"\d{1,4}[/-]\d{1,4}[/-]\d{1,4}", fullmatch=True))
def test_any_text_is_a_day_or_none(raw: str) -> None:
    day = clean_day(raw, ["%m/%d/%Y", "%Y-%m-%d", "%m%d%Y"])
    assert day is None or 1850 <= day.year < 2200
