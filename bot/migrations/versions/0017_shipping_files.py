"""Files with recipients that are to be deleted at Slack, and uploaded lists of waybills."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "shipping_file",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.String(length=20), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("ts", sa.String(length=30), nullable=True),
        _moment("created_at"),
        _moment("seen_at", nullable=True),
        _moment("delete_at"),
        _moment("try_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=60), nullable=True),
        _moment("told_at", nullable=True),
        sa.PrimaryKeyConstraint("team_id", "id"),
    )
    op.create_index("ix_shipping_file_delete_at", "shipping_file", ["delete_at"])
    op.create_table(
        "waybill_upload",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        _moment("created_at"),
        _moment("started_at", nullable=True),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("team_id", "id"),
    )
    op.create_index("ix_waybill_upload_expires_at", "waybill_upload", ["expires_at"])


def downgrade() -> None:
    for table in ("waybill_upload", "shipping_file"):
        op.drop_table(table)
