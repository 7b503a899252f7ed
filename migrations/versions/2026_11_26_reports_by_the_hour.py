"""Counts of the reports by the hour, so that a day is not counted whole each time

Only new tables: nothing is read or rewritten. Days that may still change are counted anew by the
hour when a worker first looks at them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "report_hours",
        *_key(),
        *(sa.Column(name, sa.Text, primary_key=True) for name in _MARKS),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("cost", sa.Numeric(14, 5), nullable=False, server_default="0"),
    )
    op.create_table(
        "report_hour_states",
        *_key(),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("final", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    )


_MARKS = ("part", "key", "channel", "outcome")


def _key() -> tuple[sa.Column[int], sa.Column[object]]:
    campaign = sa.ForeignKey("campaigns.id", ondelete="CASCADE")
    return (
        sa.Column("campaign_id", sa.BigInteger, campaign, primary_key=True),
        sa.Column("hour_at", sa.DateTime(timezone=True), primary_key=True),
    )


def downgrade() -> None:
    """Take them back to the revision before; what was counted by days stays."""
    op.drop_table("report_hour_states")
    op.drop_table("report_hours")
