"""The engine: blasts, incidents, alerts, click-to-call, voting plans, reserves, rehearsals

On senders and workers only columns with a constant default or none are added, which touches no row.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "alert_routes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_alert_routes_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_routes")),
        sa.UniqueConstraint(
            "campaign_id", "kind", "address", name=op.f("uq_alert_routes_campaign_id_kind_address")
        ),
    )
    op.create_table(
        "blasts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("call", "text", "email", name="channel", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "filter", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("spread_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_by", sa.DateTime(), nullable=True),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_blasts_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blasts")),
    )
    op.create_index("ix_blasts_campaign_time", "blasts", ["campaign_id", "starts_at"], unique=False)
    op.create_table(
        "incidents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_wall", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "timeline", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_incidents_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(
        "ix_incidents_campaign_time", "incidents", ["campaign_id", "opened_at"], unique=False
    )
    op.create_index(
        "uq_incidents_open",
        "incidents",
        ["campaign_id", "kind", "subject"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "rehearsals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("workers", sa.Integer(), server_default="3", nullable=False),
        sa.Column("faults", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("state", sa.Text(), server_default="wanted", nullable=False),
        sa.Column("progress", sa.Double(), server_default="0", nullable=False),
        sa.Column(
            "report", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("wanted_by", sa.BigInteger(), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holder", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_rehearsals_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsals")),
    )
    op.create_index("ix_rehearsals_campaign", "rehearsals", ["campaign_id", "id"], unique=False)
    op.create_table(
        "reserves",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "filter", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("people", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_reserves_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserves")),
        sa.UniqueConstraint("campaign_id", "rank", name=op.f("uq_reserves_campaign_id_rank")),
    )
    op.create_table(
        "voice_rates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("caller_id", sa.Text(), server_default="", nullable=False),
        sa.Column("per_second", sa.Double(), server_default="1", nullable=False),
        sa.Column("price", sa.Numeric(precision=14, scale=5), server_default="0", nullable=False),
        sa.Column("next_free_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_voice_rates_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_rates")),
        sa.UniqueConstraint("campaign_id", name=op.f("uq_voice_rates_campaign_id")),
    )
    op.create_table(
        "voting_plans",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_id", sa.BigInteger(), nullable=False),
        sa.Column("votes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("how", sa.Text(), server_default="", nullable=False),
        sa.Column("with_whom", sa.Text(), server_default="", nullable=False),
        sa.Column("ride", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_voting_plans_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["voter_id"], ["voters.id"], name=op.f("fk_voting_plans_voter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "voter_id", name=op.f("pk_voting_plans")),
    )
    op.create_index(
        "ix_voting_plans_time", "voting_plans", ["campaign_id", "votes_at"], unique=False
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="ready", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
            name=op.f("fk_alerts_incident_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint(
            "incident_id",
            "event",
            "kind",
            "address",
            name=op.f("uq_alerts_incident_id_event_kind_address"),
        ),
    )
    op.create_index(
        "ix_alerts_due",
        "alerts",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_table(
        "voice_calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("touch_id", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("voter_sid", sa.Text(), nullable=True),
        sa.Column("voter_status", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_by", sa.Text(), server_default="", nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("price", sa.Numeric(precision=14, scale=5), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_wall", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"], ["attempts.id"], name=op.f("fk_voice_calls_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_calls")),
    )
    op.create_index("ix_voice_calls_user", "voice_calls", ["user_id", "asked_wall"], unique=False)
    op.add_column("senders", sa.Column("kind", sa.Text(), server_default="", nullable=False))
    op.add_column("senders", sa.Column("per_minute", sa.Integer(), nullable=True))
    op.add_column("senders", sa.Column("per_hour", sa.Integer(), nullable=True))
    op.add_column("senders", sa.Column("per_day", sa.Integer(), nullable=True))
    op.add_column("senders", sa.Column("day_on", sa.Date(), nullable=True))
    op.add_column(
        "senders", sa.Column("day_used", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("senders", sa.Column("health", sa.Double(), server_default="1", nullable=False))
    op.add_column("senders", sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("senders", sa.Column("slow_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "senders", sa.Column("slow_downs", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("workers", sa.Column("doing_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take them back to the revision before."""
    op.drop_column("workers", "doing_since")
    op.drop_column("senders", "slow_downs")
    op.drop_column("senders", "slow_until")
    op.drop_column("senders", "measured_at")
    op.drop_column("senders", "health")
    op.drop_column("senders", "day_used")
    op.drop_column("senders", "day_on")
    op.drop_column("senders", "per_day")
    op.drop_column("senders", "per_hour")
    op.drop_column("senders", "per_minute")
    op.drop_column("senders", "kind")
    op.drop_index("ix_voice_calls_user", table_name="voice_calls")
    op.drop_table("voice_calls")
    op.drop_index("ix_alerts_due", table_name="alerts", postgresql_where=sa.text("state = 'ready'"))
    op.drop_table("alerts")
    op.drop_index("ix_voting_plans_time", table_name="voting_plans")
    op.drop_table("voting_plans")
    op.drop_table("voice_rates")
    op.drop_table("reserves")
    op.drop_index("ix_rehearsals_campaign", table_name="rehearsals")
    op.drop_table("rehearsals")
    op.drop_index(
        "uq_incidents_open", table_name="incidents", postgresql_where=sa.text("closed_at IS NULL")
    )
    op.drop_index("ix_incidents_campaign_time", table_name="incidents")
    op.drop_table("incidents")
    op.drop_index("ix_blasts_campaign_time", table_name="blasts")
    op.drop_table("blasts")
    op.drop_table("alert_routes")
