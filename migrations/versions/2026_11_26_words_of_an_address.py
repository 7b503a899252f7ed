"""Find voters by any word of their address, and calls whose way back may be forgotten

Built concurrently, so that calls and texts go on meanwhile on a table of millions; dropped first,
since a build that was broken off leaves an invalid index of that name. The index by the beginning
of an address, which the one of its words replaces, stands until then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WORDS = "array_to_tsvector(array_remove(string_to_array(lower(left(address, 300)), ' '), ''))"


def upgrade() -> None:
    """Bring the tables to this revision."""
    with op.get_context().autocommit_block():
        _drop("ix_voters_address_words", "voters")
        op.create_index(
            "ix_voters_address_words",
            "voters",
            [sa.text(WORDS)],
            postgresql_using="gin",
            postgresql_concurrently=True,
        )
        _drop("ix_attempts_before", "attempts")
        op.create_index(
            "ix_attempts_before",
            "attempts",
            ["handed_at"],
            postgresql_where=sa.text("before IS NOT NULL AND NOT before ? 'undone'"),
            postgresql_concurrently=True,
        )
        _drop("ix_voters_address", "voters")


def downgrade() -> None:
    """Take them back to the revision before."""
    with op.get_context().autocommit_block():
        _drop("ix_voters_address", "voters")
        op.create_index(
            "ix_voters_address",
            "voters",
            ["address"],
            postgresql_ops={"address": "text_pattern_ops"},
            postgresql_concurrently=True,
        )
        _drop("ix_attempts_before", "attempts")
        _drop("ix_voters_address_words", "voters")


def _drop(name: str, table: str) -> None:
    op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
