"""Runs of the importer in words: states, stages, counts, and what comes next."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from flask import url_for

from app.domain.kind import KINDS
from app.domain.layout import load_layout
from app.domain.layout_facts import WrongLayout
from app.store.imports import ImportRun
from app.web.retold import retold
from app.web.tongue import InTongue, marked, ngettext
from app.web.tongue import translated as _
from app.web.way_back import set_up_to_go_on
from app.web.words import number, phone, span, zone_name

STATES = InTongue(
    {
        "draft": marked("waits for you"),
        "check_queued": marked("waits to be checked"),
        "checking": marked("being checked"),
        "checked": marked("checked, not in yet"),
        "queued": marked("waits its turn"),
        "running": marked("going in"),
        "done": marked("imported"),
        "failed": marked("failed"),
        "canceled": marked("canceled"),
    }
)

TONES = {"draft": "warn", "checked": "warn", "done": "good", "failed": "bad"}

STEPS = (
    ("waiting", marked("Waits")),
    ("reading", marked("Reads")),
    ("comparing", marked("Compares")),
    ("storing", marked("Stores")),
)

STAGES = InTongue(
    {
        "": marked("Waits for a worker."),
        "waiting": marked(
            "Another import of this kind is under way; this one starts when it ends."
        ),
        "reading": marked("Reads and cleans the rows."),
        "comparing": marked("All of it is read. Compares with what is on file."),
        "storing": marked("All of it is read. Stores it; for voters this includes households."),
    }
)

OWN_LAYOUT = marked("own mapping")
"""The name of a mapping that was made for one file and not kept."""

COUNTS = InTongue(
    {
        "new": (marked("new"), marked("new")),
        "changed": (marked("changed"), marked("changed")),
        "unchanged": (marked("as before"), marked("as before")),
        "missing": (marked("on file, not in this one"), marked("on file, not in this one")),
        "withdrawn": (marked("taken off every list"), marked("taken off every list")),
        "kept_with_loss": (
            marked("kept, with something left out"),
            marked("kept, with something left out"),
        ),
        "kept_without_phone": (marked("kept without a phone"), marked("kept without a phone")),
        "struck": (marked("now struck as voted"), marked("now struck as voted")),
        "taken_back": (marked("taken back, to be cured"), marked("taken back, to be cured")),
        "canceled": (marked("pending contact canceled"), marked("pending contacts canceled")),
        "emails_filled": (marked("voter given an email"), marked("voters given an email")),
        "rejected": (marked("row rejected"), marked("rows rejected")),
    }
)
"""What a run counts, of one and of several, in the order of the page; the database keeps none."""

ROWS = InTongue(
    {
        "voters": (marked("voter"), marked("voters")),
        "history": (marked("vote"), marked("votes")),
        "ballots": (marked("ballot"), marked("ballots")),
        "consents": (marked("consent"), marked("consents")),
        "do_not_contact": (marked("address"), marked("addresses")),
        "precincts": (marked("precinct"), marked("precincts")),
        "volunteers": (marked("volunteer"), marked("volunteers")),
        "shifts": (marked("shift"), marked("shifts")),
        "answers": (marked("answer"), marked("answers")),
        "": (marked("row"), marked("rows")),
    }
)
"""A row of each kind, of one and of several; rows of any other kind are rows."""

FOR_TEMPLATES = (
    *("state", "tone", "count_words", "kind_title", "layout_title", "percent", "cell"),
    *("ago", "size", "sentence", "rows_read"),
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
    one, several = ROWS.get(run.kind, ROWS[""])
    words["new"] = (_("new %(rows)s", rows=one), _("new %(rows)s", rows=several))
    words |= {name: (name.replace("_", " "),) * 2 for name in others}
    return {
        name: said for name, said in words.items() if name not in _WHEN_ANY or run.counts.get(name)
    }


def ago(length: timedelta) -> str:
    """How long since: just now, 5 min ago."""
    if length < timedelta(minutes=1):
        return _("just now")
    return _("%(length)s ago", length=span(length))


def sentence(said: str, *, stop: bool = True) -> str:
    """What a service says of a run, as a sentence of its own."""
    words = retold(said)
    end = "." if stop and not words.endswith(".") else ""
    return f"{words[:1].upper()}{words[1:]}{end}"


def rows_read(count: int) -> str:
    """4,120 rows read."""
    return ngettext("%(count)s row read", "%(count)s rows read", count, count=number(count))


def row_words(kind: str) -> str:
    """Rows of a kind in the plural: voters, addresses."""
    return ROWS.get(kind, ROWS[""])[1]


def row_word(kind: str) -> str:
    """A row of a kind: voter, address."""
    return ROWS.get(kind, ROWS[""])[0]


def kind_title(kind: str) -> str:
    """What people call a kind of list."""
    return retold(KINDS[kind].title) if kind in KINDS else kind


def layout_title(run: ImportRun) -> str:
    """What a run's file is read by: a layout of ours, a mapping by its name, or one of its own."""
    if run.mapping:
        if run.layout == OWN_LAYOUT:
            return _(OWN_LAYOUT)
        return _("mapping “%(name)s”", name=run.layout)
    if not run.layout:
        return _("not said yet")
    return _("%(title)s layout", title=shipped_title(run.layout))


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
    return [(name, _(words)) for name, words in STEPS if name != left_out]


