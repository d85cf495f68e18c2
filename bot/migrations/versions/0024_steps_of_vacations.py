"""When a vacation began, and why a step of it failed."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("vacation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("vacation_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("note", sa.String(length=60), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("vacation_item", schema=None) as batch_op:
        batch_op.drop_column("note")
    with op.batch_alter_table("vacation", schema=None) as batch_op:
        batch_op.drop_column("started_at")
