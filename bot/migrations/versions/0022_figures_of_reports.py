"""Indexes for what happened in a period."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_INDEXES = {
    "orders_by_payment": ("orders", ["team_id", "paid_at"]),
    "orders_by_confirmation": ("orders", ["team_id", "confirmed_at"]),
    "orders_by_shipping": ("orders", ["team_id", "shipped_at"]),
    "inquiries_by_day": ("inquiry", ["team_id", "asked_at"]),
}


def upgrade() -> None:
    for name, (table, columns) in _INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, (table, _) in reversed(_INDEXES.items()):
        op.drop_index(name, table_name=table)
