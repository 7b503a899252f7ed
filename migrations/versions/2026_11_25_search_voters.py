"""Indexes by which voters are found: names, phones, ids.

Built concurrently, so that calls and texts go on meanwhile on a table of millions; dropped first,
since a build that was broken off leaves an invalid index of that name.
"""

from typing import Any

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PATTERNS = "text_pattern_ops"

INDEXES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "ix_voters_last_key": (
        ["last_key", "first_key"],
        {"postgresql_ops": {"last_key": PATTERNS, "first_key": PATTERNS}},
    ),
    "ix_voters_first_key": (
        ["first_key", "last_key"],
        {"postgresql_ops": {"first_key": PATTERNS, "last_key": PATTERNS}},
    ),
    "ix_voters_source_id": (["source_id"], {"postgresql_ops": {"source_id": PATTERNS}}),
    "ix_voters_phone_prefix": (
        ["phone"],
        {"postgresql_ops": {"phone": PATTERNS}, "postgresql_where": "phone IS NOT NULL"},
    ),
    "ix_voters_phone2": (["phone2"], {"postgresql_where": "phone2 IS NOT NULL"}),
    "ix_voters_phone3": (["phone3"], {"postgresql_where": "phone3 IS NOT NULL"}),
    "ix_voters_merged_into": (["merged_into"], {"postgresql_where": "merged_into IS NOT NULL"}),
}

OLD = "ix_voters_phone"


def upgrade() -> None:
    """Bring the tables to this revision."""
    with op.get_context().autocommit_block():
        for name, (columns, options) in INDEXES.items():
            _build(name, columns, options)
        _drop(OLD)


def downgrade() -> None:
    """Take them back to the revision before."""
    with op.get_context().autocommit_block():
        _build(OLD, ["phone"], {"postgresql_where": "phone IS NOT NULL"})
        for name in INDEXES:
            _drop(name)


def _build(name: str, columns: list[str], options: dict[str, Any]) -> None:
    _drop(name)
    op.create_index(name, "voters", columns, postgresql_concurrently=True, **options)


def _drop(name: str) -> None:
    op.drop_index(name, table_name="voters", postgresql_concurrently=True, if_exists=True)
