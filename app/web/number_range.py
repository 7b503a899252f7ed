"""A field's range of numbers, refused in words that say what to write."""

from flask_babel import lazy_gettext
from wtforms.validators import NumberRange


def from_to(lowest: float, highest: float) -> NumberRange:
    """Write a number from 0 to 10,000,000."""
    words = lazy_gettext(
        "Write a number from %(lowest)s to %(highest)s.",
        lowest=f"{lowest:,}",
        highest=f"{highest:,}",
    )
    return NumberRange(lowest, highest, words)
