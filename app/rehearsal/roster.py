"""The roster: what the world itself knows of the voters, apart from what the program keeps."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.hours import Place
from app.store.engine import Sessions
from app.store.sql import sql

_PEOPLE = """
SELECT v.id, t.household_id, v.source_id, v.phone, v.email, v.phone_kind, t.place,
       t.arm = 'holdout' AS holdout, t.voted_at, t.calls + t.texts + t.emails AS tried,
       EXISTS (SELECT FROM consents c WHERE c.address = v.phone AND c.channel = 'text') AS consents
FROM targets t JOIN voters v ON v.id = t.voter_id
WHERE t.campaign_id = :campaign {only} ORDER BY v.id
"""


@dataclass
class Person:
    """One voter, as the world sees them."""

    id: int
    household_id: int
    source_id: str
    phone: str | None
    email: str | None
    landline: bool
    place: Place
    holdout: bool
    voted_at: datetime | None
    tried: int  # before the rehearsal began, all channels
    consents: bool
    reached: list[datetime] = field(default_factory=list)  # attempts that went out, all channels


class Roster:
    """All voters of a campaign, by id and by address, with their wishes as the world saw them."""

    def __init__(self, sessions: Sessions, campaign_id: int) -> None:
        self._sessions, self._campaign_id = sessions, campaign_id
        self.people: dict[int, Person] = {}
        self.by_address: dict[str, list[Person]] = {}
        self.opted_out: dict[tuple[str, str], datetime] = {}  # (address, channel) → since
        self.dead: dict[tuple[str, str], datetime] = {}
        self._add(self._read(""))
        with sessions() as session:
            for table, kept, at in (
                ("opt_outs", self.opted_out, "opted_out_at"),
                ("dead_addresses", self.dead, "found_at"),
            ):
                for row in session.execute(sql(f"SELECT address, channel, {at} FROM {table}")):
                    kept[row[0], row[1]] = row[2]

    def owners(self, address: str) -> list[Person]:
        """Whose address it is; read anew when it is nobody's, since reserves bring people in."""
        if address not in self.by_address:
            self._add(self._read("AND (v.phone = :address OR v.email = :address)", address))
        return self.by_address.get(address, [])

    def meant(self, kind: str, key: str) -> int | None:
        """Which voter of several at one address a message was for: by its attempt or touch."""
        with self._sessions() as session:
            if kind == "text":
                query = "SELECT voter_id FROM attempts WHERE id = CAST(:key AS uuid)"
            else:
                query = "SELECT voter_id FROM touches WHERE id = CAST(:key AS bigint)"
                key = key.removeprefix("<touch-").partition("@")[0]
            found: int | None = session.scalar(sql(query), {"key": key})
            return found

    def person(self, voter_id: int) -> Person:
        """A voter by id; raises KeyError."""
        if voter_id not in self.people:
            self._add(self._read("AND v.id = :voter", voter=voter_id))
        return self.people[voter_id]

    def _read(self, only: str, address: str = "", voter: int = 0) -> list[Person]:
        binds = {"campaign": self._campaign_id, "address": address, "voter": voter}
        with self._sessions() as session:
            return [
                Person(
                    row.id,
                    row.household_id,
                    row.source_id,
                    row.phone,
                    row.email,
                    row.phone_kind == "landline",
                    Place.of(row.place),
                    row.holdout,
                    row.voted_at,
                    row.tried,
                    row.consents,
                )
                for row in session.execute(sql(_PEOPLE.format(only=only)), binds)
            ]

    def _add(self, people: Iterable[Person]) -> None:
        for person in people:
            if person.id in self.people:
                continue
            self.people[person.id] = person
            for address in (person.phone, person.email):
                if address:
                    self.by_address.setdefault(address, []).append(person)
