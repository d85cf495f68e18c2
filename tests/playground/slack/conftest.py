"""The demo workspace with a Bolt app connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.clock import MovableClock
from tests.playground.slack_workspace import ConnectedWorkspace, open_workspace


@pytest.fixture
async def slack(clock: MovableClock) -> AsyncIterator[ConnectedWorkspace]:
    async with open_workspace(clock) as opened:
        await opened.connect()
        yield opened


@pytest.fixture
async def unconnected(clock: MovableClock) -> AsyncIterator[ConnectedWorkspace]:
    async with open_workspace(clock) as opened:
        yield opened
