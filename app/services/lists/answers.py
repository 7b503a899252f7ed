"""Load survey answers: the latest of a question stands."""

from sqlalchemy import Connection

from app.domain.answer import ROW, answer_cleaner
from app.domain.cleaned import Clean
from app.domain.layout import Columns
from app.services.lists.named import counts, resolve
from app.services.loader import Loader, Refuse, Setting
from app.store import answers


def _clean(columns: Columns, setting: Setting) -> Clean:
    return answer_cleaner(columns, setting.at.date())


def _settle(connection: Connection, setting: Setting, refuse: Refuse) -> dict[str, int]:
    rows = resolve(connection, setting, refuse)
    return counts(rows, *answers.upsert(connection, setting.at.date()))


LOADER = Loader(ROW, _clean, _settle, {"answered_on": "date"})
