"""The ways in which a campaign reaches a voter."""

from enum import StrEnum


class Channel(StrEnum):
    """A way to reach a voter; stored by value."""

    CALL = "call"  # a volunteer dials
    TEXT = "text"  # an automated text through the carrier
    EMAIL = "email"  # a message through the campaign's mail relay
