"""Writes to TMON: one table for all of them, with those that were in doubt before there was it."""

import secrets
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remote_write",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=60), nullable=True),
        sa.Column("waits_for_switch", sa.Boolean(), nullable=False),
        sa.Column("claim_token", sa.String(length=20), nullable=True),
        sa.Column("claim_owner", sa.String(length=20), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "id"),
    )
    with op.batch_alter_table("remote_write", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_remote_write_store_id"), ["store_id"], unique=False)
        batch_op.create_index(
            "remote_write_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('prepared', 'sent', 'unknown')"),
            postgresql_where=sa.text("state IN ('prepared', 'sent', 'unknown')"),
        )
        batch_op.create_index(
            "remote_write_open_once",
            ["team_id", "store_id", "kind", "subject"],
            unique=True,
            sqlite_where=sa.text("state IN ('prepared', 'sent', 'unknown')"),
            postgresql_where=sa.text("state IN ('prepared', 'sent', 'unknown')"),
        )

    _take_over_doubts()


def _take_over_doubts() -> None:
    """What is on its way, or in doubt, in the tables of the features is settled by the recovery of all writes from now on."""
    connection = op.get_bind()
    rows = [*_templates(connection), *_addresses(connection)]
    seen: set[tuple[str, str, str, str]] = set()
    for row in rows:
        row |= {"id": f"wr_{secrets.token_hex(8)}", "attempts": 0}
        place = (row["team_id"], row["store_id"], row["kind"], row["subject"])
        if place in seen:
            row["subject"] += f" {row['id']}"
        seen.add(place)
    if rows:
        names = ("team_id", "id", "store_id", "kind", "subject", "sealed", "state", "actor", "attempts")
        times = ("created_at", "sent_at", "due_at")
        table = sa.table(
            "remote_write",
            *(sa.column(name) for name in names),
            *(sa.column(name, sa.DateTime(timezone=True)) for name in times),
            sa.column("args", sa.JSON()),
            sa.column("waits_for_switch", sa.Boolean()),
        )
        connection.execute(table.insert(), rows)


def _templates(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    table = _open_rows("delivery_template", "policy_key", sa.column("policy", sa.JSON()))
    for row in connection.execute(sa.select(table).where(table.c.state.in_(("sending", "unknown")))):
        args = {"template": row.id, "policy": row.policy}
        yield {**_common(row), "kind": "template.register", "subject": row.policy_key, "args": args, "sealed": None}


def _addresses(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    table = _open_rows("address_change", "name", "content", "is_new", sa.column("address_no", sa.BigInteger()))
    for row in connection.execute(sa.select(table).where(table.c.state.in_(("sending", "unknown")))):
        no = None if row.is_new else row.address_no
        args = {"change": row.id, "no": no, "base": None}
        subject = f"name:{row.name}" if no is None else f"no:{no}"
        yield {**_common(row), "kind": "address.save", "subject": subject, "args": args, "sealed": row.content}


def _open_rows(name: str, *columns: Any) -> sa.TableClause:
    texts = ("team_id", "id", "store_id", "state", "acting", "note")
    since = sa.column("acting_since", sa.DateTime(timezone=True))
    more = (sa.column(one) if isinstance(one, str) else one for one in columns)
    return sa.table(name, *(sa.column(one) for one in texts), since, *more)


def _common(row: Any) -> dict[str, Any]:
    return {
        "team_id": row.team_id,
        "store_id": row.store_id,
        "state": "sent" if row.state == "sending" else "unknown",
        "actor": row.acting or "system",
        "created_at": row.acting_since,
        "sent_at": row.acting_since,
        "due_at": row.acting_since,
        "waits_for_switch": row.note == "templates.waits_for_switch",
    }
