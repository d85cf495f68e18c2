"""Answers, reviews, settlement, reports and the calendar of a store."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_draft",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "source", "number", "part", "user_id"),
    )
    op.create_table(
        "answer_phrase",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("content", sa.String(length=2000), nullable=False),
        sa.Column("updated_by", sa.String(length=20), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "id"),
    )
    op.create_table(
        "closed_day",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=60), nullable=False),
        sa.Column("vacation_id", sa.String(length=20), nullable=True),
        sa.Column("added_by", sa.String(length=20), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "day"),
    )
    op.create_table(
        "review",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("review_no", sa.BigInteger(), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("order_no", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("reply_state", sa.String(length=32), nullable=False),
        sa.Column("reply_error", sa.String(), nullable=True),
        sa.Column("replied_by", sa.String(length=20), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id", "review_no"),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index("reviews_by_time", ["team_id", "store_id", "written_at"], unique=False)

    op.create_table(
        "scheduled_report",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("destination", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "destination", "kind", "day"),
    )
    with op.batch_alter_table("scheduled_report", schema=None) as batch_op:
        batch_op.create_index("scheduled_reports_due", ["team_id", "posted_at", "due_at"], unique=False)

    op.create_table(
        "settlement_day",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "day"),
    )
    with op.batch_alter_table("settlement_day", schema=None) as batch_op:
        batch_op.create_index("settlement_days_due", ["due_at"], unique=False)

    op.create_table(
        "settlement_row",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("tx_no", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("order_no", sa.BigInteger(), nullable=True),
        sa.Column("order_sub_no", sa.BigInteger(), nullable=True),
        sa.Column("individual_order_no", sa.BigInteger(), nullable=True),
        sa.Column("deal_no", sa.BigInteger(), nullable=True),
        sa.Column("option_no", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("option_title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("detail_kind", sa.String(length=60), nullable=False),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sold_on", sa.Date(), nullable=False),
        sa.Column("pay_due", sa.Date(), nullable=True),
        sa.Column("sell_amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("base_amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rate", sa.Numeric(precision=12, scale=6), nullable=True),
        sa.Column("computed_amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("vendor_amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tmon_amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("adjust_code", sa.BigInteger(), nullable=True),
        sa.Column("discount_no", sa.BigInteger(), nullable=True),
        sa.Column("discount_name", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id", "tx_no"),
    )
    with op.batch_alter_table("settlement_row", schema=None) as batch_op:
        batch_op.create_index("settlement_by_day", ["team_id", "store_id", "day"], unique=False)
        batch_op.create_index("settlement_by_pay_due", ["team_id", "store_id", "pay_due"], unique=False)
        batch_op.create_index("settlement_by_sale", ["team_id", "store_id", "sold_on"], unique=False)
        batch_op.create_index("settlement_of_order", ["team_id", "store_id", "order_no"], unique=False)

    op.create_table(
        "vacation",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ship_on", sa.Date(), nullable=False),
        sa.Column("begun_by", sa.String(length=20), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(length=20), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id", "id"),
    )
    op.create_table(
        "vacation_item",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("vacation_id", sa.String(length=20), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=False),
        sa.Column("order_no", sa.BigInteger(), nullable=False),
        sa.Column("delivery_no", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "vacation_id", "deal_no", "order_no", "delivery_no"),
    )
    with op.batch_alter_table("inquiry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("category_no", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("heavy", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        batch_op.add_column(sa.Column("files", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("answer_state", sa.String(length=32), server_default="none", nullable=False))
        batch_op.add_column(sa.Column("answered_by", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("answer", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("answer_error", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("reminded", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "inquiries_to_remind",
            ["remind_at"],
            unique=False,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )

    with op.batch_alter_table("store", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cs_worker_ids", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("report_revenue", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        batch_op.add_column(sa.Column("hours_days", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("hours_from", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("hours_to", sa.Time(), nullable=True))
        batch_op.add_column(
            sa.Column("hours_skip_holidays", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("store", schema=None) as batch_op:
        for column in (
            "hours_skip_holidays",
            "hours_to",
            "hours_from",
            "hours_days",
            "report_revenue",
            "cs_worker_ids",
        ):
            batch_op.drop_column(column)
    with op.batch_alter_table("inquiry", schema=None) as batch_op:
        batch_op.drop_index("inquiries_to_remind")
        for column in (
            "remind_at",
            "reminded",
            "answer_error",
            "answer",
            "answered_by",
            "answer_state",
            "files",
            "heavy",
            "category_no",
        ):
            batch_op.drop_column(column)
    for table in (
        "vacation_item",
        "vacation",
        "settlement_row",
        "settlement_day",
        "scheduled_report",
        "review",
        "closed_day",
        "answer_phrase",
        "answer_draft",
    ):
        op.drop_table(table)
