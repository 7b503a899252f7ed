"""Load a do-not-contact list: wishes by address, and nothing pending to them any more."""

from sqlalchemy import Connection

from app.domain.cleaned import Clean
from app.domain.layout import Columns
from app.domain.wish import ROW, wish_cleaner
from app.services.lists.named import counts
from app.services.loader import Loader, Refuse, Setting
from app.store import repeats, wishes


def _clean(columns: Columns, setting: Setting) -> Clean:
    return wish_cleaner(columns, setting.country)


def _settle(connection: Connection, setting: Setting, refuse: Refuse) -> dict[str, int]:
    rows = repeats.count(connection)
    new, canceled = wishes.opt_out_listed(connection, setting.at)
    return counts(rows, new, 0, canceled=canceled)


LOADER = Loader(
    ROW, _clean, _settle, {"phones": "text[]", "phone_channels": "text[]", "emails": "text[]"}
)
