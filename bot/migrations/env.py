"""Run by Alembic: on the connection it was given (bot/db.py), or, from its command line, on that of DATABASE_URL.

A new revision, from the difference between the tables in the code and a database at the newest one:

    export DATABASE_URL=sqlite+aiosqlite:////tmp/schema.db
    tmon-bot migrate && alembic revision --autogenerate --rev-id 0002 -m "What changes and why"

Revisions lead forwards only; the way back is a backup.
"""

import asyncio
import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, TypeDecorator

from bot.db import create_database
from tmon.models.metadata import METADATA


def plain_type(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Writes a column type of ours as the type beneath it, so that no revision depends on code that moves on."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def is_ours(name: str | None, kind: str, _: object) -> bool:
    """Leaves out the tables of Procrastinate: a revision of ours makes them from its own script."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def work(connection: Connection) -> None:
    """Does what the command wants on `connection`."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_item=plain_type,
        include_name=is_ours,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,  # on SQLite too: bot/db.py begins transactions itself
    )
    with context.begin_transaction():
        context.run_migrations()


async def work_on_environment() -> None:
    """For `alembic revision` and the like, typed by a developer."""
    database = create_database(os.environ["DATABASE_URL"])
    async with database.engine.begin() as connection:
        await connection.run_sync(work)
    await database.engine.dispose()


given: Connection | None = context.config.attributes.get("connection")
if given is None:
    asyncio.run(work_on_environment())
else:
    work(given)
