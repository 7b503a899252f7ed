"""What may have arrived: a state of its own for it, and how often it was looked for

Before, a mail without an answer was one that had failed with a note, and the note of a text told
whether the carrier's list had been asked. The update reads the attempts once and writes the few
mails that it is about, before the tables are locked; the column has a constant default, which
rewrites nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NO_ANSWER = "no answer from the relay"


def upgrade() -> None:
    """Bring the tables to this revision."""
    with op.get_context().autocommit_block():
        op.execute(
            "UPDATE attempts SET state = 'unsure' WHERE channel = 'email' AND state = 'failed' "
            f"AND sid IS NULL AND note = '{NO_ANSWER}'"
        )
    op.add_column(
        "attempts", sa.Column("looks", sa.SmallInteger, nullable=False, server_default="0")
    )


def downgrade() -> None:
    """Take them back to the revision before; texts that may have arrived become failed ones, which
    count in the caps as they do."""
    with op.get_context().autocommit_block():
        op.execute(
            "UPDATE attempts SET state = 'failed', "
            f"note = CASE WHEN channel = 'email' THEN '{NO_ANSWER}' ELSE note END "
            "WHERE state = 'unsure'"
        )
    op.drop_column("attempts", "looks")
