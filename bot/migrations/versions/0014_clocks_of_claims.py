"""When people are reminded of a claim, and since when it has a return waybill."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.add_column(sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("return_waybill_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_claim_remind_at", ["remind_at"])


def downgrade() -> None:
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index("ix_claim_remind_at")
        batch_op.drop_column("return_waybill_at")
        batch_op.drop_column("remind_at")
