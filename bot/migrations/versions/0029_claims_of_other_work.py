"""Claims on uploaded lists of waybills, and what vacations and settlement remembered in the process."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("settlement_day", schema=None) as batch_op:
        batch_op.add_column(sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("vacation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("blocked_by", sa.String(length=60), nullable=True))

    with op.batch_alter_table("waybill_upload", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claim_token", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("claim_owner", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for table, names in (
        ("waybill_upload", ("claim_token", "claim_owner", "claimed_until")),
        ("vacation", ("reminded_at", "failed_at", "blocked_by")),
        ("settlement_day", ("failed_at",)),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.drop_column(name)
