"""How the tests let the doctor look."""

from dataclasses import dataclass
from typing import Any

from bot.doctor import run_checks
from bot.playground.tmon.demo import DEMO_VENDOR
from bot.settings import ExplicitSettings
from handlers.feature import Sample
from tests.playground.slack_workspace import ConnectedWorkspace, modal, section

SAMPLES: list[Sample] = [
    ("order card", {"text": "주문", "blocks": [section("주문")]}),
    ("setup", modal(section("설정"))),
]


@dataclass
class FarSides:
    """What the doctor looks at."""

    slack: ConnectedWorkspace
    settings: dict[str, Any]
    told: str = ""

    async def examine(self, samples: list[Sample] = SAMPLES, **other: Any) -> tuple[int, dict[str, str], str]:
        """The exit code, what is wrong by check, and everything that was said."""
        lines: list[str] = []
        told: list[str] = []
        engine = {"engine": other.pop("engine", "embedded")}  # with the settings of `run` otherwise
        settings = ExplicitSettings(**{**self.settings, **other}).model_copy(update=engine)
        code = await run_checks(settings, lines.append, samples, told.append)
        self.told = "\n".join(told)
        said = "\n".join(lines)
        wrong = dict(line.removeprefix("FAIL  ").split(": ", 1) for line in lines if line.startswith("FAIL"))
        assert len(lines) == (12 if settings.engine == "queue" else 11)
        for secret in {**self.settings, **other}.values():
            hidden = str(secret).startswith(("xox", "xapp")) or secret in (DEMO_VENDOR.client_secret, "hush")
            assert not (hidden and str(secret) in said)
        return code, wrong, said
