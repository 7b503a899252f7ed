"""Turns of a phase's people: those tried less in it come first, by an index

The column has a constant default, which rewrites nothing; of phases that are on it counts all tries
so far until their people are marked anew. The index is built concurrently, so that calls and texts
go on meanwhile on a table of millions; the one that it replaces stands until then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BEFORE, AFTER = "ix_targets_phase", "ix_targets_phase_turn"
TURN = "(calls + texts + emails - phase_base)"


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column(
        "targets", sa.Column("phase_base", sa.Integer, nullable=False, server_default="0")
    )
    with op.get_context().autocommit_block():
        _build(AFTER, TURN)
        _drop(BEFORE)


def downgrade() -> None:
    """Take them back to the revision before."""
    with op.get_context().autocommit_block():
        _build(BEFORE)
        _drop(AFTER)
    op.drop_column("targets", "phase_base")


def _build(name: str, *turn: str) -> None:
    """Dropped first: a build that was broken off leaves an invalid index of that name."""
    _drop(name)
    order = [sa.literal_column(part) for part in (*turn, "value DESC")]
    op.create_index(
        name,
        "targets",
        ["campaign_id", "phase_id", *order, "voter_id"],
        postgresql_where=sa.text("phase_id IS NOT NULL"),
        postgresql_concurrently=True,
    )


def _drop(name: str) -> None:
    op.drop_index(name, table_name="targets", postgresql_concurrently=True, if_exists=True)
