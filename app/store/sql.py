"""SQL as text, made into a statement once: the same words are the same statement."""

from functools import lru_cache

from app.store.plain import Words


@lru_cache(maxsize=1024)
def sql(words: str) -> Words:
    """The statement of these words; finding its parameters costs more than many a look-up."""
    return Words(words)
