"""Writes to TMON that are handed over to whichever process carries them out, and how they ended."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("remote_write", schema=None) as batch_op:
        batch_op.add_column(sa.Column("handed_over", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        batch_op.add_column(sa.Column("result", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("remote_write", schema=None) as batch_op:
        batch_op.drop_column("result")
        batch_op.drop_column("handed_over")
