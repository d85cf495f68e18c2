"""The watchdog reconnects, and then gives up."""

import pytest

from bot.watchdog import EXIT_SILENT, Watchdog


class Silence:
    """A socket that has been deaf for a while."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.reconnects = 0
        self.code: int | None = None

    def deaf_seconds(self) -> float:
        return self.seconds

    async def reconnect(self) -> None:
        self.reconnects += 1

    def stop(self, code: int) -> None:
        self.code = code


@pytest.mark.parametrize(
    ("seconds", "reconnects", "code"), [(59, 0, None), (60, 1, None), (299, 1, None), (300, 0, EXIT_SILENT)]
)
async def test_the_watchdog_reconnects_and_then_gives_up(seconds: float, reconnects: int, code: int | None) -> None:
    silence = Silence()
    silence.seconds = seconds
    await Watchdog(silence.deaf_seconds, silence.reconnect, silence.stop).look()
    assert (silence.reconnects, silence.code) == (reconnects, code)
