"""The database and the payloads that version 0.1.0 left; `tests/data/0.1.0/README.md` says how they were made."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection, MetaData, create_engine, make_url, select

from bot.db import alembic_config, create_database

FOLDER = Path(__file__).parents[1] / "data" / "0.1.0"
SQL = (FOLDER / "database.sql").read_text(encoding="utf-8")
KEY = (FOLDER / "encryption.key").read_text().strip()
REVISION = "0002"
"""The schema of that version."""
IN_DOUBT = "T0DOUBT0000"
"""The workspace whose bot died in the middle of every write. Each of the others is what one flow left."""
PAYLOADS: dict[str, Any] = json.loads((FOLDER / "payloads.json").read_text(encoding="utf-8"))


async def load(url: str, folder: Path, *, only: str | None = None, team_id: str = "") -> None:
    """Fills the empty database at `url`. `only`: one of the workspaces, under the name `team_id`. `folder` is for a file."""
    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    file = Path(make_url(url).database or "") if is_sqlite else folder / "old.db"
    connection = sqlite3.connect(file)
    connection.executescript(SQL)
    if only is not None:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table != "alembic_version":
                connection.execute(f'DELETE FROM "{table}" WHERE team_id <> ?', (only,))
                connection.execute(f'UPDATE "{table}" SET team_id = ?', (team_id,))
    connection.commit()
    connection.close()
    if not is_sqlite:
        await _copy_into(url, file)


async def _copy_into(url: str, file: Path) -> None:
    database = create_database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), REVISION))
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: _copy(file, sync))
    await database.engine.dispose()


def _copy(file: Path, target: Connection) -> None:
    """Every row, with the types that the other database wants."""
    source = create_engine(f"sqlite:///{file}")
    there, here = MetaData(), MetaData()
    there.reflect(target)
    with source.connect() as connection:
        here.reflect(connection)
        for table in here.sorted_tables:
            rows = [
                {name: _aware(value) for name, value in row._mapping.items()}
                for row in connection.execute(select(table))
            ]
            if rows and table.name != "alembic_version":
                target.execute(there.tables[table.name].insert(), rows)
    source.dispose()


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
