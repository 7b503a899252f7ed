"""The volunteer: codes that sign in, surveys, texts by hand, conversations

Every change to a table of millions adds an empty column, which rewrites nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NOW = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.alter_column("users", "email", nullable=True)
    op.add_column("users", sa.Column("tongue", sa.Text, nullable=False, server_default=""))
    op.add_column("users", sa.Column("conduct_at", NOW))
    op.add_column("users", sa.Column("toured_at", NOW))
    op.create_index(
        "ix_users_phone", "users", ["phone"], postgresql_where=sa.text("phone IS NOT NULL")
    )
    op.create_check_constraint(
        "ck_users_reachable", "users", "email IS NOT NULL OR phone IS NOT NULL"
    )
    op.create_table(
        "sign_in_codes",
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), primary_key=True),
        sa.Column(
            "user_id",
            sa.BigInteger,
            sa.ForeignKey("users.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("sent_to", sa.Text, nullable=False),
        sa.Column("created_at", NOW, nullable=False),
        sa.Column("expires_at", NOW, nullable=False),
        sa.Column("used_at", NOW),
        sa.Column("tries_left", sa.Integer, nullable=False, server_default="5"),
    )
    op.add_column("scripts", sa.Column("survey", JSONB, nullable=False, server_default="[]"))
    op.add_column("touches", sa.Column("sender_id", sa.BigInteger))
    op.add_column("touches", sa.Column("tapped_by", sa.BigInteger))
    op.add_column("attempts", sa.Column("before", JSONB))
    op.add_column(
        "blasts", sa.Column("by_hand", sa.Boolean, nullable=False, server_default="false")
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), primary_key=True),
        sa.Column(
            "campaign_id",
            sa.BigInteger,
            sa.ForeignKey("campaigns.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("voter_id", sa.BigInteger),
        sa.Column("our_address", sa.Text, nullable=False),
        sa.Column("waits_since", NOW),
        sa.Column("held_by", sa.BigInteger),
        sa.Column("held_until", NOW),
        sa.Column("handed_over_at", NOW),
        sa.Column("handed_over_by", sa.BigInteger),
        sa.Column("why_handed_over", sa.Text, nullable=False, server_default=""),
        sa.UniqueConstraint("campaign_id", "address"),
    )
    op.create_index(
        "ix_conversations_waiting",
        "conversations",
        ["campaign_id", "waits_since"],
        postgresql_where=sa.text("waits_since IS NOT NULL"),
    )
    op.create_table(
        "written",
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), primary_key=True),
        sa.Column(
            "conversation_id",
            sa.BigInteger,
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("written_at", NOW, nullable=False),
    )


def downgrade() -> None:
    """Take them back to the revision before; accounts without an email are let go."""
    op.drop_table("written")
    op.drop_table("conversations")
    op.drop_column("blasts", "by_hand")
    op.drop_column("attempts", "before")
    op.drop_column("touches", "tapped_by")
    op.drop_column("touches", "sender_id")
    op.drop_column("scripts", "survey")
    op.drop_table("sign_in_codes")
    op.drop_constraint("ck_users_reachable", "users")
    op.drop_index("ix_users_phone", table_name="users")
    op.drop_column("users", "toured_at")
    op.drop_column("users", "conduct_at")
    op.drop_column("users", "tongue")
    op.execute("DELETE FROM users WHERE email IS NULL")
    op.alter_column("users", "email", nullable=False)
