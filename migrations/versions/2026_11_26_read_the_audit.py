"""Indexes by which the audit is read: by time, and by who acted

Built concurrently, so that work goes on meanwhile on a log of millions; dropped first, since a
build that was cut off leaves an index that is none.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEXES = {"ix_audit_at": ["at"], "ix_audit_user": ["user_id", "at"]}


def upgrade() -> None:
    """Bring the tables to this revision."""
    downgrade()
    with op.get_context().autocommit_block():
        for name, columns in INDEXES.items():
            op.create_index(name, "audit", columns, postgresql_concurrently=True)


def downgrade() -> None:
    """Take them back to the revision before."""
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.drop_index(name, table_name="audit", postgresql_concurrently=True, if_exists=True)
