"""Sheets and their lines: made, read for the printer, and filled in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.domain.layout import withdrawn_statuses
from app.domain.sheet import CODE_LENGTH, SIGNS
from app.store.precincts import POLLING_PLACE
from app.store.sheets import Sheet, SheetLine
from app.store.sql import sql

MOST_SHOWN = 50


def sheets_of(session: Session, campaign_id: int) -> list[tuple[Sheet, int, int]]:
    """The newest sheets with how many lines each has and how many of them are filled in."""
    rows = session.execute(
        select(
            Sheet,
            text("(SELECT count(*) FROM sheet_lines l WHERE l.sheet_id = sheets.id)"),
            text(
                "(SELECT count(*) FROM sheet_lines l "
                "WHERE l.sheet_id = sheets.id AND l.result <> '')"
            ),
        )
        .where(Sheet.campaign_id == campaign_id)
        .order_by(Sheet.created_at.desc(), Sheet.id.desc())
        .limit(MOST_SHOWN)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def by_code(session: Session, campaign_id: int, code: str) -> Sheet | None:
    """The campaign's sheet of this code."""
    mine = select(Sheet).where(Sheet.campaign_id == campaign_id, Sheet.code == code)
    return session.scalars(mine).one_or_none()


def code_is_free(session: Session, code: str) -> bool:
    """Whether this is a code, and no sheet has it."""
    well_formed = len(code) == CODE_LENGTH and set(code) <= set(SIGNS) and not code.isdecimal()
    return well_formed and session.scalar(select(Sheet.id).where(Sheet.code == code)) is None


def wait_for_form(session: Session, code: str) -> None:
    """Lets forms that bear the same code make their sheets one after the other."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"sheet:{code}", 0))))


def sheet_of_form(session: Session, campaign_id: int, by: int, code: str) -> int | None:
    """The sheet that a form with this code made already for this person."""
    its = Sheet.code == code, Sheet.campaign_id == campaign_id, Sheet.created_by == by
    return session.scalar(select(Sheet.id).where(*its))


def put_on_sheet(session: Session, touch_id: int, sheet_id: int) -> int:
    """Lets a sheet hold a call that was just claimed; the voter whom it is to."""
    return int(
        session.execute(
            sql(
                "UPDATE touches SET claimed_by = :sheet WHERE id = :touch AND state = 'claimed' "
                "RETURNING voter_id"
            ),
            {"sheet": f"sheet:{sheet_id}", "touch": touch_id},
        ).scalar_one()
    )


def take_from_sheet(
    session: Session, touch_id: int, sheet_id: int, user_id: int, lease_until: datetime
) -> int | None:
    """Lets a person hold a call that the sheet held; its fence, None when the sheet lost it."""
    fence: int | None = session.execute(
        sql(
            "UPDATE touches SET claimed_by = :by, lease_until = :lease, "
            # Whoever enters the line at the same moment has the same fence: one of both records.
            "fence = fence + (claimed_by = :sheet)::int "
            "WHERE id = :touch AND state = 'claimed' AND (claimed_by = :sheet "
            # Also one that was taken a moment ago and not recorded; never one of the call screen.
            "OR claimed_by = :by AND lease_until <= :lease) RETURNING fence"
        ),
        {
            "by": f"user:{user_id}",
            "lease": lease_until,
            "touch": touch_id,
            "sheet": f"sheet:{sheet_id}",
        },
    ).scalar()
    return fence


def give_to_sheet(
    session: Session, touch_id: int, sheet_id: int, user_id: int, lease: datetime
) -> None:
    """Lets the sheet hold a call again that a person took back."""
    session.execute(
        sql(
            "UPDATE touches SET claimed_by = :sheet, lease_until = :lease WHERE id = :touch "
            "AND state = 'claimed' AND claimed_by = :by"
        ),
        {
            "sheet": f"sheet:{sheet_id}",
            "lease": lease,
            "touch": touch_id,
            "by": f"user:{user_id}",
        },
    )


def taken_back(session: Session, touch_id: int) -> int:
    """How often a record of this call was taken back: the next has another key."""
    found = session.scalar(
        sql(
            "SELECT count(*) FROM attempts WHERE touch_id = :touch AND state = 'absent' "
            "AND before ? 'undone'"
        ),
        {"touch": touch_id},
    )
    return int(found or 0)


def times_noted(session: Session, action: str, sheet_id: int, line: int) -> int:
    """How often the audit log has this act of a line."""
    found = session.scalar(
        sql(
            "SELECT count(*) FROM audit WHERE subject = :sheet AND action = :action "
            "AND details ->> 'line' = :line"
        ),
        {"sheet": f"sheet:{sheet_id}", "action": action, "line": str(line)},
    )
    return int(found or 0)


_DOORS = """
SELECT v.id FROM voters v JOIN targets t ON t.voter_id = v.id AND t.campaign_id = :campaign
 WHERE v.precinct = :precinct AND (:street = '' OR strpos(lower(v.address), lower(:street)) > 0)
   AND t.out = '' AND t.voted_at IS NULL AND t.arm = 'treated'
   AND NOT v.status = ANY(:withdrawn) AND v.merged_into IS NULL
 ORDER BY v.city, regexp_replace(v.address, '^[0-9]+[A-Za-z]? *', ''),
          coalesce(substring(v.address FROM '^[0-9]+'), '0')::numeric, v.address, v.last_name,
          v.first_name, v.id
 LIMIT :most
