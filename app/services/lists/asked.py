"""What an import is asked for beside its file: the campaign, the polling day."""

from datetime import date

from sqlalchemy import Connection, text

from app.services.loader import Setting
from app.services.rejects import ImportRefused


def campaign_asked(setting: Setting) -> int | None:
    """The id of the campaign that the list is for, if one was named; raises ImportRefused."""
    named = setting.options.get("campaign")
    if named in (None, ""):
        return None
    try:
        return int(str(named))
    except ValueError:
        raise ImportRefused(f"campaign {str(named)[:40]!r} is no campaign’s number") from None


def zone_of(connection: Connection, campaign: int) -> str:
    """The clock of a campaign; raises ImportRefused if there is none of this id."""
    zone = connection.scalar(
        text("SELECT zone FROM campaigns WHERE id = :campaign"), {"campaign": campaign}
    )
    if zone is None:
        raise ImportRefused(f"there is no campaign {campaign}: choose one of those set up")
    return str(zone)


def polling_day_of(connection: Connection, setting: Setting) -> date:
    """The polling day that ballots belong to: as told, the campaign's, or the only one ahead.

    Raises ImportRefused if none of these says.
    """
    told = setting.options.get("polling_day")
    if isinstance(told, date):
        return told
    if told:
        try:
            return date.fromisoformat(str(told))
        except ValueError:
            raise ImportRefused(
                f"polling day {str(told)[:40]!r} is no day: write it as 2026-11-03"
            ) from None
    campaign = campaign_asked(setting)
    days = connection.scalars(
        text(
            "SELECT DISTINCT polling_day FROM campaigns WHERE id = CAST(:campaign AS bigint) "
            "OR CAST(:campaign AS bigint) IS NULL AND polling_day >= :today ORDER BY polling_day"
        ),
        {"campaign": campaign, "today": setting.at.date()},
    ).all()
    if len(days) != 1:
        ahead = f"there are {', '.join(map(str, days))}" if days else "no campaign has one ahead"
        raise ImportRefused(f"say which polling day these ballots are for; {ahead}")
    day: date = days[0]
    return day
