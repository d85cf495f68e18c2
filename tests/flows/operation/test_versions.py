"""Two versions of the code side by side, on the schema of the newer one: what one does not know the other does."""

import inspect

from sqlalchemy import text

from tests.flows.crash_process import Kind
from tests.flows.operation.deployment import Deployment
from tmon.features import FEATURES
from tmon.services import all_tasks


def test_every_task_names_its_arguments() -> None:
    for task in all_tasks(FEATURES):
        kinds = {one.kind for one in inspect.signature(task.run).parameters.values()}
        assert inspect.Parameter.VAR_KEYWORD not in kinds, (
            f"{task.name}: those of a newer version could not be told apart"
        )


async def test_an_older_worker_works_beside_newer_processes(deployment: Deployment) -> None:
    async with deployment.db.write() as session:  # as a migration of the newer one does, which only adds
        await session.execute(text("ALTER TABLE orders ADD COLUMN newer INTEGER NOT NULL DEFAULT 0"))
        await session.execute(text("UPDATE alembic_version SET version_num = '9000'"))
    older = deployment.add(("worker",), {"WORKER_QUEUES": "collect,press"}, kind=Kind(version="older"))
    deployment.add(("worker",), {"WORKER_QUEUES": "chores,press"}, kind=Kind(version="newer"))
    deployment.add(("web",), {}, kind=Kind(version="newer"))
    await deployment.ready()
    async with deployment.under_load():
        await deployment.collected(8)
        said = await deployment.doctor()
    await deployment.at_rest()
    assert await deployment.is_doubled() == []
    assert "arguments of a newer version left out" in older.log
    assert "TypeError" not in deployment.logs()
    assert said["database"].startswith("warn  database: answers, with the schema of a newer version")
    assert said["processes"].startswith("warn")
    assert "Several versions" in said["processes"]
    assert [one.codes for one in deployment.members] == [[], [], []]
