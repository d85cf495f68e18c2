"""Settings, templates, products and stock"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address_change",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("address_no", sa.BigInteger(), nullable=True),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("acting", sa.String(length=20), nullable=False),
        sa.Column("acting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=60), nullable=True),
        sa.Column("note_detail", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "id"),
    )
    with op.batch_alter_table("address_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_address_change_store_id"), ["store_id"], unique=False)

    op.create_table(
        "call_not_offered",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("call", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "call"),
    )
    op.create_table(
        "deal",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_key", sa.String(), nullable=False),
        sa.Column("vendor_deal_no", sa.String(length=50), nullable=True),
        sa.Column("sales_status", sa.String(length=20), nullable=True),
        sa.Column("sales_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sales_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("runple", sa.Boolean(), nullable=False),
        sa.Column("known_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_by_us", sa.Boolean(), nullable=False),
        sa.Column("sale_problem", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id", "deal_no"),
    )
    op.create_table(
        "deal_option",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=False),
        sa.Column("option_no", sa.BigInteger(), nullable=False),
        sa.Column("vendor_option_no", sa.String(length=50), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("display", sa.Boolean(), nullable=False),
        sa.Column("hidden_by_us", sa.Boolean(), nullable=False),
        sa.Column("display_problem", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "deal_no", "option_no"),
    )
    op.create_table(
        "delivery_template",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=True),
        sa.Column("policy_key", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("acting", sa.String(length=20), nullable=True),
        sa.Column("acting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=60), nullable=True),
        sa.Column("note_detail", sa.String(), nullable=True),
        sa.Column("known_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "id"),
    )
    with op.batch_alter_table("delivery_template", schema=None) as batch_op:
        batch_op.create_index("delivery_template_by_policy", ["team_id", "store_id", "policy_key"], unique=False)
        batch_op.create_index("delivery_template_no_once", ["team_id", "store_id", "no"], unique=True)

    op.create_table(
        "inquiry",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("order_no", sa.BigInteger(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed_from", sa.Date(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id", "source", "number", "part"),
    )
    with op.batch_alter_table("inquiry", schema=None) as batch_op:
        batch_op.create_index(
            "inquiry_waiting",
            ["team_id", "store_id", "asked_at"],
            unique=False,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )

    op.create_table(
        "inquiry_standing",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("read_until", sa.Date(), nullable=True),
        sa.Column("not_offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id", "source"),
    )
    op.create_table(
        "option_link",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=False),
        sa.Column("option_no", sa.BigInteger(), nullable=False),
        sa.Column("sku_id", sa.String(length=20), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("sold", sa.Integer(), nullable=False),
        sa.Column("last_pushed", sa.Integer(), nullable=True),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("flying", sa.Integer(), nullable=True),
        sa.Column("sold_then", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.JSON(), nullable=True),
        sa.Column("watch_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("watch_units", sa.Integer(), nullable=False),
        sa.Column("watch_sold", sa.Integer(), nullable=False),
        sa.Column("mismatch", sa.Integer(), nullable=True),
        sa.Column("mismatch_id", sa.String(length=20), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id", "deal_no", "option_no"),
    )
    with op.batch_alter_table("option_link", schema=None) as batch_op:
        batch_op.create_index("option_link_by_sku", ["team_id", "store_id", "sku_id"], unique=False)

    op.create_table(
        "partner_address",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "no"),
    )
    op.create_table(
        "sale_period_extension",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=False),
        sa.Column("old_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("target", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("excluded_by", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id", "day", "deal_no"),
    )
    with op.batch_alter_table("sale_period_extension", schema=None) as batch_op:
        batch_op.create_index(
            "sale_period_extension_open",
            ["team_id", "store_id", "due_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('planned', 'sent', 'unknown')"),
            postgresql_where=sa.text("state IN ('planned', 'sent', 'unknown')"),
        )

    op.create_table(
        "sale_period_schedule",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previewed_for", sa.Date(), nullable=True),
        sa.Column("ran_for", sa.Date(), nullable=True),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_for", sa.Date(), nullable=True),
        sa.Column("not_offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id"),
    )
    op.create_table(
        "sku",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("safety", sa.Integer(), nullable=False),
        sa.Column("low_at", sa.Integer(), nullable=False),
        sa.Column("selling", sa.Boolean(), nullable=False),
        sa.Column("told", sa.String(length=10), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "id"),
    )
    with op.batch_alter_table("sku", schema=None) as batch_op:
        batch_op.create_index("sku_code_once", ["team_id", "store_id", "code"], unique=True)

    op.create_table(
        "stock_movement",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("order_no", sa.BigInteger(), nullable=False),
        sa.Column("deal_no", sa.BigInteger(), nullable=False),
        sa.Column("option_no", sa.BigInteger(), nullable=False),
        sa.Column("sku_id", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "store_id", "order_no", "deal_no", "option_no"),
    )
    with op.batch_alter_table("stock_movement", schema=None) as batch_op:
        batch_op.create_index(
            "movement_by_option", ["team_id", "store_id", "deal_no", "option_no", "ordered_at"], unique=False
        )

    op.create_table(
        "template_imports",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("addresses_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("addresses_not_offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("templates_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("templates_not_offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "store_id"),
    )
    with op.batch_alter_table("store", schema=None) as batch_op:
        batch_op.add_column(sa.Column("auto_max_amount", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("auto_max_quantity", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("runple", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))

    _know_deals_of_orders()


def _know_deals_of_orders() -> None:
    """Deals are known from the orders that name them: those collected before there was a table of deals as well."""
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "INSERT INTO deal (team_id, store_id, deal_no, title, title_key, runple, known_since, paused_by_us)"
            " SELECT order_deal.team_id, order_deal.store_id, order_deal.deal_no, max(order_deal.title), '', false,"
            " min(orders.first_seen_at), false FROM order_deal JOIN orders ON orders.team_id = order_deal.team_id"
            " AND orders.store_id = order_deal.store_id AND orders.order_no = order_deal.order_no"
            " GROUP BY order_deal.team_id, order_deal.store_id, order_deal.deal_no"
        )
    )
    deals = connection.execute(sa.text("SELECT team_id, store_id, deal_no, title FROM deal")).all()
    change = sa.text(
        "UPDATE deal SET title_key = :title_key"
        " WHERE team_id = :team_id AND store_id = :store_id AND deal_no = :deal_no"
    )
    for start in range(0, len(deals), 1000):
        rows = [
            {"team_id": team_id, "store_id": store_id, "deal_no": deal_no, "title_key": _search_key(title)}
            for team_id, store_id, deal_no, title in deals[start : start + 1000]
        ]
        connection.execute(change, rows)


def _search_key(text: str) -> str:
    """A title as it is searched, at the time of this revision."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
