"""Whom a campaign works on, chosen in the background

One small table; nothing is read or rewritten.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    campaign = sa.ForeignKey("campaigns.id", ondelete="CASCADE")
    op.create_table(
        "universe_choices",
        sa.Column("campaign_id", sa.BigInteger, campaign, primary_key=True),
        sa.Column("filter", JSONB, nullable=False),
        sa.Column("asked_by", sa.BigInteger),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("progress", sa.Float, nullable=False, server_default="0"),
        sa.Column("problem", sa.Text, nullable=False, server_default=""),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Take them back to the revision before; a choice under way is to be made again."""
    op.drop_table("universe_choices")
