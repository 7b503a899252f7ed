"""What carriers count and bill: segments."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.segment import BASIC, EXTENDED, GSM_7, encoding, segments, shape


@pytest.mark.parametrize(
    ("body", "code", "count"),
    [
        ("", "GSM-7", 0),
        ("a", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("a" * 1600, "GSM-7", 11),
        ("€" * 80, "GSM-7", 1),
        ("€" * 80 + "a", "GSM-7", 2),
        ("a" * 152 + "€" * 77, "GSM-7", 3),  # the first segment stays one septet short
        ("^{}[]~|\\€", "GSM-7", 1),
        ("sí, gracias", "UCS-2", 1),  # í is not in the alphabet
        ("¿Vota mañana? Ñ é ü", "GSM-7", 1),
        ("“quoted”", "UCS-2", 1),
        ("í" * 70, "UCS-2", 1),
        ("í" * 71, "UCS-2", 2),
        ("í" * 134, "UCS-2", 2),
        ("í" * 135, "UCS-2", 3),
        ("🗳" * 35, "UCS-2", 1),
        ("🗳" * 36, "UCS-2", 2),
        ("🗳" * 67, "UCS-2", 3),  # 33 to a segment, not 33.5
    ],
)
def test_a_text_is_cut_as_the_carriers_cut_it(body: str, code: str, count: int) -> None:
    assert encoding(body) == code
    assert segments(body) == count


def test_the_alphabet_has_the_size_the_standard_gives_it() -> None:
    assert len(BASIC) == 127  # 128 places, one of them the escape
    assert len(EXTENDED) == 10
    assert not BASIC & EXTENDED


@given(st.text(max_size=700))
def test_the_count_lies_between_perfect_packing_and_one_lost_unit_a_segment(body: str) -> None:
    if encoding(body) == "GSM-7":
        units, alone, room = len(body) + sum(c in EXTENDED for c in body), 160, 153
    else:
        units, alone, room = len(body.encode("utf-16-le", "surrogatepass")) // 2, 70, 67
    if units <= alone:
        assert segments(body) == min(units, 1)
    else:
        assert ceil(units / room) <= segments(body) <= ceil(units / (room - 1))


@given(st.text(alphabet=sorted(GSM_7), max_size=400), st.sampled_from(sorted(GSM_7)))
def test_a_longer_text_never_has_fewer_segments(body: str, more: str) -> None:
    assert segments(body) <= segments(body + more)
    assert segments(body) <= segments(body + "í")


names = st.text(alphabet=[*"Aaé €í~", "😀"], max_size=9)


@given(st.text(alphabet=sorted(GSM_7), max_size=330), st.integers(0, 330), names, names)
def test_parts_of_one_shape_make_the_same_segments(
    body: str, at: int, one: str, other: str
) -> None:
    if shape(one) == shape(other):
        whole = [body[:at] + part + body[at:] for part in (one, other)]
        assert segments(whole[0]) == segments(whole[1])
    else:
        assert len(one) != len(other) or not BASIC.issuperset(one + other)
