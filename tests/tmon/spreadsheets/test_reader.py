"""Files are read in a child process: whatever it takes, the loop goes on, and the child ends."""

import asyncio
import os
import signal
import time
from typing import Any

import pytest

from tests.flows.world import until
from tests.tmon.spreadsheets.files import HEADER, raw, workbook
from tmon.errors import AppError
from tmon.spreadsheets.reader import MAX_BYTES, SpreadsheetReader
from tmon.stock.sku_import import LAYOUT, MAX_NAME, read_rows

Started = list[tuple[asyncio.subprocess.Process, dict[str, str]]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """The children that are started, each with its environment."""
    found: Started = []
    start = asyncio.create_subprocess_exec

    async def watched(*command: str, **options: Any) -> asyncio.subprocess.Process:
        child = await start(*command, **options)
        found.append((child, options["env"]))
        return child

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    return found


def worked() -> float:
    """Seconds of processor time of this process and of its children that have ended."""
    return sum(os.times()[:4])


async def test_ten_thousand_rows_within_ten_seconds() -> None:
    data = workbook([["SKU코드", "재고", "상품명"], *([f"A-{n:05}", n, "가" * MAX_NAME] for n in range(10_000))])
    began = worked()
    rows, problems = read_rows(await SpreadsheetReader().read("sku.xlsx", data, LAYOUT))
    assert worked() - began < 10
    assert (len(rows), rows[-1].code, rows[-1].stock, problems) == (10_000, "A-09999", 9_999, [])


async def test_ten_megabytes_of_empty_lines_take_neither_memory_nor_the_loop() -> None:
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            longest = max(longest, time.perf_counter() - before)

    watching = asyncio.create_task(watch())
    with pytest.raises(AppError, match=r"sheets\.empty"):
        await SpreadsheetReader().read("sku.csv", b"\n" * MAX_BYTES, LAYOUT)
    watching.cancel()
    assert longest < 1


async def test_a_file_that_takes_too_much_memory_is_broken_and_nothing_else() -> None:
    reader, long = SpreadsheetReader(memory=80 * 1024 * 1024), "가" * 3_900
    rows = "".join(f'<row><c t="inlineStr"><is><t>{n}{long}</t></is></c><c><v>5</v></c></row>' for n in range(5_000))
    with pytest.raises(AppError, match=r"sheets\.broken"):
        await reader.read("sku.xlsx", raw(HEADER + rows), LAYOUT)


async def test_a_file_that_takes_too_much_time_is_broken_and_its_child_is_gone(started: Started) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="0"/><c r="B{n}" s="0"/></row>' for n in range(3, 1_000_000))
    with pytest.raises(AppError, match=r"sheets\.broken"):
        await SpreadsheetReader(seconds=1).read("sku.xlsx", raw(HEADER + rows), LAYOUT)
    assert [child.returncode is not None for child, _ in started] == [True]


async def test_a_reading_that_is_cancelled_leaves_no_child(started: Started) -> None:
    reader = SpreadsheetReader()
    reading = asyncio.create_task(reader.read("sku.csv", b"\n" * MAX_BYTES, LAYOUT))
    await until(lambda: started)
    assert started[0][0].returncode is None
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert started[0][0].returncode == -signal.SIGKILL
    with pytest.raises(AppError, match=r"sheets\.empty"):
        await reader.read("sku.csv", b"\n", LAYOUT)


async def test_many_files_at_once_are_read_a_few_at_a_time() -> None:
    reader = SpreadsheetReader()
    data = "SKU코드,재고\nA-1,5\n".encode()
    tables = await asyncio.gather(*(reader.read("sku.csv", data, LAYOUT) for _ in range(8)))
    assert [len(table.rows) for table in tables] == [1] * 8


async def test_a_file_that_is_too_large_starts_no_child(started: Started) -> None:
    with pytest.raises(AppError, match=r"sheets\.large"):
        await SpreadsheetReader().read("sku.csv", b"x" * (MAX_BYTES + 1), LAYOUT)
    assert started == []


async def test_the_child_is_given_no_secret(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCRYPTION_KEYS", "secret")
    await SpreadsheetReader().read("sku.csv", "SKU코드,재고\nA-1,5\n".encode(), LAYOUT)
    assert [set(env) for _, env in started] == [{"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}]
