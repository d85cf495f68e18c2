"""TMON's code tables per store, and when a carrier was used last."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_table",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id"),
    )
    op.create_table(
        "carrier_use",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "code"),
    )


def downgrade() -> None:
    op.drop_table("carrier_use")
    op.drop_table("code_table")
