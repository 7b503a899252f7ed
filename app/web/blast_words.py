"""How a blast is put into words: when it goes out, where it stands, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.blast import BlastState
from app.domain.local import instant
from app.services.blast_facts import Preview
from app.services.blast_progress import Progress
from app.store.blasts import Blast
from app.web.phase_form import people_in_words
from app.web.tongue import InTongue, marked, ngettext
from app.web.tongue import translated as _
from app.web.words import day, hour, number, span

BARS = InTongue(
    {
        "no target": marked("not in this campaign"),
        "has voted": marked("have voted"),
        "hold-out": marked("in the hold-out group"),
        "out": marked("deceased, moved away or refused"),
        "no address": marked("no phone or email on file"),
        "opted out": marked("opted out"),
        "dead address": marked("the number or address is dead"),
        "channel over": marked("the channel is over for them"),
        "landline": marked("a landline, which takes no texts"),
        "no consent": marked("no consent on file"),
        "cap reached": marked("as many attempts as the campaign allows"),
        "closed": marked("the channel is closed there at that time"),
        "over": marked("its time has passed there"),
        "unfilled": marked(
            "nothing on file for a field without words after a bar, as in {polling_place}"
        ),
    }
)
"""Each reason why somebody in the universe does not get it, in the words of the page."""

_TAGS = InTongue(
    {
        BlastState.DRAFT: ("", marked("draft")),
        BlastState.PAUSED: ("warn", marked("paused")),
        BlastState.CANCELED: ("", marked("canceled")),
        BlastState.DONE: ("", marked("done")),
    }
)
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Shown:
    """A blast as the pages have it."""

    blast: Blast
    state: BlastState
    kind: str  # of its tag: good, warn or none
    words: str  # draft, starts in 3 h, going out …
    when: str
    people: str
    begun: bool


def shown(blast: Blast, now: datetime, zone: str) -> Shown:
    """A blast with its state and times in words; `zone` is the campaign's own clock."""
    state = BlastState(blast.state)
    starts = instant(blast.starts_at.date(), blast.starts_at.time(), zone)
    begun = starts <= now
    if state is BlastState.SCHEDULED:
        soon = _("starts in %(length)s", length=span(starts - now))
        kind, words = "good", _("going out") if begun else soon
    else:
        kind, words = _TAGS[state]
    people = people_in_words(blast.filter)
    return Shown(blast, state, kind, words, when(blast), people, begun)


def when(blast: Blast) -> str:
    """Tue, Nov 3, 10 am, spread over 3 h, done by 6 pm; or sent by volunteers."""
    said = [f"{day(blast.starts_at)}, {hour(blast.starts_at.time())}"]
    if blast.by_hand:
        said.append(_("sent by volunteers"))
    if blast.spread_minutes:
        length = span(timedelta(minutes=blast.spread_minutes))
        said.append(_("spread over %(length)s", length=length))
    if blast.done_by is not None:
        same_day = blast.done_by.date() == blast.starts_at.date()
        at = hour(blast.done_by.time())
        said.append(_("done by %(at)s", at=at if same_day else f"{day(blast.done_by)}, {at}"))
    return ", ".join(said)


@dataclass(frozen=True)
class Week:
    """The blasts of a week from Monday on."""

    title: str
    blasts: Sequence[Shown]


def weeks(found: Sequence[Shown], today: date) -> list[Week]:
    """The blasts by week: this one and those to come first, then the past, the latest first."""
    by_monday: dict[date, list[Shown]] = {}
    for one in found:
        by_monday.setdefault(_monday(one.blast.starts_at.date()), []).append(one)
    this = _monday(today)
    ahead = sorted(monday for monday in by_monday if monday >= this)
    past = sorted((monday for monday in by_monday if monday < this), reverse=True)
    return [Week(_title(monday, this), by_monday[monday]) for monday in (*ahead, *past)]


def _monday(when: date) -> date:
    return when - timedelta(days=when.weekday())


def _title(monday: date, this: date) -> str:
    near = {this: _("This week"), this + _WEEK: _("Next week"), this - _WEEK: _("Last week")}
    return near.get(monday) or _("Week of %(day)s", day=day(monday))


@dataclass(frozen=True)
class Counted:
    """The numbers of a blast, in words, and how much of it has gone out (0 to 100)."""

    sent: str
    rest: str
    left: str
    percent: int
    hands: str = ""  # of a blast by hand: how many wait for a tap, and who is at it


def counted(found: Progress) -> Counted:
    """1,240 of 4,120 sent; 1,180 delivered, 12 failed, 40 under way."""
    total, given = found.total, found.given
    rest = [
        _("%(count)s delivered", count=number(given.delivered)),
        _("%(count)s failed", count=number(given.failed)),
        *([_("%(count)s under way", count=number(given.under_way))] if given.under_way else []),
        *([_("%(count)s never went out", count=number(given.ended))] if given.ended else []),
    ]
    waits = found.left + given.under_way
    return Counted(
        _("%(sent)s of %(total)s sent", sent=number(given.sent), total=number(total)),
        ", ".join(rest),
        _waiting(waits),
        min(given.sent * 100 // total, 100) if total else 0,
        _hands(found),
    )


def _waiting(voters: int) -> str:
    if not voters:
        return _("Nobody is left to get it.")
    return ngettext(
        "%(count)s voter would not get it.",
        "%(count)s voters would not get it.",
        voters,
        count=number(voters),
    )


def _hands(found: Progress) -> str:
    """212 wait for a tap; 3 volunteers are at it; 2 were reported for their words."""
    at_it = found.at_it
    if at_it is None:
        return ""
    people = at_it.volunteers
    said = [
        ngettext(
            "%(count)s text waits for a tap",
            "%(count)s texts wait for a tap",
            at_it.waiting,
            count=number(at_it.waiting),
        ),
        ngettext(
            "%(count)s volunteer is at it",
            "%(count)s volunteers are at it",
            people,
            count=number(people),
        ),
    ]
    if at_it.reported:
        said.append(_("%(count)s reported for their words", count=number(at_it.reported)))
    return "; ".join(said)


def barred(found: Preview) -> list[tuple[int, str]]:
    """How many do not get it, and why."""
    return [(many, BARS.get(why, why)) for why, many in found.barred.items()]


def starts(found: Preview) -> list[tuple[datetime, int]]:
    """When it starts, and for how many; the earliest first."""
    by_start: dict[datetime, int] = {}
    for stretch, people in found.stretches.items():
        by_start[stretch.starts_at] = by_start.get(stretch.starts_at, 0) + people
    return sorted(by_start.items())
