"""The value by which targets are tried first: the model's propensity curve as SQL."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.curve import Curve
from app.domain.model import PAST_ELECTIONS

PROPENSITY = (
    "coalesce(CAST(v.turnout AS float8), "
    f"CAST(least(cardinality(v.votes), {PAST_ELECTIONS}) AS float8) / {PAST_ELECTIONS})"
)
"""A voter's chance to vote. Where none is known, the votes on file out of six stand in, so that
both can stand in one list."""


def value_sql(gain: Curve) -> str:
    """The gain of the voter `v` against the greatest, 0 to 1, piecewise linear as the curve is."""
    at, heights = gain.at, [height / gain.top for height in gain.heights]
    steps = [f"WHEN {PROPENSITY} < {at[0]!r} THEN {heights[0]!r}"]
    for left in range(len(at) - 1):
        slope = (heights[left + 1] - heights[left]) / (at[left + 1] - at[left])
        line = f"{heights[left]!r} + ({PROPENSITY} - ({at[left]!r})) * ({slope!r})"
        steps.append(f"WHEN {PROPENSITY} < {at[left + 1]!r} THEN {line}")
    return f"CAST(CASE {' '.join(steps)} ELSE {heights[-1]!r} END AS float8)"


@dataclass(frozen=True)
class Stretch:
    """Targets of a campaign by voter id; `last` is None when none are left."""

    last: int | None
    changed: int = 0


def revalue(session: Session, campaign_id: int, gain: Curve, after: int, most: int) -> Stretch:
    """Values up to `most` targets after this voter id anew, and writes those that differ."""
    binds = {"campaign": campaign_id, "after": after, "most": most}
    last = session.scalar(
        text(
            "SELECT max(voter_id) FROM (SELECT voter_id FROM targets WHERE campaign_id = :campaign "
            "AND voter_id > :after ORDER BY voter_id LIMIT :most) next_ones"
        ),
        binds,
    )
    if last is None:
        return Stretch(None)
    done = session.execute(
        text(
            f"WITH new AS (SELECT t.voter_id, {value_sql(gain)} AS value "
            "FROM targets t JOIN voters v ON v.id = t.voter_id WHERE t.campaign_id = :campaign "
            "AND t.voter_id > :after AND t.voter_id <= :last "
            "ORDER BY t.voter_id FOR UPDATE OF t) "
            "UPDATE targets SET value = new.value FROM new WHERE targets.campaign_id = :campaign "
            "AND targets.voter_id = new.voter_id AND targets.value <> new.value"
        ),
        {**binds, "last": last},
    )
    return Stretch(int(last), int(getattr(done, "rowcount", 0)))
