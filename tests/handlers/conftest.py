"""Texts of both languages."""

import pytest

from handlers.texts import LANGUAGES, Texts
from tests.clock import MovableClock
from tmon.clock import KST


@pytest.fixture(params=LANGUAGES)
def t(request: pytest.FixtureRequest) -> Texts:
    """The sentences of one language."""
    return Texts(request.param, MovableClock(), KST)
