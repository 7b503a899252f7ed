"""The tables of a report: their columns, their lines, and the words that say what was counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import CONTACTS, Disposition
from app.domain.message import UnknownField, fields_of, fill
from app.domain.outcome import FAILED, FILTERED, ON_WAY, UNDELIVERED, UNKNOWN, UNSAID, Share
from app.domain.survey import said_in
from app.services import reports
from app.services.count_reports import MOST_UNIVERSES, universes_of
from app.services.report_file import Cell
from app.services.reports import SHOWN, Line
from app.services.surveys import survey_of
from app.store import reports as stored
from app.store.campaigns import Campaign
from app.web.call_words import RESULTS
from app.web.reports_keys import named
from app.web.tongue import ngettext, tongue
from app.web.tongue import translated as _
from app.web.words import day as day_in_words

NAMED_LEFT_OUT = 10
SPLITS = ("all", "user", "script", "precinct")
"""What answers may be told apart by."""


@dataclass(frozen=True)
class Table:
    """A table with its lines as they were counted; `rows` are its cells, the first the name."""

    part: str
    title: str
    words: str  # what was counted, and over what
    head: list[str]
    rows: list[list[Cell]]
    lines: list[Line] = field(default_factory=list)
    total: int = 0  # lines there are; the page may show fewer


def part_words() -> dict[str, str]:
    """Each part as its tab says it."""
    return {
        "day": _("Day"),
        "hour": _("Hour"),
        "result": _("Result"),
        "universe": _("Universe"),
        "precinct": _("Precinct"),
        "user": _("Volunteer"),
        "script": _("Script"),
        "sender": _("Sender"),
        "answer": _("Answers"),
        "opt_out": _("Opt-outs"),
    }


def _titles() -> dict[str, tuple[str, str]]:
    by_attempt = _(
        "An attempt is one dial, text or email; a contact is a call that reached the person."
    )
    return {
        "day": (_("Attempts by day"), by_attempt),
        "hour": (_("Contact rate by hour"), _("Hours on the campaign’s own clock.")),
        "result": (_("Results of calls"), _("Share of all calls that were made.")),
        "universe": (
            _("Universes"),
            _(
                "A voter counts in every universe that they were in when their attempts were last "
                "counted."
            ),
        ),
        "precinct": (_("Precincts"), by_attempt),
        "user": (
            _("Volunteers"),
            _("Calls, and texts that a volunteer sent by hand."),
        ),
        "script": (
            _("Script versions"),
            _("Each version of what was said or written, and each blast."),
        ),
        "sender": (
            _("Deliveries by sender"),
            _(
                "Delivered is what the carrier says; of emails, that the relay took it. "
                "Filtered: a carrier took the text for spam."
            ),
        ),
        "answer": (
            _("Survey answers"),
            _(
                "The latest answer of each voter stands, on the day of the call in which it was "
                "given. An answer by text counts on the day on which it was noted."
            ),
        ),
        "opt_out": (
            _("Opt-outs"),
            _(
                "Phones and email addresses that this campaign had tried, or that wrote to it. "
                "Lists that were imported do not count."
            ),
        ),
    }


def table(
    session: Session,
    campaign: Campaign,
    part: str,
    day: date | None,
    *,
    now_days: Sequence[date],
    whole: bool = False,
    split: str = "all",
) -> Table:
    """One table of a day, or of all days for None; with `whole` all its lines and columns."""
    title, words = _titles()[part]
    if part == "universe":
        words = f"{words} {_left_out(session, campaign)}".strip()
    if part == "answer":
        return _answers(session, campaign, day, title, words, split)
    if part == "day":
        first, last = (day, day) if day else (now_days[0], now_days[-1])
        found = reports.days(session, campaign.id, first, last)
        return _lines(title, words, part, found, [date.fromisoformat(one.key) for one in found])
    if part == "result":
        return _results(title, words, reports.lines(session, campaign.id, day, "hour"))
    found = reports.lines(session, campaign.id, day, part, None if whole else SHOWN)
    keys = [line.key for line in found]
    if part == "opt_out":
        return _opt_outs(title, words, found)
    name = named(session, campaign, part, keys)
    cut = not whole and len(found) == SHOWN
    total = stored.number_of_keys(session, campaign.id, day, part) if cut else len(found)
    if part == "sender":
        return _senders(title, words, found, [name(key) for key in keys], total)
    return _lines(title, words, part, found, [name(key) for key in keys], total, whole=whole)


def _left_out(session: Session, campaign: Campaign) -> str:
    """Which universes are not counted, since there are too many; empty where all are."""
    left = [one.name for one in universes_of(session, campaign)[MOST_UNIVERSES:]]
    if not left:
        return ""
    shown = ", ".join(left[:NAMED_LEFT_OUT]) + ("…" if len(left) > NAMED_LEFT_OUT else "")
    return ngettext(
        "At most %(most)s universes are counted, those first that this campaign names. One is left "
        "out: %(names)s.",
        "At most %(most)s universes are counted, those first that this campaign names. %(num)s are "
        "left out: %(names)s.",
        len(left),
        most=MOST_UNIVERSES,
        names=shown,
    )


def _lines(
    title: str,
    words: str,
    part: str,
    found: list[Line],
    names: Sequence[Cell],
    total: int = 0,
    *,
    whole: bool = False,
) -> Table:
    """What most parts show: each channel that was used, opt-outs where they are known, the cost."""
    used = [one for one in Channel if any(line.counts.tried(one) for line in found)]
    calls = Channel.CALL in used
    head = [part_words()[part], *(_call_head() if calls else [])]
    for one in (Channel.TEXT, Channel.EMAIL):
        head += _message_head(one) if one in used else []
    head += [_("Opt-outs")] if part == "day" else []
    head += [_("Cost"), *([_("Cost per contact")] if calls else [])]
    results = _results_seen(found) if whole and calls else []
    head += [RESULTS[one] for one in results]
    rows = []
    for name, line in zip(names, found, strict=True):
        row = [name, *_call_cells(line)] if calls else [name]
        for one in (Channel.TEXT, Channel.EMAIL):
            row += _message_cells(line, one) if one in used else []
        row += [sum(line.opt_outs.values())] if part == "day" else []
        row += [line.counts.cost, *([line.counts.cost_per_contact] if calls else [])]
        rows.append([*row, *(line.counts.came_to(Channel.CALL, one.value) for one in results)])
    return Table(part, title, words, head, rows, found, total or len(found))


def _call_head() -> list[str]:
    return [_("Calls"), _("Contacts"), _("Contacts ÷ calls")]


def _call_cells(line: Line) -> list[Cell]:
    counts = line.counts
    return [counts.tried(Channel.CALL), counts.contacts, counts.contact_rate]


def _message_head(channel: Channel) -> list[str]:
    if channel is Channel.TEXT:
        return [_("Texts"), _("Texts delivered"), _("Texts delivered ÷ texts"), _("Texts filtered")]
    return [_("Emails"), _("Emails delivered"), _("Emails delivered ÷ emails")]


def _message_cells(line: Line, channel: Channel) -> list[Cell]:
    share = line.counts.delivered(channel)
    cells: list[Cell] = [share.of, share.hits, share]
    filtered = line.counts.came_to(channel, FILTERED)
    return [*cells, filtered] if channel is Channel.TEXT else cells


def _results_seen(found: list[Line]) -> list[Disposition]:
    seen = {outcome for line in found for channel, outcome in line.counts.numbers}
    return [one for one in Disposition if one.value in seen]


def _results(title: str, words: str, found: list[Line]) -> Table:
    whole = reports.total(found).counts
    calls = whole.tried(Channel.CALL)
    said = {**RESULTS, UNSAID: _("Not recorded")}
    head = [_("Result"), _("Reached"), _("Calls"), _("Result ÷ calls")]
    numbers = [(key, whole.came_to(Channel.CALL, key)) for key in said]
    numbers.sort(key=lambda one: -one[1])
    contacts = {one.value for one in CONTACTS}
    rows: list[list[Cell]] = [
        [said[key], _("yes") if key in contacts else "", number, Share(number, calls)]
        for key, number in numbers
        if number
    ]
    return Table("result", title, words, head, rows, total=len(rows))


def _senders(title: str, words: str, found: list[Line], names: Sequence[str], total: int) -> Table:
    head = [
        *(_("Sender"), _("Channel"), _("Tried"), _("Delivered"), _("Delivered ÷ tried")),
        *(_("Undelivered"), _("Failed"), _("Filtered"), _("On the way"), _("No answer")),
        *(_("Cost"), _("Cost per delivery")),
    ]
    channels = {Channel.TEXT: _("Texts"), Channel.EMAIL: _("Emails")}
    rows: list[list[Cell]] = []
    for name, line in zip(names, found, strict=True):
        for one, said in channels.items():
            share = line.counts.delivered(one)
            if share.of:
                parts = (UNDELIVERED, FAILED, FILTERED, ON_WAY, UNKNOWN)
                rest = [line.counts.came_to(one, outcome) for outcome in parts]
                cost, each = line.counts.costs[one], line.counts.cost_per_delivered(one)
                rows.append([name, said, share.of, share.hits, share, *rest, cost, each])
    return Table("sender", title, words, head, rows, found, total)


def _opt_outs(title: str, words: str, found: list[Line]) -> Table:
    said = {
        "reply": _("In a reply"),
        "call": _("Said in a call"),
        "unsubscribe": _("By the unsubscribe link"),
        "carrier": _("At the carrier"),
        "organizer": _("Noted by an organizer"),
    }
    head = [_("How"), _("From texts"), _("From calls"), _("From emails"), _("All")]
    order = (Channel.TEXT, Channel.CALL, Channel.EMAIL)
    rows: list[list[Cell]] = [
        [
            said.get(line.key, line.key),
            *(line.counts.tried(one) for one in order),
            line.counts.attempts,
        ]
        for line in found
    ]
    return Table("opt_out", title, words, head, rows, found, len(rows))


def _answers(
    session: Session, campaign: Campaign, day: date | None, title: str, words: str, split: str
) -> Table:
    found = reports.told(session, campaign.id, day, split)
    survey = survey_of(session, campaign.id)
    bases: dict[tuple[str, str], int] = {}
    for one in found:
        bases[one.of, one.question] = bases.get((one.of, one.question), 0) + one.voters
    keys = [one.of.partition(":")[2] for one in found]
    if split == "script":
        keys = [f"script:{key}" for key in keys]
    name = named(session, campaign, split, keys)
    rows: list[list[Cell]] = []
    for one, key in zip(found, keys, strict=True):
        question = survey.question(one.question)
        choice = question.choice(one.answer) if question else None
        asked = _asked(campaign, question.words if question else {}, one.question)
        answer = _asked(campaign, choice.words if choice else {}, one.answer)
        base = bases[one.of, one.question]
        row: list[Cell] = [asked, answer, one.voters, Share(one.voters, base)]
        rows.append(row if split == "all" else [name(key), *row])
    head = [_("Question"), _("Answer"), _("Voters"), _("Answer ÷ answers to the question")]
    if split != "all":
        head = [part_words()[split], *head]
    return Table("answer", title, words, head, rows, total=len(rows))


def _asked(campaign: Campaign, words: Mapping[str, str], key: str) -> str:
    """What voters were asked, or answered, with the facts that are the same for all of them."""
    said = said_in(words, tongue()) if words else key
    facts = {
        "candidate": campaign.candidate or campaign.name,
        "organization": campaign.organization or campaign.name,
        "polling_day": day_in_words(campaign.polling_day),
    }
    try:
        return fill(said, facts, dict.fromkeys(fields_of(said), "…"))
    except UnknownField:
        return said
