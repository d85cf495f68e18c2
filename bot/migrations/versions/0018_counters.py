"""Indexes of what was late and of what is overdue, for the counters."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_PARTIAL = {
    "orders_confirmed_late": ("orders", ["team_id", "confirm_by"], "confirmed_at > confirm_by"),
    "orders_to_confirm": ("orders", ["team_id", "confirm_by"], "confirmed_at IS NULL AND closed_at IS NULL"),
    "orders_shipped_late": ("orders", ["team_id", "ship_by"], "shipped_at > ship_by"),
    "orders_to_ship": ("orders", ["team_id", "ship_by"], "shipped_at IS NULL AND closed_at IS NULL"),
    "claims_overdue": ("claim", ["team_id", "kind", "deadline"], "ended_at IS NULL"),
}


def upgrade() -> None:
    for name, (table, columns, where) in _PARTIAL.items():
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index("claims_by_deadline", "claim", ["team_id", "kind", "deadline"])


def downgrade() -> None:
    op.drop_index("claims_by_deadline", "claim")
    for name, (table, _, _) in reversed(_PARTIAL.items()):
        op.drop_index(name, table)