def useful(counts: Mapping[str, int]) -> int:
    """Rows that an import would write or confirm."""
    return sum(counts.get(name, 0) for name in _OF_ROWS)


def warnings(run: ImportRun) -> list[str]:
    """What to think of before a checked run is imported."""
    counts, said = run.counts, []
    rejected, read = counts.get("rejected", 0), counts.get("read", 0)
    if rejected and rejected * 5 >= read:
        said.append(
            ngettext(
                "%(rejected)s of %(read)s row would stay out. That is a lot: look at the reasons "
                "below, and change the mapping if a column is taken for another.",
                "%(rejected)s of %(read)s rows would stay out. That is a lot: look at the reasons "
                "below, and change the mapping if a column is taken for another.",
                read,
                rejected=number(rejected),
                read=number(read),
            )
        )
    missing = counts.get("missing", 0)
    if missing and run.options.get("missing") == "withdraw":
        said.append(
            ngettext(
                "%(count)s voter on file is not in this file and will be taken off every list.",
                "%(count)s voters on file are not in this file and will be taken off every list.",
                missing,
                count=number(missing),
            )
        )
    return said


NEXT_STEPS = {
    "voters": (
        (marked("Make a universe"), "universes.new"),
        (marked("Make a universe"), "universes.index"),
        (marked("Set up a campaign"), "campaigns.new"),
    ),
    "history": (
        (marked("Make a universe"), "universes.new"),
        (marked("Set up a campaign"), "campaigns.new"),
    ),
    "volunteers": ((marked("See the people"), "people.index"),),
    "shifts": ((marked("See the people"), "people.index"),),
    "ballots": ((marked("See the campaigns"), "campaigns.index"),),
}


def next_steps(kind: str) -> Iterator[tuple[str, str]]:
    """What to do after an import, and where."""
    if campaign_id := set_up_to_go_on():
        yield _("Go on with the set-up"), url_for("setup.show", campaign_id=campaign_id)
        return
    seen = set()
    for words, endpoint in NEXT_STEPS.get(
        kind, ((marked("See the campaigns"), "campaigns.index"),)
    ):
        if words not in seen:
            seen.add(words)
            yield _(words), url_for(endpoint)


def size(count: int) -> str:
    """So many bytes, in the unit that suits: 12 KB, 1.4 GB."""
    if count < 1000:
        return ngettext("%(count)s byte", "%(count)s bytes", count, count=number(count))
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
        zones = [zone_name(zone) for zone in re.split(r"[\s,|]+", text) if zone]
        if len(zones) < 2:
            return "".join(zones)
        return _("%(zones)s or %(last)s", zones=", ".join(zones[:-1]), last=zones[-1])
    return _PHONE.sub(lambda found: phone(found[0]), text)
