"""Drivers' cars have a table; they were in the set-up of their campaign, and go back there"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOVE = """
INSERT INTO driver_cars (campaign_id, user_id, seats, wheelchair, drives_from, drives_until)
SELECT c.id, u.id, coalesce((said.car ->> 'seats')::int, 4),
       coalesce((said.car ->> 'wheelchair')::boolean, false),
       (said.car ->> 'from')::time, (said.car ->> 'until')::time
FROM campaigns c CROSS JOIN LATERAL jsonb_each(c.setup -> 'drivers') AS said (whose, car)
JOIN users u ON CAST(u.id AS text) = said.whose
WHERE c.setup ? 'drivers'
"""
MOVE_BACK = """
UPDATE campaigns c SET setup = setup || jsonb_build_object('drivers', cars.of)
FROM (SELECT campaign_id, jsonb_object_agg(CAST(user_id AS text), jsonb_strip_nulls(
          jsonb_build_object('seats', seats, 'wheelchair', wheelchair,
                             'from', drives_from, 'until', drives_until))) AS of
      FROM driver_cars GROUP BY campaign_id) cars
WHERE cars.campaign_id = c.id
"""


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "driver_cars",
        sa.Column(
            "campaign_id",
            sa.BigInteger,
            sa.ForeignKey("campaigns.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "user_id",
            sa.BigInteger,
            sa.ForeignKey("users.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("seats", sa.Integer, nullable=False, server_default="4"),
        sa.Column("wheelchair", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("drives_from", sa.Time),
        sa.Column("drives_until", sa.Time),
    )
    op.execute(MOVE)
    op.execute("UPDATE campaigns SET setup = setup - 'drivers' WHERE setup ? 'drivers'")


def downgrade() -> None:
    """Take them back to the revision before."""
    op.execute(MOVE_BACK)
    op.drop_table("driver_cars")
