"""Processes that share the database, what each of them has claimed, and what all of them have to know."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chore",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_token", sa.String(length=20), nullable=True),
        sa.Column("claim_owner", sa.String(length=20), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "envelope",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("press", sa.String(length=64), nullable=True),
        sa.Column("owner", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "id"),
    )
    with op.batch_alter_table("envelope", schema=None) as batch_op:
        batch_op.create_index("envelope_pressed_once", ["team_id", "press"], unique=True)
        batch_op.create_index(batch_op.f("ix_envelope_received_at"), ["received_at"], unique=False)

    op.create_table(
        "home_tab",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawing", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("shown", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "user_id"),
    )
    op.create_table(
        "lease",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("claim_token", sa.String(length=20), nullable=True),
        sa.Column("claim_owner", sa.String(length=20), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "name"),
    )
    op.create_table(
        "process",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "slack_pace",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("lane", sa.String(length=40), nullable=False),
        sa.Column("full_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "lane"),
    )
    # a store has had several open ones only where two processes opened one each; the latest goes on
    op.execute(
        sa.text(
            "UPDATE batch SET fixed_at = created_at WHERE fixed_at IS NULL AND EXISTS (SELECT 1 FROM batch AS later"
            " WHERE later.team_id = batch.team_id AND later.store_id = batch.store_id AND later.fixed_at IS NULL"
            " AND (later.created_at, later.id) > (batch.created_at, batch.id))"
        )
    )
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.create_index(
            "batch_open_once",
            ["team_id", "store_id"],
            unique=True,
            sqlite_where=sa.text("fixed_at IS NULL"),
            postgresql_where=sa.text("fixed_at IS NULL"),
        )

    with op.batch_alter_table("collection", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claim_token", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("claim_owner", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("run_by", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("last_run", sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claim_token", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("claim_owner", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("asked_in_vain", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("store", schema=None) as batch_op:
        batch_op.add_column(sa.Column("throttled_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for table, names in (
        ("store", ("throttled_until",)),
        ("orders", ("claim_token", "claim_owner", "claimed_until", "asked_in_vain", "ask_at")),
        ("collection", ("claim_token", "claim_owner", "claimed_until", "run_by", "last_run")),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.drop_column(name)
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.drop_index("batch_open_once")
    for table in ("slack_pace", "process", "lease", "home_tab", "envelope", "chore"):
        op.drop_table(table)
