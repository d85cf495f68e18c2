"""Stores whose runs fail and succeed, on both databases."""

import pytest

from tests.clock import MovableClock
from tests.tmon.incidents.failures import World
from tmon.database import Database
from tmon.sealing import Sealer


@pytest.fixture
def world(db: Database, sealer: Sealer, clock: MovableClock) -> World:
    return World(db, sealer, clock)
