"""Find the touches of a purpose

Built concurrently, so that calls and texts go on meanwhile on a table of millions; dropped first,
since a build that was broken off leaves an invalid index of that name.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NAME = "ix_touches_purpose"


def upgrade() -> None:
    """Bring the tables to this revision."""
    with op.get_context().autocommit_block():
        _drop()
        op.create_index(
            NAME,
            "touches",
            ["campaign_id", "purpose", "voter_id"],
            postgresql_where=sa.text("purpose <> 'ramp'"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    """Take them back to the revision before."""
    with op.get_context().autocommit_block():
        _drop()


def _drop() -> None:
    op.drop_index(NAME, table_name="touches", postgresql_concurrently=True, if_exists=True)
