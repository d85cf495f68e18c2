"""The product's processes, forked instead of started: a start of Python takes seconds on a busy machine."""

import asyncio
import os
import sys
import time
from pathlib import Path

from bot.logs import configure
from bot.settings import QueueSettings, WebSettings, read
from bot.webserver import serve
from bot.worker import work


def run_role(role: str, folder: Path, environment: dict[str, str]) -> None:
    """Runs `tmon-bot worker` or `tmon-bot web` with nothing but `environment`."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    log = os.open("bot.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for output in (sys.stdout, sys.stderr):
        os.dup2(log, output.fileno())
    settings = read(WebSettings if role == "web" else QueueSettings)
    configure(settings.log_level, settings.log_format)
    sys.exit(asyncio.run(serve(settings) if isinstance(settings, WebSettings) else work(settings)))
