"""Doors on paper: what a visit brings about. It is no attempt, and counts in no cap."""

from collections.abc import Mapping

from app.domain.disposition import EFFECTS, Disposition
from app.domain.sheet import DOOR_LETTERS, Door
from app.services.paper_line import Line
from app.services.rides import NewRide, RideRefused, ask
from app.services.strike_desk import Desk, DeskRefused, strike_one, take_back
from app.store import paper as stored
from app.store.campaigns import Campaign

DOOR_BACK = "door taken back"
OUT: Mapping[Door, str] = {
    Door.REFUSED: EFFECTS[Disposition.REFUSED].out,
    Door.MOVED: EFFECTS[Disposition.MOVED].out,
}
"""Why nobody tries a voter any more, by what was found at the door."""


def enter_door(line: Line, letter: str, result: Door) -> str:
    """Enters what was found at a door; the code of what came of it. Each effect happens once, also
    when a crash came between the line and it: then the line is entered again."""
    first, line = line.write(letter)
    by = line.typist
    if result is Door.RIDE and not _ride(line):
        return "refused"
    if result is Door.VOTED:
        desk, key = _desk(line)
        strike_one(by.sessions, desk, key, voter_id=line.row.voter_id, now=by.now, wall=by.wall)
    with by.sessions.begin() as session:
        if result in OUT:
            stored.set_out(session, line.sheet.campaign_id, line.row.voter_id, OUT[result], "")
        if first:
            line.note(session, "door entered", result=result.value)
    return "saved" if first else "already"


def take_door_back(line: Line) -> str:
    """Takes back what was found at a door; a ballot while the strike desk would, a ride never: a
    driver may be on the way."""
    result, by = DOOR_LETTERS[line.row.result], line.typist
    if result is Door.RIDE:
        return "elsewhere"
    if result is Door.VOTED:
        desk, key = _desk(line)
        try:
            take_back(by.sessions, desk, key, now=by.now, wall=by.wall)
        except DeskRefused:
            return "elsewhere"
    with by.sessions.begin() as session:
        if result in OUT:
            stored.set_out(session, line.sheet.campaign_id, line.row.voter_id, "", OUT[result])
        line.note(session, DOOR_BACK, result=result.value)
    line.clear()
    return "undone"


def _desk(line: Line) -> tuple[Desk, str]:
    """The strike desk of whoever enters a line, and the key of the line there: another one after
    it was taken back."""
    sheet, number = line.sheet, line.row.line
    with line.typist.sessions() as session:
        day = session.get_one(Campaign, sheet.campaign_id).polling_day
        tries = stored.times_noted(session, DOOR_BACK, sheet.id, number)
    return Desk(line.typist.user_id, sheet.campaign_id, day), f"sheet-{sheet.id}-{number}-{tries}"


def _ride(line: Line) -> bool:
    """Asks for a ride; whether it could be, now or before."""
    by = line.typist
    try:
        ask(by.sessions, line.sheet.campaign_id, _asked(line), by=by.user_id, now=by.now)
    except RideRefused as refused:
        if refused.code == "key":  # somebody else has entered this line before
            return True
        line.clear()
        return False
    return True


def _asked(line: Line) -> NewRide:
    sheet = line.sheet
    with line.typist.sessions() as session:
        rows = stored.rows(session, sheet.campaign_id, sheet.id)
    row = next(one for one in rows if one.line == line.row.line)
    return NewRide(
        key=f"sheet:{sheet.id}:{row.line}",
        name=row.name,
        pick_up=row.address,
        going_to=row.polling_place,
        note=f"At the door, sheet {sheet.code}.",
    )
