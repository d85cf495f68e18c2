"""The child process that reads one file: limited in memory and time, without secrets, and gone afterwards.

It gets a line of JSON with the file's name, the layouts of its lists and its limits, then the file; it answers with the tables, or
with the error for a person, as JSON.
"""

import csv
import json
import sys
from dataclasses import asdict
from typing import Any

from tmon.errors import AppError
from tmon.spreadsheets.cells import Cell, Layout, Table


def main() -> None:
    """Read the file on standard input."""
    job = json.loads(sys.stdin.buffer.readline())
    _limit(job["memory"], job["seconds"])
    # Imported below the limits, as all that handles the file.
    from tmon.spreadsheets.files import read_tabs

    layouts = {name: layout_of(layout) for name, layout in job["layouts"].items()}
    csv.field_size_limit(max(csv.field_size_limit(), *(layout.longest for layout in layouts.values())))
    try:
        tables = read_tabs(job["name"], sys.stdin.buffer.read(), layouts)
        answer: dict[str, Any] = {"tables": {name: _flat(table) for name, table in tables.items()}}
    except AppError as error:
        answer = {"error": {"key": error.key, "values": error.values}}
    sys.stdout.write(json.dumps(answer))


def layout_of(job: dict[str, Any]) -> Layout:
    """Return the layout that was sent."""
    return Layout(**{**job, "words": {name: frozenset(words) for name, words in job["words"].items()}})


def _flat(table: Table) -> dict[str, Any]:
    rows = [[row.line, {name: _flat_cell(cell) for name, cell in row.cells.items()}] for row in table.rows]
    return {
        "columns": {name: [column.letter, column.title] for name, column in table.columns.items()},
        "rows": rows,
        "problems": [asdict(problem) for problem in table.problems],
        "sheet": table.sheet,
        "header_line": table.header_line,
        "unread": list(table.unread),
        "commas": table.commas,
    }


def _flat_cell(cell: Cell) -> list[str | None]:
    """Return the parts of a cell. The third is left out where it is the first: it may be long."""
    parts = [cell.text, cell.kind, cell.value]
    return parts[:2] if cell.value == cell.text else parts


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows, where the parent's timeout remains
        return
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):  # macOS does not limit the address space
            continue


if __name__ == "__main__":
    main()
