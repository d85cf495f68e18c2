"""The audit rows that are not in the chain yet, in the order in which they are taken up: a backlog was sorted for each piece."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

UNCHAINED = sa.text("chain_no IS NULL")


def upgrade() -> None:
    _replace("team_id", "at", "id", "chain_no")  # the last one so that the index is enough to find the teams


def downgrade() -> None:
    _replace("team_id", "chain_no")


def _replace(*columns: str) -> None:
    op.drop_index("audit_unchained", table_name="audit")
    op.create_index("audit_unchained", "audit", columns, postgresql_where=UNCHAINED, sqlite_where=UNCHAINED)
