"""A database that refuses every change of one row, as if it broke a rule."""

from sqlalchemy import text

from tmon.database import Database


async def refuse(db: Database, table: str, which: str) -> None:
    """From now on it refuses every change of the rows of a table that are `which`."""
    if db.engine.dialect.name == "sqlite":
        statements = [
            f"CREATE TRIGGER refuse BEFORE UPDATE ON {table} WHEN NEW.{which} BEGIN SELECT RAISE(ABORT, 'refused'); END"
        ]
    else:
        statements = [
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '23514'; END $$",
            f"CREATE TRIGGER refuse BEFORE UPDATE ON {table} FOR EACH ROW WHEN (NEW.{which}) EXECUTE FUNCTION refuse()",
        ]
    await _execute(db, statements)


async def accept(db: Database, table: str) -> None:
    """It takes them again."""
    if db.engine.dialect.name == "sqlite":
        await _execute(db, ["DROP TRIGGER refuse"])
    else:
        await _execute(db, [f"DROP TRIGGER refuse ON {table}", "DROP FUNCTION refuse()"])


async def _execute(db: Database, statements: list[str]) -> None:
    async with db.write() as session:
        for statement in statements:
            await session.execute(text(statement))
