"""Products that are registered and changed from a sheet, what TMON told of each deal, and its categories."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('waiting', 'sending', 'unknown')")


def upgrade() -> None:
    op.create_table(
        "category_tree",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("leaves", sa.JSON(), nullable=False),
        sa.Column("tops", sa.JSON(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id"),
    )
    op.create_table(
        "deal_document",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("detail_hash", sa.String(length=64), nullable=True),
        sa.Column("detail_length", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "deal_no"),
    )
    op.create_table(
        "listed_product",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("number_key", sa.String(length=50), nullable=False),
        sa.Column("seller_no", sa.String(length=50), nullable=False),
        sa.Column("vendor_deal_no", sa.String(length=50), nullable=True),
        sa.Column("deal_no", sa.BigInteger(), nullable=True),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("intended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("calls", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "number_key"),
    )
    with op.batch_alter_table("listed_product", schema=None) as batch_op:
        batch_op.create_index("listed_product_by_wire", ["team_id", "store_id", "vendor_deal_no"], unique=True)
        batch_op.create_index("listed_product_by_deal", ["team_id", "store_id", "deal_no"], unique=True)
    op.create_table(
        "listed_option",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("number_key", sa.String(length=50), nullable=False),
        sa.Column("seller_no", sa.String(length=50), nullable=False),
        sa.Column("product_key", sa.String(length=50), nullable=False),
        sa.Column("vendor_option_no", sa.String(length=50), nullable=True),
        sa.Column("option_no", sa.BigInteger(), nullable=True),
        sa.Column("sku_code", sa.String(length=50), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "number_key"),
    )
    with op.batch_alter_table("listed_option", schema=None) as batch_op:
        batch_op.create_index("listed_option_by_wire", ["team_id", "store_id", "vendor_option_no"], unique=True)
        batch_op.create_index("listed_option_by_product", ["team_id", "store_id", "product_key"], unique=False)
        batch_op.create_index("listed_option_by_no", ["team_id", "store_id", "option_no"], unique=False)
    op.create_table(
        "product_upload",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "id"),
    )
    with op.batch_alter_table("product_upload", schema=None) as batch_op:
        batch_op.create_index("ix_product_upload_expires_at", ["expires_at"], unique=False)
    op.create_table(
        "product_change",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("product_key", sa.String(length=50), nullable=False),
        sa.Column("upload_id", sa.String(length=20), nullable=True),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("sent", sa.JSON(), nullable=True),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wait", sa.String(length=32), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=60), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "id"),
    )
    with op.batch_alter_table("product_change", schema=None) as batch_op:
        batch_op.create_index("product_change_due", ["due_at"], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
        batch_op.create_index("product_change_by_product", ["team_id", "store_id", "product_key", "seq"], unique=False)
        batch_op.create_index("product_change_by_upload", ["team_id", "upload_id"], unique=False)

    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("template_no", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("category_no", sa.BigInteger(), nullable=True))
        batch_op.create_index("deal_by_template", ["team_id", "store_id", "template_no"], unique=False)
    with op.batch_alter_table("deal_option", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sections", sa.JSON(), server_default="[]", nullable=False))
    with op.batch_alter_table("store", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("product_managers_only", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("store", schema=None) as batch_op:
        batch_op.drop_column("product_managers_only")
    with op.batch_alter_table("deal_option", schema=None) as batch_op:
        batch_op.drop_column("sections")
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.drop_index("deal_by_template")
        batch_op.drop_column("category_no")
        batch_op.drop_column("template_no")
    for table in (
        "product_change",
        "product_upload",
        "listed_option",
        "listed_product",
        "deal_document",
        "category_tree",
    ):
        op.drop_table(table)
