"""The profile `scale` of compose.yaml: its command lines as processes, in its order, with its environment."""

import asyncio
from pathlib import Path
from typing import Any

import yaml

from bot.db import create_database, schema_is_current
from bot.playground.slack.demo import MINJI, ORDERS
from tests.flows.operation.deployment import STOP_SECONDS, Deployment, Member, add_stores, deployment_on
from tests.flows.world import until

ROOT = Path(__file__).parents[3]
OF_A_CONTAINER = {"DATABASE_URL", "HTTP_HOST", "HTTP_PORT"}
"""What has another value where processes share a machine."""


def start(deployment: Deployment, service: dict[str, Any]) -> list[Member]:
    """Starts the processes of a service."""
    environment = {name: value for name, value in service["environment"].items() if name not in OF_A_CONTAINER}
    return [
        deployment.add(tuple(service["command"]), environment, supervised=service["restart"] != "no")
        for _ in range(service.get("scale", 1))
    ]


async def test_it_serves_slack_and_collects(empty_database_url: str, encryption_key: str, tmp_path: Path) -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    async with deployment_on(empty_database_url, encryption_key, tmp_path) as deployment:
        # what stands in .env
        secret = deployment.slack.http.signing_secret
        given = {"slack_signing_secret": secret, "slack_app_token": None, "engine": "embedded"}
        deployment.settings = deployment.settings.model_copy(update=given)
        (migrate,) = start(deployment, services["migrate"])
        assert await migrate.ended() == 0, migrate.log
        deployment.members.remove(migrate)
        db = create_database(empty_database_url)
        assert await schema_is_current(db)
        await db.engine.dispose()

        webs, workers = (start(deployment, services[name]) for name in ("web", "worker"))
        assert (len(webs), len(workers)) == (2, 3)
        await deployment.ready()
        roles = [(await one.health() or {}).get("role") for one in deployment.members]
        assert roles == ["web"] * 2 + ["worker"] * 3
        await deployment.slack.http.use(*(f"{web.address}/slack/events" for web in webs))
        await add_stores(deployment)
        for _ in webs:
            assert (await deployment.slack.slash(MINJI, ORDERS, "/tmon", "guide")).ok
        await until(lambda: len(deployment.slack.calls_of("views.open")) == len(webs), 30)
        deployment.arrive()
        await deployment.at_rest()

        assert await asyncio.gather(*(one.stop() for one in deployment.members)) == [0] * 5, deployment.logs()
        assert max(one.stop_seconds for one in deployment.members) <= STOP_SECONDS
        assert "Traceback" not in deployment.logs()
