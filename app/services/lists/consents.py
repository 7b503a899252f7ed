"""Load consents: the latest for an address stands, an email fills a voter who has none."""

from sqlalchemy import Connection

from app.domain.cleaned import Clean
from app.domain.consent import ROW, consent_cleaner
from app.domain.layout import Columns
from app.services.lists.named import counts, resolve
from app.services.loader import Loader, Refuse, Setting
from app.store import consents


def _clean(columns: Columns, setting: Setting) -> Clean:
    return consent_cleaner(columns, setting.country, setting.at.date())


def _settle(connection: Connection, setting: Setting, refuse: Refuse) -> dict[str, int]:
    rows = resolve(connection, setting, refuse)
    new, newer = consents.upsert(connection)
    return counts(rows, new, newer, emails_filled=consents.fill_emails(connection))


LOADER = Loader(ROW, _clean, _settle, {"given_on": "date"})
