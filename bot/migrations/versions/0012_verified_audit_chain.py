"""What the last verification of the audit chain found."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("audit_chain", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("verified_length", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("verified_hash", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("broken_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("audit_chain", schema=None) as batch_op:
        batch_op.drop_column("broken_at")
        batch_op.drop_column("verified_hash")
        batch_op.drop_column("verified_length")
        batch_op.drop_column("verified_at")
