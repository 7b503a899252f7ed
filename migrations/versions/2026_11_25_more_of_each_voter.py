"""Voters: three phones, turnout, own columns, keys to search by, doubles"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("voters", sa.Column("phone_kind", sa.Text(), server_default="", nullable=False))
    op.add_column("voters", sa.Column("phone2", sa.Text(), nullable=True))
    op.add_column("voters", sa.Column("phone2_kind", sa.Text(), server_default="", nullable=False))
    op.add_column("voters", sa.Column("phone3", sa.Text(), nullable=True))
    op.add_column("voters", sa.Column("phone3_kind", sa.Text(), server_default="", nullable=False))
    op.add_column("voters", sa.Column("turnout", sa.REAL(), nullable=True))
    op.add_column(
        "voters",
        sa.Column(
            "extra", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
    )
    op.add_column("voters", sa.Column("first_key", sa.Text(), server_default="", nullable=False))
    op.add_column("voters", sa.Column("last_key", sa.Text(), server_default="", nullable=False))
    op.add_column("voters", sa.Column("merged_into", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take them back to the revision before."""
    op.drop_column("voters", "merged_into")
    op.drop_column("voters", "last_key")
    op.drop_column("voters", "first_key")
    op.drop_column("voters", "extra")
    op.drop_column("voters", "turnout")
    op.drop_column("voters", "phone3_kind")
    op.drop_column("voters", "phone3")
    op.drop_column("voters", "phone2_kind")
    op.drop_column("voters", "phone2")
    op.drop_column("voters", "phone_kind")
