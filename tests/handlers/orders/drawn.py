"""Orders to draw."""

from handlers.texts import Texts
from tests.clock import MovableClock
from tmon.clock import KST


def texts(language: str) -> Texts:
    return Texts(language, MovableClock(), KST)
