"""Load shifts: who comes when, on the clock of the campaign that they are for."""

from sqlalchemy import Connection

from app.domain.cleaned import Clean
from app.domain.language import names
from app.domain.layout import Columns
from app.domain.shift import ROW, shift_cleaner
from app.services.lists.asked import campaign_asked, zone_of
from app.services.lists.named import counts
from app.services.loader import Loader, Refuse, Setting
from app.services.rejects import ImportRefused
from app.store import repeats, shifts


def _clean(columns: Columns, setting: Setting) -> Clean:
    _campaign(setting)  # better before the file is read than after
    return shift_cleaner(columns, names())


def _campaign(setting: Setting) -> int:
    campaign = campaign_asked(setting)
    if campaign is None:
        raise ImportRefused("say which campaign these shifts are for")
    return campaign


def _settle(connection: Connection, setting: Setting, refuse: Refuse) -> dict[str, int]:
    campaign = _campaign(setting)
    zone = zone_of(connection, campaign)
    rows = repeats.count(connection)
    shifts.book(connection, zone)
    for number, reason, email in shifts.drop_impossible(connection, zone):
        rows -= 1
        refuse(number, reason, email)
    return counts(rows, *shifts.upsert(connection, campaign, setting.at))


LOADER = Loader(
    ROW,
    _clean,
    _settle,
    {"day": "date", "starts": "time", "ends": "time", "languages": "text[]"},
)
