"""Settings, templates, products and stock"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deal",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_key", sa.String(), nullable=False),
        sa.Column("vendor_deal_no", sa.String(length=50), nullable=True),
        sa.Column("sales_status", sa.String(length=20), nullable=True),
        sa.Column("sales_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sales_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("runple", sa.Boolean(), nullable=False),
        sa.Column("known_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id", "deal_no"),
    )
    op.create_table(
        "deal_option",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=False),
        sa.Column("option_no", sa.BigInteger(), nullable=False),
        sa.Column("vendor_option_no", sa.String(length=50), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("display", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "deal_no", "option_no"),
    )
