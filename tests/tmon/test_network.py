"""One place says how the outside is reached."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.slack_client import slack_client
from handlers.files import FILE_HOST, download
from tests.tmon.api.conftest import PARTNER, VENDOR, Waits
from tmon.api import TmonApi, Unavailable
from tmon.errors import AppError
from tmon.network import is_this_machine, proxy_for, tls_context

SLACK = "https://slack.com/api/"


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_the_proxy_of_the_environment_serves_each_address_unless_it_is_excepted(env: pytest.MonkeyPatch) -> None:
    assert proxy_for(SLACK) is None
    env.setenv("HTTPS_PROXY", "proxy.example:3128")
    env.setenv("NO_PROXY", "tmon.example, .corp.example")
    assert proxy_for(SLACK) == "http://proxy.example:3128"
    assert proxy_for("https://files.slack.com/x") == "http://proxy.example:3128"
    assert proxy_for("https://tmon.example/api") is None
    assert proxy_for("https://a.corp.example") is None
    env.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert proxy_for("http://127.0.0.1:8000") is None
    assert proxy_for("http://localhost") is None


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize("host", ["", "mail.example.com", "10.0.0.1", "0.0.0.0", "localhost.example.com"])
def test_other_machines(host: str) -> None:
    assert not is_this_machine(host)


def test_slack_obeys_the_exceptions_from_the_proxy(env: pytest.MonkeyPatch) -> None:
    env.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert slack_client("xoxb-1", SLACK).proxy == "http://proxy.example:3128"
    env.setenv("NO_PROXY", "slack.com")
    assert slack_client("xoxb-1", SLACK).proxy is None


@pytest.fixture
async def proxied(env: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """The environment names a proxy that lets nothing through; where it was asked to connect to."""
    asked: list[str] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode().split()[1])
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        env.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        yield asked


async def test_slack_goes_through_the_proxy(proxied: list[str]) -> None:
    with pytest.raises(aiohttp.ClientError):
        await slack_client("xoxb-1", SLACK).auth_test()
    assert set(proxied) == {"slack.com:443"}


async def test_tmon_goes_through_the_proxy(proxied: list[str]) -> None:
    waits = Waits()
    async with TmonApi("https://tmon.example", sleep=waits.sleep, monotonic=waits.monotonic) as api:
        with pytest.raises(Unavailable):
            await api.store(VENDOR, PARTNER).check_token()
    assert set(proxied) == {"tmon.example:443"}


async def test_slacks_files_go_through_the_proxy(proxied: list[str]) -> None:
    async def info(_: web.Request) -> web.Response:
        return web.json_response(
            {"ok": True, "file": {"name": "sku.csv", "size": 6, "url_private": f"https://{FILE_HOST}/x"}}
        )

    app = web.Application()
    app.router.add_route("*", "/api/files.info", info)
    async with TestServer(app) as slack:
        client = slack_client("xoxb-1", str(slack.make_url("/api/")))
        with pytest.raises(AppError, match=r"sheets\.lost"):
            await download(client, "F1", endings=(".csv",), most=6)
    assert set(proxied) == {f"{FILE_HOST}:443"}


def test_every_client_checks_certificates_with_the_same_context() -> None:
    assert slack_client("xoxb-1", SLACK).ssl is tls_context()
    assert tls_context().verify_mode is ssl.CERT_REQUIRED
    assert tls_context().cert_store_stats()["x509_ca"] > 0
