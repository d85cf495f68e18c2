"""Secrets that others of the machine or the network can read are told at the start and by the doctor."""

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.db import create_database
from bot.private_files import readable_secrets
from bot.settings import ExplicitSettings


def settings(folder: Path, **over: Any) -> ExplicitSettings:
    """Settings with the database in `folder`."""
    values: dict[str, Any] = {
        "slack_bot_token": SecretStr("xoxb-1"),
        "slack_app_token": SecretStr("xapp-1"),
        "tmon_client_id": "v",
        "tmon_client_secret": SecretStr("s"),
        "tmon_personal_data_key": SecretStr("0123456789abcdef"),
        "encryption_keys": (SecretStr(Fernet.generate_key().decode()),),
        "database_url": f"sqlite+aiosqlite:///{folder}/data/tmon-bot.db",
    }
    return ExplicitSettings(**values | over)


@pytest.mark.parametrize(
    "name", [".env", ".env.bak", "data/copy.db", "data/tmon-bot.db.bak", "dump.sql", "data/a.tar.gz"]
)
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_told(tmp_path: Path, name: str, mode: int) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("x")
    file.chmod(mode)
    (line,) = readable_secrets(settings(tmp_path), tmp_path)
    assert line.startswith(str(file))
    assert "chmod 600" in line
    file.chmod(0o600)
    assert readable_secrets(settings(tmp_path), tmp_path) == []


def test_the_example_and_the_files_of_the_database_are_no_matter(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("x")
    given = settings(tmp_path)
    create_database(given.database_url)
    file = tmp_path / "data" / "tmon-bot.db"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert readable_secrets(given, tmp_path) == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://interworkapi.tmon.co.kr", False),
        ("http://127.0.0.1:8100", False),
        ("http://[::1]:8100", False),
        ("http://localhost:8100", False),
        ("http://interworkapi.tmon.co.kr", True),
        ("http://10.0.0.7:8100", True),
        ("http://127.0.0.1.example.com", True),
    ],
)
def test_an_address_without_tls_is_told_beyond_this_machine(tmp_path: Path, url: str, told: bool) -> None:
    assert bool(readable_secrets(settings(tmp_path, tmon_api_url=url), tmp_path)) is told
    assert bool(readable_secrets(settings(tmp_path, slack_api_url=url), tmp_path)) is told


def test_the_process_leaves_no_memory_behind() -> None:
    code = (
        "import resource\n"
        "from bot.private_files import forbid_core_dumps\n"
        "forbid_core_dumps()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    )
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (most, most)),
    )
    assert ended.stdout == "0\n"
