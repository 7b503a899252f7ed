"""Find voters at the strike desk: by the beginning of their address, and in a watched precinct

Built concurrently, so that calls and texts go on meanwhile on a table of millions; dropped first,
since a build that was broken off leaves an invalid index of that name.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_voters_address": ["address"],
    "ix_voters_precinct": ["precinct", "last_key", "first_key"],
}
PREFIXES = dict.fromkeys(("address", "last_key", "first_key"), "text_pattern_ops")
"""Found by their beginnings as one types."""


def upgrade() -> None:
    """Bring the tables to this revision."""
    downgrade()
    with op.get_context().autocommit_block():
        for name, columns in INDEXES.items():
            ops = {column: PREFIXES[column] for column in columns if column in PREFIXES}
            op.create_index(
                name, "voters", columns, postgresql_concurrently=True, postgresql_ops=ops
            )


def downgrade() -> None:
    """Take them back to the revision before."""
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.drop_index(name, table_name="voters", postgresql_concurrently=True, if_exists=True)
