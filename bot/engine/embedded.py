"""The embedded engine: tasks run in this process, as soon as the transaction is committed that asked for them.

What a crash takes away with it stands in the rows: the recovery of each feature finds it at the next start.
"""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from tmon.core import Services
from tmon.work import Task, pressed

log = structlog.get_logger(__name__)

_Key = tuple[str, str]


class EmbeddedEngine:
    """Runs tasks in the event loop, of a task and a key one at a time."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._services: Services | None = None
        self._running: dict[_Key, asyncio.Task[None]] = {}
        self._again: dict[_Key, dict[str, Any]] = {}
        """What was asked for once more while it ran."""

    def begin(self, services: Services, tasks: Iterable[Task]) -> None:
        """Let tasks run. Raises ValueError on two of the same name."""
        self._services = services
        for task in tasks:
            if self._tasks.setdefault(task.name, task) is not task:
                raise ValueError(f"two tasks named {task.name}")

    async def ask(self, session: AsyncSession, task: str, key: str, **ids: Any) -> None:
        """See `tmon.work.Work.ask`. Raises KeyError for a task that no feature has."""
        wanted = self._tasks[task]
        ids = json.loads(json.dumps(ids))  # as the queue hands them over, so that nothing works with one engine only

        def committed(_: object) -> None:
            self._start(wanted, key, ids)

        event.listen(session.sync_session, "after_commit", committed, once=True)

    async def drain(self) -> None:
        """Wait until no task is running."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    def _start(self, task: Task, key: str, ids: dict[str, Any]) -> None:
        if (task.name, key) in self._running:
            self._again[task.name, key] = ids
            return
        running = asyncio.create_task(self._run(task, key, ids), name=f"{task.name} {key}")
        self._running[task.name, key] = running

    async def _run(self, task: Task, key: str, ids: dict[str, Any]) -> None:
        assert self._services is not None
        pressed.set(None)  # whoever asked does not wait for an acknowledgement here
        try:
            await task.run(self._services, **ids)
        except Exception:
            log.exception("task failed", task=task.name, key=key)
        finally:
            del self._running[task.name, key]
            if (again := self._again.pop((task.name, key), None)) is not None:
                self._start(task, key, again)
