"""The value of a target in SQL is the model's propensity curve, for every voter and salience."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.domain.figure import DEFAULTS, FIGURES
from app.domain.model import Salience, gain_curve
from app.store.engine import Sessions
from app.store.target_value import revalue, value_sql
from tests import factories

VOTERS = (
    "WITH v AS (SELECT CAST(x AS real) AS turnout, CAST('{}' AS text[]) AS votes "
    "FROM unnest(CAST(:turnouts AS float8[])) AS x) "
)
GAINS = {name for name in FIGURES if name.startswith(("gain_", "shift_"))}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    turnouts=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=30),
    salience=st.sampled_from(Salience),
    figures=st.fixed_dictionaries(
        {name: st.floats(FIGURES[name].lowest, FIGURES[name].highest) for name in sorted(GAINS)}
    ),
)
def test_sql_and_python_agree(
    connections: Engine, turnouts: list[float], salience: Salience, figures: dict[str, float]
) -> None:
    gain = gain_curve({**DEFAULTS, **figures}, salience)
    with connections.connect() as connection:
        found = connection.execute(
            text(f"{VOTERS} SELECT {value_sql(gain)} FROM v"), {"turnouts": turnouts}
        ).scalars()
        values = list(found)
    assert values == pytest.approx([gain.height(turnout) / gain.top for turnout in turnouts])
    assert all(0 <= value <= 1 for value in values)


@pytest.mark.parametrize("votes", range(8))
def test_votes_on_file_stand_in_for_a_chance_that_nobody_knows(
    connections: Engine, votes: int
) -> None:
    gain = gain_curve(DEFAULTS, Salience.MIDDLE)
    with connections.connect() as connection:
        unknown, known = connection.execute(
            text(
                f"WITH v AS (SELECT CAST(NULL AS real) AS turnout, array_fill('day'::text, "
                f"ARRAY[:votes]) AS votes UNION ALL SELECT CAST(:turnout AS real), '{{}}') "
                f"SELECT {value_sql(gain)} FROM v"
            ),
            {"votes": votes, "turnout": min(votes, 6) / 6},
        ).scalars()
    assert unknown == pytest.approx(known)


def values(session: Session) -> list[float]:
    """Of the campaign that was made first."""
    rows = session.scalars(text("SELECT value FROM targets ORDER BY campaign_id, voter_id"))
    return list(rows)


def test_targets_are_valued_anew_stretch_by_stretch(sessions: Sessions) -> None:
    gain = gain_curve(DEFAULTS, Salience.HIGH)
    chances = (0.1, 0.5, 0.9, 4 / 6, 1.0)
    with sessions.begin() as session:
        made = factories.campaign(session)
        other = factories.campaign(session, name="Another")
        for number, turnout in enumerate(chances, 1):
            whom = factories.voters(session, 1, number, turnout=turnout)
            factories.targets(session, made, whom)
        factories.targets(session, other, whom)
        first = revalue(session, made.id, gain, 0, 3)
        assert first.last is not None
        assert first.changed == 3
        assert values(session)[3:] == [1.0, 1.0, 1.0]
        rest = revalue(session, made.id, gain, first.last, 3)
        assert rest.last is not None
        assert revalue(session, made.id, gain, rest.last, 3).last is None
        expected = [gain.height(turnout) / gain.top for turnout in chances]
        assert values(session)[:5] == pytest.approx(expected, abs=1e-6)
        again = revalue(session, made.id, gain, 0, 10)
        assert again.changed == 0
        untouched = session.scalar(
            text("SELECT value FROM targets WHERE campaign_id = :id"), {"id": other.id}
        )
        assert untouched == 1.0
