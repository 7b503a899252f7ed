"""Load precincts: where their voters vote, and the hours."""

from sqlalchemy import Connection

from app.domain.cleaned import Clean
from app.domain.layout import Columns
from app.domain.precinct import ROW, precinct_cleaner
from app.services.lists.named import counts
from app.services.loader import Loader, Refuse, Setting
from app.store import precincts, repeats


def _clean(columns: Columns, setting: Setting) -> Clean:
    return precinct_cleaner(columns)


def _settle(connection: Connection, setting: Setting, refuse: Refuse) -> dict[str, int]:
    rows = repeats.count(connection)
    for again in repeats.drop_repeats(connection, ("state", "county", "code"), "code"):
        if not again.same:
            rows -= 1
            reason = f"same precinct as row {again.first_row}, which was kept"
            refuse(again.row_number, reason, again.shown)
    stored = precincts.upsert(connection, setting.at)
    precincts.follow(connection)
    return counts(rows, *stored)


LOADER = Loader(ROW, _clean, _settle, {"opens": "time", "closes": "time"})
