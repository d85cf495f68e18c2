"""The engines that carry out the tasks of `tmon.work`: in this process, or in any of several workers."""

from collections.abc import Iterable
from typing import Protocol

from tmon.core import Services
from tmon.work import Task, Work


class Engine(Work, Protocol):
    """What the process starts and stops of an engine."""

    def begin(self, services: Services, tasks: Iterable[Task]) -> None:
        """Let tasks be asked for. Raises ValueError on two of the same name."""

    async def drain(self) -> None:
        """Wait until no task is running in this process."""
