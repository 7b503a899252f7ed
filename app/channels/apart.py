"""Waits for a coroutine from code that knows nothing of loops."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def waited_for(work: Coroutine[Any, Any, Answer]) -> Answer:
    """What the coroutine returns or raises, run in a thread and a loop of its own: the caller's
    thread may be within a loop already, where a second one cannot begin."""
    with ThreadPoolExecutor(1, thread_name_prefix="apart") as pool:
        return pool.submit(asyncio.run, work).result()
