"""Find voters by any word of their address, calls whose way back may be forgotten, freed shifts

The indexes are built concurrently, so that calls and texts go on meanwhile on a table of millions;
dropped first, since a build that was broken off leaves an invalid index of that name. The index by
the beginning of an address, which the one of its words replaces, stands until then.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INSTANT = sa.TIMESTAMP(timezone=True)
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
    op.create_table(
        "freed_shifts",
        sa.Column("shift_id", sa.BigInteger, primary_key=True, autoincrement=False),
        _belongs_to("campaigns", "campaign_id"),
        _belongs_to("users", "user_id"),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("languages", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("freed_at", INSTANT, nullable=False),
    )
    op.create_index("ix_freed_shifts_campaign_time", "freed_shifts", ["campaign_id", "starts_at"])


def downgrade() -> None:
    """Take them back to the revision before."""
    op.drop_table("freed_shifts")
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


def _belongs_to(table: str, column: str) -> sa.Column[int]:
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(column, sa.BigInteger, key, nullable=False)


def _drop(name: str, table: str) -> None:
    op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
