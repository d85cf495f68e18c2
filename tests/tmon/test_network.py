"""One place says how the outside is reached."""

import ssl

import pytest

from bot.slack_client import slack_client
from tmon.network import proxy_for, tls_context

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


def test_slack_obeys_no_proxy(env: pytest.MonkeyPatch) -> None:
    env.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert slack_client("xoxb-1", SLACK).proxy == "http://proxy.example:3128"
    env.setenv("NO_PROXY", "slack.com")
    assert slack_client("xoxb-1", SLACK).proxy is None


def test_every_client_checks_certificates_with_the_same_context() -> None:
    assert slack_client("xoxb-1", SLACK).ssl is tls_context()
    assert tls_context().verify_mode is ssl.CERT_REQUIRED
    assert tls_context().cert_store_stats()["x509_ca"] > 0
