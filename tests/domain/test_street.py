"""What is typed of a street tells it by the words that files write alike."""

import pytest

from app.domain.street import Street, street_typed


@pytest.mark.parametrize(
    ("typed", "street"),
    [
        ("oak", Street((), "oak")),
        ("1 N Oak", Street(("1",), "oak")),
        ("12 oak street", Street(("12", "oak"))),
        ("luther kin", Street(("luther",), "kin")),
        ("oak, 12", Street(("oak", "12"))),
        ("north street", Street(("north",), "street")),  # nothing else tells it
        ("12 oak m", Street(("12", "oak"))),  # another word is being typed
        ("m st", Street(("m",))),
        ("12 o", None),
        ("12", None),
        ("oa", None),
        ("", None),
    ],
)
def test_a_street_is_known_by_its_telling_words(typed: str, street: Street | None) -> None:
    assert street_typed(typed) == street
