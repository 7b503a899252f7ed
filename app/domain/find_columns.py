"""Where the fields of a layout stand in a file, by its header or by the shape of its rows."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.day import clean_day
from app.domain.election import kind_of_election, named_kind
from app.domain.kind import KINDS, VOTERS
from app.domain.layout import Columns, Layout, layout_names, load_layout, name_key
from app.domain.layout_facts import WrongLayout
from app.domain.row import Record, first_records

DELIMITERS = (",", "\t", ";", "|")

LOOKED_AT = 20
"""Rows whose shape tells whether a file without a header is in a layout."""


def told_apart(cells: Sequence[str]) -> tuple[str, ...]:
    """The names in a header: a second "Phone" is "Phone (2)", one without a name "Column 7"."""
    taken: set[str] = set()
    last: dict[str, int] = {}
    names = []
    for number, cell in enumerate(cells, 1):
        name = base = " ".join(cell.split()) or f"Column {number}"
        again = last.get(base.lower(), 1)
        while name.lower() in taken:
            again += 1
            name = f"{base} ({again})"
        last[base.lower()] = again
        taken.add(name.lower())
        names.append(name)
    return tuple(names)


def find_columns(layout: Layout, text: str) -> Columns:
    """Where the fields stand in a file that begins with `text`: its first line or more of it.

    Where a header is only found with another delimiter, the layout of the columns has that one.
    Raises WrongLayout, naming the columns that are missing and the layout that would fit better.
    """
    columns, missing = _look(layout, text)
    if columns is not None:
        return columns
    if layout.header:
        for delimiter in DELIMITERS:
            columns, _ = _look(replace(layout, delimiter=delimiter), text)
            if columns is not None:
                return columns
    message = f"this is not a file in the {layout.title} layout: {missing}"
    better = _better(layout, text)
    if better is not None:
        message += f"; it looks like the {better.title} layout: try --layout {better.name}"
    raise WrongLayout(message)


def _look(layout: Layout, text: str) -> tuple[Columns | None, str]:
    records, passed = first_records(
        text, layout.delimiter, layout.quotes, 1 if layout.header else LOOKED_AT, layout.skip
    )
    if not layout.header:
        return _look_at_shape(layout, records, passed)
    if not records:
        return None, "it has no header"
    header = records[0]
    names = told_apart(header.cells)
    columns, missing = match_names(layout, names)
    if missing:
        one = len(missing) == 1
        listed = " and ".join(missing)
        return (
            None,
            f"the {'column' if one else 'columns'} {listed} {'is' if one else 'are'} missing",
        )
    return replace(columns, skip=passed + header.lines, header=header.raw), ""


def match_names(layout: Layout, names: Sequence[str]) -> tuple[Columns, list[str]]:
    """Where the fields stand under these names, and the columns that are wanting."""
    columns = _place(layout, names)
    return columns, _missing(layout, columns)


def _look_at_shape(
    layout: Layout, records: Sequence[Record], passed: int
) -> tuple[Columns | None, str]:
    first = len(records[0].cells) if records else 0
    wide = [record.cells for record in records if len(record.cells) == layout.width]
    if not wide or (first != layout.width and len(wide) * 2 < len(records)):
        mark = layout.delimiter
        return None, f"a row has {layout.width} cells between {mark!r}, its first has {first}"
    if sum(fits_shape(layout, cells) for cells in wide) * 2 < len(wide):
        return None, "its rows have other things in these places"
    names = told_apart([""] * layout.width)
    return replace(_place(layout, names), skip=passed), ""


def fits_shape(layout: Layout, cells: Sequence[str]) -> bool:
    """Whether a row without a header looks as rows of this layout do."""
    return all(
        place < len(cells) and pattern.fullmatch(cells[place].strip())
        for place, pattern in layout.shape.items()
    )


def _place(layout: Layout, names: Sequence[str]) -> Columns:
    found = {name: place for place, name in reversed(list(enumerate(map(name_key, names))))}
    places = {
        field: spots
        for field, spots in layout.positions.items()
        if all(spot < len(names) for spot in spots)
    }
    for name, tried in layout.columns.items():
        place = next((found[name_key(one)] for one in tried if name_key(one) in found), None)
        if place is not None:
            places[name] = (place,)
    for name, parts in layout.joined.items():
        spots = tuple(found[name_key(part)] for part in parts if name_key(part) in found)
        if spots and (name != "source_id" or len(spots) == len(parts)):
            places[name] = spots
    extra = tuple((name, found[name_key(name)]) for name in layout.extra if name_key(name) in found)
    votes = _elections(layout, names)
    return Columns(
        layout,
        len(names),
        places,
        tuple((place, day) for place, day, _ in votes),
        tuple({day: kind for _, day, kind in reversed(votes)}.items())[::-1],
        extra,
        tuple(names),
    )


def _missing(layout: Layout, columns: Columns) -> list[str]:
    """Columns that the layout names and the file lacks, of those it cannot do without."""
    named = {**layout.columns, **layout.joined}
    wanted = [name for name in KINDS[layout.kind].required if name in named]
    if layout.kind == VOTERS.name:
        wanted = [name for name in ("source_id",) if name in named]
        either = [name for name in ("last_name", "full_name") if name in named]
        if not columns.places.keys() & set(either):
            wanted += either[:1]
    missing = [named[name][0] for name in wanted if name not in columns.places]
    if not missing and not columns.places:
        missing = [names[0] for names in named.values()][:3]
    if layout.marks and not set(map(name_key, columns.names)).intersection(layout.marks):
        missing += layout.marks[:1]
    return list(dict.fromkeys(missing))


def _elections(layout: Layout, names: Sequence[str]) -> list[tuple[int, str, str]]:
    """Column, day and kind of each election, in the order of their days."""
    if layout.vote_column is None:
        return []
    found = []
    for place, name in enumerate(names):
        election = layout.vote_column.fullmatch(name_key(name))
        day = clean_day(election[1], (layout.vote_day,)) if election else None
        if day is not None:
            found.append((place, day.isoformat(), named_kind(name) or kind_of_election(day)))
    return sorted(found, key=lambda vote: vote[1])


def _better(layout: Layout, text: str) -> Layout | None:
    fits = [
        (len(columns.places), other)
        for other in map(load_layout, layout_names(""))
        if other.name != layout.name and (columns := _look(other, text)[0]) is not None
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None
