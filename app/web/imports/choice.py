"""What somebody says of a file: its kind, its layout or mapping, and how to take it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.kind import KINDS, VOTERS
from app.domain.layout import Layout, layout_facts, layout_from, load_layout
from app.domain.layout_facts import WrongLayout
from app.domain.mapping import (
    DAY_ORDERS,
    LEFT_OUT,
    VOTE,
    day_forms,
    day_order,
    election_of,
    facts_of,
    fields_of,
    guessed_fields,
)
from app.services.look import Look
from app.store.imports import ImportRun
from app.store.imports import Mapping as Saved
from app.web.imports.words import OWN_LAYOUT

OWN, SHIPPED, SAVED = "own", "shipped:", "saved:"
"""What the layout field holds: a mapping made here, or the name of a shipped or a saved one."""

BEFORE = "before"
"""The base of a mapping that is changed: as it was said of this file before."""

KEEP, WITHDRAW = MISSING = ("keep", "withdraw")
NAME_LENGTH = 60

_WRITTEN = ("delimiter", "quotes", "encoding", "header", "skip", "width")
"""The facts of a layout on how this very file is written."""

_OF_ITS_FILE = ("marks", "shape", "title", *_WRITTEN)


@dataclass(frozen=True)
class Choice:
    """All that the page of a draft asks; made from a look, from a run, or from the form."""

    kind: str
    layout: str  # own | shipped:nc | saved:Eastside list
    base: str = ""  # the layout whose words a mapping made here goes on with
    fields: tuple[str, ...] = ()  # what each column of the file is; empty: left out
    days: str = "month"
    source: str = ""
    state: str = ""
    country: str = ""
    missing: str = "keep"
    campaign: str = ""
    save_as: str = ""
    sure: str = ""  # the kind of which somebody said that it is this, being asked

    @property
    def own(self) -> bool:
        """Whether the columns are mapped here."""
        return self.layout == OWN

    def has(self, *fields: str) -> bool:
        """Whether a column is one of these."""
        return any(field in self.fields for field in fields)


class Chooser:
    """Makes choices for one file, of which it knows what it looks like and which mappings fit."""

    def __init__(self, seen: Look, run: ImportRun, saved: Sequence[Saved], *, country: str) -> None:
        self.seen = seen
        self._run = run
        self._country = country
        self._own_source = source_of(run.filename)
        self._specs = {one.name: one.spec for one in saved}
        self.saved = [one.name for one in saved if self._fits(one.spec, one.name)]

    def first(self, kind: str) -> Choice:
        """What to propose for a kind: a mapping kept for such files, a known layout, a guess."""
        for name in self.saved_for(kind):
            return self.with_layout(kind, SAVED + name)
        known = self.seen.detected.layout
        if known and load_layout(known).kind == kind:
            return self.with_layout(kind, SHIPPED + known)
        return self.with_layout(kind, OWN)

    def with_layout(self, kind: str, layout: str, base: str = "") -> Choice:
        """What to propose under this layout; a mapping made here starts from `base`, or a guess."""
        told = base if layout == OWN else layout
        facts = self._facts(told) if told else self.seen.detected.facts
        return Choice(
            kind,
            layout,
            base,
            tuple(self._fields(self._layout(told)) if told else self._guess()),
            days=day_order(facts.get("days", ())),
            source=self._source(kind, told, facts),
            state=str(facts.get("state", "")),
            country=str(facts.get("country", "")) or self._country,
        )

    def before(self) -> Choice:
        """What was said of the file before."""
        run = self._run
        if not run.mapping and not self._known(SHIPPED + run.layout, run.kind):
            choice = self.first(run.kind)
        elif not run.mapping:
            choice = self.with_layout(run.kind, SHIPPED + run.layout)
        elif self._specs.get(run.layout) == run.mapping:
            choice = self.with_layout(run.kind, SAVED + run.layout)
        else:
            choice = self.with_layout(run.kind, OWN, BEFORE)
        told = run.options
        return replace(
            choice,
            source=str(told.get("source", choice.source)),
            country=str(told.get("country", choice.country)),
            missing=str(told.get("missing", choice.missing)),
            campaign=str(told.get("campaign", "")),
            save_as=run.layout if choice.own and run.layout != OWN_LAYOUT else "",
        )

    def of_form(self, form: Mapping[str, str]) -> Choice:
        """What the form says; a new kind or layout brings its own columns with it."""
        return replace(self._of_form(form), sure=form.get("sure", ""))

    def _of_form(self, form: Mapping[str, str]) -> Choice:
        kind, layout = form.get("kind", ""), form.get("layout", "")
        if kind not in KINDS:
            kind = VOTERS.name
        if kind != form.get("was_kind", kind):
            return self.first(kind)
        if not self._known(layout, kind):
            layout = OWN
        was = form.get("was_layout", layout)
        if layout != was:
            return self.with_layout(kind, layout, self._base(layout, was, kind))
        return self._filled(kind, layout, form)

    def _filled(self, kind: str, layout: str, form: Mapping[str, str]) -> Choice:
        base = form.get("base", "")
        choice = self.with_layout(kind, layout, self._base(layout, base, kind))
        known = {field.name for field in KINDS[kind].fields} | {LEFT_OUT, VOTE}
        fields = [form.get(f"column-{at}", field) for at, field in enumerate(choice.fields)]
        days, missing = form.get("days", choice.days), form.get("missing", choice.missing)
        return replace(
            choice,
            fields=tuple(field if field in known else LEFT_OUT for field in fields)
            if layout == OWN
            else choice.fields,
            days=days if days in DAY_ORDERS else choice.days,
            source=_line(form.get("source", choice.source)),
            state=_line(form.get("state", choice.state)).upper(),
            country=_line(form.get("country", choice.country)).upper(),
            missing=missing if missing in MISSING else choice.missing,
            campaign=_line(form.get("campaign", "")),
            save_as=_line(form.get("save_as", "")),
        )

    def facts(self, choice: Choice) -> dict[str, Any] | None:
        """The layout that a choice makes, as it is stored; None for one of ours."""
        if choice.layout.startswith(SHIPPED):
            return None
        if not choice.own:
            return dict(self._facts(choice.layout))
        written = self.seen.detected.facts
        base: dict[str, Any] = dict(written)
        if choice.base:
            base = {k: v for k, v in self._facts(choice.base).items() if k not in _OF_ITS_FILE}
            base |= {key: written[key] for key in _WRITTEN if key in written}
        facts = facts_of(base, choice.kind, self.seen.names, choice.fields)
        days = base.get("days", ()) if day_order(base.get("days", ())) == choice.days else ()
        facts["days"] = list(dict.fromkeys((*day_forms(choice.days), *days)))
        facts["state"], facts["country"] = choice.state, choice.country
        if choice.kind == VOTERS.name:
            facts["source"] = choice.source
        return facts

    def layout(self, choice: Choice) -> Layout:
        """The layout that a choice makes; raises WrongLayout."""
        facts = self.facts(choice)
        if facts is None:
            return load_layout(choice.layout.removeprefix(SHIPPED))
        return layout_from(facts, layout_name(choice))

    def _layout(self, layout: str) -> Layout:
        if layout.startswith(SHIPPED):
            return load_layout(layout.removeprefix(SHIPPED))
        return layout_from(self._facts(layout), layout.removeprefix(SAVED))

    def _facts(self, layout: str) -> Mapping[str, Any]:
        if layout.startswith(SHIPPED):
            return layout_facts(layout.removeprefix(SHIPPED))
        if layout == BEFORE:
            return self._run.mapping
        return self._specs[layout.removeprefix(SAVED)]

    def elections(self, choice: Choice) -> Mapping[int, str]:
        """The columns whose names are elections, and the ISO day of each."""
        votes = (self._facts(choice.base) if choice.base else self.seen.detected.facts).get("votes")
        days = ((at, election_of(name, votes or {})) for at, name in enumerate(self.seen.names))
        return {at: day for at, day in days if day}

    def saved_for(self, kind: str) -> list[str]:
        """The names of the kept mappings of a kind that fit the file."""
        return [name for name in self.saved if self._specs[name].get("kind", VOTERS.name) == kind]

    def _base(self, layout: str, base: str, kind: str) -> str:
        """What a mapping made here starts from, if that is a layout of the same kind."""
        return base if layout == OWN and base != OWN and self._known(base, kind) else ""

    def _known(self, layout: str, kind: str) -> bool:
        """Whether there is such a layout for this kind of list."""
        if layout == OWN:
            return True
        try:
            return bool(layout) and self._layout(layout).kind == kind
        except (KeyError, WrongLayout):
            return False

    def _source(self, kind: str, told: str, facts: Mapping[str, Any]) -> str:
        named = str(facts.get("source", ""))
        if named or kind != VOTERS.name:
            return named
        return told.removeprefix(SHIPPED) if told.startswith(SHIPPED) else self._own_source

    def _fits(self, facts: Mapping[str, Any], name: str) -> bool:
        try:
            return self.seen.fits(layout_from(facts, name))
        except WrongLayout:
            return False

    def _fields(self, layout: Layout) -> list[str]:
        try:
            return fields_of(self.seen.columns(layout))
        except WrongLayout:
            return [LEFT_OUT] * len(self.seen.names)

    def _guess(self) -> list[str]:
        return guessed_fields(self.seen.detected)


def layout_name(choice: Choice) -> str:
    """The name by which a run remembers its layout."""
    if choice.own:
        return choice.save_as or OWN_LAYOUT
    return choice.layout.removeprefix(SHIPPED).removeprefix(SAVED)


def source_of(filename: str) -> str:
    """A name for the voter ids of a file: its own, in small letters."""
    stem = filename.rpartition(".")[0] or filename
    return "-".join(re.findall(r"[a-z0-9]+", stem.lower()))[:40].strip("-") or "list"


def _line(text: str) -> str:
    return " ".join(text.split())[:NAME_LENGTH]
