"""Calculations that would hold up the event loop, in a thread: one for the whole process.

Threads that calculate take turns with the event loop, each for as long as `sys.setswitchinterval` says. So the loop waits for
one of them at most, however many stores have large answers at the same time.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class _Calculator:
    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="calculation")


_calculator = _Calculator()
os.register_at_fork(after_in_child=_calculator.renew)  # a fork has none of the threads


async def calculated(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `function` returns, in the thread. It must not need the context of the caller."""
    return await asyncio.get_running_loop().run_in_executor(_calculator.thread, lambda: function(*args, **kwargs))
