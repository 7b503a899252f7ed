"""Elections, mail ballots, precincts, shifts, survey answers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "elections",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_elections")),
    )
    op.create_table(
        "precincts",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("opens", sa.Time(), nullable=True),
        sa.Column("closes", sa.Time(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state", "county", "code", name=op.f("pk_precincts")),
    )
    op.create_table(
        "answers",
        sa.Column("voter_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["voter_id"], ["voters.id"], name=op.f("fk_answers_voter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("voter_id", "question", name=op.f("pk_answers")),
    )
    op.create_index(
        "ix_answers_question", "answers", ["question", "answer", "voter_id"], unique=False
    )
    op.create_table(
        "mail_ballots",
        sa.Column("voter_id", sa.BigInteger(), nullable=False),
        sa.Column("polling_day", sa.Date(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_on", sa.Date(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["voter_id"], ["voters.id"], name=op.f("fk_mail_ballots_voter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("voter_id", "polling_day", name=op.f("pk_mail_ballots")),
    )
    op.create_index("ix_mail_ballots_stage", "mail_ballots", ["polling_day", "stage"], unique=False)
    op.create_table(
        "shifts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("call", "text", "email", name="channel", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_shifts_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_shifts_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
        sa.UniqueConstraint("user_id", "starts_at", name=op.f("uq_shifts_user_id_starts_at")),
    )
    op.create_index("ix_shifts_campaign_time", "shifts", ["campaign_id", "starts_at"], unique=False)
    op.add_column("users", sa.Column("phone", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them back to the revision before."""
    op.drop_column("users", "phone")
    op.drop_index("ix_shifts_campaign_time", table_name="shifts")
    op.drop_table("shifts")
    op.drop_index("ix_mail_ballots_stage", table_name="mail_ballots")
    op.drop_table("mail_ballots")
    op.drop_index("ix_answers_question", table_name="answers")
    op.drop_table("answers")
    op.drop_table("precincts")
    op.drop_table("elections")
