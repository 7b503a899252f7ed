"""A precinct: where its voters vote, and from when until when."""

from app.domain.cleaned import NONE, Clean, Cleaned
from app.domain.layout import Columns
from app.domain.listed import Unusable, Value, needed, row_cleaner, short
from app.domain.name import clean_place, clean_text
from app.domain.time_of_day import clean_time, in_words

ROW = ("state", "county", "code", "name", "place", "address", "opens", "closes")

LONGEST = 100


def precinct_cleaner(columns: Columns) -> Clean:
    """Cleans rows of precincts into ROW; hours not given are NULL."""

    def finish(values: dict[str, str]) -> Cleaned:
        opens, closes = values["opens"], values["closes"]
        if opens != NONE and closes != NONE and closes <= opens:
            first, last = (in_words(at) for raw in (opens, closes) if (at := clean_time(raw)))
            raise Unusable(f"closes at {last}, opens at {first}: write am or pm, or 19:30")
        return Cleaned(tuple(values[field] for field in ROW))

    return row_cleaner(
        columns,
        {
            "state": _state(columns.layout.state),
            "county": _county,
            "code": needed("no precinct", short("the precinct", LONGEST)),
            "name": short("the name"),
            "place": needed("no polling place", short("the polling place")),
            "address": lambda raw: clean_place(short("the address")(raw)),
            "opens": _hour("opens"),
            "closes": _hour("closes"),
        },
        finish,
    )


def _state(otherwise: str) -> Value:
    def state(raw: str) -> str:
        text = clean_text(raw).upper()
        if text and not (len(text) == 2 and text.isascii() and text.isalpha()):
            raise Unusable(f"state {clean_text(raw)[:40]!r} is not two letters, as in NC")
        return text or otherwise

    return state


def _county(raw: str) -> str:
    """Without the word County, which some files write and others do not."""
    return clean_place(short("the county", LONGEST)(raw)).removesuffix(" County")


def _hour(title: str) -> Value:
    def hour(raw: str) -> str:
        if not raw.strip():
            return NONE
        at = clean_time(raw)
        if at is None:
            raise Unusable(f"{title} {clean_text(raw)[:40]!r} is no time: write 6:30 am or 06:30")
        return at.isoformat()

    return hour
