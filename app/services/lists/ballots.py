"""Load ballots: how far each has come; who has voted is struck in the same transaction."""

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.domain.ballot import ROW, ballot_cleaner
from app.domain.cleaned import Clean
from app.domain.layout import Columns
from app.services.lists.asked import polling_day_of
from app.services.lists.named import counts, resolve
from app.services.loader import Loader, Refuse, Setting
from app.services.strike import strike_listed
from app.store import mail_ballots


def _clean(columns: Columns, setting: Setting) -> Clean:
    return ballot_cleaner(columns, setting.at.date())


def _settle(connection: Connection, setting: Setting, refuse: Refuse) -> dict[str, int]:
    """Counts, beside the usual: struck, taken_back (to be cured) and canceled (touches)."""
    day = polling_day_of(connection, setting)
    rows = resolve(connection, setting, refuse)
    told = mail_ballots.store(connection, day, setting.at.date(), setting.at)
    to_strike, taken_back = mail_ballots.choose(connection, day)
    struck = canceled = 0
    if to_strike or taken_back:
        with Session(connection, join_transaction_mode="rollback_only") as session:
            struck, canceled = strike_listed(session, day, by=setting.by, at=setting.at)
    others = {"struck": struck, "taken_back": taken_back, "canceled": canceled}
    return counts(rows, told["new"], told["changed"], **others)


LOADER = Loader(
    ROW,
    _clean,
    _settle,
    dict.fromkeys(("stage_on", "requested_on", "sent_on", "returned_on"), "date"),
)
