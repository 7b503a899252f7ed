"""Find the conversations that somebody has, or that were handed over, among very many

The index holds these few only. It is built beside the work that goes on: nothing is locked, and an
upgrade that was broken off is begun again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NAME = "ix_conversations_given"


def upgrade() -> None:
    """Bring the tables to this revision."""
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "conversations", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            NAME,
            "conversations",
            ["assigned_to", "handed_over_at"],
            postgresql_where=sa.text("assigned_to IS NOT NULL OR handed_over_at IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    """Take them back to the revision before."""
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "conversations", if_exists=True, postgresql_concurrently=True)
