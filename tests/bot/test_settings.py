"""Settings: what is missing or malformed is named, never shown."""

from pathlib import Path

import pytest

from bot.settings import (
    DatabaseSettings,
    ExplicitSettings,
    QueueSettings,
    Settings,
    SettingsError,
    StorageSettings,
    WebSettings,
    read,
)
from tmon.work import Queue

KEY, OLD_KEY = f"{'a' * 43}=", f"{'b' * 42}A="
WHOLE = {
    "SLACK_BOT_TOKEN": "xoxb-1-abc",
    "SLACK_APP_TOKEN": "xapp-1-abc",
    "TMON_CLIENT_ID": "vendor",
    "TMON_CLIENT_SECRET": "hush",
    "TMON_PERSONAL_DATA_KEY": "0123456789abcdef",
    "ENCRYPTION_KEYS": f"{KEY}, {OLD_KEY}",
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def put(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in {**WHOLE, **values}.items():
        monkeypatch.setenv(name, value)


def problems(kind: type[DatabaseSettings] = Settings) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        read(kind)
    return refused.value.problems


def test_what_is_needed_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, SLACK_API_URL="http://127.0.0.1:9000/api/", SMTP_URL="", LOG_LEVEL="debug")
    settings = read(Settings)
    assert settings.fernet_keys() == [KEY, OLD_KEY]
    assert settings.slack_api_url == "http://127.0.0.1:9000/api"
    assert settings.smtp_url is None
    assert settings.log_level == "DEBUG"
    assert (settings.language, settings.tz_name, settings.http_port) == ("ko", "Asia/Seoul", 8080)


def test_a_policy_number_is_a_number_or_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, TMON_VENDOR_POLICY_NO="12345")
    assert read(Settings).tmon_vendor_policy_no == 12345
    put(monkeypatch, TMON_VENDOR_POLICY_NO="")
    assert read(Settings).tmon_vendor_policy_no is None
    for wrong in ("0", "abc", "1" * 19):
        put(monkeypatch, TMON_VENDOR_POLICY_NO=wrong)
        (problem,) = problems()
        assert problem.startswith("TMON_VENDOR_POLICY_NO")
        assert "abc" not in problem


def test_everything_missing_is_named_at_once() -> None:
    assert sorted(problems()) == sorted(f"{name}: is missing" for name in WHOLE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-SECRET"),
        ("SLACK_BOT_TOKEN", "xoxb-SECRET line"),
        ("SLACK_APP_TOKEN", "SECRET"),
        ("SLACK_API_URL", "ftp://SECRET"),
        ("TMON_API_URL", "http://[SECRET"),
        ("TMON_PERSONAL_DATA_KEY", "SECRET"),
        ("TMON_PARTNER_CENTER_URL", "javascript:SECRET"),
        ("DATABASE_URL", "mysql://SECRET"),
        ("DATABASE_URL", "SECRET"),
        ("DATABASE_URL", "sqlite+aiosqlite://"),
        ("ENCRYPTION_KEYS", f"{KEY},SECRET"),
        ("ENCRYPTION_KEYS", ", "),
        ("SMTP_URL", "http://SECRET"),
        ("MAIL_FROM", "SECRET"),
        ("OPERATOR_EMAIL", "SECRET@@example.com"),
        ("LANGUAGE", "SECRET"),
        ("TZ_NAME", "SECRET/Seoul"),
        ("HTTP_PORT", "SECRET"),
        ("HTTP_PORT", "70000"),
        ("COLLECT_ORDERS_SECONDS", "0"),
        ("EXTEND_PERIOD_AT", "25:00"),
        ("EXTEND_PERIOD_AT", "10800"),
        ("SETTLEMENT_AT", "12:60"),
        ("DAILY_REPORT_AT", "SECRET"),
        ("COLLECT_REVIEWS_SECONDS", "0"),
        ("PERSONAL_DATA_DAYS", "181"),
        ("LOG_FORMAT", "SECRET"),
        ("ENGINE", "SECRET"),
        ("WORKER_QUEUES", "press,SECRET"),
        ("WORKER_QUEUES", " , "),
        ("WORKER_CONCURRENCY", "0"),
        ("STALLED_SECONDS", "1"),
        ("DB_POOL", "0"),
    ],
)
def test_a_malformed_value_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    put(monkeypatch, **{name: value})
    (problem,) = problems()
    assert problem.startswith(f"{name}: ")
    assert "SECRET" not in problem


POSTGRES = "postgresql+asyncpg://bot:hush@127.0.0.1/tmon"


@pytest.mark.parametrize("kind", [DatabaseSettings, QueueSettings])
@pytest.mark.parametrize("url", [None, "sqlite+aiosqlite:///here.db"])
def test_a_queue_on_sqlite_is_refused(
    monkeypatch: pytest.MonkeyPatch, kind: type[DatabaseSettings], url: str | None
) -> None:
    put(monkeypatch, ENGINE="queue", **({} if url is None else {"DATABASE_URL": url}))
    (problem,) = problems(kind)
    assert problem.startswith("ENGINE: queue needs PostgreSQL")


def test_the_process_that_does_everything_refuses_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, ENGINE="queue", DATABASE_URL=POSTGRES)
    (problem,) = problems()
    assert problem.startswith("ENGINE: `tmon-bot run` ")
    assert "`tmon-bot worker`" in problem


