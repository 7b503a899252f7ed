"""Load volunteers: an account for each; they are written to by whoever invites them, not here."""

from sqlalchemy import Connection

from app.domain.cleaned import Clean
from app.domain.language import names
from app.domain.layout import Columns
from app.domain.volunteer import ROW, volunteer_cleaner
from app.services.lists.asked import campaign_asked, zone_of
from app.services.lists.named import counts
from app.services.loader import Loader, Refuse, Setting
from app.store import repeats, volunteers


def _clean(columns: Columns, setting: Setting) -> Clean:
    return volunteer_cleaner(columns, setting.country, names())


def _settle(connection: Connection, setting: Setting, refuse: Refuse) -> dict[str, int]:
    campaign = campaign_asked(setting)
    if campaign is not None:
        zone_of(connection, campaign)  # asks whether there is one
    rows = repeats.count(connection)
    for again in repeats.drop_repeats(connection, ("email",), "email"):
        if not again.same:
            rows -= 1
            reason = f"same email as row {again.first_row}, which was kept"
            refuse(again.row_number, reason, again.shown)
    return counts(rows, *volunteers.upsert(connection, campaign, setting.wall))


LOADER = Loader(ROW, _clean, _settle, {"languages": "text[]"})
