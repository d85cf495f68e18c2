"""Index of the reviews that no digest has reported."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index(
            "reviews_to_report",
            ["team_id", "store_id"],
            unique=False,
            sqlite_where=sa.text("reported_on IS NULL"),
            postgresql_where=sa.text("reported_on IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("reviews_to_report")
