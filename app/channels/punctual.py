"""Punctuality: what must not leave late, by a clock that no sleep holds."""

from app.clock import seconds_passed as seconds_passed


class TooLate(Exception):
    """The moment until which a message might leave has passed; nothing of it has left."""
