"""Garbage: how seldom a process looks for what nobody refers to any more."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS = 50_000


def collect_seldom() -> None:
    """To be called once all is loaded.

    A search stops every thread. By default one begins with every 700 new objects, which are a few
    texts, and now and then one goes through whatever was imported: together a fifth of the time of
    a worker that sends.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)


@contextmanager
def quickly() -> Iterator[None]:
    """For imports, which leave none: to go through all that is new, again and again, is a fifth of
    a start. What is there at the end of them stays, and no later search goes through it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
