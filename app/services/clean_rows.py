"""Rows of a file cleaned, in this process or in several, and handed on in the file's order.

A file is cut into chunks at ends of lines, where no quote is open as far as one can see; each
chunk is read and cleaned by itself. Cleaning is most of an import's work, and Python does it in
one process at a time, so a large file is cleaned in as many processes as there are processors.
"""

import gc
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from operator import itemgetter
from threading import Thread

from app.domain.cleaned import Clean, Rejection
from app.domain.layout import Columns
from app.domain.row import read_rows
from app.services.refused import ImportRefused
from app.services.setting import Setting

CHUNK = 1024 * 1024
"""Bytes that are cleaned at a time."""

LONGEST_CHUNK = 4 * CHUNK
"""A quote open for so long is a stray one; the reader finds the row that it is in."""

WORTHWHILE = 16 * CHUNK
"""Bytes from which on other processes are worth the second that they take to start."""

NOTES = 20
"""Examples of rows kept with something missing that a run remembers."""

MakeClean = Callable[[Columns, Setting], Clean]


@dataclass(frozen=True)
class Task:
    """How the rows of a file are read and cleaned; sent to other processes."""

    columns: Columns
    setting: Setting
    fallback: str  # what bytes that are not UTF-8 mean
    make_clean: MakeClean  # another process finds it by its module, which had best import little


@dataclass
class Chunk:
    """A part of the file: the number of its first line, and its bytes."""

    first: int
    data: bytes
    skip: int = 0  # lines of header at its beginning
    size: int = 0


@dataclass
class CleanChunk:
    """What became of a chunk."""

    size: int = 0  # bytes of the file
    read: int = 0  # rows
    lost: int = 0  # rows kept with something missing
    lines: bytes = b""  # for COPY: row number and columns, tabs between
    notes: list[str] = field(default_factory=list)
    rejected: list[tuple[int, str, str]] = field(default_factory=list)  # number, reason, row
    leaving: list[tuple[str, str]] = field(default_factory=list)  # id and status of whom it ends


def chunks(blocks: Iterable[bytes], skip: int) -> Iterator[Chunk]:
    """The file cut at ends of lines outside of quotes; `skip` lines precede its first row."""
    first = 1
    waiting: list[bytes] = []
    size = 0
    for block in blocks:
        waiting.append(block)
        size += len(block)
        if size < CHUNK:
            continue
        data = b"".join(waiting)
        cut = _cut(data)
        if not cut and len(data) < LONGEST_CHUNK:
            waiting = [data]
            continue
        cut = cut or (data.rfind(b"\n") + 1) or (data.rfind(b"\r", 0, -1) + 1)
        if not cut:
            waiting = [data]  # a line of many megabytes; the reader rejects it
            continue
        yield Chunk(first, data[:cut], skip, cut)
        first += _lines(data[:cut])
        waiting, size, skip = [data[cut:]], len(data) - cut, 0
    if size:
        yield Chunk(first, b"".join(waiting), skip, size)


def _cut(data: bytes) -> int:
    """Where to cut: after the last end of line that an even number of quotes precedes; or 0."""
    end = data.rfind(b"\n") + 1
    odd = data.count(b'"', 0, end) % 2
    while end and odd:
        before = data.rfind(b"\n", 0, end - 1) + 1
        odd ^= data.count(b'"', before, end) % 2
        end = before
    return end


def _lines(data: bytes) -> int:
    return data.count(b"\n") or data.count(b"\r")


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Millions of cells come and go here, none in a cycle; to look for cycles among them would
    take half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_no_collecting()
def clean_chunk(task: Task, clean: Clean, chunk: Chunk) -> CleanChunk:
    """Read and clean one chunk."""
    done = CleanChunk(size=chunk.size)
    layout = task.columns.layout
    lines: list[str] = []
    offset = chunk.first - 1
    for batch in read_rows(
        (chunk.data,),
        *(layout.delimiter, task.fallback, task.columns.width),
        skip=chunk.skip,
        header=task.columns.header,
        quotes=layout.quotes,
    ):
        for number, cells, raw in zip(batch.numbers, batch.rows, batch.raws, strict=True):
            found = clean(cells)
            if isinstance(found, Rejection):
                if raw and not raw.isspace():
                    done.read += 1
                    kept = "" if found.secret else raw
                    done.rejected.append((number + offset, found.reason, kept))
                    if found.source_id:
                        done.leaving.append((found.source_id, found.status))
                continue
            done.read += 1
            if found.lost:
                done.lost += 1
                if len(done.notes) < NOTES:
                    done.notes.append(f"Row {number + offset}: {found.lost}")
            lines.append(f"{number + offset}\t" + "\t".join(found.row) + "\n")
        for damage in batch.damaged:
            done.read += 1
            done.rejected.append((damage.number + offset, damage.reason, damage.raw))
    done.rejected.sort(key=itemgetter(0))  # the damaged ones come last from the reader
    done.lines = "".join(lines).encode()
    return done


def clean_file(task: Task, blocks: Iterable[bytes], size: int) -> Iterator[CleanChunk]:
    """The chunks of a file of `size` bytes on disk, cleaned, in the file's order."""
    parts = chunks(blocks, task.columns.skip)
    if size < WORTHWHILE:
        clean = task.make_clean(task.columns, task.setting)
        for part in parts:
            yield clean_chunk(task, clean, part)
        return
    yield from _in_processes(task, parts)


def _in_processes(task: Task, parts: Iterable[Chunk]) -> Iterator[CleanChunk]:
    number = max(1, min(os.cpu_count() or 1, 8))
    pool = ProcessPoolExecutor(
        number, mp_context=get_context("spawn"), initializer=_begin, initargs=(task, os.getpid())
    )
    waiting: deque[Future[CleanChunk]] = deque()
    try:
        for part in parts:
            waiting.append(pool.submit(_clean_here, part))
            if len(waiting) > 2 * number:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise ImportRefused(
            "a process that cleaned rows was ended, perhaps for want of memory; nothing was "
            "stored. Try again"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_here: tuple[Task, Clean] | None = None
"""In a process of its own: the task and its cleaner, whose caches serve all chunks."""


def _begin(task: Task, parent: int) -> None:
    global _here
    _here = task, task.make_clean(task.columns, task.setting)
    Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """A parent that was killed cannot end its pool."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _clean_here(part: Chunk) -> CleanChunk:
    assert _here is not None  # _begin ran before
    return clean_chunk(*_here, part)
