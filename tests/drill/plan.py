"""What the drill plays with: workspaces, stores, and how often what happens."""

import os
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

STORES_PER_TEAM = 20
CHANNELS_PER_TEAM = 10


@dataclass(frozen=True)
class DrillStore:
    """A store of a workspace, as TMON and the workspace know it."""

    team: int
    """Which of the workspaces."""
    seller_id: str
    api_key: str
    name: str
    """Begins with the name of its workspace: a text that names it belongs there."""
    channel: str
    auto: bool
    """Confirms by itself."""


@dataclass(frozen=True)
class Plan:
    """A drill."""

    seed: int = field(default_factory=lambda: int(os.environ.get("DRILL_SEED") or secrets.randbelow(10**6)))
    seconds: float = field(default_factory=lambda: float(os.environ.get("DRILL_SECONDS") or 300))
    workers: int = field(default_factory=lambda: int(os.environ.get("DRILL_WORKERS") or 4))
    webs: int = field(default_factory=lambda: int(os.environ.get("DRILL_WEBS") or 2))
    teams: tuple[str, ...] = ("가람", "나래")
    stalled: timedelta = timedelta(seconds=10)
    """`STALLED_SECONDS`."""
    frozen: timedelta = timedelta(seconds=20)

    @property
    def stores(self) -> tuple[DrillStore, ...]:
        """The stores of all workspaces."""
        return tuple(
            DrillStore(
                team,
                f"seller_{team}_{number:02d}",
                f"00000000-0000-4000-8000-{team:04d}{number:08d}",
                f"{name} {number:02d}",
                channel_id(number % CHANNELS_PER_TEAM),
                auto=number % 2 == 1,
            )
            for team, name in enumerate(self.teams)
            for number in range(STORES_PER_TEAM)
        )


def channel_id(number: int) -> str:
    """The id of a channel, the same in each workspace."""
    return f"C0DRILL{number:03d}"
