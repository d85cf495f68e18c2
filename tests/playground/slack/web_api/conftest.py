"""A workspace whose app may read files."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.clock import MovableClock
from tests.playground.slack.web_api.uploads import MANIFEST
from tests.playground.slack_workspace import ConnectedWorkspace, open_workspace


@pytest.fixture
async def slack_with_files(clock: MovableClock) -> AsyncIterator[ConnectedWorkspace]:
    async with open_workspace(clock, manifest=MANIFEST) as opened:
        yield opened
