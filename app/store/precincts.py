"""Precincts: where a voter votes and until when."""

from datetime import datetime, time

from sqlalchemy import Connection, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Instant


class Precinct(Base):
    """One precinct with its polling place, as the organizer's list says."""

    __tablename__ = "precincts"

    state: Mapped[str] = mapped_column(primary_key=True)
    county: Mapped[str] = mapped_column(primary_key=True)  # empty where the codes are the state's
    code: Mapped[str] = mapped_column(primary_key=True)  # as the voter file writes it
    name: Mapped[str] = mapped_column(server_default="")
    place: Mapped[str] = mapped_column(server_default="")  # the polling place
    address: Mapped[str] = mapped_column(server_default="")
    opens: Mapped[time | None]  # on the voter's clock; empty: as the campaign says
    closes: Mapped[time | None]
    changed_at: Mapped[Instant]


POLLING_PLACE = """
coalesce((
    SELECT concat_ws(', ', nullif(p.place, ''), nullif(p.address, '')) FROM precincts p
    WHERE p.code = v.precinct AND p.state IN (v.state, '')
      AND p.county IN (v.county, replace(v.county, ' County', ''), '')
    ORDER BY p.county DESC, p.state DESC LIMIT 1), '')
"""
"""In SQL, the name and address of the place where voter v votes; empty if no list says. The county
is stored without the word, which some voter files have; an empty one fits all of the state."""

_UPSERT = """
WITH stored AS (
    INSERT INTO precincts AS p (state, county, code, name, place, address, opens, closes,
                                changed_at)
    SELECT state, county, code, name, place, address, opens, closes, :at
    FROM arriving ORDER BY state, county, code
    ON CONFLICT (state, county, code) DO UPDATE SET
        name = coalesce(nullif(excluded.name, ''), p.name),
        place = excluded.place,
        -- A new place without its address must not stand with the old one's.
        address = CASE WHEN excluded.address = '' AND excluded.place = p.place
                       THEN p.address ELSE excluded.address END,
        opens = coalesce(excluded.opens, p.opens),
        closes = coalesce(excluded.closes, p.closes),
        changed_at = excluded.changed_at
    WHERE p.place <> excluded.place
       OR excluded.name NOT IN ('', p.name) OR excluded.address NOT IN ('', p.address)
       OR excluded.opens <> p.opens OR excluded.closes <> p.closes
       OR p.opens IS NULL AND excluded.opens IS NOT NULL
       OR p.closes IS NULL AND excluded.closes IS NOT NULL
    RETURNING xmax = 0 AS new
)
SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM stored
"""


def upsert(connection: Connection, at: datetime) -> tuple[int, int]:
    """Bring `arriving`, each precinct once, in; how many are new and how many changed.

    Names, addresses and hours that the list does not give stay as they are.
    """
    new, changed = connection.execute(text(_UPSERT), {"at": at}).one()
    return new, changed
