"""Who can be reached by each channel, so that the pacer does not walk past the others each time

The columns have a constant default, which rewrites nothing. The indexes are built concurrently, so
that calls and texts go on meanwhile on a table of millions; dropped first, since a build that was
broken off leaves an invalid index of that name. Those that they replace stand until then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CHANNELS = {
    "call": "ix_targets_to_call",
    "text": "ix_targets_to_text",
    "email": "ix_targets_to_email",
}
BEFORE = {
    "call": "ix_targets_callable",
    "text": "ix_targets_textable",
    "email": "ix_targets_mailable",
}


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("campaigns", sa.Column("reach_marked_at", sa.TIMESTAMP(timezone=True)))
    op.add_column(
        "campaigns", sa.Column("reach_marked_to", sa.BigInteger, nullable=False, server_default="0")
    )
    for channel in CHANNELS:
        name = f"can_{channel}"
        op.add_column("targets", sa.Column(name, sa.Boolean, nullable=False, server_default="true"))
    with op.get_context().autocommit_block():
        for channel, name in CHANNELS.items():
            _drop(name)
            _create(channel, name, f" AND voted_at IS NULL AND can_{channel}")
        for name in BEFORE.values():
            _drop(name)


def downgrade() -> None:
    """Take them back to the revision before."""
    with op.get_context().autocommit_block():
        for channel, name in BEFORE.items():
            _drop(name)
            _create(channel, name, "")
        for name in CHANNELS.values():
            _drop(name)
    for channel in CHANNELS:
        op.drop_column("targets", f"can_{channel}")
    op.drop_column("campaigns", "reach_marked_to")
    op.drop_column("campaigns", "reach_marked_at")


def _create(channel: str, name: str, also: str) -> None:
    op.create_index(
        name,
        "targets",
        ["campaign_id", f"{channel}s", sa.literal_column("value DESC"), "voter_id"],
        postgresql_where=sa.text(f"out = '' AND no_{channel}s = '' AND arm = 'treated'{also}"),
        postgresql_concurrently=True,
    )


def _drop(name: str) -> None:
    op.drop_index(name, table_name="targets", postgresql_concurrently=True, if_exists=True)
