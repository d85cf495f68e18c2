"""How far claims were read, and which message shows them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.add_column(sa.Column("batch_id", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("claimant_destroyed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_claim_batch_id", ["batch_id"])
    op.create_table(
        "claim_collection",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id", "kind", "status"),
    )


def downgrade() -> None:
    op.drop_table("claim_collection")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index("ix_claim_batch_id")
        batch_op.drop_column("claimant_destroyed_at")
        batch_op.drop_column("batch_id")
