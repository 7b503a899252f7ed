"""The organizer: set-up, teams, notices, rides, voters' problems, pauses, sheets, reports, audit

Every change to a table of millions adds an empty column, which rewrites nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NOW = sa.TIMESTAMP(timezone=True)
ENTRY_STANDS = """
CREATE FUNCTION audit_entry_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only ever added to';
END $$
"""


def _serial() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=False), primary_key=True)


def _of(table: str, *, gone: str = "CASCADE", **more: object) -> sa.Column[int]:
    name = f"{table.removesuffix('s')}_id"
    key = sa.ForeignKey(f"{table}.id", ondelete=gone)
    return sa.Column(name, sa.BigInteger, key, nullable=gone != "CASCADE", **more)  # type: ignore[arg-type]


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def upgrade() -> None:
    """Bring the tables to this revision."""
    _set_up()
    _people()
    _polling_day()
    _paper_and_reports()
    op.execute(ENTRY_STANDS)
    op.execute(
        "CREATE TRIGGER audit_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_stands()"
    )


def _set_up() -> None:
    op.add_column("campaigns", sa.Column("setup", JSONB, nullable=False, server_default="{}"))
    op.add_column("campaigns", sa.Column("copied_from", sa.BigInteger))
    op.add_column(
        "campaigns", sa.Column("paused_channels", JSONB, nullable=False, server_default="{}")
    )
    op.add_column("senders", sa.Column("paused_until", NOW))
    op.add_column("scripts", _words("note"))
    op.add_column("scripts", sa.Column("created_by", sa.BigInteger))
    op.add_column("scripts", sa.Column("created_at", NOW))
    op.add_column("attempts", sa.Column("script_id", sa.BigInteger))
    op.create_table(
        "sender_checks",
        _serial(),
        _of("senders", index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("passed", sa.Boolean),
        _words("said"),
        sa.Column("facts", JSONB, nullable=False, server_default="{}"),
        sa.Column("checked_by", sa.BigInteger),
        sa.Column("checked_at", NOW, nullable=False),
    )


def _people() -> None:
    op.create_table(
        "teams",
        _serial(),
        _of("campaigns"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("lead_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("created_at", NOW, nullable=False),
        sa.UniqueConstraint("campaign_id", "name"),
    )
    op.add_column(
        "users",
        sa.Column("team_id", sa.BigInteger, sa.ForeignKey("teams.id", ondelete="SET NULL")),
    )
    op.create_table(
        "watched_precincts",
        _of("users", primary_key=True),
        _of("campaigns", primary_key=True),
        sa.Column("state", sa.Text, primary_key=True),
        sa.Column("county", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
    )
    op.add_column("shifts", sa.Column("came_at", NOW))
    op.add_column("shifts", sa.Column("missed_at", NOW))
    op.create_table(
        "notices",
        _serial(),
        _of("campaigns"),
        _of("users"),
        sa.Column("shift_id", sa.BigInteger),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        _words("subject"),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="ready"),
        sa.Column("due_at", NOW, nullable=False),
        sa.Column("expires_at", NOW, nullable=False),
        sa.Column("try_at", NOW),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        _words("problem"),
        sa.Column("made_at", NOW, nullable=False),
        sa.Column("sent_at", NOW),
    )
    op.create_index(
        "ix_notices_due", "notices", ["due_at"], postgresql_where=sa.text("state = 'ready'")
    )
    op.create_index("ix_notices_campaign", "notices", ["campaign_id", "due_at"])


def _polling_day() -> None:
    op.create_table(
        "rides",
        _serial(),
        _of("campaigns"),
        sa.Column("voter_id", sa.BigInteger),
        _words("name"),
        _words("phone"),
        _words("pick_up"),
        _words("going_to"),
        sa.Column("wanted_at", NOW),
        sa.Column("riders", sa.Integer, nullable=False, server_default="1"),
        _words("needs"),
        _words("note"),
        sa.Column("state", sa.Text, nullable=False, server_default="asked"),
        sa.Column("driver_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("key", sa.Text, unique=True),
        sa.Column("created_by", sa.BigInteger),
        sa.Column("created_at", NOW, nullable=False),
        sa.Column("changed_at", NOW, nullable=False),
    )
    op.create_index("ix_rides_campaign", "rides", ["campaign_id", "state", "wanted_at"])
    op.create_table(
        "problems",
        _serial(),
        _of("campaigns"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("voter_id", sa.BigInteger),
        sa.Column("attempt_id", sa.Uuid),
        _words("precinct"),
        _words("place"),
        _words("phone"),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="open"),
        sa.Column("assigned_to", sa.BigInteger, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("key", sa.Text, unique=True),
        sa.Column("created_by", sa.BigInteger),
        sa.Column("created_at", NOW, nullable=False),
        sa.Column("solved_at", NOW),
        sa.Column("timeline", JSONB, nullable=False, server_default="[]"),
    )
    op.create_index("ix_problems_campaign", "problems", ["campaign_id", "state", "created_at"])
    op.add_column(
        "conversations",
        sa.Column("assigned_to", sa.BigInteger, sa.ForeignKey("users.id", ondelete="SET NULL")),
    )


def _paper_and_reports() -> None:
    op.create_table(
        "sheets",
        _serial(),
        _of("campaigns"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False, unique=True),
        _words("name"),
        sa.Column("filter", JSONB, nullable=False, server_default="{}"),
        sa.Column("created_by", sa.BigInteger),
        sa.Column("created_at", NOW, nullable=False),
        sa.Column("held_until", NOW),
    )
    op.create_index("ix_sheets_campaign", "sheets", ["campaign_id", "created_at"])
    op.create_table(
        "sheet_lines",
        _of("sheets", primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("voter_id", sa.BigInteger, nullable=False, index=True),
        sa.Column("touch_id", sa.BigInteger),
        _words("result"),
        sa.Column("entered_by", sa.BigInteger),
        sa.Column("entered_at", NOW),
    )
    op.create_table(
        "report_days",
        _of("campaigns", primary_key=True),
        sa.Column("day_on", sa.Date, primary_key=True),
        sa.Column("part", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("outcome", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("cost", sa.Numeric(14, 5), nullable=False, server_default="0"),
    )
    op.create_table(
        "report_states",
        _of("campaigns", primary_key=True),
        sa.Column("day_on", sa.Date, primary_key=True),
        sa.Column("counted_at", NOW, nullable=False),
        sa.Column("final", sa.Boolean, nullable=False, server_default="false"),
    )


def downgrade() -> None:
    """Take them back to the revision before; campaigns that are being set up are closed."""
    op.execute("DROP TRIGGER audit_stands ON audit")
    op.execute("DROP FUNCTION audit_entry_stands")
    for table in ("report_states", "report_days", "sheet_lines", "sheets", "problems", "rides"):
        op.drop_table(table)
    op.drop_column("conversations", "assigned_to")
    for table in ("notices", "watched_precincts"):
        op.drop_table(table)
    op.drop_column("shifts", "missed_at")
    op.drop_column("shifts", "came_at")
    op.drop_column("users", "team_id")
    op.drop_table("teams")
    op.drop_table("sender_checks")
    op.drop_column("attempts", "script_id")
    for column in ("created_at", "created_by", "note"):
        op.drop_column("scripts", column)
    op.drop_column("senders", "paused_until")
    for column in ("paused_channels", "copied_from", "setup"):
        op.drop_column("campaigns", column)
    op.execute("UPDATE campaigns SET state = 'closed' WHERE state = 'draft'")
