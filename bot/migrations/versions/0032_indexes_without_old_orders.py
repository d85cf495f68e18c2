"""Indexes of what is open or waits for something, which old orders and records do not lengthen."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_PARTIAL = {
    "orders_with_data": ("orders", ["team_id", "store_id", "paid_at"], "buyer IS NOT NULL OR hold_reason IS NOT NULL"),
    "orders_by_recipient": ("orders", ["recipient_hash"], "recipient_hash IS NOT NULL"),
    "inquiry_cards": ("message", ["team_id", "store_id", "key"], "kind = 'inquiries'"),
    "messages_of_store": ("message", ["team_id", "store_id"], "wanted > sent"),
    "audit_unchained": ("audit", ["team_id", "chain_no"], "chain_no IS NULL"),
    "orders_open": ("orders", ["team_id", "store_id", "order_no"], "closed_at IS NULL"),
    # the last: SQLite knows no numbers of rows, and takes the newest of indexes that serve alike
    "orders_unsettled": ("orders", ["team_id", "store_id", "order_no"], "confirmed_at IS NULL AND closed_at IS NULL"),
}
_REPLACED = {
    "orders_by_batch": ("orders", ["team_id", "batch_id"], "batch_id IS NOT NULL"),
    "orders_to_settle": ("orders", ["state", "acting_since"], "acting_since IS NOT NULL"),
    "orders_by_confirmation": ("orders", ["team_id", "confirmed_at"], "confirmed_at IS NOT NULL"),
    "orders_by_shipping": ("orders", ["team_id", "shipped_at"], "shipped_at IS NOT NULL"),
}
"""Had all rows until now."""
_DROPPED = {
    "orders_by_state": ("orders", ["team_id", "store_id", "state"]),
    "ix_orders_recipient_hash": ("orders", ["recipient_hash"]),
}


def upgrade() -> None:
    # an order that is not settled was neither confirmed nor closed: queries say all of it
    op.execute(
        "UPDATE orders SET confirmed_at = NULL, closed_at = NULL WHERE state IN ('new', 'confirming', 'unknown')"
        " AND (confirmed_at IS NOT NULL OR closed_at IS NOT NULL)"
    )
    for name, (table, _) in _DROPPED.items():
        op.drop_index(name, table)
    for name, (table, _, _) in _REPLACED.items():
        op.drop_index(name, table)
    op.create_index("orders_by_first_sight", "orders", ["team_id", "first_seen_at"])
    for name, (table, columns, where) in (_REPLACED | _PARTIAL).items():
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    op.drop_index("orders_by_first_sight", "orders")
    for name, (table, _, _) in (_PARTIAL | _REPLACED).items():
        op.drop_index(name, table)
    for name, (table, columns, _) in _REPLACED.items():
        op.create_index(name, table, columns)
    for name, (table, columns) in _DROPPED.items():
        op.create_index(name, table, columns)
