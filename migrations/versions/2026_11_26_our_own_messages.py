"""Messages to our own people are paid at the carrier's price, and have money reserved until then"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# The program before books what has gone out at its estimate, at once, as an entry of the audit log.
BOOK = """
WITH open AS (
    SELECT campaign_id, what, channel, sum(parts) AS parts, sum(held) AS held
    FROM own_messages WHERE held > 0 GROUP BY campaign_id, what, channel
), noted AS (
    INSERT INTO audit (at, action, subject, details)
    SELECT now(), 'own messages paid', 'campaign:' || campaign_id, jsonb_build_object(
        'what', what, 'channel', channel, 'parts', parts, 'cost', CAST(held AS text)) FROM open
)
UPDATE campaigns c SET reserved = reserved - mine.held, spent = spent + mine.held
FROM (SELECT campaign_id, sum(held) AS held FROM open GROUP BY campaign_id) mine
WHERE mine.campaign_id = c.id
"""


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "own_messages",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column(
            "campaign_id",
            sa.BigInteger,
            sa.ForeignKey("campaigns.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.Column("held", sa.Numeric(14, 5), nullable=False),
        sa.Column("sid", sa.Text),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "ix_own_messages_ask",
        "own_messages",
        ["ask_at"],
        postgresql_where=sa.text("ask_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Take them back to the revision before."""
    op.execute(BOOK)
    op.drop_table("own_messages")
