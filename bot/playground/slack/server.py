"""HTTP server of the workspace: Web API, Socket Mode, response URLs and files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from aiohttp import web

from bot.playground.slack.actions import Workspace
from bot.playground.slack.web_api import downloads
from bot.playground.slack.web_api.dispatch import serve_call
from bot.playground.slack.web_api.responses import serve_response_url
from tmon.clock_check import http_date

SHUTDOWN_SECONDS = 1.0


@dataclass(frozen=True)
class SlackServer:
    """A running server of a workspace."""

    workspace: Workspace
    url: str
    _runner: web.AppRunner

    @property
    def api_url(self) -> str:
        """Base URL of the Web API."""
        return f"{self.url}/api/"

    async def stop(self) -> None:
        """Close all connections and free the port."""
        await self.workspace.sockets.cut()
        await self.workspace.http.close()
        await self._runner.cleanup()


async def serve(workspace: Workspace, host: str = "127.0.0.1", port: int = 0) -> SlackServer:
    """Serve the workspace on this address; port 0 picks a free one."""
    app = web.Application(client_max_size=2_000_000)
    app.router.add_route("*", "/api/{method}", partial(serve_call, workspace))
    workspace_routes(app, workspace)
    app.on_response_prepare.append(partial(_date, workspace))
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=SHUTDOWN_SECONDS, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    bound = runner.addresses[0][1]
    workspace.base_url = f"http://{host}:{bound}"
    return SlackServer(workspace, workspace.base_url, runner)


def workspace_routes(app: web.Application, workspace: Workspace) -> None:
    """Add what belongs to one workspace, below its `base_url`: sockets, response URLs and files."""
    app.router.add_get("/link/", workspace.sockets.serve)
    app.router.add_post("/response/{secret}", partial(serve_response_url, workspace))
    downloads.add_routes(app, workspace)


async def _date(workspace: Workspace, _: web.Request, response: web.StreamResponse) -> None:
    """Answers bear the workspace's time."""
    response.headers["Date"] = http_date(workspace.clock())
