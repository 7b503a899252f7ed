"""A field's range of numbers, refused in words that say what to write."""

from wtforms.validators import NumberRange


def from_to(lowest: float, highest: float) -> NumberRange:
    """Write a number from 0 to 10,000,000."""
    return NumberRange(lowest, highest, f"Write a number from {lowest:,} to {highest:,}.")
