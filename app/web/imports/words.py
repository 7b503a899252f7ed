"""Runs of the importer in words: states, stages, counts, and what comes next."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from flask import current_app, url_for

from app.domain.kind import KINDS
from app.domain.layout import load_layout
from app.domain.layout_facts import WrongLayout
from app.store.imports import ImportRun
from app.web.words import number, phone, plural, span, zone_name

STATES = {
    "draft": "waits for you",
    "check_queued": "waits to be checked",
    "checking": "being checked",
    "checked": "checked, not in yet",
    "queued": "waits its turn",
    "running": "going in",
    "done": "imported",
    "failed": "failed",
    "canceled": "canceled",
}

TONES = {"draft": "warn", "checked": "warn", "done": "good", "failed": "bad"}

STEPS = (
    ("waiting", "Waits"),
    ("reading", "Reads"),
    ("comparing", "Compares"),
    ("storing", "Stores"),
)

STAGES = {
    "": "Waits for a worker.",
    "waiting": "Another import of this kind is under way; this one starts when it ends.",
    "reading": "Reads and cleans the rows.",
    "comparing": "All of it is read. Compares with what is on file.",
    "storing": "All of it is read. Stores it; for voters this includes households.",
}

OWN_LAYOUT = "own mapping"
"""The name of a mapping that was made for one file and not kept."""

COUNTS: dict[str, str | tuple[str, str]] = {
    "new": "new",
    "changed": "changed",
    "unchanged": "as before",
    "missing": "on file, not in this one",
    "withdrawn": "taken off every list",
    "kept_with_loss": "kept, with something left out",
    "kept_without_phone": "kept without a phone",
    "struck": "now struck as voted",
    "taken_back": "taken back, to be cured",
    "canceled": ("pending contact canceled", "pending contacts canceled"),
    "emails_filled": ("voter given an email", "voters given an email"),
    "rejected": ("row rejected", "rows rejected"),
}
"""What a run counts, of one and of several, in the order of the page; the database keeps none."""

FOR_TEMPLATES = (
    *("state", "tone", "count_words", "kind_title", "layout_title", "percent", "cell"),
    *("ago", "size"),
)

_OF_ROWS = ("new", "changed", "unchanged")
_WHEN_ANY = (
    *("missing", "withdrawn", "kept_with_loss", "kept_without_phone"),
    *("struck", "taken_back", "canceled", "emails_filled"),
)
_INSIDE = ("read", "staged", "refused", "same")


def state(run: ImportRun) -> str:
    """The state of a run, as its tag says."""
    return STATES.get(run.state, run.state)


def tone(run: ImportRun) -> str:
    """The color of the tag: good, warn, bad, or plain."""
    return TONES.get(run.state, "plain")


def count_words(run: ImportRun) -> dict[str, tuple[str, str]]:
    """What each count of a run is a count of, of one and of several, in the order of the page."""
    others = sorted(set(run.counts) - set(COUNTS) - set(_INSIDE))
    words = dict(COUNTS)
    words["new"] = (f"new {row_word(run.kind)}", f"new {row_words(run.kind)}")
    words |= {name: name.replace("_", " ") for name in others}
    return {
        name: (said, said) if isinstance(said, str) else said
        for name, said in words.items()
        if name not in _WHEN_ANY or run.counts.get(name)
    }


def ago(length: timedelta) -> str:
    """How long since: just now, 5 min ago."""
    return "just now" if length < timedelta(minutes=1) else f"{span(length)} ago"


def row_words(kind: str) -> str:
    """Rows of a kind in the plural: voters, addresses."""
    word = KINDS[kind].row if kind in KINDS else "row"
    return f"{word}es" if word.endswith("s") else f"{word}s"


def row_word(kind: str) -> str:
    """A row of a kind: voter, address."""
    return KINDS[kind].row if kind in KINDS else "row"


def kind_title(kind: str) -> str:
    """What people call a kind of list."""
    return KINDS[kind].title if kind in KINDS else kind


def layout_title(run: ImportRun) -> str:
    """What a run's file is read by: a layout of ours, a mapping by its name, or one of its own."""
    if run.mapping:
        return OWN_LAYOUT if run.layout == OWN_LAYOUT else f"mapping “{run.layout}”"
    return f"{shipped_title(run.layout)} layout" if run.layout else "not said yet"


def shipped_title(name: str) -> str:
    """The title of a layout of ours; the name itself if there is none any more."""
    try:
        return load_layout(name).title
    except WrongLayout:
        return name.upper()


def percent(run: ImportRun) -> int:
    """How much of the file is read, from 0 to 100."""
    if run.stage in ("comparing", "storing"):
        return 100
    return min(100, 100 * run.bytes_read // run.size) if run.size else 0


def step(run: ImportRun) -> str:
    """Where a run stands among STEPS."""
    return run.stage if run.stage in dict(STEPS) else "waiting"


def steps(check: bool) -> list[tuple[str, str]]:
    """The steps that a run goes through; a dry run compares, an import stores."""
    left_out = "storing" if check else "comparing"
    return [(name, words) for name, words in STEPS if name != left_out]


def useful(counts: Mapping[str, int]) -> int:
    """Rows that an import would write or confirm."""
    return sum(counts.get(name, 0) for name in _OF_ROWS)


def warnings(run: ImportRun) -> list[str]:
    """What to think of before a checked run is imported."""
    counts, said = run.counts, []
    rejected, read = counts.get("rejected", 0), counts.get("read", 0)
    if rejected and rejected * 5 >= read:
        said.append(
            f"{number(rejected)} of {plural(read, 'row')} would stay out. That is a lot: "
            "look at the reasons below, and change the mapping if a column is taken for another."
        )
    missing = counts.get("missing", 0)
    if missing and run.options.get("missing") == "withdraw":
        said.append(
            f"{plural(missing, 'voter')} on file {'is' if missing == 1 else 'are'} not in this "
            "file and will be taken off every list."
        )
    return said


NEXT_STEPS = {
    "voters": (
        ("Make a universe", "universes.new"),
        ("Make a universe", "universes.index"),
        ("Set up a campaign", "campaigns.new"),
    ),
    "history": (("Make a universe", "universes.new"), ("Set up a campaign", "campaigns.new")),
    "volunteers": (("See the people", "people.index"),),
    "shifts": (("See the people", "people.index"),),
    "ballots": (("See the campaigns", "campaigns.index"),),
}


def next_steps(kind: str) -> Iterator[tuple[str, str]]:
    """What to do after an import, and where; only pages that there are."""
    seen = set()
    for words, endpoint in NEXT_STEPS.get(kind, (("See the campaigns", "campaigns.index"),)):
        if endpoint in current_app.view_functions and words not in seen:
            seen.add(words)
            yield words, url_for(endpoint)


def size(count: int) -> str:
    """So many bytes, in the unit that suits: 12 KB, 1.4 GB."""
    if count < 1000:
        return plural(count, "byte")
    amount, units = float(count), ("KB", "MB", "GB", "TB")
    for unit in units:
        amount /= 1000
        if amount < 1000 or unit == units[-1]:
            break
    return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"


_PHONE = re.compile(r"\+\d{7,15}")


def cell(key: str, text: str) -> str:
    """A cell of the preview; phones and time zones as people write them."""
    if key == "zones":
        return " or ".join(zone_name(zone) for zone in re.split(r"[\s,|]+", text) if zone)
    return _PHONE.sub(lambda found: phone(found[0]), text)
