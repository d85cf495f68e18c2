"""The queue of the workers, which is Procrastinate's schema on PostgreSQL, and the oldest code that works with this schema."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

SCRIPT = Path(__file__).parents[1] / "procrastinate" / "3.10.0.sql"
"""`schema.sql` of the package's version, unchanged. The next version: a revision with the scripts of its migrations."""


def upgrade() -> None:
    op.create_table(
        "oldest_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    if op.get_bind().dialect.name == "postgresql":
        script = SCRIPT.read_text(encoding="utf-8")
        connection = op.get_bind().connection.dbapi_connection
        assert connection is not None
        connection.run_async(
            lambda driver: driver.execute(script)
        )  # many statements, which SQLAlchemy would prepare as one


def downgrade() -> None:
    op.drop_table("oldest_code")
    if op.get_bind().dialect.name == "postgresql":
        for table in ("events", "periodic_defers", "jobs", "workers"):
            op.execute(f"DROP TABLE procrastinate_{table} CASCADE")
        op.execute(
            "DO $$ DECLARE made text; BEGIN"
            " FOR made IN SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'procrastinate\\_%'"
            " LOOP EXECUTE 'DROP FUNCTION ' || made || ' CASCADE'; END LOOP; END $$"
        )
        for kind in ("job_to_defer_v1", "job_event_type", "job_status"):
            op.execute(f"DROP TYPE procrastinate_{kind}")
