"""Reads uploaded files in a child process: a file may be made to take any amount of memory and time, or to crash its reader."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import structlog

from tmon.errors import AppError
from tmon.spreadsheets.cells import Cell, CellKind, Column, Layout, Row, RowProblem, Table

MAX_BYTES = 10 * 1024 * 1024
"""Maximum size of an uploaded file."""
MEMORY = 512 * 1024 * 1024
"""Address space of the child; ten thousand rows take about a tenth of it."""
SECONDS = 20
"""Processor time of the child, and a third of the time that it may take in all."""
_AT_ONCE = 2
"""Children at the same time."""

log = structlog.get_logger(__name__)


class SpreadsheetReader:
    """Reads files. One for the process, so that their number is bounded."""

    def __init__(self, *, memory: int = MEMORY, seconds: int = SECONDS) -> None:
        self._memory, self._seconds = memory, seconds
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def read(self, name: str, data: bytes, layout: Layout) -> Table:
        """Return the list in a file. Raises AppError, also for a file that its reader does not survive."""
        return (await self.read_tabs(name, data, {"": layout}))[""]

    async def read_tabs(self, name: str, data: bytes, layouts: Mapping[str, Layout]) -> dict[str, Table]:
        """Return the lists in a file, by the names of the layouts that they fit best. Raises AppError as `read` does."""
        if len(data) > MAX_BYTES:
            raise AppError("sheets.large", most=MAX_BYTES // 1024 // 1024)
        flat = {key: _flat(layout) for key, layout in layouts.items()}
        job = {"name": name, "layouts": flat, "memory": self._memory, "seconds": self._seconds}
        async with self._slots:
            answer = await self._run(json.dumps(job).encode() + b"\n" + data)
        return await asyncio.to_thread(_tables, answer)

    async def _run(self, job: bytes) -> bytes:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tmon.spreadsheets.child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={
                "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
        try:
            async with asyncio.timeout(3 * self._seconds):
                answer, _ = await child.communicate(job)
        except TimeoutError:
            log.warning("a file took too long to read")
            return b""
        finally:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if child.returncode:
            log.warning("a file was not survived by its reader", code=child.returncode)
            return b""
        return answer


def _flat(layout: Layout) -> dict[str, Any]:
    return {**asdict(layout), "words": {name: sorted(words) for name, words in layout.words.items()}}


def _tables(answer: bytes) -> dict[str, Table]:
    try:
        found = json.loads(answer)
    except ValueError:
        raise AppError("sheets.broken") from None
    if "error" in found:
        raise AppError(found["error"]["key"], **found["error"]["values"])
    return {key: _table(table) for key, table in found["tables"].items()}


def _table(found: dict[str, Any]) -> Table:
    rows = [Row(line, {name: _cell(*parts) for name, parts in cells.items()}) for line, cells in found["rows"]]
    return Table(
        columns={name: Column(*column) for name, column in found["columns"].items()},
        rows=rows,
        problems=[RowProblem(**problem) for problem in found["problems"]],
        sheet=found["sheet"],
        header_line=found["header_line"],
        unread=found["unread"],
        commas=found["commas"],
    )


def _cell(text: str | None, kind: str, value: str | None = None) -> Cell:
    return Cell(text, CellKind(kind), value if value is not None else text or "")
