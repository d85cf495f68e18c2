"""The command line: `tmon-bot <command>`."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from bot.db import AlreadyRunning, create_database, is_shareable, migrate, process_lock
from bot.keys import new_key, rotate
from bot.logs import configure, redact
from bot.manifest import manifest, new_app_link
from bot.private_files import forbid_core_dumps, readable_secrets
from bot.settings import (
    BotSettings,
    DatabaseSettings,
    QueueSettings,
    Settings,
    SettingsError,
    StorageSettings,
    WebSettings,
    read,
)
from tmon.clock import system_clock
from tmon.sealing import Sealer

log = structlog.stdlib.get_logger(__name__)

PLAYGROUND_EXTRA = frozenset({"aiosmtpd", "jinja2"})
"""Packages that only the extra `playground` installs, by import name."""

SCALE_EXTRA = frozenset({"procrastinate", "psycopg"})
"""Packages that only the extra `scale` installs, by import name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (2: unknown command or arguments)."""
    args = _parser().parse_args(arguments)
    forbid_core_dumps()
    try:
        code: int = asyncio.run(args.does(args))
    except SettingsError as refused:
        print(*refused.problems, sep="\n", file=sys.stderr)
    except AlreadyRunning as other:
        print(other, file=sys.stderr)
    except CommandError as error:
        print(f"the database's schema is not one that this version knows: {error}", file=sys.stderr)
    except (OSError, SQLAlchemyError) as error:
        print(redact(f"{type(error).__name__}: {error}"), file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    else:
        return code
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tmon-bot", description="TMON orders in Slack.")
    commands = parser.add_subparsers(required=True, metavar="command")

    playground = commands.add_parser(
        "playground", help="the whole product on this machine: no token, account or network"
    )
    playground.add_argument("--host", default="127.0.0.1")
    playground.add_argument("--port", type=int, default=8000)
    playground.add_argument("--no-browser", action="store_true", help="do not open the page")
    playground.set_defaults(does=_playground)

    run = commands.add_parser("run", help="the bot against Slack and TMON; settings from the environment and .env")
    run.set_defaults(does=_run)
    web = commands.add_parser(
        "web", help="what Slack and browsers ask for, beside others that do the same (ENGINE=queue, PostgreSQL)"
    )
    web.set_defaults(does=_web)
    worker = commands.add_parser(
        "worker", help="jobs, chores and messages, beside others that do the same (ENGINE=queue, PostgreSQL)"
    )
    worker.set_defaults(does=_worker)
    for role in (run, web, worker):
        role.add_argument(
            "--keys-lost",
            action="store_true",
            help="start although stored values open with none of the encryption keys",
        )

    sandbox = commands.add_parser("sandbox", help="a TMON to try things on, alone")
    sandbox.add_argument("--host", default="127.0.0.1")
    sandbox.add_argument("--port", type=int, default=8100)
    sandbox.set_defaults(does=_sandbox)

    shape = commands.add_parser("manifest", help="prints the manifest for a new Slack app, as JSON")
    shape.add_argument("--public-url", metavar="URL", help="for an app over HTTP, at this address: https://…")
    shape.set_defaults(does=_manifest)
    commands.add_parser("migrate", help="brings the database to the current schema").set_defaults(does=_migrate)
    commands.add_parser("doctor", help="checks everything that the bot depends on").set_defaults(does=_doctor)

    due = commands.add_parser(
        "destroy-due", help="personal data whose time is over: says how many are due, and destroys them with --yes"
    )
    due.add_argument("--yes", action="store_true", help="destroy all of it now, however much it is")
    due.set_defaults(does=_destroy_due)

    workspaces = commands.add_parser(
        "workspaces", help="lists the workspaces that have installed the app, or forgets one"
    )
    workspaces.add_argument("forget", nargs="?", choices=["forget"], help="ends an installation and destroys its data")
    workspaces.add_argument("team", nargs="?", help="the id of the workspace to forget, such as T0123ABCD")
    workspaces.set_defaults(does=_workspaces)

    keys = commands.add_parser("keys", help="encryption keys").add_subparsers(required=True, metavar="new|rotate")
    keys.add_parser("new", help="prints a new encryption key").set_defaults(does=_new_key)
    keys.add_parser("rotate", help="re-encrypts everything with the first key; resumable").set_defaults(does=_rotate)
    return parser


async def _playground(args: argparse.Namespace) -> int:
    try:
        from bot.playground.run import run_playground
    except ModuleNotFoundError as error:
        if error.name not in PLAYGROUND_EXTRA:
            raise
        print(
            f"the playground needs more than the bot ({error.name}): pip install 'tmon-bot[playground]'",
            file=sys.stderr,
        )
        return 1
    configure("WARNING", "console")
    return await run_playground(args.host, args.port, open_browser=not args.no_browser)


async def _run(args: argparse.Namespace) -> int:
    from bot.runtime import run

    settings = read(Settings)
    _begin_to_log(settings)
    return await run(settings, despite_loss=args.keys_lost)


def _begin_to_log(settings: BotSettings) -> None:
    configure(settings.log_level, settings.log_format)
    for line in readable_secrets(settings, Path.cwd()):
        log.warning(line)


async def _web(args: argparse.Namespace) -> int:
    from bot.webserver import serve

    settings = read(WebSettings)
    _begin_to_log(settings)
    return await serve(settings, despite_loss=args.keys_lost)


async def _worker(args: argparse.Namespace) -> int:
    settings = read(QueueSettings)
    try:
        from bot.worker import work
    except ModuleNotFoundError as error:
        if error.name not in SCALE_EXTRA:
            raise
        print(
            f"a worker needs more than the bot ({error.name}): pip install 'tmon-bot[scale]'",
            file=sys.stderr,
        )
        return 1
    _begin_to_log(settings)
    return await work(settings, despite_loss=args.keys_lost)


async def _sandbox(args: argparse.Namespace) -> int:
    from bot.playground.tmon.__main__ import run

    await run(args.host, args.port, print)
    return 0


async def _manifest(args: argparse.Namespace) -> int:
    try:
        document = manifest(args.public_url)
    except ValueError as error:
        print(f"--public-url {error}", file=sys.stderr)
        return 2
    print(json.dumps(document, ensure_ascii=False, indent=2))
    print(f"Create the app with it: {new_app_link(args.public_url)}", file=sys.stderr)
    return 0


async def _migrate(_: argparse.Namespace) -> int:
    url = read(DatabaseSettings).database_url
    async with process_lock(url, lost=lambda: None, shared=is_shareable(url)):
        await migrate(url)
    print("the database has the current schema")
    return 0


async def _doctor(_: argparse.Namespace) -> int:
    from bot.doctor import run_checks
    from handlers.features import FEATURES, complete
    from handlers.samples.drawing import draw_samples

    settings = read(_settings_of_engine())
    configure("CRITICAL", "console")  # its lines say what is wrong
    return await run_checks(settings, print, draw_samples(complete(FEATURES)), _show_progress)


def _settings_of_engine() -> type[BotSettings]:
    """Return the settings of the processes that the engine has."""
    try:
        return QueueSettings if read(DatabaseSettings).engine == "queue" else Settings
    except SettingsError:
        return Settings  # says this and whatever else is wrong


def _show_progress(progress: str) -> None:
    """Show the progress of a long check on a terminal: each line replaces the one before."""
    if sys.stderr.isatty():
        print(f"\r\033[K      {progress}", end="\r", file=sys.stderr, flush=True)


async def _destroy_due(args: argparse.Namespace) -> int:
    from tmon.destruction import overwrite
    from tmon.features import FEATURES

    settings = read(_settings_of_engine())
    days, now = settings.personal_data_days, system_clock()
    db = create_database(settings.database_url)
    print(f"by this machine's clock it is {now.astimezone(ZoneInfo(settings.tz_name)):%Y-%m-%d %H:%M}")
    try:
        for retention in filter(None, (feature.retention for feature in FEATURES)):
            async with db.read() as session:
                amount = await retention.amount(session, now, days)
            print(f"{retention.name}: {amount.due} of {amount.held} are due", flush=True)
            if args.yes and amount.due:
                print(f"{retention.name}: {await retention.destroy(db, lambda: now, days, None)} destroyed")
                await overwrite(db)
    finally:
        await db.engine.dispose()
    return 0


async def _workspaces(args: argparse.Namespace) -> int:
    from bot.workspaces import forget_workspace, list_workspaces

    if args.forget is None:
        return await list_workspaces(read(DatabaseSettings), print)
    if args.team is None:
        print("name the workspace to forget: tmon-bot workspaces forget TEAM", file=sys.stderr)
        return 2
    settings = read(_settings_of_engine())
    configure("WARNING", "console")
    return await forget_workspace(settings, args.team, _ask, print)


async def _ask(question: str) -> str:
    """Ask on the terminal; no answer is an empty one."""
    try:
        return await asyncio.to_thread(input, question)
    except EOFError:
        return ""


async def _new_key(_: argparse.Namespace) -> int:
    print(new_key())
    return 0


async def _rotate(_: argparse.Namespace) -> int:
    settings = read(StorageSettings)
    db = create_database(settings.database_url)
    unreadable: dict[str, int] = {}
    try:
        async for step in rotate(db, Sealer(settings.fernet_keys())):
            print(f"{step.column}: {step.looked} looked at, {step.resealed} re-encrypted", flush=True)
            unreadable[step.column] = step.unreadable
    finally:
        await db.engine.dispose()
    if lost := sum(unreadable.values()):
        print(f"{lost} values open with none of the keys and were left as they are", file=sys.stderr)
        return 1
    print("everything is encrypted with the first key")
    return 0


if __name__ == "__main__":
    sys.exit(main())
