"""What the tables say of a place: polling hours, clocks, calling hours, silence, and sources."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.calling import scopes_of
from app.domain.place import zones_of_state
from app.domain.tables import table
from app.services.set_up.basics import Basics
from app.web.hours_page import Scope, scope_card, state_name
from app.web.words import zone_name


@dataclass(frozen=True)
class Place:
    """A state, or a country outside the US."""

    name: str
    clocks: str
    polls: Mapping[str, str] | None  # the row of the table
    calling: Scope


@dataclass(frozen=True)
class TableRules:
    """Everything that the tables fill in."""

    places: tuple[Place, ...]
    everywhere: tuple[Scope, ...]  # the rules that hold in every place
    silence: Mapping[str, str] | None  # the row of the table


def table_rules(basics: Basics) -> TableRules:
    """The rules of the tables for what was said of the place."""
    codes = basics.states if basics.country == "US" else ()
    federal, custom, country = scopes_of("", basics.country)
    places = [_state(code) for code in codes]
    if basics.country != "US":
        places = [Place(basics.country, zone_name(basics.zone), None, scope_card(country, ()))]
    silence = next(
        (row for row in table("election_silence") if row["country"] == basics.country), None
    )
    everywhere = tuple(scope_card(code, ()) for code in (federal, custom))
    return TableRules(tuple(places), everywhere, silence)


def _state(code: str) -> Place:
    row = next((row for row in table("us_polling_hours") if row["state"] == code), None)
    clocks = ", ".join(dict.fromkeys(zone_name(zone) for zone in zones_of_state(code)))
    return Place(state_name(code), clocks, row, scope_card(code, ()))
