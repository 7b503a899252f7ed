"""Universes with a name, and doubles that were merged"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "universes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filter", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_universes")),
        sa.UniqueConstraint("name", name=op.f("uq_universes_name")),
    )
    op.create_table(
        "merges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("gone_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "before", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("merged_by", sa.BigInteger(), nullable=True),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["gone_id"], ["voters.id"], name=op.f("fk_merges_gone_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["voters.id"], name=op.f("fk_merges_kept_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    op.create_index(op.f("ix_merges_gone_id"), "merges", ["gone_id"], unique=False)
    op.create_index(op.f("ix_merges_kept_id"), "merges", ["kept_id"], unique=False)


def downgrade() -> None:
    """Take them back to the revision before."""
    op.drop_index(op.f("ix_merges_kept_id"), table_name="merges")
    op.drop_index(op.f("ix_merges_gone_id"), table_name="merges")
    op.drop_table("merges")
    op.drop_table("universes")
