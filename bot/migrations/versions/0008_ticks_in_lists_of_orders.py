"""Ticks in lists of orders, which Slack keeps only for the page that is shown."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_tick",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("view_id", sa.String(length=30), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("order_no", sa.BigInteger(), nullable=False),
        sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "view_id", "store_id", "order_no"),
    )


def downgrade() -> None:
    op.drop_table("order_tick")
