"""The key of hashes of recipients, and which goods need a customs id."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hash_key",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    with op.batch_alter_table("order_deal") as batch_op:
        batch_op.add_column(sa.Column("customs_valid", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("customs_needed", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("deal") as batch_op:
        batch_op.add_column(sa.Column("product_type", sa.String(length=10), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("deal") as batch_op:
        batch_op.drop_column("product_type")
    with op.batch_alter_table("order_deal") as batch_op:
        batch_op.drop_column("customs_needed")
        batch_op.drop_column("customs_valid")
    op.drop_table("hash_key")