@pytest.mark.parametrize("given", [{}, {"ENGINE": "embedded"}, {"DATABASE_URL": POSTGRES}])
def test_processes_that_divide_the_work_refuse_the_embedded_engine(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    put(monkeypatch, **given)
    (problem,) = problems(QueueSettings)
    assert problem.startswith("ENGINE: `tmon-bot web` and `tmon-bot worker` ")
    assert "`tmon-bot run`" in problem


@pytest.mark.parametrize("kind", [Settings, WebSettings, QueueSettings])
def test_a_bot_token_is_needed_where_nobody_can_install_the_app(
    monkeypatch: pytest.MonkeyPatch, kind: type[DatabaseSettings]
) -> None:
    put(monkeypatch, DATABASE_URL="postgresql+asyncpg://db/tmon", SLACK_BOT_TOKEN="")
    if kind is Settings:
        assert problems(kind) == ["SLACK_BOT_TOKEN: is missing"]
        put(monkeypatch, SLACK_BOT_TOKEN="", SLACK_CLIENT_ID="1.2", SLACK_CLIENT_SECRET="s", PUBLIC_URL="https://a.kr")
    else:
        put(monkeypatch, SLACK_BOT_TOKEN="", ENGINE="queue")
    assert getattr(read(kind), "slack_bot_token") is None  # noqa: B009


def test_a_worker_needs_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, ENGINE="queue", DATABASE_URL=POSTGRES, WORKER_QUEUES="press, collect")
    monkeypatch.delenv("SLACK_APP_TOKEN")
    settings = read(QueueSettings)
    assert settings.worker_queues == (Queue.PRESS, Queue.COLLECT)
    assert (settings.worker_concurrency, settings.stalled_seconds, settings.db_pool) == (32, 15, 5)
    monkeypatch.delenv("WORKER_QUEUES")
    assert read(QueueSettings).worker_queues == tuple(Queue)


def test_a_web_needs_what_its_way_to_slack_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, ENGINE="queue", DATABASE_URL=POSTGRES)
    monkeypatch.delenv("SLACK_APP_TOKEN")
    assert problems(WebSettings) == ["SLACK_APP_TOKEN: is missing"]
    put(monkeypatch, SLACK_TRANSPORT="http")
    assert problems(WebSettings) == ["SLACK_SIGNING_SECRET: is missing"]
    put(monkeypatch, SLACK_SIGNING_SECRET="hush")
    assert read(WebSettings).engine == "queue"


def test_mail_settings_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, MAIL_FROM="TMON 알림 <tmon@example.com>")
    assert problems() == ["SMTP_URL and MAIL_FROM go together: set both, or neither to send no mail"]
    put(monkeypatch, SMTP_URL="smtp://user:hush@mail.example.com:587")
    assert read(Settings).mail_from == "TMON 알림 <tmon@example.com>"


def test_secrets_do_not_show_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    put(
        monkeypatch,
        SMTP_URL="smtp://user:hush@host",
        MAIL_FROM="a@example.com",
        DATABASE_URL="sqlite+aiosqlite:///hush",
    )
    shown = repr(read(Settings))
    assert "hush" not in shown
    assert KEY not in shown
    assert "0123456789abcdef" not in shown


def test_the_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"ENCRYPTION_KEYS={KEY}\nDATABASE_URL=sqlite+aiosqlite:///here.db\nUNKNOWN=1\n")
    assert read(StorageSettings).fernet_keys() == [KEY]
    monkeypatch.setenv("DATABASE_URL", "sqlite+aiosqlite:///there.db")
    assert read(DatabaseSettings).database_url == "sqlite+aiosqlite:///there.db"


def test_given_settings_do_not_look_around(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, LANGUAGE="en_US:en", HTTP_PORT="9999")
    given = ExplicitSettings.model_validate({name.lower(): value for name, value in WHOLE.items()})
    assert (given.language, given.http_port) == ("ko", 8080)


def test_the_example_documents_every_setting() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    documented = {line.lstrip("#").split("=")[0] for line in example.splitlines() if "=" in line}
    assert {name.upper() for name in Settings.model_fields} <= documented


POSTGRES = "postgresql+asyncpg://bot@host/bot"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"SLACK_CLIENT_ID": "1.2"}, "go together"),
        ({"SLACK_CLIENT_SECRET": "SECRET", "PUBLIC_URL": "https://bot.example.com"}, "go together"),
        (
            {
                "SLACK_CLIENT_ID": "1.2",
                "SLACK_CLIENT_SECRET": "SECRET",
                "PUBLIC_URL": "https://bot.example.com",
                "DATABASE_URL": "sqlite+aiosqlite:///x.db",
            },
            "SLACK_CLIENT_ID needs PostgreSQL",
        ),
        ({"PUBLIC_URL": "http://bot.example.com"}, "PUBLIC_URL: must begin with https://"),
        ({"PUBLIC_URL": "https://bot.example.com/?next=SECRET"}, "PUBLIC_URL: must be an address without a query"),
        ({"UNINSTALL_KEEP_DAYS": "-1"}, "UNINSTALL_KEEP_DAYS: "),
    ],
)
def test_what_an_app_that_workspaces_install_needs(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], problem: str
) -> None:
    put(monkeypatch, **{"DATABASE_URL": POSTGRES, **given})
    with pytest.raises(SettingsError) as refused:
        read(Settings)
    assert any(problem in line for line in refused.value.problems), refused.value.problems
    assert not any("SECRET" in line.replace("SLACK_CLIENT_SECRET", "") for line in refused.value.problems)


@pytest.mark.parametrize("url", ["https://bot.example.com", "https://bot.example.com/tmon/", "http://127.0.0.1:8080"])
def test_an_app_that_workspaces_install_is_whole(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    put(monkeypatch, DATABASE_URL=POSTGRES, SLACK_CLIENT_ID="1.2", SLACK_CLIENT_SECRET="hush", PUBLIC_URL=url)
    settings = read(Settings)
    assert settings.public_url == url.rstrip("/")
    assert "hush" not in repr(settings)
