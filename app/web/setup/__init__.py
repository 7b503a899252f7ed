"""The set-up of a campaign: begun in three short steps, then a list of what it has and lacks."""

from app.web.setup import begin, copy, first_words, go, money, senders, steps, universe
from app.web.setup.base import bp

__all__ = ["begin", "bp", "copy", "first_words", "go", "money", "senders", "steps", "universe"]
