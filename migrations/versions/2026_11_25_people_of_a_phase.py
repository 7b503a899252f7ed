"""Find the people of a phase

Built concurrently, so that calls and texts go on meanwhile on a table of millions; dropped first,
since a build that was broken off leaves an invalid index of that name.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NAME = "ix_targets_phase"


def upgrade() -> None:
    """Bring the tables to this revision."""
    with op.get_context().autocommit_block():
        _drop()
        op.create_index(
            NAME,
            "targets",
            ["campaign_id", "phase_id", sa.literal_column("value DESC"), "voter_id"],
            postgresql_where=sa.text("phase_id IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    """Take them back to the revision before."""
    with op.get_context().autocommit_block():
        _drop()


def _drop() -> None:
    op.drop_index(NAME, table_name="targets", postgresql_concurrently=True, if_exists=True)
