"""Imports that workers carry out, and mappings to use again"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "mappings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mappings")),
        sa.UniqueConstraint("name", name=op.f("uq_mappings_name")),
    )
    op.add_column(
        "import_runs", sa.Column("kind", sa.Text(), server_default="voters", nullable=False)
    )
    op.add_column(
        "import_runs", sa.Column("stored_as", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "import_runs", sa.Column("size", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "import_runs",
        sa.Column(
            "mapping", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
    )
    op.add_column(
        "import_runs",
        sa.Column(
            "options", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
    )
    op.add_column("import_runs", sa.Column("stage", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "import_runs", sa.Column("bytes_read", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "import_runs", sa.Column("rows_read", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "import_runs",
        sa.Column(
            "notes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
    )
    op.add_column("import_runs", sa.Column("created_by", sa.BigInteger(), nullable=True))
    op.add_column("import_runs", sa.Column("worker", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "import_runs", sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "import_runs",
        sa.Column("cancel_asked", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column(
        "import_runs", sa.Column("tries", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_index(
        "ix_import_runs_open",
        "import_runs",
        ["id"],
        unique=False,
        postgresql_where="state IN ('check_queued', 'queued', 'checking', 'running')",
    )


def downgrade() -> None:
    """Take them back to the revision before."""
    op.drop_index(
        "ix_import_runs_open",
        table_name="import_runs",
        postgresql_where="state IN ('check_queued', 'queued', 'checking', 'running')",
    )
    op.drop_column("import_runs", "tries")
    op.drop_column("import_runs", "cancel_asked")
    op.drop_column("import_runs", "lease_until")
    op.drop_column("import_runs", "worker")
    op.drop_column("import_runs", "created_by")
    op.drop_column("import_runs", "notes")
    op.drop_column("import_runs", "rows_read")
    op.drop_column("import_runs", "bytes_read")
    op.drop_column("import_runs", "stage")
    op.drop_column("import_runs", "options")
    op.drop_column("import_runs", "mapping")
    op.drop_column("import_runs", "size")
    op.drop_column("import_runs", "stored_as")
    op.drop_column("import_runs", "kind")
    op.drop_table("mappings")
