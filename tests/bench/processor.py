"""What processes and their children have used of the processor, and how much memory they hold, as Linux tells it."""

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds(pids: Iterable[int]) -> float:
    """Seconds that the processes and all their children have used, those that have ended included."""
    by_parent: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        by_parent.setdefault(int(fields[1]), []).append(int(folder.name))
        used[int(folder.name)] = sum(map(int, fields[11:15])) / _TICKS
    total, left = 0.0, list(pids)
    while left:
        pid = left.pop()
        total += used.get(pid, 0.0)
        left += by_parent.get(pid, [])
    return total


def peak_megabytes(pid: int) -> float:
    """Megabytes of memory that a process has held at most."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024
