"""The first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"], unique=False)
    op.create_table(
        "callbacks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
        sa.UniqueConstraint("sid", "status", name=op.f("uq_callbacks_sid_status")),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), server_default="", nullable=False),
        sa.Column("candidate", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="US", nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("polling_day", sa.Date(), nullable=False),
        sa.Column("polls_open", sa.Time(), nullable=False),
        sa.Column("polls_close", sa.Time(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "universe", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("voter_daily_cap", sa.Integer(), server_default="2", nullable=False),
        sa.Column("voter_total_cap", sa.Integer(), server_default="12", nullable=False),
        sa.Column("budget", sa.Numeric(precision=14, scale=5), nullable=False),
        sa.Column("reserve_share", sa.Numeric(precision=14, scale=5), nullable=False),
        sa.Column(
            "reserved", sa.Numeric(precision=14, scale=5), server_default="0", nullable=False
        ),
        sa.Column("spent", sa.Numeric(precision=14, scale=5), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("name", name=op.f("uq_campaigns_name")),
    )
    op.create_table(
        "clock_anchor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wall_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("speed", sa.Double(), nullable=False),
        sa.Column("night", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), server_default="UTC", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_anchor")),
    )
    op.create_table(
        "consents",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("address", "channel", name=op.f("pk_consents")),
    )
    op.create_table(
        "dead_addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", "channel", name=op.f("pk_dead_addresses")),
    )
    op.create_table(
        "import_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "counts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_table(
        "inbound",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("from_address", sa.Text(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("voter_id", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("sid", name=op.f("uq_inbound_sid")),
    )
    op.create_index("ix_inbound_from", "inbound", ["from_address"], unique=False)
    op.create_index(
        "ix_inbound_waiting",
        "inbound",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_table(
        "opt_outs",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("address", "channel", name=op.f("pk_opt_outs")),
    )
    op.create_table(
        "roles",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
    )
    op.create_table(
        "voters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), server_default="", nullable=False),
        sa.Column("middle_name", sa.Text(), server_default="", nullable=False),
        sa.Column("last_name", sa.Text(), server_default="", nullable=False),
        sa.Column("suffix", sa.Text(), server_default="", nullable=False),
        sa.Column("gender", sa.Text(), server_default="", nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("party", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("postcode", sa.Text(), server_default="", nullable=False),
        sa.Column("county", sa.Text(), server_default="", nullable=False),
        sa.Column("precinct", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("zones", sa.Text(), server_default="", nullable=False),
        sa.Column("votes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=True),
        sa.Column("row_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voters")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_voters_source_source_id")),
    )
    op.create_index(
        "ix_voters_email", "voters", ["email"], unique=False, postgresql_where="email IS NOT NULL"
    )
    op.create_index("ix_voters_household_id", "voters", ["household_id"], unique=False)
    op.create_index(
        "ix_voters_phone", "voters", ["phone"], unique=False, postgresql_where="phone IS NOT NULL"
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("doing", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
        sa.UniqueConstraint("name", name=op.f("uq_workers_name")),
    )
    op.create_table(
        "ballots",
        sa.Column("voter_id", sa.BigInteger(), nullable=False),
        sa.Column("polling_day", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["voter_id"], ["voters.id"], name=op.f("fk_ballots_voter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("voter_id", "polling_day", name=op.f("pk_ballots")),
    )
    op.create_index("ix_ballots_day", "ballots", ["polling_day", "recorded_at"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), server_default="volunteer", nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_invitations_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_table(
        "plan_hours",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("call", "text", "email", name="channel", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("hour_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("released", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_plan_hours_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "channel", "hour_at", name=op.f("pk_plan_hours")),
    )
    op.create_table(
        "ramps",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("call", "text", "email", name="channel", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column(
            "shape",
            sa.Enum("linear", "exponential", name="shape", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("rise", sa.Double(), server_default="4", nullable=False),
        sa.Column("doubling_days", sa.Double(), server_default="3", nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_ramps_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "channel", name=op.f("pk_ramps")),
    )
    op.create_table(
        "rejected_rows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_run_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_runs.id"],
            name=op.f("fk_rejected_rows_import_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejected_rows")),
    )
    op.create_index(
        op.f("ix_rejected_rows_import_run_id"), "rejected_rows", ["import_run_id"], unique=False
    )
    op.create_table(
        "scripts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("call", "text", "email", name="channel", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_scripts_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scripts")),
        sa.UniqueConstraint(
            "campaign_id",
            "channel",
            "language",
            "version",
            name=op.f("uq_scripts_campaign_id_channel_language_version"),
        ),
    )
    op.create_table(
        "senders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("call", "text", "email", name="channel", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("per_second", sa.Double(), server_default="3", nullable=False),
        sa.Column("price", sa.Numeric(precision=14, scale=5), server_default="0", nullable=False),
        sa.Column("stopped", sa.Text(), server_default="", nullable=False),
        sa.Column("next_free_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_senders_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_senders")),
        sa.UniqueConstraint(
            "campaign_id", "channel", "address", name=op.f("uq_senders_campaign_id_channel_address")
        ),
    )
    op.create_table(
        "targets",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), server_default="0", nullable=False),
        sa.Column("arm", sa.Text(), server_default="treated", nullable=False),
        sa.Column("out", sa.Text(), server_default="", nullable=False),
        sa.Column("no_calls", sa.Text(), server_default="", nullable=False),
        sa.Column("no_texts", sa.Text(), server_default="", nullable=False),
        sa.Column("no_emails", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("texts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("emails", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_call_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_text_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_email_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_targets_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["voter_id"], ["voters.id"], name=op.f("fk_targets_voter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "voter_id", name=op.f("pk_targets")),
    )
    op.create_index(
        "ix_targets_callable",
        "targets",
        ["campaign_id", "calls", sa.literal_column("value DESC"), "voter_id"],
        unique=False,
        postgresql_where=sa.text("out = '' AND no_calls = '' AND arm = 'treated'"),
    )
    op.create_index(
        "ix_targets_household", "targets", ["campaign_id", "household_id"], unique=False
    )
    op.create_index(
        "ix_targets_mailable",
        "targets",
        ["campaign_id", "emails", sa.literal_column("value DESC"), "voter_id"],
        unique=False,
        postgresql_where=sa.text("out = '' AND no_emails = '' AND arm = 'treated'"),
    )
    op.create_index("ix_targets_place", "targets", ["campaign_id", "place"], unique=False)
    op.create_index(
        "ix_targets_textable",
        "targets",
        ["campaign_id", "texts", sa.literal_column("value DESC"), "voter_id"],
        unique=False,
        postgresql_where=sa.text("out = '' AND no_texts = '' AND arm = 'treated'"),
    )
    op.create_index("ix_targets_voter_id", "targets", ["voter_id"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default="{en}", nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_users_campaign_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_users_fs_uniquifier")),
    )
    op.create_table(
        "roles_users",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_roles_users_role_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_roles_users_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_roles_users")),
    )
    op.create_table(
        "touches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("call", "text", "email", name="channel", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("purpose", sa.Text(), server_default="ramp", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "ready",
                "claimed",
                "attempting",
                "accepted",
                "unknown",
                "delivered",
                "undelivered",
                "failed",
                "done",
                "skipped",
                "expired",
                "canceled",
                name="touchstate",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held", sa.Numeric(precision=14, scale=5), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id", "voter_id"],
            ["targets.campaign_id", "targets.voter_id"],
            name=op.f("fk_touches_campaign_id_voter_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touches")),
    )
    op.create_index(
        "ix_touches_address",
        "touches",
        ["address"],
        unique=False,
        postgresql_where=sa.text("state IN ('claimed', 'ready')"),
    )
    op.create_index(
        "ix_touches_calls",
        "touches",
        [
            "campaign_id",
            sa.literal_column("(purpose = 'callback') DESC"),
            sa.literal_column("value DESC"),
            "id",
        ],
        unique=False,
        postgresql_where=sa.text("state = 'ready' AND channel = 'call'"),
    )
    op.create_index(
        "ix_touches_expiring",
        "touches",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('claimed', 'ready')"),
    )
    op.create_index(
        "ix_touches_leased",
        "touches",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state IN ('claimed', 'attempting', 'unknown')"),
    )
    op.create_index(
        "ix_touches_ready",
        "touches",
        ["campaign_id", "channel", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index("ix_touches_voter", "touches", ["voter_id", "campaign_id"], unique=False)
    op.create_index(
        "uq_touches_open",
        "touches",
        ["campaign_id", "voter_id", "channel"],
        unique=True,
        postgresql_where=sa.text("state IN ('attempting', 'claimed', 'ready', 'unknown')"),
    )
    op.create_index(
        "uq_touches_open_call",
        "touches",
        ["campaign_id", "household_id"],
        unique=True,
        postgresql_where=sa.text(
            "channel = 'call' AND state IN ('attempting', 'claimed', 'ready', 'unknown')"
        ),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("touch_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("call", "text", "email", name="channel", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sender_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "attempting",
                "unknown",
                "absent",
                "accepted",
                "sent",
                "delivered",
                "undelivered",
                "failed",
                "done",
                name="attemptstate",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("segments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("price", sa.Numeric(precision=14, scale=5), nullable=True),
        sa.Column("held", sa.Numeric(precision=14, scale=5), server_default="0", nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("disposition", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["touch_id"], ["touches.id"], name=op.f("fk_attempts_touch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index("ix_attempts_address", "attempts", ["address", "attempted_at"], unique=False)
    op.create_index(
        "ix_attempts_campaign_time",
        "attempts",
        ["campaign_id", "attempted_at"],
        unique=False,
        postgresql_include=["channel", "state"],
    )
    op.create_index(op.f("ix_attempts_touch_id"), "attempts", ["touch_id"], unique=False)
    op.create_index(
        "ix_attempts_unpriced",
        "attempts",
        ["handed_at"],
        unique=False,
        postgresql_where=sa.text("channel = 'text' AND price IS NULL AND sid IS NOT NULL"),
    )
    op.create_index(
        "ix_attempts_unsettled",
        "attempts",
        ["handed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('attempting', 'unknown')"),
    )
    op.create_index(
        "ix_attempts_user",
        "attempts",
        ["user_id", "attempted_at"],
        unique=False,
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_index(
        "ix_attempts_voter", "attempts", ["voter_id", "campaign_id", "attempted_at"], unique=False
    )
    op.create_index(
        "uq_attempts_sid",
        "attempts",
        ["sid"],
        unique=True,
        postgresql_where=sa.text("sid IS NOT NULL"),
    )


def downgrade() -> None:
    """Take them back to the revision before."""
    op.drop_index(
        "uq_attempts_sid", table_name="attempts", postgresql_where=sa.text("sid IS NOT NULL")
    )
    op.drop_index("ix_attempts_voter", table_name="attempts")
    op.drop_index(
        "ix_attempts_user", table_name="attempts", postgresql_where=sa.text("user_id IS NOT NULL")
    )
    op.drop_index(
        "ix_attempts_unsettled",
        table_name="attempts",
        postgresql_where=sa.text("state IN ('attempting', 'unknown')"),
    )
    op.drop_index(
        "ix_attempts_unpriced",
        table_name="attempts",
        postgresql_where=sa.text("channel = 'text' AND price IS NULL AND sid IS NOT NULL"),
    )
    op.drop_index(op.f("ix_attempts_touch_id"), table_name="attempts")
    op.drop_index(
        "ix_attempts_campaign_time", table_name="attempts", postgresql_include=["channel", "state"]
    )
    op.drop_index("ix_attempts_address", table_name="attempts")
    op.drop_table("attempts")
    op.drop_index(
        "uq_touches_open_call",
        table_name="touches",
        postgresql_where=sa.text(
            "channel = 'call' AND state IN ('attempting', 'claimed', 'ready', 'unknown')"
        ),
    )
    op.drop_index(
        "uq_touches_open",
        table_name="touches",
        postgresql_where=sa.text("state IN ('attempting', 'claimed', 'ready', 'unknown')"),
    )
    op.drop_index("ix_touches_voter", table_name="touches")
    op.drop_index(
        "ix_touches_ready", table_name="touches", postgresql_where=sa.text("state = 'ready'")
    )
    op.drop_index(
        "ix_touches_leased",
        table_name="touches",
        postgresql_where=sa.text("state IN ('claimed', 'attempting', 'unknown')"),
    )
    op.drop_index(
        "ix_touches_expiring",
        table_name="touches",
        postgresql_where=sa.text("state IN ('claimed', 'ready')"),
    )
    op.drop_index(
        "ix_touches_calls",
        table_name="touches",
        postgresql_where=sa.text("state = 'ready' AND channel = 'call'"),
    )
    op.drop_index(
        "ix_touches_address",
        table_name="touches",
        postgresql_where=sa.text("state IN ('claimed', 'ready')"),
    )
    op.drop_table("touches")
    op.drop_table("roles_users")
    op.drop_table("users")
    op.drop_index("ix_targets_voter_id", table_name="targets")
    op.drop_index(
        "ix_targets_textable",
        table_name="targets",
        postgresql_where=sa.text("out = '' AND no_texts = '' AND arm = 'treated'"),
    )
    op.drop_index("ix_targets_place", table_name="targets")
    op.drop_index(
        "ix_targets_mailable",
        table_name="targets",
        postgresql_where=sa.text("out = '' AND no_emails = '' AND arm = 'treated'"),
    )
    op.drop_index("ix_targets_household", table_name="targets")
    op.drop_index(
        "ix_targets_callable",
        table_name="targets",
        postgresql_where=sa.text("out = '' AND no_calls = '' AND arm = 'treated'"),
    )
    op.drop_table("targets")
    op.drop_table("senders")
    op.drop_table("scripts")
    op.drop_index(op.f("ix_rejected_rows_import_run_id"), table_name="rejected_rows")
    op.drop_table("rejected_rows")
    op.drop_table("ramps")
    op.drop_table("plan_hours")
    op.drop_table("invitations")
    op.drop_index("ix_ballots_day", table_name="ballots")
    op.drop_table("ballots")
    op.drop_table("workers")
    op.drop_index("ix_voters_phone", table_name="voters", postgresql_where="phone IS NOT NULL")
    op.drop_index("ix_voters_household_id", table_name="voters")
    op.drop_index("ix_voters_email", table_name="voters", postgresql_where="email IS NOT NULL")
    op.drop_table("voters")
    op.drop_table("roles")
    op.drop_table("opt_outs")
    op.drop_index(
        "ix_inbound_waiting", table_name="inbound", postgresql_where=sa.text("handled_at IS NULL")
    )
    op.drop_index("ix_inbound_from", table_name="inbound")
    op.drop_table("inbound")
    op.drop_table("import_runs")
    op.drop_table("dead_addresses")
    op.drop_table("consents")
    op.drop_table("clock_anchor")
    op.drop_table("campaigns")
    op.drop_table("callbacks")
    op.drop_index("ix_audit_subject", table_name="audit")
    op.drop_table("audit")
