"""Records that cannot be read, and 64 bits for amounts and quantities."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_WIDENED = {
    "orders": ("amount", "delivery_fee", "quantity"),
    "deal_option": ("price", "stock"),
    "sku": ("stock",),
    "option_link": ("sold", "last_pushed", "flying", "sold_then", "watch_units", "watch_sold", "mismatch"),
    "stock_movement": ("quantity",),
}
_NULLABLE = {"last_pushed", "flying", "mismatch"}


def upgrade() -> None:
    op.create_table(
        "unread_record",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("listed_from", sa.Date(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id", "what", "number"),
    )
    _alter(sa.Integer(), sa.BigInteger())


def downgrade() -> None:
    _alter(sa.BigInteger(), sa.Integer())
    op.drop_table("unread_record")


def _alter(before: sa.types.TypeEngine[int], after: sa.types.TypeEngine[int]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # its integers have 64 bits whatever they are called, and changing a column copies the table
    for table, columns in _WIDENED.items():
        for column in columns:
            op.alter_column(table, column, existing_type=before, type_=after, existing_nullable=column in _NULLABLE)
