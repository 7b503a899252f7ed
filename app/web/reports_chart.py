"""Charts of a report, as the places of their bars: drawn by the template, without a script."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.channel import Channel
from app.domain.outcome import Share
from app.services.report_file import Cell
from app.web.reports_tables import Table
from app.web.tongue import tongue
from app.web.tongue import translated as _
from app.web.words import day as day_words
from app.web.words import number

MOST_BARS = 12
MOST_LABELS = 6
Found = tuple[str, float, str]
"""What a bar stands for, its value, and the value in words."""
Name = Callable[[Sequence[Cell]], str]


@dataclass(frozen=True)
class Bar:
    """A bar: where it stands and how long it is, in percent of the chart."""

    name: str
    label: str  # under the bar; empty where there is no room
    words: str  # its number with its unit
    at: float
    wide: float
    long: float


@dataclass(frozen=True)
class Chart:
    """Bars that stand (columns, in an order) or lie (ranked)."""

    title: str
    kind: str  # columns | ranked
    look: str  # call | text | email: the pattern
    top: str  # what the longest bar stands for
    bars: list[Bar]


def charts(table: Table) -> list[Chart]:
    """The charts of a table; none where there is nothing to see."""
    if not table.rows:
        return []
    if table.part == "day":
        return [_by_day(table, one) for one in Channel if any(_tried(table, one))]
    if table.part == "hour":
        return _by_hour(table)
    if table.part in ("universe", "precinct", "user", "script"):
        return _ranked_lines(table)
    if table.part == "sender":
        title = _("Delivered, of what was tried")
        return [_ranked(title, "text", _shares(table.rows, 4, name=_sender_name), 1.0)]
    if table.part == "result":
        return [_ranked(_("Calls by result"), "call", _shares(table.rows, 3), 1.0)]
    if table.part == "answer" and len(table.head) == len(("question", "answer", "voters", "share")):
        title = _("Answers, of those to the same question")
        return [_ranked(title, "call", _shares(table.rows, 3, name=_answer_name), 1.0)]
    if table.part == "opt_out":
        found = [(str(row[0]), float(_int(row[4])), number(_int(row[4]))) for row in table.rows]
        return [_ranked(_("Opt-outs by how"), "text", found)]
    return []


def _tried(table: Table, channel: Channel) -> list[int]:
    return [line.counts.tried(channel) for line in table.lines]


def _by_day(table: Table, channel: Channel) -> Chart:
    titles = {
        Channel.CALL: _("Calls by day"),
        Channel.TEXT: _("Texts by day"),
        Channel.EMAIL: _("Emails by day"),
    }
    known = {date.fromisoformat(line.key): line.counts.tried(channel) for line in table.lines}
    first, last = min(known), max(known)
    days = [date.fromordinal(at) for at in range(first.toordinal(), last.toordinal() + 1)]
    found = [(day_words(one), float(known.get(one, 0)), number(known.get(one, 0))) for one in days]
    short = [_short(one) for one in days]
    return _columns(titles[channel], channel.value, found, short)


def _short(when: date) -> str:
    """10/29, as short as a label under a bar must be; in Spanish 29/10."""
    return f"{when.day}/{when.month}" if tongue() == "es" else f"{when.month}/{when.day}"


def _by_hour(table: Table) -> list[Chart]:
    found = [
        (str(row[0]), line.counts.contact_rate.ratio or 0.0, _percent(line.counts.contact_rate))
        for row, line in zip(table.rows, table.lines, strict=True)
        if line.counts.tried(Channel.CALL)
    ]
    if not found:
        return []
    return [_columns(_("Contacts ÷ calls by hour"), "call", found, [one[0] for one in found])]


def _ranked_lines(table: Table) -> list[Chart]:
    if any(_tried(table, Channel.CALL)):
        title, look = _("Contacts"), "call"
        numbers = [line.counts.contacts for line in table.lines]
    else:
        title, look = _("Attempts"), "text"
        numbers = [line.counts.attempts for line in table.lines]
    found = [
        (str(row[0]), float(one), number(one)) for row, one in zip(table.rows, numbers, strict=True)
    ]
    return [_ranked(title, look, sorted(found, key=lambda one: -one[1]))]


def _shares(
    rows: Sequence[Sequence[Cell]], place: int, name: Name = lambda row: str(row[0])
) -> list[Found]:
    found = []
    for row in rows:
        share = row[place]
        assert isinstance(share, Share)
        words = _("%(share)s of %(base)s", share=_percent(share), base=number(share.of))
        found.append((name(row), share.ratio or 0.0, words))
    return found


def _sender_name(row: Sequence[Cell]) -> str:
    return f"{row[0]} · {row[1]}"


def _answer_name(row: Sequence[Cell]) -> str:
    return f"{row[0]} · {row[1]}"


def _percent(share: Share) -> str:
    return f"{(share.ratio or 0) * 100:.0f} %"


def _int(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def _columns(title: str, look: str, found: Sequence[Found], short: Sequence[str]) -> Chart:
    """Standing bars; every so many a label, so that labels do not touch on a phone."""
    longest = max((value for _name, value, _words in found), default=0.0)
    step, every = 100 / len(found), -(-len(found) // MOST_LABELS)
    bars = [
        Bar(
            name,
            label if at % every == 0 else "",
            words,
            round(at * step + step * 0.1, 2),
            round(step * 0.8, 2),
            round(100 * value / longest, 2) if longest else 0.0,
        )
        for at, ((name, value, words), label) in enumerate(zip(found, short, strict=True))
    ]
    top = next((words for _name, value, words in found if value == longest), "")
    return Chart(title, "columns", look, top, bars)


def _ranked(title: str, look: str, found: Sequence[Found], whole: float = 0.0) -> Chart:
    """Lying bars, the first dozen; as long as their part of `whole`, or of the longest."""
    longest = whole or max((value for _name, value, _words in found), default=0.0)
    bars = [
        Bar(name, name, words, 0, round(100 * value / longest, 2) if longest else 0.0, 0)
        for name, value, words in found[:MOST_BARS]
    ]
    return Chart(title, "ranked", look, "", bars)
