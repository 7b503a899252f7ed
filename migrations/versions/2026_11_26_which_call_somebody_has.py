"""Which call somebody has: found by who it is, not among all leases

The index is built concurrently, so that calls and texts go on meanwhile on a table of millions; it
holds the calls alone that somebody has at this moment.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NAME = "ix_touches_held"


def upgrade() -> None:
    """Bring the tables to this revision."""
    with op.get_context().autocommit_block():
        _drop()  # a build that was broken off leaves an invalid index of that name
        op.create_index(
            NAME,
            "touches",
            ["claimed_by"],
            postgresql_where=sa.text("channel = 'call' AND state IN ('claimed', 'attempting')"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    """Take them back to the revision before."""
    with op.get_context().autocommit_block():
        _drop()


def _drop() -> None:
    op.drop_index(NAME, table_name="touches", postgresql_concurrently=True, if_exists=True)
