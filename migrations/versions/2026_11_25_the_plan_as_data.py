"""The plan as data: plans, changes to rules and figures, phases, more shapes of ramps

On targets only a column without a default is added, which touches no row.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "learned_figures",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_learned_figures_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "name", name=op.f("pk_learned_figures")),
    )
    op.create_table(
        "phases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "early_vote",
                "ballot_chase",
                "round",
                name="phasekind",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("goal", sa.Integer(), server_default="0", nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "filter", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("people", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_phases_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phases")),
    )
    op.create_index("ix_phases_campaign_time", "phases", ["campaign_id", "starts_at"], unique=False)
    op.create_table(
        "plan_states",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "rests_on", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_on", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holder", sa.Text(), server_default="", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "cells", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("cells_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_plan_states_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_plan_states")),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("solver", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_plans_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index("ix_plans_campaign", "plans", ["campaign_id", "id"], unique=False)
    op.create_table(
        "changed_figures",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_changed_figures_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_changed_figures_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "name", name=op.f("pk_changed_figures")),
    )
    op.create_table(
        "rule_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "calling_hours",
                "polls",
                "silence",
                "blackout",
                "own_hours",
                name="rulekind",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_rule_changes_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["users.id"], name=op.f("fk_rule_changes_ended_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_rule_changes_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_changes")),
    )
    op.create_index("ix_rule_changes_campaign", "rule_changes", ["campaign_id"], unique=False)
    op.add_column(
        "campaigns",
        sa.Column("polls_by_state", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column("campaigns", sa.Column("first_polling_day", sa.Date(), nullable=True))
    op.add_column(
        "campaigns", sa.Column("salience", sa.Text(), server_default="middle", nullable=False)
    )
    op.add_column(
        "plan_hours", sa.Column("wanted", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("ramps", sa.Column("peak", sa.Integer(), nullable=True))
    op.add_column("ramps", sa.Column("middle", sa.Double(), server_default="0.6", nullable=False))
    op.add_column("ramps", sa.Column("steps", sa.Integer(), server_default="3", nullable=False))
    op.add_column(
        "ramps",
        sa.Column(
            "drawn", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
    )
    op.add_column("scripts", sa.Column("purpose", sa.Text(), server_default="ramp", nullable=False))
    op.drop_constraint(
        op.f("uq_scripts_campaign_id_channel_language_version"), "scripts", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_scripts_campaign_id_channel_purpose_language_version"),
        "scripts",
        ["campaign_id", "channel", "purpose", "language", "version"],
    )
    op.add_column("targets", sa.Column("phase_id", sa.BigInteger(), nullable=True))
    # ### end Alembic commands ###


def downgrade() -> None:
    """Take them back to the revision before."""
    op.drop_column("targets", "phase_id")
    # Without a purpose they would pass for what goes out all along.
    op.execute("DELETE FROM scripts WHERE purpose <> 'ramp'")
    op.drop_constraint(
        op.f("uq_scripts_campaign_id_channel_purpose_language_version"), "scripts", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_scripts_campaign_id_channel_language_version"),
        "scripts",
        ["campaign_id", "channel", "language", "version"],
    )
    op.drop_column("scripts", "purpose")
    op.drop_column("ramps", "drawn")
    op.drop_column("ramps", "steps")
    op.drop_column("ramps", "middle")
    op.drop_column("ramps", "peak")
    op.drop_column("plan_hours", "wanted")
    op.drop_column("campaigns", "salience")
    op.drop_column("campaigns", "first_polling_day")
    op.drop_column("campaigns", "polls_by_state")
    op.drop_index("ix_rule_changes_campaign", table_name="rule_changes")
    op.drop_table("rule_changes")
    op.drop_table("changed_figures")
    op.drop_index("ix_plans_campaign", table_name="plans")
    op.drop_table("plans")
    op.drop_table("plan_states")
    op.drop_index("ix_phases_campaign_time", table_name="phases")
    op.drop_table("phases")
    op.drop_table("learned_figures")
    # ### end Alembic commands ###
