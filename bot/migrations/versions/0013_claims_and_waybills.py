"""Claims, waybills and late-shipping notices."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _flag(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("claim_no", sa.BigInteger(), nullable=False),
        sa.Column("order_no", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        _moment("requested_at", nullable=False),
        _moment("approved_at"),
        _moment("completed_at"),
        _moment("deadline"),
        _flag("holding"),
        _moment("held_at"),
        sa.Column("goods", sa.JSON(), nullable=False),
        sa.Column("original_waybill", sa.JSON(), nullable=True),
        sa.Column("return_waybill", sa.JSON(), nullable=True),
        sa.Column("redelivery_waybill", sa.JSON(), nullable=True),
        sa.Column("return_status", sa.String(length=20), nullable=True),
        _moment("returned_at"),
        _flag("has_pictures"),
        sa.Column("refund_amount", sa.BigInteger(), nullable=True),
        sa.Column("deduction", sa.BigInteger(), nullable=True),
        sa.Column("return_fee", sa.BigInteger(), nullable=True),
        sa.Column("claimant", sa.Text(), nullable=True),
        _flag("claimant_unreadable"),
        sa.Column("act", sa.String(length=20), nullable=True),
        sa.Column("act_by", sa.String(length=20), nullable=True),
        _flag("act_unknown"),
        _flag("not_offered"),
        sa.Column("note", sa.String(length=60), nullable=True),
        sa.Column("note_detail", sa.String(), nullable=True),
        sa.Column("end", sa.String(length=32), nullable=True),
        sa.Column("decided_by", sa.String(length=20), nullable=True),
        _moment("decided_at"),
        _moment("ended_at"),
        _flag("has_card"),
        _moment("first_seen_at", nullable=False),
        _moment("read_at", nullable=False),
        _moment("updated_at", nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "kind", "claim_no"),
    )
    op.create_index("claims_of_order", "claim", ["team_id", "store_id", "order_no"])
    op.create_index("claims_open", "claim", ["team_id", "store_id", "ended_at", "deadline"])
    op.create_table(
        "waybill",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("order_no", sa.BigInteger(), nullable=False),
        sa.Column("delivery_no", sa.String(length=40), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=False),
        sa.Column("carrier", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("more_numbers", sa.JSON(), nullable=False),
        sa.Column("scheduled_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        _flag("corrects"),
        sa.Column("sent_by", sa.String(length=20), nullable=False),
        _moment("sent_at"),
        sa.Column("note", sa.String(length=60), nullable=True),
        sa.Column("note_detail", sa.String(), nullable=True),
        _moment("updated_at", nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "order_no", "delivery_no", "deal_no"),
    )
    op.create_index("waybills_by_state", "waybill", ["team_id", "store_id", "state"])
    op.create_table(
        "delay_notice",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("order_no", sa.BigInteger(), nullable=False),
        sa.Column("delivery_no", sa.String(length=40), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("ship_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("sent_by", sa.String(length=20), nullable=False),
        _moment("sent_at"),
        sa.Column("note", sa.String(length=60), nullable=True),
        sa.Column("note_detail", sa.String(), nullable=True),
        _moment("updated_at", nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "order_no", "delivery_no", "deal_no"),
    )
    with op.batch_alter_table("orders") as batch_op:
        batch_op.add_column(_moment("shipped_at"))
        batch_op.add_column(sa.Column("recipient_hash", sa.String(length=64), nullable=True))
        batch_op.create_index("ix_orders_recipient_hash", ["recipient_hash"])
    with op.batch_alter_table("order_deal") as batch_op:
        for name in ("ship_by", "shipped_at", "delivered_at"):
            batch_op.add_column(_moment(name))


def downgrade() -> None:
    with op.batch_alter_table("order_deal") as batch_op:
        for name in ("delivered_at", "shipped_at", "ship_by"):
            batch_op.drop_column(name)
    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_index("ix_orders_recipient_hash")
        batch_op.drop_column("recipient_hash")
        batch_op.drop_column("shipped_at")
    for table in ("delay_notice", "waybill", "claim"):
        op.drop_table(table)
