"""An index of the messages that wait, by workspace."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_WAITS = sa.text("wanted > sent")


def upgrade() -> None:
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(
            "message_waiting", ["team_id", "due_at"], unique=False, sqlite_where=_WAITS, postgresql_where=_WAITS
        )


def downgrade() -> None:
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("message_waiting")