"""


def doors(
    session: Session, campaign_id: int, precinct: str, street: str, most: int
) -> Sequence[int]:
    """Voters of a precinct who may be visited, in the order of streets and house numbers."""
    binds = {"campaign": campaign_id, "precinct": precinct, "street": street, "most": most}
    return list(session.scalars(sql(_DOORS), {**binds, "withdrawn": sorted(withdrawn_statuses())}))


def precincts(session: Session) -> list[str]:
    """Precincts of the list of polling places, for suggestions while one types."""
    return list(session.scalars(sql("SELECT DISTINCT code FROM precincts ORDER BY 1 LIMIT 500")))


@dataclass(frozen=True)
class Row:
    """A line as it is printed."""

    line: int
    voter_id: int
    name: str
    birth_year: int | None
    phone: str
    language: str
    address: str
    polling_place: str
    place: str  # as in domain/place.py
    voted: bool
    result: str


_ROWS = f"""
SELECT l.line, v.id, concat_ws(' ', nullif(v.first_name, ''), v.last_name, nullif(v.suffix, '')),
       v.birth_year, coalesce(q.address, ''), v.language,
       concat_ws(', ', nullif(v.address, ''), nullif(v.city, '')), {POLLING_PLACE}, t.place,
       t.voted_at IS NOT NULL, l.result
  FROM sheet_lines l JOIN voters v ON v.id = l.voter_id
  JOIN targets t ON t.campaign_id = :campaign AND t.voter_id = v.id
  LEFT JOIN touches q ON q.id = l.touch_id
 WHERE l.sheet_id = :sheet ORDER BY l.line
"""


def rows(session: Session, campaign_id: int, sheet_id: int) -> list[Row]:
    """The lines of a sheet with their voters."""
    found = session.execute(sql(_ROWS), {"campaign": campaign_id, "sheet": sheet_id})
    return [Row(*row) for row in found]


def line_of(session: Session, sheet_id: int, line: int) -> SheetLine | None:
    """A line, locked: two who enter it at once take turns."""
    return session.get(SheetLine, (sheet_id, line), with_for_update=True, populate_existing=True)


def place_of(session: Session, campaign_id: int, voter_id: int) -> str:
    """Where a voter is called, as in domain/place.py."""
    found: str | None = session.scalar(
        sql("SELECT place FROM targets WHERE campaign_id = :campaign AND voter_id = :voter"),
        {"campaign": campaign_id, "voter": voter_id},
    )
    return found or ""


def name_of(session: Session, voter_id: int) -> str:
    """A voter's name."""
    found: str | None = session.scalar(
        sql("SELECT concat_ws(' ', nullif(first_name, ''), last_name) FROM voters WHERE id = :id"),
        {"id": voter_id},
    )
    return found or ""


def set_out(session: Session, campaign_id: int, voter_id: int, out: str, was: str) -> bool:
    """Sets why nobody tries a voter any more, if it was `was` until now."""
    done = session.execute(
        sql(
            "UPDATE targets SET out = :out WHERE campaign_id = :campaign AND voter_id = :voter "
            "AND out = :was"
        ),
        {"out": out, "was": was, "campaign": campaign_id, "voter": voter_id},
    )
    return bool(getattr(done, "rowcount", 0))
