"""Start and stop of the playground."""

import asyncio
import errno
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.manifest import manifest
from bot.playground.clock import PlaygroundClock
from bot.playground.mail import MailCatcher
from bot.playground.page import CommandHint, DemoStore, PlaygroundGuide, add_page
from bot.playground.slack import serve as serve_slack
from bot.playground.slack.demo import demo_workspace
from bot.playground.tmon import DEMO_PARTNERS, DEMO_VENDOR, demo_sandbox, settle_overdue_claims
from bot.playground.tmon import serve as serve_sandbox
from bot.runtime import ShutdownSignal, running_bot
from bot.settings import ExplicitSettings
from handlers.features import FEATURES, complete, subcommands
from handlers.subcommands import Group
from handlers.texts import Texts
from tmon.clock import KST, Clock
from tmon.core import ExampleStore
from tmon.network import is_this_machine

COLLECT_SECONDS = 5
INCIDENT_AFTER_FAILURES = 2
"""Fewer than in a real deployment, so that nobody waits for the message about an outage."""
_OPEN_TO_OTHERS = (
    "주의: 같은 네트워크의 누구나 이 놀이터를 쓸 수 있습니다. 진짜 Key나 개인정보를 넣지 마세요. "
    "이 컴퓨터에서만 쓰려면 --host 127.0.0.1 로 시작하세요."
)
_TAKEN = "{port}번 포트를 다른 프로그램이 쓰고 있습니다. 다른 포트로: .venv/bin/tmon-bot playground --port {other}"


async def run_playground(host: str, port: int, *, open_browser: bool) -> int:
    """Run until Ctrl-C and return the exit code. `port` 0 picks a free one."""
    stop = ShutdownSignal()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.request)
    try:
        async with playground(host, port, stop) as address:
            print(f"티몬 봇 플레이그라운드: {address}  (끝내기: Ctrl-C)", flush=True)  # noqa: T201
            if not is_this_machine(host):
                print(_OPEN_TO_OTHERS, file=sys.stderr, flush=True)  # noqa: T201
            if open_browser:
                await asyncio.to_thread(webbrowser.open, address)
            return await stop.wait()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(_TAKEN.format(port=port, other=port + 1), file=sys.stderr)  # noqa: T201
        return 1


@asynccontextmanager
async def playground(host: str, port: int, stop: ShutdownSignal) -> AsyncIterator[str]:
    """Run the playground within the block; yields the page's address."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tmon-playground-"))
        clock = PlaygroundClock()
        workspace = demo_workspace(clock, manifest=manifest())
        slack = await serve_slack(workspace)
        stack.push_async_callback(slack.stop)
        sandbox = demo_sandbox(clock)
        tmon = await serve_sandbox(sandbox)
        stack.push_async_callback(tmon.stop)
        mail = MailCatcher(clock)
        await mail.start()
        stack.push_async_callback(mail.stop)
        settings = ExplicitSettings(
            slack_bot_token=SecretStr(workspace.bot_token),
            slack_app_token=SecretStr(workspace.app_token),
            slack_api_url=slack.api_url.rstrip("/"),
            tmon_api_url=tmon.url,
            tmon_client_id=DEMO_VENDOR.client_id,
            tmon_client_secret=SecretStr(DEMO_VENDOR.client_secret),
            tmon_personal_data_key=SecretStr(DEMO_VENDOR.personal_data_key),
            tmon_vendor_policy_no=DEMO_VENDOR.policy_no,
            database_url=f"sqlite+aiosqlite:///{folder}/playground.db",
            encryption_keys=(SecretStr(Fernet.generate_key().decode()),),
            smtp_url=SecretStr(mail.url),
            mail_from="티몬 봇 <bot@playground.example>",
            operator_email="operator@playground.example",
            http_port=0,
            collect_orders_seconds=COLLECT_SECONDS,
            collect_claims_seconds=COLLECT_SECONDS,
            collect_cs_seconds=2 * COLLECT_SECONDS,
            collect_reviews_seconds=2 * COLLECT_SECONDS,
            incident_after_failures=INCIDENT_AFTER_FAILURES,
            log_level="WARNING",
            log_format="console",
        )
        bot = await stack.enter_async_context(running_bot(settings, clock, stop, examples=_examples()))

        def pass_a_day() -> None:
            clock.pass_a_day()
            settle_overdue_claims(sandbox)
            bot.run_jobs_now()

        app = web.Application()
        add_page(app, workspace, sandbox, mail, guide=_guide(clock), pass_a_day=pass_a_day, run_jobs=bot.run_jobs_now)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, host, port)
        await site.start()
        workspace.client_url = f"http://{host}:{runner.addresses[0][1]}/"
        yield workspace.client_url


def _examples() -> tuple[ExampleStore, ...]:
    """The sellers of the sandbox, which the setup form fills in on request."""
    return tuple(ExampleStore(one.partner_id, one.name, one.token) for one in DEMO_PARTNERS)


def _guide(clock: Clock) -> PlaygroundGuide:
    t = Texts("ko", clock, KST)
    return PlaygroundGuide(
        stores=[DemoStore(partner.partner_id, partner.name, partner.token) for partner in DEMO_PARTNERS],
        commands=[
            CommandHint(
                f"/tmon {word.korean[0]}",
                t.of("help", word.english),
                tuple(f"/tmon {name}" for name in (word.english, *word.korean[1:])),
            )
            for word in sorted(subcommands(complete(FEATURES)), key=lambda word: list(Group).index(word.group))
        ],
    )
